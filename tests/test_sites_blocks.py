"""What is found of a session that is used after its block, leaves it, or is closed twice; and what is not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

import fixing
from project_samples import sites_in, write_project
from sessionfix.diagnostics import Applicability, Certainty
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.project.sites import Site, Use

DB = """
    import sqlite3
    from contextlib import asynccontextmanager, closing, contextmanager, nullcontext
    from sqlalchemy import create_engine
    from sqlalchemy.ext.asyncio import async_sessionmaker
    from sqlalchemy.orm import Session, scoped_session, sessionmaker

    engine = create_engine("sqlite://")
    make = sessionmaker(engine)
    make_async = async_sessionmaker(engine)
    registry = scoped_session(make)

    @contextmanager
    def get_session():
        session = make()
        try:
            yield session
            session.commit()
        finally:
            session.close()

    @contextmanager
    def read_only():
        with Session(engine) as session:
            yield session

    @contextmanager
    def on_success():
        session = make()
        yield session
        session.close()

    @contextmanager
    def connect():
        connection = sqlite3.connect("x")
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def core():
        with engine.connect() as connection:
            yield connection

    @contextmanager
    def wrapped():
        with closing(sqlite3.connect("x")) as connection:
            yield connection

    @contextmanager
    def inner():
        with get_session() as session:
            yield session

    @asynccontextmanager
    async def get_async():
        async with make_async() as session:
            yield session

    @contextmanager
    def untyped(pool):
        thing = pool.get()
        try:
            yield thing
        finally:
            thing.close()

    @contextmanager
    def left_open():
        yield make()

    @contextmanager
    def of_registry():
        session = registry()
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def handed(given=None):
        session = given or make()
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def at_times(flag):
        session = make()
        yield session
        if flag:
            session.close()

    @contextmanager
    def leaves_first(flag):
        session = make()
        yield session
        if flag:
            return
        session.close()

    class Timer:
        def execute(self): ...
        def close(self): ...

    @contextmanager
    def timed():
        timer = Timer()
        yield timer
        timer.close()

    def at_random(flag):
        return get_session() if flag else nullcontext(make())

    def count(session, again=False):
        return session.query(User).count()

    def begin_again(session):
        with session.begin():
            session.add(1)

    def note(session):
        print("done", session)
"""
MODELS = """
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

    class Base(DeclarativeBase): ...

    class User(Base):
        name: Mapped[str]
        posts: Mapped[list["Post"]] = relationship()
        team = relationship("Team", back_populates="users")
        tags = relationship("Tag", lazy="selectin")
