"""Ways to a factory, as they are met in published programs; each over several modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import DB, check

WAYS = {
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
    "wrappers in three modules": {
        "db.py": DB,
        "core.py": """
            from db import db_manager
            def session():
                return db_manager.get_session()
        """,
        "service.py": """
            import core
            class Service:
                def session(self):
                    return core.session()
        """,
        "api.py": """
            from service import Service
            service = Service()
            def open_session(readonly=False):
                if readonly:
                    return service.session()
                return service.session()
        """,
        "main.py": """
            from api import open_session
            open_session().query(1)  # <- ATTRIBUTE
            with open_session() as s:
                s.query(1)
            def rows():
                session = open_session(readonly=True)  # <- BOUND
                return session.query(1).all()
        """,
    },
    "one name for a coroutine, a plain function and a manager": {
        "plain.py": """
            from db import SessionLocal
            def get_session():
                return SessionLocal()
        """,
        "soon.py": """
            from db import SessionLocal
            async def get_session():
                return SessionLocal()
        """,
        "db.py": DB,
        "main.py": """
            import db, plain, soon
            async def rows(kind):
                a = plain.get_session()
                b = await soon.get_session()
                c = db.get_session()  # <- BOUND
                return a.query(1), b.query(1), c.query(1)
            def choose(kind):
                from plain import get_session
                get_session().query(1)
            def other():
                from db import get_session
                get_session().query(1)  # <- ATTRIBUTE
            async def third():
                from soon import get_session
                (await get_session()).query(1)
        """,
    },
    "generators that are dependencies": {
        "db.py": """
            def get_db():
                yield 1
            async def get_async_db():
                yield 1
        """,
        "main.py": """
            from db import get_async_db, get_db
            def rows():
                db = next(get_db())
                db.query(1)
                with next(get_db()) as other:
                    other.query(1)
                for db in get_db():
                    db.query(1)
            async def more():
                db = await anext(get_async_db())
                await db.execute(1)
                async for db in get_async_db():
                    await db.execute(1)
                return await get_async_db().__anext__()
        """,
    },
    "a factory that is a dependency, and entered elsewhere": {
        "db.py": DB,
        "main.py": """
            from fastapi import Depends, FastAPI
            from db import get_async
            app = FastAPI()
            @app.get("/")
            async def rows(session=Depends(get_async)):
                return await session.execute(1)
            async def nightly():
                async with get_async() as session:
                    await session.execute(1)
            app.dependency_overrides[get_async] = lambda: get_async()
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
