"""A factory of SQLAlchemy's sessions."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

ENGINE = create_engine("sqlite://")


@contextmanager
def get_session() -> Generator[Session, None, None]:
    session = Session(ENGINE)
    try:
        yield session
        session.commit()
    finally:
        session.close()
