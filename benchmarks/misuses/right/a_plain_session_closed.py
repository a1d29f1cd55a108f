from contextlib import closing

from store.models import Session


def count() -> int:
    with closing(Session()) as session:
        return session.count()
