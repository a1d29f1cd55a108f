from store.db import get_session

SESSION = get_session()  # wrong


def count() -> int:
    return SESSION.count()
