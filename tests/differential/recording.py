"""A world that records what a program does with sessions: deeds, pending and durable work, expiry, exits.

Two kinds of world run the same source. In the *meant* world a manager that isn't entered plays the session, as the
author believed. In the other it is what it is, and a session must not be touched once its block has ended.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from differential.choices import Choices

PROGRAM_FILE = "<program>"
LONGEST_RUN = 400
RELATIONS = ("children", "owner")  # read from the database at the first use


class DatabaseError(Exception):
    """What a session's call raises when the script says so."""


class DetachedInstanceError(Exception):
    """An expired object was read after its session had gone."""


class InvalidRequestError(Exception):
    """A `begin()` block was used after its transaction had ended."""


class Interrupt(BaseException):
    """Stands for KeyboardInterrupt and cancellation: `except Exception` lets it pass."""


class Runaway(BaseException):
    """The program did not come to an end."""


class Deadlock(BaseException):
    """A lock that is not reentrant was taken twice."""


@dataclass(frozen=True)
class Deed:
    """Something that was done. `lease` is the session's number, where it was done to a session or its values."""

    text: str
    kind: str = "other"
    lease: int | None = None


@dataclass(frozen=True)
class Work:
    """A change to the data; the `ordinal`th of its session."""

    lease: int
    ordinal: int
    label: str


@dataclass
class Lease:
    """The time for which one call of a factory hands a session out."""

    number: int
    row: int = 0  # of the program, where it was opened
    opened: bool = False
    works: int = 0
    entered: int = 0
    exits: list[str] = field(default_factory=list)  # "normal" or "exception"
    is_undone_at_exit: bool = False  # the factory rolled back, or closed
    may_be_left: bool = False  # its site need not have been rewritten

    @property
    def ended(self) -> bool:
        return bool(self.exits)


class World:
    """All that happens in one run of one program."""

    def __init__(self, choices: Choices, *, plays: bool, locks: bool = False) -> None:
        """`plays`: managers play sessions. `locks`: they hold the factory's lock until the close."""
        self.choices = choices
        self.plays = plays
        self.locks = locks
        self.expires = True  # objects of such sessions, at a commit
        self.deeds: list[Deed] = []
        self.durable: list[Work] = []
        self.committed_by_program: set[Work] = set()
        self.rolled_back: set[Work] = set()
        self.exposed: dict[Work, list[int]] = {}
        self.violations: list[str] = []
        self.leases: list[Lease] = []
        self.sessions: list[Session] = []
        self.deferred: list[Callable[[], object]] = []
        self.values = 0
        self.in_factory = 0
        self.session_kind: type[Session] = SyncSession  # of the factory that is running
        self.probing = False
        self.lock_is_held = False
        self.aborted = ""

    def record(self, text: str, *, kind: str = "other", lease: Lease | None = None) -> None:
        """Note a deed of the program; what a factory does at its own entry and exit is no deed."""
        if self.in_factory:
            return
        self.deeds.append(Deed(text, kind, lease.number if lease else None))
        if len(self.deeds) > LONGEST_RUN:
            self.aborted = "a run without end"
            raise Runaway

    def touch(self, text: str, lease: Lease | None, *, kind: str = "other", lenient: bool = False) -> None:
        """Note a deed done to a session or to what came from it. Any may fail, but a rollback or a close."""
        if lease is not None and lease.ended and not self.in_factory and not (lenient and self.probing):
            self.violations.append(f"{text} is touched after its block has ended")
        self.record(text, kind=kind, lease=lease)
        if kind == "other":
            self.may_fail(DatabaseError(text))

    def take_lock(self) -> None:
        """Take the factory's lock, or stop where a real program would hang."""
        if self.lock_is_held:
            self.aborted = "a deadlock"
            raise Deadlock
        self.lock_is_held = True

    def may_fail(self, error: BaseException) -> None:
        """Raise `error` if the script says so. A factory's own calls never fail."""
        if not self.in_factory and not self.probing and self.choices.pick(2):
            self.expose()
            raise error

    def expose(self) -> None:
        """An exception comes up: whatever is pending now may be lost to it."""
        for session in self.sessions:
            for work in session.pending_work():
                self.exposed.setdefault(work, []).append(len(self.choices.taken) - 1)

    def new_lease(self) -> Lease:
        lease = Lease(len(self.leases) + 1, row=row_of_program(), may_be_left=self.plays)
        self.leases.append(lease)
        self.record(f"open session#{lease.number}", kind="open")
        self.may_fail(DatabaseError(f"can't open session#{lease.number}"))
        lease.opened = True
        return lease

    def new_value(self) -> int:
        self.values += 1
        return self.values


