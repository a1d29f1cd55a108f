from store.db import get_session


def is_empty() -> bool:
    with get_session() as session:
        total = session.count()
    return total == 0
