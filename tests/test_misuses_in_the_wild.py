"""Misuses, and legitimate calls, of the shapes that are met in published programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import DB, check

MISUSES = {
    "a session that may be handed in": """
        from db import get_session
        class Steps:
            @staticmethod
            def get_or_create(key, db):
                return db.query(key).first()
            @staticmethod
            def update(key, db=None):
                if db is None:
                    db = get_session()  # <- BOUND
                step = Steps.get_or_create(key, db)
                db.add(step)
                db.commit()
                return step
        class Reviews:
            def __init__(self, db=None):
                self.db = db
            def ask(self, key):
                db = self.db or get_session()  # <- BOUND
                try:
                    return db.query(key).first()
                finally:
                    if self.db is None:
                        db.close()
    """,
    "a finally that hides the first error": """
        from db import db_manager
        def period(key):
            connection = db_manager.get_session()  # <- BOUND
            try:
                return connection.execute(key).fetchone()
            finally:
                connection.close()
    """,
    "a manager inside of a factory of one's own": """
        from contextlib import contextmanager
        from db import Manager
        class Loader:
            def __init__(self, manager: Manager):
                self.manager = manager
            @contextmanager
            def connection(self):
                connection = self.manager.get_session()  # <- BOUND
                try:
                    yield connection
                finally:
                    connection.close()
            def load(self):
                with self.connection() as connection:
                    connection.execute(1)
    """,
    "an import inside of the function, under another name": """
        def neighbours(key, session=None):
            from db import get_session as _get_session
            _session = session or _get_session()  # <- BOUND
            return _session.query(key).all()
    """,
    "a service that is given a manager": """
        from db import get_session
        class Approvals:
            def __init__(self, db, key):
                self.db = db
                self.key = key
            def resolve(self):
                self.db.query(self.key).update(1)
        def handle(key):
            Approvals(get_session(), key).resolve()  # <- ARGUMENT
            db = get_session()  # <- BOUND
            try:
                Approvals(db, key).resolve()
            finally:
                db.close()
    """,
    "a test case that keeps a manager": """
        import unittest
        from db import get_session
        class Cases(unittest.TestCase):
            def setUp(self):
                self.db = get_session()  # <- STORED
            def tearDown(self):
                self.db.close()
            def test_rows(self):
                self.db.query(1).all()
    """,
    "an async client in place of the session": """
        from db import Manager
        class Classifier:
            def __init__(self, client=None):
                self._client = client
                self.manager = Manager()
            async def text(self, key):
                client = self._client or self.manager.get_async()  # <- BOUND
                return await client.get_object(key)
            async def pages(self, key):
                async with await self.manager.get_async() as client:  # <- AWAITED
                    return await client.get_object(key)
    """,
    "a transaction of the manager": """
        from db import get_async, get_session
        async def register(data):
            db = get_async()  # <- BOUND
            async with db.begin():
                db.add(data)
        def store(data):
            db = get_session()  # <- BOUND
            with db.begin():
                db.add(data)
    """,
    "a line at a module's end": """
        from db import Manager, get_session
        Manager.shared().query(1).all  # <- ATTRIBUTE
        print(len(get_session().query(1).all()))  # <- ATTRIBUTE
    """,
}

LEGITIMATE = {
    "a manager that only some paths enter by hand": """
        from db import get_async, get_session
        async def create(data, db=None):
            managed = db is None
            context = get_async() if managed else None
            if context:
                db = await context.__aenter__()
            try:
                return await db.execute(data)
            finally:
                if context:
                    await context.__aexit__(None, None, None)
        def deliver(db=None):
            own = db is None
            context = get_session() if own else None
            db = context.__enter__() if own else db
            try:
                return db.query(1).all()
            finally:
                if own:
                    context.__exit__(None, None, None)
        def status(given=None):
            if given is not None:
                db = given
            else:
                context = get_session()
                db = context.__enter__()
            return db.query(1).all()
    """,
    "a manager that an object enters, and keeps": """
        from db import get_session
        class Executor:
            def __init__(self):
                self._context = get_session()
                self.session = self._context.__enter__()
            def rows(self):
                return self.session.execute(1)
            def close(self):
                self._context.__exit__(None, None, None)
        class Graph:
            def __enter__(self):
                self._manager = get_session()
                self._saver = self._manager.__enter__()
                return self
            def __exit__(self, *args):
                if self._manager:
                    self._manager.__exit__(*args)
    """,
    "a factory that is handed over to be called": """
        from db import get_session
        def run(session_factory):
            with session_factory() as session:
                session.query(1)
        run(get_session)
        run(session_factory=get_session)
    """,
    "a manager that is made and never used": """
        from db import get_session
        def store(rows):
            session = get_session()
            with get_session() as session:
                session.add_all(rows)
    """,
    "names that mean something else elsewhere": """
        from sqlalchemy.orm import scoped_session, sessionmaker
        import aiohttp
        session_scope = scoped_session(sessionmaker())
        def get_session():
            return aiohttp.ClientSession()
        def context():
            return "engine", session_scope()
        def use():
            session = session_scope()
            session.query(1)
            client = get_session()
            client.close()
            _, other = context()
            other.query(1)
    """,
    "a coroutine that hands a session over": """
        from db import SessionLocal
        async def get_session_context():
            return SessionLocal()
        async def use():
            async with await get_session_context() as session:
                await session.execute(1)
            session = await get_session_context()
            await session.execute(1)
    """,
    "a fixture's manager": """
        import pytest
        from contextlib import contextmanager
        @pytest.fixture
        @contextmanager
        def pool():
            yield 1
        def test_pool(pool):
            assert pool.imap
    """,
    "a chain of fallbacks, one of which is a null manager": """
        from contextlib import nullcontext
        from db import get_session
        def use(given=None, flag=False):
            with get_session() if given is None else nullcontext(given) as session:
                session.query(1)
            context = nullcontext(given) if given else get_session()
            with context as session:
                session.query(1)
    """,
    "time, locks, archives and other things with the same methods": """
        import threading, time, zipfile
        from db import get_session
        def use(archive):
            time.time()
            threading.Lock().acquire()
            zipfile.ZipFile(archive).open("x").read()
            with get_session() as session:
                session.query(time.time())
    """,
}


@pytest.mark.parametrize("source", MISUSES.values(), ids=MISUSES.keys())
def test_misuses(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"db.py": DB, "main.py": source})


@pytest.mark.parametrize("source", LEGITIMATE.values(), ids=LEGITIMATE.keys())
def test_legitimate_calls(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"db.py": DB, "main.py": source})


def test_a_factory_of_another_package_is_known_by_the_settings(tmp_path: Path) -> None:
    main = """
        from langgraph.checkpoint.sqlite import SqliteSaver
        def build():
            saver = SqliteSaver.from_conn_string("rows.db")  # <- BOUND
            saver.setup()
            SqliteSaver.from_conn_string("rows.db").setup()  # <- ATTRIBUTE
            with SqliteSaver.from_conn_string("rows.db") as right:
                right.setup()
    """
    check(tmp_path, {"main.py": main}, factories=["langgraph.checkpoint.sqlite:SqliteSaver.from_conn_string"])
