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
