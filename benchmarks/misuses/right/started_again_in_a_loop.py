from store.db import get_session


def count(times: int) -> int:
    managers = (get_session() for _ in range(times))
    total = 0
    for manager in managers:
        with manager as session:
            total += session.count()
    return total
