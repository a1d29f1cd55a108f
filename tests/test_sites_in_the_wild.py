"""Ways to a factory, and ways to misuse one, as they are met in published programs; each over several modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import DB, check

MARKS = """
    import functools
    from functools import wraps

    def public(thing):
        thing.is_public = True
        return thing

    def logged(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            print(function.__name__)
            return function(*args, **kwargs)
        return wrapper

    def since(version):
        def mark(function):
            function.since = version
            return function
        return mark

    def retried(times):
        def decorate(function):
            @wraps(function)
            def again(*args, **kwargs):
                for _ in range(times):
                    try:
                        return function(*args, **kwargs)
                    except OSError:
                        print("once more")
                return function(*args, **kwargs)
            return again
        return decorate

    class Registry:
        def register(self, function):
            self.all.append(function)
            return function

    registry = Registry()
"""

OTHER_MARKS = """
    from functools import lru_cache, wraps
    from elsewhere import run_in_thread

    def entered(function):
        @wraps(function)
        def wrapper(*args):
            with function(*args) as session:
                return session
        return wrapper

    def maybe(function):
        def wrapper(*args):
            if args:
                return function(*args)
        return wrapper

    def added(function):
        function = REGISTRY.add(function)
        return function

    def session_of(function):
        def wrapper(*args):
            return function(*args).session
        return wrapper

    def in_thread(function):
        @run_in_thread
        def wrapper(*args):
            return function(*args)
        return wrapper

    def soon(function):
        async def wrapper(*args):
            return function(*args)
        return wrapper

    def other(function):
        def wrapper(*args):
            function = open
            return function(*args)
        return wrapper

    def either(flag):
        if flag:
            def mark(function):
                return function
        else:
            def mark(function):
                return function()
        return mark

    @lru_cache
    def cached(function):
        return function

    def generated(function):
        yield function
"""


def decorated_factories(*decorators: str) -> str:
    """A module with a factory under each of these decorators: `scope_0`, `scope_1` and so on."""
    imports = "from contextlib import contextmanager\nfrom marks import *\nimport marks\n"
    factories = (
        f"@{decorator}\n@contextmanager\ndef scope_{number}():\n    yield 1\n"
        for number, decorator in enumerate(decorators)
    )
    return imports + "".join(factories)


def test_decorators_that_keep_what_a_call_returns(tmp_path: Path) -> None:
    decorators = (
        "public",
        "logged",
        'since("2.0")',
        "retried(3)",
        "registry.register",
        "marks.public",
        "logged\n@public",
    )
    calls = "".join(f"scope_{number}().query(1)  # <- ATTRIBUTE\n" for number in range(len(decorators)))
    check(
        tmp_path,
        {"marks.py": MARKS, "db.py": decorated_factories(*decorators), "main.py": f"from db import *\n{calls}"},
    )


@pytest.mark.parametrize(
    "decorator",
    [
        *("entered", "maybe", "added", "session_of", "in_thread", "soon", "other", "either(1)", "cached", "generated"),
        *("nowhere", "entered()", "run_in_thread"),
    ],
)
def test_decorators_that_may_change_what_a_call_returns(tmp_path: Path, decorator: str) -> None:
    main = "from db import scope_0\nscope_0().query(1)\ns = scope_0()\ns.close()\n"
    check(tmp_path, {"marks.py": OTHER_MARKS, "db.py": decorated_factories(decorator), "main.py": main})


WAYS = {
    "a class under a decorator that hands it back": {
        "marks.py": MARKS,
        "pools.py": """
            from contextlib import contextmanager
            from marks import public, logged
            @public
            class Pools:
                @contextmanager
                def connection(self):
                    yield 1
            pools = Pools()
        """,
        "main.py": """
            from pools import pools
            pools.connection().execute("select 1")  # <- ATTRIBUTE
        """,
    },
    "a method that is left to the subclasses, and says that it returns a manager": {
        "base.py": """
            from abc import ABC, abstractmethod
            from contextlib import contextmanager
            from typing import ContextManager
            class Storage(ABC):
                @abstractmethod
                def connect(self) -> ContextManager["Connection"]:
                    '''Give a connection.'''
                @abstractmethod
                @contextmanager
                def locked(self):
                    ...
                def rows(self):
                    return self.connect().execute(1)  # <- ATTRIBUTE
                def count(self):
                    with self.connect() as connection:
                        return connection.execute(1)
        """,
        "remote.py": """
            from abc import abstractmethod
            from base import Storage
            class RemoteStorage(Storage):
                @abstractmethod
                def connect(self):
                    raise NotImplementedError
        """,
        "sqlite.py": """
            from contextlib import contextmanager
            from remote import RemoteStorage
            class SqliteStorage(RemoteStorage):
                @contextmanager
                def connect(self):
                    yield self.engine
                @contextmanager
                def locked(self):
                    yield self.lock
        """,
        "main.py": """
            from base import Storage
            def report(storage: Storage):
                connection = storage.connect()  # <- BOUND
                connection.execute(1)
                storage.locked().value  # <- ATTRIBUTE
                with storage.locked() as lock:
                    lock.value
        """,
    },
    "a method that is left to the subclasses, of which one returns something else": {
        "base.py": """
            from abc import ABC, abstractmethod
            from typing import ContextManager
            class Storage(ABC):
                @abstractmethod
                def connect(self) -> ContextManager["Connection"]: ...
        """,
        "sqlite.py": """
            from contextlib import contextmanager
            from base import Storage
            class SqliteStorage(Storage):
                @contextmanager
                def connect(self):
                    yield self.engine
        """,
        "plain.py": """
            from base import Storage
            class PlainStorage(Storage):
                def connect(self):
                    return self.engine.connect()
        """,
        "main.py": """
            from base import Storage
            def report(storage: Storage):
                storage.connect().execute(1)
        """,
    },
    "a method that is left to the subclasses, and does not say what it returns": {
        "base.py": """
            class Storage:
                def connect(self):
                    raise NotImplementedError
                def other(self) -> "Connection":
                    raise NotImplementedError
        """,
        "sqlite.py": """
            from contextlib import contextmanager
            from base import Storage
            class SqliteStorage(Storage):
                @contextmanager
                def connect(self):
                    yield self.engine
                @contextmanager
                def other(self):
                    yield self.engine
        """,
        "main.py": """
            from base import Storage
            def report(storage: Storage):
                storage.connect().execute(1)  # <- ATTRIBUTE probable
                storage.connect().name
                storage.other().execute(1)  # <- ATTRIBUTE probable
                storage.other().name
        """,
    },
    "a protocol that nothing in the project derives from": {
        "main.py": """
            from typing import ContextManager, Protocol
            class Storage(Protocol):
                def connect(self) -> ContextManager["Connection"]: ...
            def report(storage: Storage):
                storage.connect().execute(1)
        """,
    },
    "a task that Celery binds to an object of its base": {
        "base.py": """
            from contextlib import contextmanager
            from celery import Task
            class DatabaseTask(Task):
                @contextmanager
                def get_db(self):
                    yield 1
        """,
        "tasks.py": """
            from celery import Celery, shared_task
            from base import DatabaseTask
            from trials import run_trial
            app = Celery()
            @app.task(bind=True, base=DatabaseTask)
            def check(self, key):
                return run_trial(key, self.get_db())  # <- ARGUMENT
            @shared_task(name="clean", base=DatabaseTask, bind=True)
            def clean(self):
                db = self.get_db()  # <- BOUND
                db.query(1)
            @app.task(bind=True, base=DatabaseTask)
            def right(self, key):
                with self.get_db() as db:
                    return run_trial(key, db)
            @app.task(base=DatabaseTask)
            def unbound(manager):
                manager.get_db().value
            @app.task(bind=True)
            def plain(self):
                self.get_db().value
        """,
        "trials.py": """
            def run_trial(key, db):
                return db.query(key).first()
        """,
    },
    "a variable of the name of an attribute that is set somewhere": {
        "db.py": DB,
        "main.py": """
            from fastapi import FastAPI
            from db import Manager, db_manager
            app = FastAPI()
            app.state.db_manager = db_manager
            def start(other, database: Manager):
                other.database = database
                database.get_session().query(1)  # <- ATTRIBUTE
                db_manager.get_session().query(1)  # <- ATTRIBUTE
                other.database.get_session().value
            def inside():
                from db import db_manager
                db_manager.get_session().query(1)  # <- ATTRIBUTE
        """,
    },
    "a function of a module that another module gives another value": {
        "db.py": DB,
        "fakes.py": """
            import db
            from db import get_session
            def fake(service, module):
                service.get_session = open
                db.get_session = open
                service.get_session().value
                get_session().value
        """,
    },
    "a proxy for an object": {
        "db.py": DB,
        "proxies.py": """
            from werkzeug.local import LocalProxy
            from db import Manager, get_session
            current = LocalProxy(lambda: Manager())
            session = LocalProxy(get_session)
            unknown = LocalProxy(lambda: make())
        """,
        "main.py": """
            from proxies import current, session, unknown
            current.get_session().query(1)  # <- ATTRIBUTE
            with current.get_session() as s:
                s.query(1)
            session.query(1)
            unknown.get_session().value
        """,
    },
    "a mapped attribute": {
        "models.py": """
            from contextlib import contextmanager
            from sqlalchemy.orm import Mapped, relationship
            class Database:
                @contextmanager
                def get_engine(self):
                    yield 1
            class Dataset:
                database: Mapped["Database"] = relationship(back_populates="datasets")
                others: Mapped[list["Database"]] = relationship()
        """,
        "main.py": """
            from models import Dataset
            def run(dataset: Dataset):
                dataset.database.get_engine().execute(1)  # <- ATTRIBUTE
                with dataset.database.get_engine() as engine:
                    engine.execute(1)
                dataset.others.get_engine().value
        """,
    },
}


@pytest.mark.parametrize("sources", WAYS.values(), ids=WAYS.keys())
def test_ways_to_a_factory(tmp_path: Path, sources: dict[str, str]) -> None:
    check(tmp_path, sources)


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
