from contextlib import ExitStack

from store.db import get_session


def total() -> int:
    managers = [get_session(), get_session()]
    with ExitStack() as stack:
        return sum(stack.enter_context(manager).count() for manager in managers)
