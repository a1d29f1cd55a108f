from contextlib import AbstractContextManager

from store.db import get_session
from store.models import Session


def open_one() -> AbstractContextManager[Session]:
    return get_session()
