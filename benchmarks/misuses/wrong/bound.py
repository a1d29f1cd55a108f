from store.db import get_session
from store.models import User


def add(name: str) -> None:
    session = get_session()  # wrong
    session.add(User(name))
    session.commit()
    session.close()