def row_of_program() -> int:
    """The row that the program under test has come to."""
    frame = sys._getframe()
    while frame.f_back and frame.f_code.co_filename != PROGRAM_FILE:
        frame = frame.f_back
    return frame.f_lineno


def name_of(value: object) -> str:
    """A text for an argument that doesn't touch it."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(name_of, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name_of(key)}: {name_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (Session, Item, Result, Manager)):
        return value._name()
    if isinstance(value, (str, int, float, type(None))):
        return repr(value)
    if isinstance(value, NameError) and value.__context__:  # `finally: s.close()`, and opening `s` has failed
        return name_of(value.__context__)
    if isinstance(value, (TypeError, AttributeError)):  # their words name the classes of the harness
        return type(value).__name__
    if isinstance(value, BaseException):
        return f"{type(value).__name__}({name_of(value.args)})"
    return str(getattr(value, "_stub_name", f"<{type(value).__name__}>"))


class Item:
    """An ORM object: its attributes are read from the session, may expire, and may be written."""

    def __init__(self, world: World, session: Session | None, label: str) -> None:
        self._world = world
        self._session = session
        self._lease = session._lease if session else None
        self._expired = False
        self._label = label

    def _name(self) -> str:
        return self._label

    def _attach(self, session: Session) -> None:
        self._session = session
        self._lease = session._lease

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        self._world.touch(f"{self._label}.{name}", self._lease, lenient=name not in RELATIONS)
        if name in RELATIONS:
            return self._related(name)
        self._refresh()
        return f"{self._label}.{name}"

    def _refresh(self) -> None:
        """Read again what has expired.

        While the meant program runs, its sessions answer after their close too: the author relied on that, and the
        rewrite keeps the session open instead. Whoever gets the object from the program finds it as it was left.
        """
        answers_after_close = not self._world.probing and self._lease is not None and not self._lease.entered
        if self._expired and self._session is None and not answers_after_close:
            raise DetachedInstanceError(self._label)
        self._expired = False

    def __getitem__(self, name: object) -> object:
        return getattr(self, str(name))

    def _related(self, name: str) -> object:
        if self._session is None and self._lease is not None and self._lease.entered:
            raise DetachedInstanceError(f"{self._label}.{name}")
        item = Item(self._world, self._session, f"{self._label}.{name}")
        item._lease = self._lease
        return item if name == "owner" else [item]

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        text = f"{self._label}.{name} = {name_of(value)}"
        self._world.touch(text, self._lease)
        if self._session is not None:
            self._session._add_work(text)


class Result:
    """What a query gives: nothing is read before it is asked for."""

    def __init__(self, session: Session, label: str) -> None:
        self._session = session
        self._world = session._world
        self._lease = session._lease
        self._label = label

    def _name(self) -> str:
        return self._label

    def _ask(self, what: str) -> None:
        self._world.touch(f"{self._label}.{what}", self._lease)

    def _row(self) -> Item:
        item = Item(self._world, self._session, f"item#{self._world.new_value()}")
        self._session._items.append(item)
        return item

    def where(self, *conditions: object) -> Result:
        self._ask(f"where({', '.join(map(name_of, conditions))})")
        return Result(self._session, f"result#{self._world.new_value()}")

    filter = filter_by = order_by = limit = options = where

    def scalars(self) -> Result:
        self._ask("scalars()")
        return self

    def fetchall(self) -> list[Item]:
        self._ask("all()")
        return [self._row(), self._row()]

    all = fetchall

    def first(self) -> Item | None:
        self._ask("first()")
        return None if self._world.choices.pick(2) else self._row()

    scalar_one_or_none = one_or_none = fetchone = first

    def one(self) -> Item:
        self._ask("one()")
        return self._row()

    def count(self) -> int:
        self._ask("count()")
        return 2

    scalar = scalar_one = count

    def update(self, values: object) -> int:
        self._ask(f"update({name_of(values)})")
        self._session._add_work(f"{self._label}.update({name_of(values)})")
        return 2

    def delete(self) -> int:
        return self.update(None)

    def __iter__(self) -> Iterator[Item]:
        for number in range(2):
            self._ask(f"row {number}")
            yield self._row()

    async def __aiter__(self) -> AsyncIterator[Item]:
        for item in self:
            yield item


class Transaction:
    """What `session.begin()` gives: once it has ended, its session refuses work until the block is left."""

    def __init__(self, session: Session, *, closes: bool = False) -> None:
        self._session = session
        self._closes = closes

    def __enter__(self) -> Session:
        self._session._transaction = "open"
        return self._session

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if self._session._transaction == "open":
            if kind is None:
                self._session._commit()
            else:
                self._session._rollback()
        self._session._transaction = "none"
        if self._closes:
            self._session._close()

    async def __aenter__(self) -> Session:
        return self.__enter__()

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        self.__exit__(kind, error, traceback)


class Session:
    """A session that knows which of its work is pending, and which of its objects are expired."""

    def __init__(self, world: World, lease: Lease | None = None, *, expire_on_commit: bool = True) -> None:
        self._world = world
        self._lease = lease
        self._expires = expire_on_commit
        self._pending: list[Work] = []
        self._items: list[Item] = []
        self._transaction = "none"
        self._holds_lock = False
        world.sessions.append(self)

    def _name(self) -> str:
        return f"session#{self._lease.number if self._lease else '?'}"

    def pending_work(self) -> list[Work]:
        return list(self._pending)

    def _touch(self, text: str, kind: str = "other") -> None:
        self._world.touch(f"{self._name()}.{text}", self._lease, kind=kind)
        if self._transaction == "ended" and not self._world.in_factory and kind not in ("close", "rollback"):
            raise InvalidRequestError("the transaction of this block has ended")

    def _add_work(self, label: str) -> None:
        if self._lease is not None and not self._world.in_factory:
            self._lease.works += 1
            self._pending.append(Work(self._lease.number, self._lease.works, label))

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            self._touch(f"{name} = {name_of(value)}")
        object.__setattr__(self, name, value)

    # reading

    def _result(self, text: str) -> Result:
        self._touch(text)
        return Result(self, f"result#{self._world.new_value()}")

    def query(self, *what: object) -> Result:
        return self._result(f"query({', '.join(map(name_of, what))})")

    def _execute(self, what: object = None, *more: object) -> Result:
        result = self._result(f"execute({', '.join(map(name_of, (what, *more)))})")
        if isinstance(what, str) and what.startswith("insert"):
            self._add_work(what)
        return result

    def _scalar(self, what: object = None) -> int:
        return self._execute(what).count()

    def _get(self, what: object, key: object = None) -> Item | None:
        return self._result(f"get({name_of(what)}, {name_of(key)})").first()

    # writing

    def add(self, thing: object) -> None:
        self._touch(f"add({name_of(thing)})")
        self._add_work(f"add {name_of(thing)}")
        if isinstance(thing, Item):
            thing._attach(self)
            self._items.append(thing)

    def add_all(self, things: object) -> None:
        self._touch(f"add_all({name_of(things)})")
        self._add_work(f"add {name_of(things)}")

    def _delete(self, thing: object) -> None:
        self._touch(f"delete({name_of(thing)})")
        self._add_work(f"delete {name_of(thing)}")

    def _flush(self) -> None:
        self._touch("flush()")

    def _refresh(self, thing: object) -> None:
        self._touch(f"refresh({name_of(thing)})")
        if isinstance(thing, Item):
            thing._expired = False

    def _commit(self) -> None:
        self._touch("commit()")
        self._world.durable.extend(self._pending)
        if not self._world.in_factory:
            self._world.committed_by_program.update(self._pending)
        self._end_transaction(expires=self._expires)

    def _rollback(self) -> None:
        self._touch("rollback()", kind="rollback")
        self._note_undone()
        if not self._world.in_factory:
            self._world.rolled_back.update(self._pending)
        self._end_transaction(expires=True)

    def _note_undone(self) -> None:
        if self._world.in_factory and self._lease is not None:
            self._lease.is_undone_at_exit = True

    def _end_transaction(self, *, expires: bool) -> None:
        self._pending.clear()
        if self._transaction == "open" and not self._world.in_factory:
            self._transaction = "ended"
        for item in self._items if expires else ():
            item._expired = True

    def _close(self) -> None:
        self._touch("close()", kind="close")
        self._note_undone()
        self._pending.clear()
        for item in self._items:
            item._session = None
        self._items.clear()
        if self._holds_lock:
            self._world.lock_is_held = False
            self._holds_lock = False

    def begin(self) -> Transaction:
        return Transaction(self)


class SyncSession(Session):
    """The session of plain programs."""

    execute = Session._execute
    scalar = Session._scalar
    scalars = Session._execute
    get = Session._get
    delete = Session._delete
    merge = Session.add
    flush = Session._flush
    refresh = Session._refresh
    commit = Session._commit
    rollback = Session._rollback
    close = Session._close
    cursor = Session.query

    def __enter__(self) -> object:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Item]:
        return iter(self.query("all"))

    def __getitem__(self, key: object) -> Item | None:
        return self._get("item", key)


def awaitable(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def call(*arguments: object, **options: object) -> object:
        return method(*arguments, **options)

    return call


class AsyncSession(Session):
    """The session of async programs."""

    execute = awaitable(Session._execute)
    scalar = awaitable(Session._scalar)
    scalars = awaitable(Session._execute)
    stream = awaitable(Session._execute)
    get = awaitable(Session._get)
    delete = awaitable(Session._delete)
    merge = awaitable(Session.add)
    flush = awaitable(Session._flush)
    refresh = awaitable(Session._refresh)
    commit = awaitable(Session._commit)
    rollback = awaitable(Session._rollback)
    close = aclose = awaitable(Session._close)

    async def __aenter__(self) -> object:
        return self

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        self._close()


class Maker:
    """What `sessionmaker(...)` gives."""

    def __init__(self, world: World, kind: type[Session], expire_on_commit: bool) -> None:
        self._make = functools.partial(kind, world, expire_on_commit=expire_on_commit)

    def __call__(self) -> Session:
        return self._make()

    def begin(self) -> Transaction:
        return Transaction(self._make(), closes=True)


class Lock:
    """A lock that is not reentrant; all locks of a world are one."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __enter__(self) -> None:
        self._world.take_lock()

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self._world.lock_is_held = False

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        self.__exit__(kind, error, traceback)


