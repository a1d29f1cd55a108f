from store.db import get_session
from store.models import Session


def counts() -> tuple[int, int]:
    with get_session() as session:
        first = session.count()
    session = Session()
    try:
        return first, session.count()
    finally:
        session.close()
