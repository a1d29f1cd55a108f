from store.untyped import get_session


def count():
    with get_session() as session:
        return session.count()
