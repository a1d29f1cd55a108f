from store.manager import Manager


class Users(Manager):
    def count(self) -> int:
        session = self.get_session()  # wrong
        return session.count()
