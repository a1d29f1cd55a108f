from store.untyped import get_session


def count(session=None):
    db = session or get_session()  # wrong
    return db.count()
