from store.manager import Manager


def count() -> int:
    session = Manager().get_session()  # wrong
    return session.count()
