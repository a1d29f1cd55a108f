from collections.abc import Iterator

from store.db import get_session
from store.models import Session


def dependency() -> Iterator[Session]:
    with get_session() as session:
        yield session
