"""The factories against which every program is judged: what a factory does decides what a right rewrite is."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from differential.run import Program


@dataclass(frozen=True)
class Variant:
    """A module `db` with a factory `get_session`.

    `is_plain`: the factory closes, swallows nothing and keeps objects readable, so that the rewrites which
    must be made are made with it. `locks`: its sessions can't overlap; they share a lock, or are the same connection.
    """

    name: str
    source: str
    is_async: bool = False
    is_method: bool = False
    is_plain: bool = False
    locks: bool = False

    def program(self, text: str, *, steps: int | None = None) -> Program:
        """A program that says `from db import get_session` as one that uses this factory."""
        return Program(self.adapted(text), {"db": self.source}, locks=self.locks, steps=steps)

    def adapted(self, text: str) -> str:
        """The program's text for this factory; one with a function of that name of its own stays as it is."""
        if not self.is_method or "def get_session(" in text:
            return text
        text = re.sub(r"from db import get_session\b", "from db import database", text)
        return re.sub(r"(?<![.\w])get_session\(", "database.get_session(", text)


def module(body: str, *, is_async: bool, expires: bool) -> str:
    """The source of a `db` module around a factory's body."""
    option = "" if expires else ", expire_on_commit=False"
    if is_async:
        header = f"""
            from contextlib import asynccontextmanager
            from asyncio import Lock
            from sqlalchemy import create_engine
            from sqlalchemy.ext.asyncio import async_sessionmaker

            SessionLocal = async_sessionmaker(create_engine("sqlite://"){option})
        """
    else:
        header = f"""
            from contextlib import contextmanager
            from threading import Lock
            from sqlalchemy import create_engine
            from sqlalchemy.orm import sessionmaker

            SessionLocal = sessionmaker(create_engine("sqlite://"){option})
        """
    return textwrap.dedent(header).lstrip() + "\n" + textwrap.dedent(body).lstrip()


BODIES = {
    "commits": """
        @contextmanager
        def get_session():
            session = SessionLocal()
            try:
                yield session
                session.commit()
            except Exception:
                session.rollback()
                raise
            finally:
                session.close()
    """,
    "closes": """
        @contextmanager
        def get_session():
            session = SessionLocal()
            try:
                yield session
            finally:
                session.close()
    """,
    "nests": """
        @contextmanager
        def get_session():
            with SessionLocal() as session:
                yield session
    """,
    "rolls back": """
        @contextmanager
        def get_session():
            session = SessionLocal()
            try:
                yield session
            except BaseException:
                session.rollback()
                raise
            finally:
                session.close()
    """,
    "swallows": """
        @contextmanager
        def get_session():
            session = SessionLocal()
            try:
                yield session
                session.commit()
            except Exception:
                session.rollback()
            finally:
                session.close()
    """,
    "begins": """
        @contextmanager
        def get_session():
            with SessionLocal() as session, session.begin():
                yield session
    """,
    "begins by maker": """
        @contextmanager
        def get_session():
            with SessionLocal.begin() as session:
                yield session
    """,
    "wraps another": """
        @contextmanager
        def closing_session():
            with SessionLocal() as session:
                yield session


        @contextmanager
        def get_session():
            with closing_session() as session:
                try:
                    yield session
                    session.commit()
                except Exception:
                    session.rollback()
                    raise
    """,
    "shares": """
        _shared = SessionLocal()


        @contextmanager
        def get_session():
            try:
                yield _shared
                _shared.commit()
            except Exception:
                _shared.rollback()
                raise
    """,
    "locks": """
        _lock = Lock()


        @contextmanager
        def get_session():
            with _lock:
                session = SessionLocal()
                try:
                    yield session
                finally:
                    session.close()
    """,
    "commits on error": """
        @contextmanager
        def get_session():
            session = SessionLocal()
            try:
                yield session
            finally:
                session.commit()
                session.close()
    """,
    "leaves on error": """
        @contextmanager
        def get_session():
            session = SessionLocal()
            yield session
            session.commit()
            session.close()
    """,
}

METHOD = """
    class Database:
        @contextmanager
        def get_session(self):
            session = SessionLocal()
            try:
                yield session
                session.commit()
            except Exception:
                session.rollback()
                raise
            finally:
                session.close()


    database = Database()
"""


def as_async(body: str) -> str:
    """The same factory for async programs."""
    body = body.replace("@contextmanager", "@asynccontextmanager").replace("def get_", "async def get_")
    body = body.replace("def closing_", "async def closing_").replace("with ", "async with ")
    return re.sub(r"(\w+\.(?:commit|rollback|close)\(\))", r"await \1", body)


PLAIN = ("commits", "closes")


def variants(*, is_async: bool) -> tuple[Variant, ...]:
    """Every factory, sync or async."""
    spell = as_async if is_async else str
    made = [
        Variant(
            name,
            module(spell(body), is_async=is_async, expires=False),
            is_async=is_async,
            is_plain=name in PLAIN,
            locks=name in ("locks", "shares"),
        )
        for name, body in BODIES.items()
    ]
    expiring = module(spell(BODIES["commits"]), is_async=is_async, expires=True)
    method = module(spell(METHOD), is_async=is_async, expires=False)
    made.append(Variant("expires", expiring, is_async=is_async))
    made.append(Variant("method", method, is_async=is_async, is_method=True, is_plain=True))
    return tuple(made)


SYNC = variants(is_async=False)
ASYNC = variants(is_async=True)
VARIANTS = {variant.name: variant for variant in SYNC} | {f"async {variant.name}": variant for variant in ASYNC}