"""
HEAD = """
import asyncio
import sqlite3
import pytest
from sqlalchemy.exc import InvalidRequestError
from db import *
from models import User, other
"""
NAMES = (
    "get_session read_only on_success connect core wrapped inner get_async untyped left_open of_registry handed "
    "at_times leaves_first timed at_random count begin_again note"
).split()


def sites_of(tmp_path: Path, body: str, use: Use, path: str = "app.py") -> list[Site]:
    """The sites of one kind in a function with this body (an async one where it awaits)."""
    word = "async def" if "await " in body or "async " in body else "def"
    head = HEAD.replace("import *", f"import {', '.join(NAMES)}")
    text = f"{head}\n\n{word} f(self, flag, found):\n{indent(dedent(body).strip(), '    ')}\n"
    files = write_project(tmp_path, {"db.py": DB, "models.py": MODELS, path: text})
    setup = Setup(tmp_path, files)
    project = Project(setup, sieve=Sieve(setup, uses=frozenset({use})))
    return [site for site in sites_in(project, tmp_path / path) if site.use is use]


AFTER = {
    "a query": ("with get_session() as s:\n    pass\ns.query(User).all()", "s.query"),
    "the first of several": ("with get_session() as s:\n    pass\ns.rollback()\ns.add(1)\ns.execute(2)", "s.add"),
    "a session of its own with": ("with read_only() as s:\n    pass\ns.scalars(1)", "s.scalars"),
    "closed without an exception only": ("with on_success() as s:\n    pass\ns.scalars(1)", "s.scalars"),
    "a factory of a factory": ("with inner() as s:\n    pass\ns.get(User, 1)", "s.get"),
    "a connection": ("with connect() as c:\n    pass\nc.commit()", "c.commit"),
    "a connection of the core": ("with core() as c:\n    pass\nc.execute(1)", "c.execute"),
    "a connection in closing()": ("with wrapped() as c:\n    pass\nc.cursor()", "c.cursor"),
    "async": ("async with get_async() as s:\n    pass\nawait s.execute(1)", "s.execute"),
    "a commit that comes too late": ("with read_only() as s:\n    s.add(1)\ns.commit()", "s.commit"),
    "passed on": ("with get_session() as s:\n    pass\nprint(count(s))", "count(s)"),
    "in a branch": ("with get_session() as s:\n    pass\nif flag:\n    s.add(1)", "s.add"),
    "in a comprehension": ("with get_session() as s:\n    pass\nreturn [s.get(User, n) for n in found]", "s.get"),
    "in the next round": (
        "for n in found:\n    if n:\n        s.add(n)\n    with get_session() as s:\n        pass",
        "s.add",
    ),
    "in a finally": ("try:\n    with get_session() as s:\n        pass\nfinally:\n    s.add(1)", "s.add"),
    "one of two items": ("with open('x') as f, get_session() as s:\n    pass\ns.add(1)", "s.add"),
    "a query that is run": ("with get_session() as s:\n    q = s.query(User)\nreturn q.all()", "q.all"),
    "a query that is refined": (
        "with get_session() as s:\n    q = s.query(User)\nif flag:\n    q = q.filter(1)\nreturn q.limit(3).first()",
        "q.first",
    ),
    "a query that is iterated": (
        "with get_session() as s:\n    q = s.query(User).limit(3)\nfor u in q:\n    print(u)",
        "q",
    ),
    "a query that is listed": ("with get_session() as s:\n    q = s.query(User).limit(3)\nreturn list(q)", "q"),
}


@pytest.mark.parametrize(("body", "text"), AFTER.values(), ids=AFTER.keys())
def test_use_after_the_block(tmp_path: Path, body: str, text: str) -> None:
    (site,) = sites_of(tmp_path, body, Use.AFTER_EXIT)

    assert (site.detail, site.certainty) == (text, Certainty.CERTAIN)


def test_use_of_something_that_is_not_known_is_probable(tmp_path: Path) -> None:
    (site,) = sites_of(tmp_path, "with untyped() as s:\n    pass\ns.execute(1)", Use.AFTER_EXIT)

    assert site.certainty is Certainty.PROBABLE


LOADED_LATE = {
    "got by its key": ("with get_session() as s:\n    u = s.get(User, 1)\nreturn u.posts", "u.posts"),
    "queried": ("with get_session() as s:\n    u = s.query(User).filter_by(n=1).first()\nreturn u.team", "u.team"),
    "one of several reads": (
        "with get_session() as s:\n    u = s.get(User, 1)\n    n = u.name, u.team\nreturn n, u.team, u.name, u.posts",
        "u.posts",
    ),
}


@pytest.mark.parametrize(("body", "text"), LOADED_LATE.values(), ids=LOADED_LATE.keys())
def test_relationship_that_is_read_after_the_block_is_probable(tmp_path: Path, body: str, text: str) -> None:
    (site,) = sites_of(tmp_path, body, Use.AFTER_EXIT)

    assert (site.detail, site.certainty) == (text, Certainty.PROBABLE)


LOADED_BEFORE = {
    "a column": "with get_session() as s:\n    u = s.get(User, 1)\nreturn u.name",
    "loaded with its object": "with get_session() as s:\n    u = s.get(User, 1)\nreturn u.tags",
    "read before": "with get_session() as s:\n    u = s.get(User, 1)\n    print(u.posts)\nreturn u.posts",
    "handed on before": "with get_session() as s:\n    u = s.get(User, 1)\n    other(u)\nreturn u.posts",
    "with options": "with get_session() as s:\n    u = s.query(User).options(other).first()\nreturn u.posts",
    "with options of get": "with get_session() as s:\n    u = s.get(User, 1, options=[other])\nreturn u.posts",
    "set": "with get_session() as s:\n    u = s.get(User, 1)\nu.posts = []\nreturn u.posts",
    "another class": "with get_session() as s:\n    u = s.get(other, 1)\nreturn u.posts",
    "rows": "with get_session() as s:\n    u = s.query(User.name, User.id).first()\nreturn u.posts",
    "perhaps another object": "u = other()\nwith get_session() as s:\n    u = flag or s.get(User, 1)\nreturn u.posts",
    "open still": "with left_open() as s:\n    u = s.get(User, 1)\nreturn u.posts",
    "read inside": "with get_session() as s:\n    u = s.get(User, 1)\n    return u.posts",
}


@pytest.mark.parametrize("body", LOADED_BEFORE.values(), ids=LOADED_BEFORE.keys())
def test_relationship_that_may_be_loaded_is_silent(tmp_path: Path, body: str) -> None:
    assert sites_of(tmp_path, body, Use.AFTER_EXIT) == []


NOT_AFTER = {
    "inside": "with get_session() as s:\n    s.add(1)",
    "closed, rolled back": "with get_session() as s:\n    s.add(1)\ns.rollback()\ns.close()",
    "looked at": "with get_session() as s:\n    s.add(1)\nprint(s.is_active, s.info)",
    "committed, as the factory has": "with get_session() as s:\n    s.add(1)\ns.commit()",
    "committed, with nothing to commit": "with read_only() as s:\n    s.query(User).all()\ns.commit()",
    "bound again": "with get_session() as s:\n    pass\ns = other()\ns.add(1)",
    "bound again in a branch": "with get_session() as s:\n    pass\nif flag:\n    s = other()\ns.add(1)",
    "bound in a branch": "s = other()\nif flag:\n    with get_session() as s:\n        pass\ns.add(1)",
    "a parameter before": "if flag:\n    with get_session() as found:\n        pass\nfound.add(1)",
    "bound again by a loop": "for n in found:\n    with get_session() as s:\n        s.add(n)",
    "a second block": "with get_session() as s:\n    pass\nwith get_session() as s:\n    s.add(1)",
    "deleted": "with get_session() as s:\n    pass\ndel s\ns.add(1)",
    "global": "global s\nwith get_session() as s:\n    pass\nother()\ns.add(1)",
    "bound by a nested function": (
        "with get_session() as s:\n    pass\ndef g():\n    nonlocal s\n    s = other()\ng()\ns.add(1)"
    ),
    "read by a nested function": "with get_session() as s:\n    g = lambda: s.add(1)\n    g()",
    "begun again": "with get_session() as s:\n    pass\nwith s.begin():\n    s.add(1)",
    "entered again": "with get_session() as s:\n    pass\nwith s:\n    s.add(1)",
    "begun again elsewhere": "with get_session() as s:\n    pass\nbegin_again(s)\ns.add(1)",
    "passed to what does not use it": "with get_session() as s:\n    pass\nnote(s)",
    "expected to fail": "with get_session() as s:\n    pass\nwith pytest.raises(Exception):\n    s.add(1)",
    "ready for the failure": (
        "with get_session() as s:\n    pass\ntry:\n    s.refresh(1)\nexcept InvalidRequestError:\n    pass"
    ),
    "another kind of with": "async with get_session() as s:\n    pass\ns.add(1)",
    "in a handler, closed without an exception only": (
        "try:\n    with on_success() as s:\n        pass\nexcept ValueError:\n    s.add(1)"
    ),
    "a factory that closes nothing": "with left_open() as s:\n    pass\ns.add(1)",
    "a registry's session": "with of_registry() as s:\n    pass\ns.add(1)",
    "one that may be handed in": "with handed(other()) as s:\n    pass\ns.add(1)",
    "closed at times": "with at_times(flag) as s:\n    pass\ns.add(1)",
    "not closed on every path": "with leaves_first(flag) as s:\n    pass\ns.add(1)",
    "something else": "with timed() as t:\n    pass\nt.execute()",
    "perhaps a nullcontext": "with at_random(flag) as s:\n    pass\ns.add(1)",
    "a method of something not known that many things have": "with untyped() as s:\n    pass\ns.add(1)",
    "objects": "with get_session() as s:\n    u = s.query(User).first()\nreturn u.name",
    "rows": "with get_session() as s:\n    us = s.query(User).all()\nreturn [u.name for u in us]",
    "a query of a query that is not run": "with get_session() as s:\n    q = s.query(User)\nreturn str(q.limit(3))",
    "a query that may be another": (
        "with get_session() as s:\n    q = s.query(User)\nif flag:\n    q = other()\nreturn q.all()"
    ),
    "a query run inside": "with get_session() as s:\n    q = s.query(User)\n    r = q.all()\nreturn r",
}


@pytest.mark.parametrize("body", NOT_AFTER.values(), ids=NOT_AFTER.keys())
def test_nothing_is_used_after_the_block(tmp_path: Path, body: str) -> None:
    assert sites_of(tmp_path, body, Use.AFTER_EXIT) == []


LEAVING = {
    "returned": "with get_session() as s:\n    return s",
    "returned with something else": "with get_session() as s:\n    return {'session': s}, 1",
    "stored": "with get_session() as s:\n    self.s = s\n    self.other = 1",
    "a task": "async with get_async() as s:\n    asyncio.create_task(other(s))",
    "a task of the loop": "async with get_async() as s:\n    asyncio.get_running_loop().create_task(other(s))",
    "a connection": "with connect() as c:\n    return c",
}
STAYING = {
    "returned after a use": "with get_session() as s:\n    return s.query(User).all()",
    "an object of it": "with get_session() as s:\n    return other(s)",
    "yielded": "with get_session() as s:\n    yield s",
    "stored and used": "with get_session() as s:\n    self.s = s\n    self.run()",
    "stored while the block waits": "with get_session() as s:\n    self.s = s\n    yield",
    "stored and taken back": "with get_session() as s:\n    self.s = s\nself.s = None",
    "stored on something else": "with get_session() as s:\n    found.s = s",
    "a local name": "with get_session() as s:\n    t = s\n    t.add(1)",
    "a task that is awaited": "async with get_async() as s:\n    await asyncio.create_task(other(s))",
    "a task that is kept": "async with get_async() as s:\n    t = asyncio.create_task(other(s))\n    await t",
    "a task while the block waits": (
        "async with get_async() as s:\n    asyncio.create_task(other(s))\n    await flag.wait()"
    ),
    "a task of a group": (
        "async with get_async() as s:\n    async with asyncio.TaskGroup() as g:\n        g.create_task(other(s))"
    ),
    "a task of another loop": "async with get_async() as s:\n    flag.create_task(other(s))",
    "a registry's session": "with of_registry() as s:\n    return s",
    "left open": "with left_open() as s:\n    return s",
    "something else": "with timed() as t:\n    return t",
}


PATCHES = (
    'monkeypatch.setattr("db.make", fake)\n',
    "import db\nmonkeypatch.setattr(db, 'make', fake)\n",
    "import db\ndb.make = fake\n",
)


@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize(("file", "count"), [("test_app.py", 0), ("app.py", 1)])
def test_session_of_a_test_may_be_no_real_one(tmp_path: Path, patch: str, file: str, count: int) -> None:
    body = f"{patch}with get_session() as session:\n    session.add(1)\nsession.query(1)"

    assert len(sites_of(tmp_path, body, Use.AFTER_EXIT, file)) == count


def test_session_of_a_test_is_real_where_something_else_is_patched(tmp_path: Path) -> None:
    body = "client.session = fake\nwith get_session() as session:\n    session.add(1)\nsession.query(1)"

    assert len(sites_of(tmp_path, body, Use.AFTER_EXIT, "test_app.py")) == 1


@pytest.mark.parametrize("body", LEAVING.values(), ids=LEAVING.keys())
def test_session_leaves_its_block(tmp_path: Path, body: str) -> None:
    assert len(sites_of(tmp_path, body, Use.LEAVES)) == 1


@pytest.mark.parametrize("body", STAYING.values(), ids=STAYING.keys())
def test_session_stays_in_its_block(tmp_path: Path, body: str) -> None:
    assert sites_of(tmp_path, body, Use.LEAVES) == []


CLOSING = {
    "inside": "with get_session() as s:\n    s.add(1)\n    s.close()",
    "behind": "with get_session() as s:\n    s.add(1)\ns.close()",
    "async": "async with get_async() as s:\n    await s.execute(1)\n    await s.close()",
    "in a finally inside": "with get_session() as s:\n    try:\n        s.add(1)\n    finally:\n        s.close()",
    "in a finally around": "try:\n    with get_session() as s:\n        s.add(1)\nfinally:\n    s.close()",
}
CLOSED_FOR_A_REASON = {
    "used again": "with get_session() as s:\n    s.close()\n    s.add(1)",
    "in a loop": "with get_session() as s:\n    for n in found:\n        s.add(n)\n        s.close()",
    "before a loop": "with get_session() as s:\n    s.close()\n    for n in found:\n        other(n)",
    "before a wait": "async with get_async() as s:\n    await s.close()\n    await other()",
    "before a yield": "with get_session() as s:\n    s.close()\n    yield 1",
    "behind another use": "with get_session() as s:\n    pass\ns.add(1)\ns.close()",
    "of another session": "with get_session() as s:\n    if flag:\n        s = other()\n    s.close()",
    "a value": "with get_session() as s:\n    found.append(s.close)",
    "left open by the factory": "with left_open() as s:\n    s.close()",
    "of a registry": "with of_registry() as s:\n    s.close()",
}


@pytest.mark.parametrize("body", CLOSING.values(), ids=CLOSING.keys())
def test_session_is_closed_twice(tmp_path: Path, body: str) -> None:
    assert len(sites_of(tmp_path, body, Use.DOUBLE_CLOSE)) == 1


@pytest.mark.parametrize("body", CLOSED_FOR_A_REASON.values(), ids=CLOSED_FOR_A_REASON.keys())
def test_session_may_be_closed_for_a_reason(tmp_path: Path, body: str) -> None:
    assert sites_of(tmp_path, body, Use.DOUBLE_CLOSE) == []


BY_HAND = {
    "dropped": ("s = get_session().__enter__()\ns.query(User)", "DROPPED"),
    "dropped in an expression": ("return read_only().__enter__().query(User).all()", "DROPPED"),
    "async and dropped": ("s = await get_async().__aenter__()\nawait s.execute(1)", "DROPPED"),
    "returned": ("m = get_session()\nreturn m.__enter__()", "DROPPED"),
    "returned by name": ("m = get_session()\ns = m.__enter__()\nreturn s", "DROPPED"),
    "never left": ("m = get_session()\ns = m.__enter__()\ns.add(1)", "LOST"),
    "left without a word": (
        "m = get_session()\ns = m.__enter__()\ntry:\n    s.add(1)\nfinally:\n    m.__exit__(None, None, None)",
        "UNTOLD",
    ),
}
RIGHTLY_BY_HAND = {
    "told": (
        "m = get_session()\ns = m.__enter__()\ntry:\n    s.add(1)\nexcept Exception as e:\n"
        "    m.__exit__(type(e), e, None)\n    raise\nelse:\n    m.__exit__(None, None, None)"
    ),
    "nothing to commit": (
        "m = get_session()\ns = m.__enter__()\ntry:\n    s.get(User, 1)\nfinally:\n    m.__exit__(None, None, None)"
    ),
    "committed by hand": "m = get_session()\ns = m.__enter__()\ns.add(1)\ns.commit()",
    "kept on an object": "self.m = get_session()\nself.s = self.m.__enter__()\nself.s.add(1)",
    "passed on": "m = get_session()\ns = m.__enter__()\nfound.push(m)\ns.add(1)",
    "stored": "m = get_session()\ns = m.__enter__()\nself.m = m\ns.add(1)",
    "read by a nested function": (
        "m = get_session()\ns = m.__enter__()\ndef end():\n    m.__exit__(None, None, None)\nother(end)\ns.add(1)"
    ),
    "a walrus": "s = (m := get_session()).__enter__()\ns.add(1)\nm.__exit__(None, None, None)",
    "with nothing to end": "s = left_open().__enter__()\ns.add(1)",
    "closed without an exception only": "s = on_success().__enter__()\ns.query(User)",
    "ignored": "get_session().__enter__()",
    "the wrong way": "s = get_async().__enter__()\ns.add(1)",
    "something else": "t = timed().__enter__()\nt.execute()",
}


@pytest.mark.parametrize(("body", "lack"), BY_HAND.values(), ids=BY_HAND.keys())
def test_entered_by_hand(tmp_path: Path, body: str, lack: str) -> None:
    assert [site.detail for site in sites_of(tmp_path, body, Use.BY_HAND)] == [lack]


@pytest.mark.parametrize("body", RIGHTLY_BY_HAND.values(), ids=RIGHTLY_BY_HAND.keys())
def test_rightly_entered_by_hand(tmp_path: Path, body: str) -> None:
    assert sites_of(tmp_path, body, Use.BY_HAND) == []


def test_entering_by_hand_is_left_to_tests(tmp_path: Path) -> None:
    assert sites_of(tmp_path, "s = get_session().__enter__()\ns.add(1)", Use.BY_HAND, "test_app.py") == []


SHOWING = """\
from db import change, get_session


def show():
    with get_session() as s:
        print(s.get(User, 1))
    change()
    return s.get(User, 1).name
"""


@pytest.mark.parametrize("factory", ["get_async_session", "began", "later"])
def test_a_block_that_reaches_over_another_session_is_unsafe_whatever_its_factory_is_called(
    factory: str, tmp_path: Path
) -> None:
    aliases = "began = later = get_async_session"
    change = f"def change():\n    with {factory}() as other:\n        other.change()\n"

    (finding,) = fixing.check(SHOWING, tmp_path, db=f"{fixing.DB}\n\n{aliases}\n\n\n{change}").findings

    assert finding.fix
    assert finding.fix.applicability is Applicability.UNSAFE
    assert "opens another session" in finding.fix.message
