from store.db import get_session
from store.models import Session


def count(session: Session | None = None) -> int:
    if session is None:
        with get_session() as own:
            return count(own)
    return session.count()