class Manager:
    """A real manager, with a count of its entries and exits."""

    def __init__(self, world: World, real: Any, kind: type[Session]) -> None:
        self._world = world
        self._real = real
        self._kind = kind
        self._lease = world.new_lease()

    def _name(self) -> str:
        return f"session#{self._lease.number}" if self._world.plays else "manager"

    @contextlib.contextmanager
    def _inside_factory(self) -> Iterator[None]:
        self._world.in_factory += 1
        self._world.session_kind = self._kind
        try:
            yield
        finally:
            self._world.in_factory -= 1

    def _enter(self, session: object) -> object:
        self._lease.entered += 1
        if isinstance(session, Session):
            session._lease = self._lease
        return session

    def _note_exit(self, kind: object) -> None:
        self._lease.exits.append("normal" if kind is None else "exception")
        self._world.record(f"exit session#{self._lease.number}", kind="exit", lease=self._lease)


class SyncManager(Manager):
    """What a `@contextmanager` factory returns."""

    def __enter__(self) -> object:
        with self._inside_factory():
            session = self._real.__enter__()
        return self._enter(session)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> object:
        try:
            with self._inside_factory():
                return self._real.__exit__(kind, error, traceback)
        finally:
            self._note_exit(kind)


class AsyncManager(Manager):
    """What an `@asynccontextmanager` factory returns."""

    async def __aenter__(self) -> object:
        with self._inside_factory():
            session = await self._real.__aenter__()
        return self._enter(session)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> object:
        try:
            with self._inside_factory():
                return await self._real.__aexit__(kind, error, traceback)
        finally:
            self._note_exit(kind)


