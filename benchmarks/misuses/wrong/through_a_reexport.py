from store import open_session


def count() -> int:
    session = open_session()  # wrong
    return session.count()
