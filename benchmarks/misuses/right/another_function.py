from store.models import User
from store.other import get_session


def add(name: str) -> None:
    session = get_session()
    session.add(User(name))
    session.commit()
    session.close()
