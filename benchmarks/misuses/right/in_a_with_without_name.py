from store.db import get_session


def check() -> None:
    with get_session():
        print("the database answers")
