"""Modules with factories, for the rules' examples to import from."""

from __future__ import annotations

DATABASE = """
    from contextlib import asynccontextmanager, contextmanager

    from sqlalchemy import create_engine
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
    from sqlalchemy.orm import sessionmaker

    Session = sessionmaker(create_engine("sqlite://"), expire_on_commit=False)
    AsyncSession = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"), expire_on_commit=False)


    @contextmanager
    def get_session():
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
    async def get_async_session():
        session = AsyncSession()
        try:
            yield session
            await session.commit()
        except Exception:
            await session.rollback()
            raise
        finally:
            await session.close()
"""

EXPIRING_DATABASE = """
    from contextlib import contextmanager

    from sqlalchemy import create_engine
    from sqlalchemy.orm import sessionmaker

    Session = sessionmaker(create_engine("sqlite://"))


    @contextmanager
    def get_session():
        session = Session()
        try:
            yield session
            session.commit()
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()
"""

SINGLETON_DATABASE = """
    from contextlib import contextmanager
    from typing import Iterator

    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session, sessionmaker


    class DatabaseManager:
        def __init__(self, url: str) -> None:
            self.make_session = sessionmaker(create_engine(url), expire_on_commit=False)

        @contextmanager
        def get_session(self) -> Iterator[Session]:
            session = self.make_session()
            try:
                yield session
                session.commit()
            except Exception:
                session.rollback()
                raise
            finally:
                session.close()


    db_manager = DatabaseManager("sqlite://")
"""


def beside_database(source: str) -> dict[str, str]:
    """`source` in a project whose `db` has the factories `get_session` and `get_async_session`."""
    return {"db.py": DATABASE, "app.py": source}


def beside_expiring_database(source: str) -> dict[str, str]:
    """The same with a `get_session` whose commit at exit expires what was loaded."""
    return {"db.py": EXPIRING_DATABASE, "app.py": source}


def beside_singleton(source: str) -> dict[str, str]:
    """`source` in a project whose `database.manager` has `db_manager`, an object with a factory `get_session`."""
    return {"database/__init__.py": "", "database/manager.py": SINGLETON_DATABASE, "app.py": source}


DEPENDENCIES = """
    from sqlalchemy import create_engine
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
    from sqlalchemy.orm import sessionmaker

    SessionLocal = sessionmaker(create_engine("sqlite://"), expire_on_commit=False)
    AsyncSessionLocal = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"), expire_on_commit=False)


    def get_db():
        db = SessionLocal()
        try:
            yield db
        finally:
            db.close()


    async def get_async_db():
        async with AsyncSessionLocal() as session:
            yield session


    def numbers():
        yield from range(10)
"""


def beside_dependencies(source: str) -> dict[str, str]:
    """`source` in a project whose `deps` has the generator functions `get_db`, `get_async_db` and `numbers`."""
    return {"deps.py": DEPENDENCIES, "app.py": source}
