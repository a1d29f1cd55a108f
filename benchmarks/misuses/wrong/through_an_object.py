from store.manager import manager
from store.models import User


def add(name: str) -> None:
    session = manager.get_session()  # wrong
    session.add(User(name))
    session.close()
