"""A factory that is a method, and the object whose method most programs call."""

from collections.abc import Generator
from contextlib import contextmanager

from store.models import Session


class Manager:
    @contextmanager
    def get_session(self) -> Generator[Session, None, None]:
        session = Session()
        try:
            yield session
        finally:
            session.close()


manager = Manager()
