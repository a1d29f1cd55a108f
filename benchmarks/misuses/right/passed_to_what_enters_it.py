from store.db import get_session
from store.helpers import run


def count() -> int:
    return run(get_session())
