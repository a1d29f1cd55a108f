from store.models import User
from store.untyped import get_session


def add(name):
    session = get_session()  # wrong
    session.add(User(name))
    session.close()
