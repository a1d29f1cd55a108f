from store.db import get_session
from store.helpers import add_user, count_users


def add(name: str) -> int:
    with get_session() as session:
        add_user(name, db=session)
        return count_users(session)
