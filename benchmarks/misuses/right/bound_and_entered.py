from store.db import get_session


def count() -> int:
    manager = get_session()
    with manager as session:
        return session.count()
