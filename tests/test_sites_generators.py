"""Generator functions that are entered, or advanced by hand, as if they were factories."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import check, open_project, sites_in

DEPS = """
    from sqlalchemy.orm import sessionmaker

    SessionLocal = sessionmaker()
    AsyncLocal = sessionmaker()

    def get_db():
        db = SessionLocal()
        try:
            yield db
        finally:
            db.close()

    async def get_async_db():
        async with AsyncLocal() as db:
            yield db

    def unprotected():
        db = SessionLocal()
        yield db
        db.close()

    def either(flag):
        with SessionLocal() as db, SessionLocal() as other:
            if flag:
                yield db
            else:
                yield other

    def wrapped():
        return get_db()

    def perhaps(x):
        if x:
            return get_db()

    def lines():
        with open("lines") as file:
            for line in file:
                yield line

    def first_line():
        with open("lines") as file:
            yield file.readline()

    def endless():
        db = SessionLocal()
        while True:
            yield db
            db.close()

    def lending():
        db = SessionLocal()
        answer = yield db
        db.close(answer)

    def bare():
        yield SessionLocal()

    class Database:
        def session(self):
            self.current = SessionLocal()
            try:
                yield self.current
            finally:
                self.current.close()

        @staticmethod
        def other():
            with SessionLocal() as db:
                yield db

        @property
        def shared(self):
            with SessionLocal() as db:
                yield db

    database = Database()
"""
HEAD = """
    import contextlib
    import deps
    from deps import *
    from deps import database
