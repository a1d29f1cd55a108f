from store.db import get_session


@get_session()
def tidy_up() -> None:
    print("in a transaction")
