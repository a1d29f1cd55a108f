"""Factories without a word on types."""

from contextlib import asynccontextmanager, contextmanager

from store.models import AsyncSession, Session


@contextmanager
def get_session():
    session = Session()
    try:
        yield session
    finally:
        session.close()


@asynccontextmanager
async def get_async_session():
    session = AsyncSession()
    try:
        yield session
    finally:
        await session.close()
