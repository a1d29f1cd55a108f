"""What is right, or not known well enough: nothing may be said about it."""

from __future__ import annotations

from sessionfix.rules import Valid
from sessionfix.rules.samples import beside_database, beside_singleton

EXAMPLES: dict[str, Valid] = {
    "several in one with": Valid(
        beside_database(
            """
            from db import get_session


            def copy(work):
                with get_session() as source, get_session() as target:
                    work(source, target)
            """
        )
    ),
    "a conditional expression in a with item": Valid(
        beside_database(
            """
            from contextlib import nullcontext

            from db import get_session
            from models import User


            def count_users(given=None):
                with get_session() if given is None else nullcontext(given) as session:
                    return session.query(User).count()
            """
        )
    ),
    "a conditional expression bound and then entered": Valid(
        beside_database(
            """
            from contextlib import nullcontext

            from db import get_session
            from models import User


            def count_users(given=None):
                manager = nullcontext(given) if given else get_session()
                with manager as session:
                    return session.query(User).count()
            """
        )
    ),
    "bound in two branches and then entered": Valid(
        beside_database(
            """
            from contextlib import nullcontext

            from db import get_session
            from models import User


            def count_users(given=None):
                if given:
                    manager = nullcontext(given)
                else:
                    manager = get_session()
                with manager as session:
                    return session.query(User).count()
            """
        )
    ),
    "an annotated assignment between call and with": Valid(
        beside_database(
            """
            from typing import Any

            from db import get_session
            from models import User


            def count_users():
                manager: Any = get_session()

                def total(session):
                    return session.query(User).count()

                with manager as session:
                    return total(session)
            """
        )
    ),
    "a walrus that is entered": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                with (manager := get_session()) as session:
                    print(manager)
                    return session.query(User).count()
            """
        )
    ),
    "entered through the same name": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session = get_session()
                with session as session:
                    return session.query(User).count()
            """
        )
    ),
    "entered by hand": Valid(
        beside_database(
            """
            import sys

            from db import get_session
            from models import User


            def count_users():
                manager = get_session()
                session = manager.__enter__()
                try:
                    return session.query(User).count()
                finally:
                    manager.__exit__(*sys.exc_info())
            """
        )
    ),
    "rebound before it is used": Valid(
        beside_database(
            """
            from db import get_session
            from engine import Session
            from models import User


            def count_users():
                session = get_session()
                session = Session()
                return session.query(User).count()
            """
        )
    ),
    "never used as a session": Valid(
        beside_database(
            """
            from db import get_session


            def describe():
                manager = get_session()
                print(manager)
            """
        )
    ),
    "returned by a wrapper": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def new_session():
                return get_session()


            def count_users():
                with new_session() as session:
                    return session.query(User).count()
            """
        )
    ),
    "bound and returned by a wrapper": Valid(
        beside_database(
            """
            from db import get_session


            def new_session():
                manager = get_session()
                return manager
            """
        )
    ),
    "a wrapper that may return something else": Valid(
        beside_database(
            """
            from contextlib import nullcontext

            from db import get_session
            from models import User


            def maybe_session(given):
                if given:
                    return given
                return get_session()


            def count_users(given):
                session = maybe_session(given)
                return session.query(User).count()
            """
        )
    ),
    "yielded from a factory of its own": Valid(
        beside_database(
            """
            from contextlib import contextmanager

            from db import get_session


            @contextmanager
            def logged_session():
                with get_session() as session:
                    print("open")
                    yield session
            """
        )
    ),
    "a list that is entered later": Valid(
        beside_database(
            """
            from contextlib import ExitStack

            from db import get_session


            def run(work):
                managers = [get_session(), get_session()]
                with ExitStack() as stack:
                    work(*[stack.enter_context(manager) for manager in managers])
            """
        )
    ),
    "pushed on a stack": Valid(
        beside_database(
            """
            from contextlib import ExitStack

            from db import get_session


            def run(work):
                with ExitStack() as stack:
                    stack.push(get_session())
                    work()
            """
        )
    ),
    "used as a decorator": Valid(
        beside_database(
            """
            from db import get_session

            in_session = get_session()


            @in_session
            def work():
                print("working")
            """
        )
    ),
    "a fixture": Valid(
        beside_database(
            """
            import pytest

            from db import get_session
            from models import User


            @pytest.fixture
            def session():
                with get_session() as session:
                    yield session


            def test_no_users(session):
                assert session.query(User).count() == 0
            """
        )
    ),
    "a test of the manager itself": Valid(
        beside_database(
            """
            from db import get_session


            def test_is_a_manager():
                manager = get_session()
                assert hasattr(manager, "__enter__")
                assert not hasattr(manager, "query")
            """
        )
    ),
    "a dependency override": Valid(
        beside_database(
            """
            from db import get_session
            from somewhere import app, session_of


            app.dependency_overrides[session_of] = lambda: get_session()
            """
        )
    ),
    "a mock": Valid(
        beside_database(
            """
            from unittest.mock import MagicMock, patch

            from db import get_session


            def test_with_mock():
                database = MagicMock()
                database.get_session.return_value = get_session()
                with patch("db.get_session", return_value=get_session()) as fake:
                    fake().query.assert_not_called()
            """
        )
    ),
    "a coroutine of the same name": Valid(
        {
            "aio.py": """
                async def get_session():
                    return await connect()
                """,
            **beside_singleton(
                """
                import aio


                async def count_users(query):
                    session = await aio.get_session()
                    return await session.scalar(query)
                """
            ),
        }
    ),
    "a plain method of the same name in the same file": Valid(
        """
        from contextlib import contextmanager


        class Pool:
            def get_session(self):
                return self.make()


        class Database:
            @contextmanager
            def get_session(self):
                yield self.make()


        pool = Pool()


        def count_users(query):
            session = pool.get_session()
            return session.scalar(query)
        """
    ),
    "a receiver of unknown type where names disagree": Valid(
        """
        from contextlib import contextmanager


        class Pool:
            def get_session(self):
                return self.make()


        class Database:
            @contextmanager
            def get_session(self):
                yield self.make()


        def count_users(source, query):
            session = source.get_session()
            return session.execute(query)
        """
    ),
    "a parameter that hides the factory": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(get_session):
                session = get_session()
                return session.query(User).count()


            def count_all():
                with get_session() as session:
                    return session.query(User).count()
            """
        )
    ),
    "a local function that hides the factory": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(engine):
                def get_session():
                    return engine.connect()

                session = get_session()
                return session.query(User).count()
            """
        )
    ),
    "one of two meanings": Valid(
        """
        import sys

        if sys.version_info >= (3, 12):
            from contextlib import contextmanager

            @contextmanager
            def get_session():
                yield connect()

        else:

            def get_session():
                return connect()


        def count_users(query):
            session = get_session()
            return session.execute(query)
        """
    ),
    "a fixture factory under another library's decorator": Valid(
        """
        from contextlib import contextmanager
        from functools import lru_cache


        @lru_cache
        @contextmanager
        def get_session():
            yield connect()


        def count_users(query):
            session = get_session()
            return session.execute(query)
        """
    ),
    "a generator dependency": Valid(
        """
        from fastapi import Depends


        def get_session():
            session = connect()
            try:
                yield session
            finally:
                session.close()


        def count_users(query, session=Depends(get_session)):
            return session.execute(query)
        """
    ),
    "the standard library's own names": Valid(
        beside_database(
            """
            import time
            from threading import Lock
            from zipfile import ZipFile

            from db import get_session


            def read(path):
                lock = Lock()
                lock.acquire()
                started = time.time()
                text = ZipFile(path).open("a.txt").read()
                lock.release()
                with get_session() as session:
                    session.add(text)
                return time.time() - started
            """
        )
    ),
    "the attribute of the manager": Valid(
        beside_database(
            """
            from db import get_session


            def generator_of():
                manager = get_session()
                return manager.gen, manager.args, manager.kwds
            """
        )
    ),
    "a session of the same name in another scope": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(session):
                return session.query(User).count()


            def show():
                session = get_session()
                with session as db:
                    print(count_users(db))
            """
        )
    ),
    "kept with paired enter and exit": Valid(
        beside_database(
            """
            from db import get_session


            class Users:
                async def start(self):
                    self._manager = get_session()
                    self.session = self._manager.__enter__()

                async def stop(self):
                    self._manager.__exit__(None, None, None)
            """
        )
    ),
    "handed on as a factory": Valid(
        beside_database(
            """
            from db import get_session
            from repository import Repository

            repository = Repository(session_factory=get_session)
            """
        )
    ),
    "an override in a subclass that is no factory": Valid(
        """
        from contextlib import contextmanager


        class Database:
            @contextmanager
            def get_session(self):
                yield self.make()


        class PlainDatabase(Database):
            def get_session(self):
                return self.make()


        def count_users(query):
            session = PlainDatabase().get_session()
            return session.scalar(query)
        """
    ),
    "an alias that is entered": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                manager = get_session()
                same = manager
                with same as session:
                    return session.query(User).count()
            """
        )
    ),
    "a class with enter and exit of its own": Valid(
        """
        class SessionScope:
            def __enter__(self):
                self.session = connect()
                return self

            def __exit__(self, *exc_info):
                self.session.close()

            def query(self, model):
                return self.session.query(model)


        def count_users(model):
            scope = SessionScope()
            return scope.query(model).count()
        """
    ),
    "a generator that is a manager under another name": Valid(
        """
        from contextlib import contextmanager


        def get_session():
            session = connect()
            try:
                yield session
            finally:
                session.close()


        session_scope = contextmanager(get_session)


        def count_users(query):
            with session_scope() as session:
                return session.execute(query)
        """
    ),
    "timing by decorator": Valid(
        """
        from contextlib import contextmanager


        @contextmanager
        def timed(label):
            yield label


        @timed("work")
        def work():
            print("working")


        def run():
            return work().total
        """
    ),
    "a partial of the factory": Valid(
        beside_database(
            """
            from functools import partial

            from db import get_session

            open_session = partial(get_session)


            def run(work):
                with open_session() as session:
                    work(session)
            """
        )
    ),
    "comparisons of managers": Valid(
        beside_database(
            """
            from contextlib import AbstractContextManager

            from db import get_session


            def test_each_call_makes_its_own():
                assert get_session() is not get_session()
                assert isinstance(get_session(), AbstractContextManager)
                assert get_session() != None
            """
        )
    ),
    "a dictionary of managers": Valid(
        beside_database(
            """
            from db import get_session


            def run(work):
                managers = {"source": get_session(), "target": get_session()}
                with managers["source"] as source, managers["target"] as target:
                    work(source, target)
            """
        )
    ),
    "a generator of managers": Valid(
        beside_database(
            """
            from db import get_session


            def managers(count):
                for _ in range(count):
                    yield get_session()


            def run(work):
                for manager in managers(2):
                    with manager as session:
                        work(session)
            """
        )
    ),
    "parentheses around with items": Valid(
        beside_database(
            """
            from db import get_session


            def run(work):
                with (
                    get_session() as source,
                    get_session() as target,
                ):
                    work(source, target)
                with (get_session()) as only:
                    work(only, only)
            """
        )
    ),
    "a coroutine that returns the manager": Valid(
        beside_database(
            """
            from db import get_async_session


            async def open_session():
                return get_async_session()


            async def run(work):
                async with await open_session() as session:
                    await work(session)
            """
        )
    ),
    "a field's default factory": Valid(
        beside_database(
            """
            from dataclasses import dataclass, field

            from db import get_session


            @dataclass
            class Worker:
                manager: object = field(default_factory=get_session)

                def run(self, work):
                    with self.manager as session:
                        work(session)
            """
        )
    ),
    "a decorated function that does not yield": Valid(
        """
        from contextlib import contextmanager


        @contextmanager
        def get_session():
            return connect()


        def count_users(query):
            session = get_session()
            return session.execute(query)
        """
    ),
    "a receiver whose type is another library's": Valid(
        beside_singleton(
            """
            from aiohttp import Client


            def fetch(client: Client, url):
                session = client.get_session()
                return session.get(url)
            """
        )
    ),
    "a loop that binds the name": Valid(
        beside_database(
            """
            from db import get_session
            from engine import sessions
            from models import User


            def count_users():
                session = get_session()
                total = 0
                for session in sessions():
                    total += session.query(User).count()
                return total
            """
        )
    ),
    "a name that is deleted": Valid(
        beside_database(
            """
            from db import get_session
            from engine import Session
            from models import User


            def count_users():
                session = get_session()
                del session
                session = Session()
                return session.query(User).count()
            """
        )
    ),
    "a comprehension's own name": Valid(
        beside_database(
            """
            from db import get_session
            from engine import sessions
            from models import User


            def count_users():
                session = get_session()
                totals = [session.query(User).count() for session in sessions()]
                with session as db:
                    return db.query(User).count() + sum(totals)
            """
        )
    ),
    "a callee that hands it on to one that enters it": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(manager):
                return in_session(manager, lambda session: session.query(User).count())


            def in_session(manager, work):
                with manager as session:
                    return work(session)


            def show():
                print(count_users(get_session()))
            """
        )
    ),
    "a callee that may enter it": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(session_or_manager):
                if hasattr(session_or_manager, "__enter__"):
                    with session_or_manager as session:
                        return session.query(User).count()
                return session_or_manager.query(User).count()


            def show():
                print(count_users(get_session()))
            """
        )
    ),
    "stacks as attributes": Valid(
        beside_database(
            """
            from contextlib import ExitStack

            from db import get_session
            from models import User


            class Users:
                def __init__(self):
                    self.stack = ExitStack()
                    self.session = self.stack.enter_context(get_session())

                def count(self):
                    return self.session.query(User).count()
            """
        )
    ),
    "an import that hides the factory": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                from legacy import get_session

                session = get_session()
                return session.query(User).count()


            def run(work):
                with get_session() as session:
                    work(session)
            """
        )
    ),
    "a branch that has no manager": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(given):
                manager = get_session()
                if given:
                    manager = None
                if manager is not None:
                    with manager as session:
                        return session.query(User).count()
                return given.query(User).count()
            """
        )
    ),
    "an unreachable module of the same name": Valid(
        """
        from other_package.db import get_session
        from models import User


        def count_users():
            session = get_session()
            return session.query(User).count()
        """
    ),
    "a class attribute that hides an inherited factory": Valid(
        """
        from contextlib import contextmanager

        from engine import make_session


        class Database:
            @contextmanager
            def get_session(self):
                yield make_session()


        class ScopedDatabase(Database):
            get_session = staticmethod(make_session)


        def count_users(query):
            return ScopedDatabase().get_session().scalar(query)
        """
    ),
    "assigned over on an instance": Valid(
        beside_singleton(
            """
            from database.manager import DatabaseManager
            from engine import make_session

            manager = DatabaseManager("sqlite://")
            manager.get_session = make_session


            def count_users(query):
                session = manager.get_session()
                return session.scalar(query)
            """
        )
    ),
    "returned after a look at it": Valid(
        beside_database(
            """
            from db import get_session


            def open_logged():
                manager = get_session()
                print("opening", manager)
                return manager
            """
        )
    ),
}
