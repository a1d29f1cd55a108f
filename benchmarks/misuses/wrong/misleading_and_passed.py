from store.helpers import count_users
from store.misleading import get_session


def count() -> int:
    return count_users(get_session())  # wrong
