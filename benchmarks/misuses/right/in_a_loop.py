from store.db import get_session
from store.models import User


def add_all(names: list[str]) -> None:
    for name in names:
        with get_session() as session:
            session.add(User(name))
