"""The modules that programs under test import: real ones, and those that belong to the recording world."""

from __future__ import annotations

import builtins
import contextlib
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

from differential import recording
from differential.recording import AsyncSession, Item, Lock, Maker, Session, SyncSession, World, name_of
from differential.stubs import exception_class, stub_module

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # of objects without a name: another one in each run
REAL = (
    "__future__",
    "abc",
    "collections",
    "dataclasses",
    "functools",
    "itertools",
    "sys",
    "types",
    "typing",
    "unittest",
)
MANAGER_TYPES: Mapping[tuple[type[Session], bool], type[recording.Manager]] = {
    (SyncSession, True): recording.SyncPlayer,
    (SyncSession, False): recording.SyncManager,
    (AsyncSession, True): recording.AsyncPlayer,
    (AsyncSession, False): recording.AsyncManager,
}
FAILURES = (ValueError, LookupError, recording.Interrupt)


@functools.lru_cache(maxsize=4096)
def compiled(text: str, name: str) -> CodeType:
    return compile(text, name, "exec")


def without_addresses(text: str) -> str:
    """A text in which objects may be printed, the same in each run."""
    return _ADDRESS.sub("", text)


def is_session_factory_name(name: str) -> bool:
    return any(word in name for word in ("session", "connection", "unit_of_work", "transaction"))


class Modules:
    """Serves the imports of one run: files of the program's project, and fakes bound to the world."""

    def __init__(self, world: World, sources: Mapping[str, str], *, program: str) -> None:
        self._world = world
        self._sources = sources
        self._program = program
        self._loaded: dict[str, ModuleType] = {}
        lock = functools.partial(Lock, world)
        self._builtins = {"print": lambda *what: world.record(f"print({', '.join(map(name_of, what))})")}
        self._fakes: dict[str, Callable[[], Mapping[str, object]]] = {
            "world": self._world_names,
            "contextlib": self._contextlib_names,
            "sqlalchemy": lambda: {"create_engine": lambda *_, **__: None},
            "sqlalchemy.orm": lambda: {"sessionmaker": self._maker(SyncSession), "Session": SyncSession},
            "sqlalchemy.ext.asyncio": lambda: {
                "async_sessionmaker": self._maker(AsyncSession),
                "AsyncSession": AsyncSession,
            },
            "sqlite3": lambda: {"connect": lambda *_: SyncSession(world)},
            "threading": lambda: {"Lock": lock, "Thread": self._thread},
            "asyncio": lambda: {"Lock": lock, "create_task": self._later, "ensure_future": self._later},
        }

    def load(self, name: str) -> ModuleType:
        """The module of that name, run at its first import."""
        if name in self._loaded:
            return self._loaded[name]
        is_known = name in self._sources or self._is_package(name)
        module = self._loaded[name] = ModuleType(name) if is_known else stub_module(self._world, name)
        if name in self._fakes:
            module.__dict__.update(self._fakes[name]())
        elif name in self._sources:
            module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import, **self._builtins}
            file_name = recording.PROGRAM_FILE if name == self._program else f"{name}.py"
            exec(compiled(self._sources[name], file_name), module.__dict__)
        return self._loaded[name]

    def _is_package(self, name: str) -> bool:
        return any(source.startswith(f"{name}.") for source in self._sources)

    def _import(
        self, name: str, _globals: object = None, _locals: object = None, wanted: Any = (), level: int = 0
    ) -> ModuleType:
        if level or name.partition(".")[0] in REAL:
            return builtins.__import__(name, None, None, wanted, level)
        module = self.load(name)
        first, *others = name.split(".")
        package = parent = self.load(first)
        for index, part in enumerate(others, 2):
            child = self.load(".".join(name.split(".")[:index]))
            setattr(parent, part, child)
            parent = child
        return module if wanted else package

    # the recording world

    def _world_names(self) -> Mapping[str, object]:
        world = self._world

        def cond(number: int = 0) -> bool:
            truth = bool(world.choices.pick(2, alternates=True))
            world.record(f"cond({number}) is {truth}")
            return truth

        def may_raise(number: int = 0) -> str:
            world.record(f"may_raise({number})")
            option = world.choices.pick(1 + len(FAILURES))
            if option:
                world.expose()
                raise FAILURES[option - 1](number)
            return f"value {number}"

        def log(*arguments: object) -> None:
            world.record(without_addresses(f"log({', '.join(map(name_of, arguments))})"))

        async def pause(*arguments: object) -> None:
            log("pause", *arguments)

        def new_item(**values: object) -> Item:
            return Item(world, None, f"new item#{world.new_value()}")

        return {
            "cond": cond,
            "may_raise": may_raise,
            "log": log,
            "pause": pause,
            "Item": new_item,
            "HTTPException": exception_class(world, "HTTPException"),
            "DatabaseError": recording.DatabaseError,
        }

    # factories

    def _contextlib_names(self) -> Mapping[str, object]:
        return {
            **{name: getattr(contextlib, name) for name in contextlib.__all__},
            "contextmanager": functools.partial(self._factory, contextlib.contextmanager, SyncSession),
            "asynccontextmanager": functools.partial(self._factory, contextlib.asynccontextmanager, AsyncSession),
        }

    def _factory(
        self, real: Callable[..., Any], kind: type[Session], function: Callable[..., Any]
    ) -> Callable[..., Any]:
        manager_type = MANAGER_TYPES[kind, self._world.plays]
        make_manager: Callable[..., Any] = real(function)
        if not is_session_factory_name(function.__name__):
            return make_manager

        @functools.wraps(function)
        def factory(*arguments: object, **options: object) -> Any:
            if self._world.in_factory:
                return make_manager(*arguments, **options)
            return manager_type(self._world, make_manager(*arguments, **options), kind)

        return factory

    def _maker(self, kind: type[Session]) -> Callable[..., Maker]:
        def sessionmaker(*_: object, expire_on_commit: bool = True, **__: object) -> Maker:
            self._world.expires = expire_on_commit
            return Maker(self._world, kind, expire_on_commit)

        return sessionmaker

    # work that runs later

    def _thread(self, target: Callable[..., object], args: tuple[object, ...] = (), **_: object) -> SimpleNamespace:
        return SimpleNamespace(start=lambda: self._world.deferred.append(lambda: target(*args)), join=lambda: None)

    def _later(self, coroutine: object) -> None:
        assert inspect.iscoroutine(coroutine)
        self._world.deferred.append(lambda: coroutine)
