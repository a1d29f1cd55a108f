"""Managers that are handed about between modules before somebody enters them: silent, however far that is."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import DB, check

HELPERS = """
    from contextlib import AsyncExitStack, ExitStack, contextmanager, nullcontext
    def enter_all(managers):
        with ExitStack() as stack:
            return [stack.enter_context(manager) for manager in managers]
    def run(work, *, manager=None):
        return deeper(work, manager=manager)
    def deeper(work, manager):
        with manager as session:
            return work(session.query(1))
    def run_maybe(manager, enters):
        if enters:
            with manager as session:
                return session.query(1)
        return manager.query(1)
    def same(manager):
        return manager
    @contextmanager
    def timed(manager):
        with manager as session:
            yield session
    class Wrapper:
        def __init__(self, manager):
            self._manager = manager
        def __enter__(self):
            return self._manager.__enter__()
        def __exit__(self, *error):
            return self._manager.__exit__(*error)
        def rows(self):
            return self._manager.query(1)
    class Derived(Wrapper):
        pass
    class Holder:
        def __init__(self, manager):
            self._manager = manager
            self.name = manager.name
        @property
        def manager(self):
            return self._manager
        def open(self):
            return self._manager
"""

SILENT = {
    "a list in a loop": """
        def f(n):
            managers = []
            for _ in range(n):
                managers.append(get_session())
            for manager in managers:
                with manager as session:
                    session.query(1)
    """,
    "a list in a helper": """
        def f():
            first, second = enter_all([get_session(), get_session()])
            first.query(1)
    """,
    "a dict": """
        def f(names):
            managers = {name: get_session() for name in names}
            managers["more"] = get_session()
            for manager in managers.values():
                with manager as session:
                    session.query(1)
            with managers["more"] as session:
                session.query(1)
    """,
    "map": """
        def f():
            managers = [get_session(), get_session()]
            with ExitStack() as stack:
                for session in map(stack.enter_context, managers):
                    session.query(1)
    """,
    "an asynchronous stack": """
        async def f(stack):
            manager = get_async()
            session = await stack.enter_async_context(manager)
            await session.execute(1)
            other = await stack.enter_async_context(get_async())
            await other.execute(1)
    """,
    "an asynchronous variable": """
        async def f(x):
            manager = get_async() if x else nullcontext()
            async with manager as session:
                await session.execute(1)
    """,
    "through two functions, by keyword": """
        def f(work):
            run(work, manager=get_session())
            manager = get_session()
            run(work, manager=manager)
    """,
    "a function that may enter": """
        def f(x):
            run_maybe(get_session(), x)
            manager = get_session()
            run_maybe(manager, x)
    """,
    "a function that gives it back": """
        def f():
            with same(get_session()) as session:
                session.query(1)
            manager = same(get_session())
            with manager as session:
                session.query(1)
    """,
    "another manager": """
        def f():
            with timed(get_session()) as session:
                session.query(1)
    """,
    "a wrapper": """
        def f():
            with Wrapper(get_session()) as session:
                session.query(1)
            wrapper = Wrapper(manager=get_session())
            with wrapper as session:
                session.query(1)
    """,
    "a derived wrapper": """
        def f():
            with Derived(get_session()) as session:
                session.query(1)
    """,
    "a property": """
        def f():
            with Holder(get_session()).manager as session:
                session.query(1)
    """,
    "a method": """
        def f():
            with Holder(get_session()).open() as session:
                session.query(1)
    """,
    "its own property": """
        class Service:
            def __init__(self):
                self._session = get_session()
            @property
            def session(self):
                return self._session
            def rows(self):
                with self.session as session:
                    return session.query(1)
            def name(self):
                return self._session.name
    """,
    "tested and entered": """
        class Service:
            def __init__(self):
                self.manager = None
            def start(self):
                self.manager = get_session()
            def rows(self):
                if self.manager is None:
                    self.start()
                with self.manager as session:
                    return session.query(1)
            def name(self):
                return self.manager.name
    """,
    "returned by a method": """
        class Service:
            def open(self):
                manager = db_manager.get_session()
                return manager
            def rows(self):
                with self.open() as session:
                    return session.query(1)
    """,
    "delegated": """
        @contextmanager
        def session():
            with get_session() as inner:
                yield inner
        def parts():
            yield from get_session().gen
    """,
    "outside": """
        import pytest
        from starlette.concurrency import contextmanager_in_threadpool, run_in_threadpool
        async def f():
            async with contextmanager_in_threadpool(get_session()) as session:
                session.query(1)
            await run_in_threadpool(get_session())
            session = pytest.enterContext(get_session())
            session.query(1)
    """,
}

MISUSED = {
    "a holder's attribute that nobody enters": """
        class Service:
            def __init__(self):
                self._session = get_session()  # <- STORED
            @property
            def session(self):
                return self._session
            def rows(self):
                return self._session.query(1)
    """,
    "another class's property of the name": """
        class Service:
            def __init__(self):
                self._session = get_session()  # <- STORED
            @property
            def session(self):
                return self._session
            def rows(self):
                return self._session.query(1)
        class Other:
            session = nullcontext()
        def f(other: Other):
            with other.session as session:
                session.query(1)
    """,
    "a function that uses it": """
        def use(work, manager):
            return manager.query(work)
        def f(work):
            use(work, manager=get_session())  # <- ARGUMENT
    """,
}
IMPORTS = "from db import *\nfrom helpers import *\n"


def project(source: str) -> dict[str, str]:
    return {"db.py": DB, "helpers.py": HELPERS, "main.py": IMPORTS + dedent(source)}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_managers_that_somebody_enters(tmp_path: Path, source: str) -> None:
    assert "# <-" not in source
    check(tmp_path, project(source))


@pytest.mark.parametrize("source", MISUSED.values(), ids=MISUSED.keys())
def test_managers_that_nobody_enters(tmp_path: Path, source: str) -> None:
    assert "# <-" in source
    check(tmp_path, project(source))
