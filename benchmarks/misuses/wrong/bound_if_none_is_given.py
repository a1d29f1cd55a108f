from store.untyped import get_session


def count(session=None):
    if session is None:
        session = get_session()  # wrong
    return session.count()
