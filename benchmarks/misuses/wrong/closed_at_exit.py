from contextlib import closing

from store.db import get_session


def count() -> int:
    with closing(get_session()) as session:  # wrong
        return session.count()
