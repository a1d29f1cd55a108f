from store.db import get_session
from store.models import User


def add(name: str) -> None:
    if name:
        session = get_session()  # wrong
        session.add(User(name))
        session.close()
