from store.db import get_session
from store.helpers import add_user


def add() -> None:
    add_user("new", db=get_session())  # wrong
