from store.manager import Manager


class Users:
    def __init__(self) -> None:
        self.manager = Manager()

    def count(self) -> int:
        session = self.manager.get_session()  # wrong
        return session.count()
