"""Factories that hand on what others return."""

from contextlib import AbstractContextManager

from store.db import get_session
from store.models import Session


def session_of_user(name: str) -> AbstractContextManager[Session]:
    print(name)
    return get_session()
