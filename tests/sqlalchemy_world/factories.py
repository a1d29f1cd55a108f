"""The session factories of the programs: each as it is written, and as its callers took it to be."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Variant:
    """A factory. `source` is its db.py; `meant` makes the session that its callers believed to get.

    `commits`: it commits at exit. `others`: further modules of the project.
    """

    name: str
    source: str
    meant: str
    is_async: bool = False
    commits: bool = False
    others: dict[str, str] = field(default_factory=dict)


COMMITS = """
    @contextmanager
    def get_session():
        session = {make}
        try:
            yield session
            session.commit()
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()
"""
CLOSES = """
    @contextmanager
    def get_session():
        session = {make}
        try:
            yield session
        finally:
            session.close()
"""
NESTS = """
    @contextmanager
    def get_session():
        with {make} as session:
            yield session
"""
READS = """
    @contextmanager
    def get_session():
        session = {make}
        try:
            yield session
        finally:
            session.rollback()
            session.close()
"""
RAISES = """
    @contextmanager
    def get_session():
        session = {make}
        try:
            yield session
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()
"""
SWALLOWS = """
    @contextmanager
    def get_session():
        session = {make}
        try:
            yield session
            session.commit()
        except Exception:
            session.rollback()
        finally:
            session.close()
"""
BEGINS = """
    @contextmanager
    def get_session():
        with {make} as session, session.begin():
            yield session
"""
BEGINS_INSIDE = """
    @contextmanager
    def get_session():
        with {make} as session:
            with session.begin():
                yield session
"""
MAKER_BEGINS = """
    @contextmanager
    def get_session():
        with SessionLocal.begin() as session:
            yield session
"""
COMMITS_IF_CHANGED = """
    @contextmanager
    def get_session():
        session = {make}
        try:
            yield session
            if session.new or session.dirty or session.deleted:
                session.commit()
        finally:
            session.rollback()
            session.close()
"""
RESETS = """
    @contextmanager
    def get_session():
        session = {make}
        try:
            yield session
        finally:
            session.expire_all()
            session.close()
"""
SETS_EXPIRY = """
    @contextmanager
    def get_session():
        session = {make}
        session.expire_on_commit = True
        try:
            yield session
            session.commit()
        finally:
            session.close()
"""

MAKER = "SessionLocal = sessionmaker(engine)"
KEEPING = "SessionLocal = sessionmaker(engine, expire_on_commit=False)"
CLASS = """\
class Database:
    maker = sessionmaker(engine, expire_on_commit=False)

    @contextmanager
    def session(self):
        session = self.maker()
        try:
            yield session
            session.commit()
        finally:
            session.close()


database = Database()


@contextmanager
def get_session():
    with database.session() as session:
        yield session
"""
SETTINGS = "from engines import engine\nfrom sqlalchemy.orm import sessionmaker\n\n"


def db(body: str, *, setup: str = MAKER, make: str = "SessionLocal()", more: str = "") -> str:
    """The text of a db.py around a factory's body."""
    imports = (
        "from contextlib import contextmanager\n\nfrom engines import engine\n"
        f"from sqlalchemy.orm import Session, scoped_session, sessionmaker\n{more}"
    )
    return f"{imports}\n{setup}\n\n\n" + textwrap.dedent(body).strip("\n").replace("{make}", make) + "\n"


def plain(make: str = "MeantSession(engine)") -> str:
    """What the callers took the factory for: a function that makes a session."""
    return f"from engines import engine\nfrom meant import MeantSession\n\n\ndef get_session():\n    return {make}\n"


EXPIRING, KEPT = plain(), plain("MeantSession(engine, expire_on_commit=False)")
NO_AUTOFLUSH = plain("MeantSession(engine, autoflush=False, expire_on_commit=False)")
ELSEWHERE = {"settings": f"{SETTINGS}SessionLocal = sessionmaker(bind=engine, expire_on_commit=False)\n"}
OPTIONS = 'OPTIONS = {"expire_on_commit": True}\nSessionLocal = sessionmaker(engine, **OPTIONS)'

