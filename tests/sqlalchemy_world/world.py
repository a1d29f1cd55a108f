"""Runs one program on a database of its own, and says what can be seen of it from outside."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

from sqlalchemy_world.described import described, name_of

PROJECT = Path(__file__).parent / "project"
SHARED = ("models", "meant")  # modules that one process loads once: mapping classes takes long
SEED = """
    insert into teams values (1, 'red'), (2, 'blue');
    insert into users values (1, 'ann', 30, 'writes', 1), (2, 'bob', 17, null, 1), (3, 'cyd', 45, null, null);
    insert into profiles values (1, 'Oslo', 1), (2, 'Rome', 2);
    insert into posts values (1, 'one', 5, 1), (2, 'two', 0, 1), (3, 'three', 9, 2);
    insert into tags values (1, 'new'), (2, 'hot');
    insert into post_tags values (1, 1), (1, 2), (3, 2);
"""
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Run:
    """What one run showed: how it ended, what it logged, what the database holds, what it left open."""

    outcome: object
    log: tuple[str, ...]
    rows: Mapping[str, list[tuple[Any, ...]]]
    checked_out: int


@cache
def shared_module(name: str) -> ModuleType:
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile((PROJECT / f"{name}.py").read_text(encoding="utf-8"), name, "exec"), module.__dict__)
    return module


@cache
def compiled(name: str, text: str) -> CodeType:
    return compile(text, f"{name}.py", "exec")


@cache
def template() -> sqlite3.Connection:
    """A database with the tables and their first rows."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    engine = create_engine("sqlite://", creator=lambda: connection)
    shared_module("models").Base.metadata.create_all(engine)
    connection.executescript(SEED)
    return connection


@contextlib.contextmanager
def database(*, is_async: bool) -> Iterator[tuple[Any, sqlite3.Connection]]:
    """An engine on a fresh database in memory, and a connection that keeps it alive."""
    address = f"file:world{next(NUMBERS)}?mode=memory&cache=shared"
    keeper = sqlite3.connect(address, uri=True, check_same_thread=False)
    template().backup(keeper)
    if is_async:
        url = f"sqlite+aiosqlite:///{address}&uri=true"
        engine: Any = create_async_engine(url, poolclass=AsyncAdaptedQueuePool)
        sync_engine = engine.sync_engine
    else:
        arguments = {"check_same_thread": False}
        sync_engine = engine = create_engine(
            f"sqlite:///{address}&uri=true", poolclass=QueuePool, connect_args=arguments
        )
    event.listen(sync_engine, "connect", _prepare)
    event.listen(sync_engine, "begin", lambda connection: connection.exec_driver_sql("begin"))
    try:
        yield engine, keeper
    finally:
        keeper.close()


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so
    cursor = connection.cursor()
    cursor.execute("pragma read_uncommitted = true")  # readers block nobody, as with most servers
    cursor.close()


@contextlib.contextmanager
def modules(texts: Mapping[str, str], engine: object) -> Iterator[None]:
    """The modules of a project importable, on top of those of this process."""
    engines = ModuleType("engines")
    engines.__dict__["engine"] = engine
    finder = Finder(texts)
    added = {"engines": engines, **{name: shared_module(name) for name in SHARED}}
    before = {name: sys.modules.pop(name, None) for name in (*added, *texts)}
    sys.modules.update(added)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


class Finder:
    """Imports modules from texts."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> Any:
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, self) if name in self.texts else None  # type: ignore[arg-type]  # a loader by its methods

    def create_module(self, _spec: object) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compiled(module.__name__, self.texts[module.__name__]), module.__dict__)


def run(texts: Mapping[str, str], *, is_async: bool, commits: bool = False) -> Run:
    """Import the module `prog` of a project and call its `main`; `commits`: meant sessions commit when they end."""
    meant = shared_module("meant")
    meant.HANDED_OUT.clear()
    meant.OPTIONS["commits"] = commits
    with database(is_async=is_async) as (engine, keeper), modules(texts, engine):
        if is_async:
            return asyncio.run(_run_async(engine, keeper, commits))
        return _run_sync(engine, keeper, commits)


def _run_sync(engine: Any, keeper: sqlite3.Connection, commits: bool) -> Run:
    log: list[str] = []
    ended = False
    try:
        import helpers
        import prog

        log = helpers.LOG
        outcome = described(prog.main())
        ended = True
    except Exception as error:  # noqa: BLE001  # it is what the program is judged by
        outcome = name_of(error)
    left = engine.pool.checkedout()
    for session in shared_module("meant").HANDED_OUT:
        if commits and ended:
            session.commit()
        session.rollback()
        session.close()
    engine.dispose()
    return Run(outcome, tuple(log), rows_of(keeper), left)


async def _run_async(engine: Any, keeper: sqlite3.Connection, commits: bool) -> Run:
    log: list[str] = []
    ended = False
    try:
        import helpers
        import prog

        log = helpers.LOG
        result = prog.main()
        outcome = described(await result if inspect.isawaitable(result) else result)
        ended = True
    except Exception as error:  # noqa: BLE001  # it is what the program is judged by
        outcome = name_of(error)
    left = engine.pool.checkedout()
    for session in shared_module("meant").HANDED_OUT:
        if commits and ended:
            await session.commit()
        await session.rollback()
        await session.close()
    await engine.dispose()
    return Run(outcome, tuple(log), rows_of(keeper), left)


def rows_of(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    tables = shared_module("models").Base.metadata.tables
    return {name: sorted(connection.execute(f"select * from {name}"), key=repr) for name in tables}
