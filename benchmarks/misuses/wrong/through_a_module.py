import store.db as database


def count() -> int:
    session = database.get_session()  # wrong
    return session.count()
