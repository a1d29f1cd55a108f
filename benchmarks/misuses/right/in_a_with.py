from store.db import get_session
from store.models import User


def add(name: str) -> None:
    with get_session() as session:
        session.add(User(name))
