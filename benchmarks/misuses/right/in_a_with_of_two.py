from store.db import get_session
from store.manager import manager


def counts() -> tuple[int, int]:
    with get_session() as first, manager.get_session() as second:
        return first.count(), second.count()
