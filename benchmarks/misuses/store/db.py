"""Factories that say what they are."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from store.models import AsyncSession, Session


@contextmanager
def get_session() -> Generator[Session, None, None]:
    session = Session()
    try:
        yield session
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


@asynccontextmanager
async def get_async_session() -> AsyncGenerator[AsyncSession, None]:
    session = AsyncSession()
    try:
        yield session
        await session.commit()
    finally:
        await session.close()