"""

ENTERED = {
    "plainly": "with get_db() as db:  # <- GENERATOR\n    db.add(1)",
    "without a name": "with get_db():  # <- GENERATOR\n    pass",
    "through the module": "with deps.get_db() as db:  # <- GENERATOR\n    db.add(1)",
    "beside others": "with open('x') as file, get_db() as db:  # <- GENERATOR\n    db.add(file)",
    "by a wrapper": "with wrapped() as db:  # <- GENERATOR\n    db.add(1)",
    "a method": "with database.session() as db:  # <- GENERATOR\n    db.add(1)",
    "a static method": "with deps.Database.other() as db:  # <- GENERATOR\n    db.add(1)",
    "an async one by `with`": "with get_async_db() as db:  # <- GENERATOR\n    db.add(1)",
    "by `async with`": "async def f():\n    async with get_async_db() as db:  # <- GENERATOR\n        db.x()",
    "a plain one by `async with`": "async def f():\n    async with get_db() as db:  # <- GENERATOR\n        db.x()",
    "in a function": "def f():\n    from deps import get_db as g\n    with g() as db:  # <- GENERATOR\n        db.x()",
    "in its own file": "def g():\n    yield 1\nwith g() as number:  # <- GENERATOR\n    print(number)",
}
ADVANCED = {
    "bound and used": "db = next(get_db())  # <- NEXT\ndb.add(1)",
    "annotated": "db: Session = next(get_db())  # <- NEXT\ndb.add(1)",
    "passed on": "db = next(get_db())  # <- NEXT\nprint(db)",
    "used at once": "next(get_db()).add(1)  # <- NEXT",
    "passed at once": "save(next(get_db()), 1)  # <- NEXT",
    "by its method": "db = get_db().__next__()  # <- NEXT\ndb.add(1)",
    "sent None": "db = get_db().send(None)  # <- NEXT\ndb.add(1)",
    "through the module": "db = next(deps.get_db())  # <- NEXT\ndb.add(1)",
    "by a wrapper": "db = next(wrapped())  # <- NEXT\ndb.add(1)",
    "a method": "db = next(database.session())  # <- NEXT\ndb.add(1)",
    "with clean-up outside of a finally": "db = next(unprotected())  # <- NEXT\ndb.add(1)",
    "one of two yields": "db = next(either(1))  # <- NEXT\ndb.add(1)",
    "captured": "def f():\n    db = next(get_db())  # <- NEXT\n    return lambda: db.add(1)",
    "returned": "def f():\n    return next(get_db())  # <- NEXT",
    "bound and returned": "def f():\n    db = next(get_db())  # <- NEXT\n    return db",
    "kept": "class A:\n    def __init__(self):\n        self.db = next(get_db())  # <- NEXT",
    "on a condition": "def f(db=None):\n    db = db or next(get_db())  # <- NEXT\n    db.add(1)",
    "on one branch": "db = next(get_db()) if x else other  # <- NEXT\ndb.add(1)",
    "a generator with a name": "def f():\n    g = get_db()  # <- NEXT\n    db = next(g)\n    db.add(1)",
    "async": "async def f():\n    db = await anext(get_async_db())  # <- NEXT\n    db.add(1)",
    "async by its method": "async def f():\n    db = await get_async_db().__anext__()  # <- NEXT\n    db.add(1)",
    "async with a name": "async def f():\n    g = get_async_db()  # <- NEXT\n    db = await anext(g)\n    db.add(1)",
}
SILENT = {
    "one that lends nothing": "with lines() as line:\n    print(line)",
    "made a factory": "with contextlib.contextmanager(get_db)() as db:\n    db.add(1)",
    "iterated": "for db in get_db():\n    db.add(1)",
    "closed by `closing`": "with contextlib.closing(get_db()) as g:\n    db = next(g)\n    db.add(1)",
    "a wrapper that may return nothing": "with perhaps(1) as db:\n    db.add(1)",
    "a property": "with database.shared() as db:\n    db.add(1)",
    "an unknown decorator": "@hook\ndef g():\n    yield 1\nwith g() as number:\n    print(number)",
    "two meanings": "g = get_db if x else open\nwith g() as number:\n    print(number)",
    "a name of its own": "def get_db():\n    return Other()\nwith get_db() as db:\n    db.add(1)",
    "probed": "try:\n    with get_db() as db:\n        db.add(1)\nexcept AttributeError:\n    pass",
    "lines of a file": "line = next(lines())\nline.strip()",
    "what is read from a file": "line = next(first_line())\nline.strip()",
    "an endless generator": "db = next(endless())\ndb.add(1)",
    "one that is sent answers": "db = next(lending())\ndb.add(1)",
    "one without clean-up": "db = next(bare())\ndb.add(1)",
    "tested": "if next(get_db()) or x:\n    print(x)",
    "compared": "assert next(get_db()) is not None",
    "checked": "assert isinstance(next(get_db()), object)",
    "thrown away": "next(get_db())",
    "bound, and never used": "db = next(get_db())\nassert db is not None",
    "entered by its own `with`": "with next(get_db()) as db:\n    db.add(1)",
    "entered later": "db = next(get_db())\nwith db:\n    db.add(1)",
    "with a default": "db = next(get_db(), None)\ndb.add(1)",
    "another next": "def next(x):\n    return x\ndb = next(get_db())\ndb.add(1)",
    "ended by hand": "def f():\n    g = get_db()\n    try:\n        next(g).x()\n    finally:\n        g.close()",
    "advanced twice": "def f():\n    g = get_db()\n    db = next(g)\n    db.add(1)\n    next(g, None)",
    "handed on": "def f():\n    g = get_db()\n    db = next(g)\n    db.add(1)\n    return g",
    "kept by an object": "class A:\n    def open(self):\n        self.g = get_db()\n        self.db = next(self.g)",
    "a generator of the module": "g = get_db()\ndb = next(g)\ndb.add(1)",
    "captured by a function": "def f():\n    g = get_db()\n    db = next(g)\n    db.x()\n    return lambda: g.close()",
    "an async one that is not awaited": "waiting = anext(get_async_db())\nrun(waiting)",
    "a plain one that is awaited": "async def f():\n    db = await anext(get_db())\n    db.add(1)",
    "a conditional one": "def f(x):\n    g = get_db() if x else iter([x])\n    db = next(g)\n    db.add(1)",
}


@pytest.mark.parametrize("source", [*ENTERED.values(), *ADVANCED.values()], ids=[*ENTERED, *ADVANCED])
def test_finds_what_is_used_as_a_manager_or_dropped(source: str, tmp_path: Path) -> None:
    check(tmp_path, {"deps.py": DEPS, "main.py": HEAD.replace("\n    ", "\n") + source})


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_says_nothing(source: str, tmp_path: Path) -> None:
    check(tmp_path, {"deps.py": DEPS, "main.py": HEAD.replace("\n    ", "\n") + source})


def test_a_subclass_may_have_a_factory_of_that_name(tmp_path: Path) -> None:
    sub = """
        from contextlib import contextmanager
        from deps import Database

        class Better(Database):
            @contextmanager
            def session(self):
                yield 1
    """
    use = "from deps import Database\ndef f(database: Database):\n    with database.session() as db:\n        db.add(1)"

    check(tmp_path, {"deps.py": DEPS, "sub.py": sub, "main.py": use})


def test_a_test_may_replace_the_function(tmp_path: Path) -> None:
    test = """
        import deps

        def test_adds(monkeypatch):
            monkeypatch.setattr(deps, "get_db", lambda: iter([1]))
            with deps.get_db() as db:
                db.add(1)
            other = next(deps.get_db())
            other.add(1)
    """

    check(tmp_path, {"deps.py": DEPS, "tests/test_adds.py": test})


def test_the_chain_leads_to_the_function(tmp_path: Path) -> None:
    project = open_project(tmp_path, {"deps.py": DEPS, "main.py": "import deps\nwith deps.wrapped() as db:\n    db.x"})

    (site,) = sites_in(project, tmp_path / "main.py")

    assert [(step.path.name, step.row, step.text) for step in site.chain] == [
        ("main.py", 1, "import deps"),
        ("deps.py", 30, "def wrapped"),
        ("deps.py", 7, "def get_db"),
    ]
    assert (site.factory.qualname, site.factory.yields, site.factory.exit.closes) == ("get_db", "db", True)
