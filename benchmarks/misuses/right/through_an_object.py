from store.manager import manager


def count() -> int:
    with manager.get_session() as session:
        return session.count()
