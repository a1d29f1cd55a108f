from store.helpers import count_users
from store.untyped import get_session


def count():
    return count_users(get_session())  # wrong