class Player(Manager):
    """A manager that plays the session, unless it is entered."""

    _played: Session | None = None

    def __init__(self, world: World, real: Any, kind: type[Session]) -> None:
        super().__init__(world, real, kind)
        if world.locks:
            world.take_lock()

    def _session(self) -> Any:
        if self._played is None:
            self._played = self._kind(self._world, self._lease, expire_on_commit=self._world.expires)
            self._played._holds_lock = self._world.locks
        return self._played

    @contextlib.contextmanager
    def _inside_factory(self) -> Iterator[None]:
        if self._world.locks and not self._lease.entered:
            self._world.lock_is_held = False
        with super()._inside_factory():
            yield

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._session(), name)

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            setattr(self._session(), name, value)


class SyncPlayer(Player, SyncManager):
    """The author of `async with factory()` meant `with`."""

    def __iter__(self) -> Iterator[Item]:
        return iter(self._session())

    def __getitem__(self, key: object) -> object:
        return self._session()[key]

    async def __aenter__(self) -> object:
        return self._session()

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        self._session()._close()


class AsyncPlayer(Player, AsyncManager):
    """The author of `await factory()` meant the session, and of `with factory()` meant `async with`."""

    def __await__(self) -> Generator[None, None, object]:
        yield from ()
        return self._session()

    def __enter__(self) -> object:
        return self._session()

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self._session()._close()
