"""Functions with the name of a factory that are none."""

from collections.abc import Iterator

from store.models import Session


def get_session() -> Session:
    return Session()


def each_session() -> Iterator[Session]:
    yield Session()


class Client:
    def get_session(self) -> Session:
        return Session()
