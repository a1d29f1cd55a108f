from store.db import get_session
from store.models import User


def add_all(names: list[str]) -> None:
    for name in names:
        session = get_session()  # wrong
        session.add(User(name))
        session.close()
