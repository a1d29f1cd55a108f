from store.db import get_session


class Users:
    def __init__(self) -> None:
        self.session = get_session()  # wrong

    def count(self) -> int:
        return self.session.count()
