from contextlib import nullcontext

from store.db import get_session
from store.models import Session


def count(given: Session | None) -> int:
    with nullcontext(given) if given else get_session() as session:
        return session.count()
