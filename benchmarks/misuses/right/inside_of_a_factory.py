from collections.abc import Generator
from contextlib import contextmanager

from store.db import get_session
from store.models import Session


@contextmanager
def checked_session() -> Generator[Session, None, None]:
    with get_session() as session:
        session.count()
        yield session


def count() -> int:
    with checked_session() as session:
        return session.count()
