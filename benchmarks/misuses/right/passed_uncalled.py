from collections.abc import Callable
from contextlib import AbstractContextManager

from store.db import get_session
from store.models import Session


def count(open_one: Callable[[], AbstractContextManager[Session]] = get_session) -> int:
    with open_one() as session:
        return session.count()
