from contextlib import ExitStack

from store.db import get_session


def count() -> int:
    with ExitStack() as stack:
        session = stack.enter_context(get_session())
        return session.count()
