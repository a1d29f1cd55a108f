from store.misleading import get_session


def count() -> int:
    with get_session() as session:
        return session.count()
