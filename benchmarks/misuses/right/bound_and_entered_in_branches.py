from contextlib import AbstractContextManager, nullcontext

from store.db import get_session
from store.models import Session


def count(given: Session | None) -> int:
    manager: AbstractContextManager[Session]
    if given is None:
        manager = get_session()
    else:
        manager = nullcontext(given)
    with manager as session:
        return session.count()
