"""A factory that claims to return the session, as many do: type checkers believe it."""

from contextlib import contextmanager

from store.models import Session


@contextmanager
def get_session() -> Session:  # wrong
    session = Session()
    try:
        yield session
    finally:
        session.close()
