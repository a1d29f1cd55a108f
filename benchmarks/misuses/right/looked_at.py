from contextlib import AbstractContextManager

from store.db import get_session


def is_manager() -> bool:
    return isinstance(get_session(), AbstractContextManager)
