from store.db import get_session


def warm_up() -> None:
    get_session()  # wrong