SYNC = (
    Variant("commits and keeps", db(COMMITS, setup=KEEPING), KEPT, commits=True),
    Variant("commits and expires", db(COMMITS), EXPIRING, commits=True),
    Variant("closes", db(CLOSES), EXPIRING),
    Variant("nests", db(NESTS, setup=KEEPING), KEPT),
    Variant("reads only", db(READS, setup=KEEPING), KEPT),
    Variant("rolls back", db(RAISES, setup=KEEPING), KEPT),
    Variant("swallows", db(SWALLOWS, setup=KEEPING), KEPT, commits=True),
    Variant("begins", db(BEGINS, setup=KEEPING), KEPT, commits=True),
    Variant("begins and expires", db(BEGINS_INSIDE), EXPIRING, commits=True),
    Variant("maker begins", db(MAKER_BEGINS, setup=KEEPING), KEPT, commits=True),
    Variant("commits if changed", db(COMMITS_IF_CHANGED, setup=KEEPING), KEPT, commits=True),
    Variant("expires all", db(RESETS, setup=KEEPING), KEPT),
    Variant("sets expiry", db(SETS_EXPIRY, setup=KEEPING), EXPIRING, commits=True),
    Variant(
        "keeps by the session",
        db(COMMITS, setup="", make="Session(engine, expire_on_commit=False)"),
        KEPT,
        commits=True,
    ),
    Variant(
        "expires by the call",
        db(COMMITS, setup=KEEPING, make="SessionLocal(expire_on_commit=True)"),
        EXPIRING,
        commits=True,
    ),
    Variant(
        "expires by configure",
        db(COMMITS, setup=f"{KEEPING}\nSessionLocal.configure(expire_on_commit=True)"),
        EXPIRING,
        commits=True,
    ),
    Variant("options", db(COMMITS, setup=OPTIONS), EXPIRING, commits=True),
    Variant(
        "no autoflush",
        db(COMMITS, setup="SessionLocal = sessionmaker(engine, autoflush=False, expire_on_commit=False)"),
        NO_AUTOFLUSH,
        commits=True,
    ),
    Variant(
        "maker elsewhere",
        db(COMMITS, setup="", more="from settings import SessionLocal\n"),
        KEPT,
        commits=True,
        others=ELSEWHERE,
    ),
    Variant("class attribute", db(CLASS, setup=""), KEPT, commits=True),
)

ASYNC_COMMITS = """
    @asynccontextmanager
    async def get_session():
        session = {make}
        try:
            yield session
            await session.commit()
        except Exception:
            await session.rollback()
            raise
        finally:
            await session.close()
"""
ASYNC_NESTS = """
    @asynccontextmanager
    async def get_session():
        async with {make} as session:
            yield session
"""
ASYNC_BEGINS = """
    @asynccontextmanager
    async def get_session():
        async with {make} as session, session.begin():
            yield session
"""
ASYNC_READS = """
    @asynccontextmanager
    async def get_session():
        session = {make}
        try:
            yield session
        finally:
            await session.rollback()
            await session.close()
"""
ASYNC_KEEPING = "SessionLocal = async_sessionmaker(engine, expire_on_commit=False)"
ASYNC_MAKER = "SessionLocal = async_sessionmaker(engine)"


def async_db(body: str, *, setup: str = ASYNC_KEEPING, make: str = "SessionLocal()") -> str:
    imports = (
        "from contextlib import asynccontextmanager\n\nfrom engines import engine\n"
        "from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker\n"
    )
    return f"{imports}\n{setup}\n\n\n" + textwrap.dedent(body).strip("\n").replace("{make}", make) + "\n"


def async_plain(options: str = "") -> str:
    return (
        "from engines import engine\nfrom meant import MeantAsyncSession\n\n\n"
        f"def get_session():\n    return MeantAsyncSession(engine{options})\n"
    )


ASYNC_EXPIRING, ASYNC_KEPT = async_plain(), async_plain(", expire_on_commit=False")

ASYNC = (
    Variant("async commits and keeps", async_db(ASYNC_COMMITS), ASYNC_KEPT, is_async=True, commits=True),
    Variant(
        "async commits and expires",
        async_db(ASYNC_COMMITS, setup=ASYNC_MAKER),
        ASYNC_EXPIRING,
        is_async=True,
        commits=True,
    ),
    Variant("async nests", async_db(ASYNC_NESTS), ASYNC_KEPT, is_async=True),
    Variant(
        "async keeps by the session",
        async_db(ASYNC_NESTS, setup="", make="AsyncSession(engine, expire_on_commit=False)"),
        ASYNC_KEPT,
        is_async=True,
    ),
    Variant("async begins", async_db(ASYNC_BEGINS), ASYNC_KEPT, is_async=True, commits=True),
    Variant("async reads only", async_db(ASYNC_READS), ASYNC_KEPT, is_async=True),
)
