from sqlalchemy.orm import Session

from store.orm import get_session


def open_one() -> Session:
    with get_session() as session:
        return session  # wrong
