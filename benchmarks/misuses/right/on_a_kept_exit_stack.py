from contextlib import ExitStack

from store.db import get_session


class Users:
    def __init__(self) -> None:
        self.stack = ExitStack()
        self.session = self.stack.enter_context(get_session())

    def count(self) -> int:
        return self.session.count()

    def close(self) -> None:
        self.stack.close()
