from store.db import get_session
from store.models import Session


def count() -> int:
    session: Session = get_session()  # wrong
    return session.count()
