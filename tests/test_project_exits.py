"""What a factory yields and does at exit is read from its body."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from textwrap import dedent, indent

import pytest

from project_samples import open_project, sites_in
from sessionfix.project.factories import Factory
from sessionfix.project.uses import CALL_USES

HEAD = """
from contextlib import contextmanager, asynccontextmanager, suppress, closing
from sqlalchemy.orm import sessionmaker, Session, scoped_session
from sqlalchemy.ext.asyncio import async_sessionmaker
from makers import KeepingMaker

Maker = sessionmaker()
Keeping = sessionmaker(expire_on_commit=False)
AsyncKeeping = async_sessionmaker(engine, expire_on_commit=False)
Registry = scoped_session(Maker)
KeepingRegistry = scoped_session(sessionmaker(expire_on_commit=False))
_shared = Maker()

class Timed:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        print("took long")

class OwnSession(Session):
    pass

class Quiet(Timed):
    def __exit__(self, *error):
        return True

class Owner:
    def __init__(self):
        self.maker = sessionmaker(expire_on_commit=False)
        self.session = self.maker()
        self._lock = Lock()

    def current(self):
        return self.session

    def fresh(self):
        return self.maker()

    @contextmanager
    def inner(self):
        with self._lock:
            s = Keeping()
            try:
                yield s
                s.commit()
            except Exception:
                s.rollback()
                raise
            finally:
                s.close()

    @contextmanager
    def reading(self):
        s = Maker()
        try:
            yield s
        finally:
            s.rollback()

    @contextmanager
    def factory(self, given=None):
"""


def factory_of(tmp_path: Path, body: str, **others: str) -> Factory:
    source = HEAD + indent(dedent(body), " " * 8) + "\nOwner().factory().query(1)\n"
    if "await " in body or "async " in body:
        source = source.replace("@contextmanager\n    def factory", "@asynccontextmanager\n    async def factory")
    project = open_project(tmp_path, {"makers.py": MAKERS, **others})
    path = tmp_path / "main.py"
    (site,) = project.sites(path, source, CALL_USES)
    return site.factory


MAKERS = "from sqlalchemy.orm import sessionmaker\nKeepingMaker = sessionmaker(bind=1, expire_on_commit=False)\n"

PLAIN = {
    "commits": False,
    "closes": False,
    "rolls_back": False,
    "drops_on_error": False,
    "swallows": False,
    "begins": False,
    "shared": False,
    "keeps_on_error": False,
    "locks": False,
    "expires": True,
    "resets": False,
}

EXITS = {
    "all of it": (
        """
        s = Maker()
        try:
            yield s
            s.commit()
        except Exception:
            s.rollback()
            raise
        finally:
            s.close()
        """,
        {"commits": True, "rolls_back": True, "closes": True, "drops_on_error": True},
    ),
    "commit in the else": (
        """
        s = Maker()
        try:
            yield s
        except:
            s.rollback()
            raise
        else:
            s.commit()
        finally:
            s.close()
        """,
        {"commits": True, "rolls_back": True, "closes": True, "drops_on_error": True},
    ),
    "commit in the finally": (
        """
        s = Maker()
        try:
            yield s
        finally:
            s.commit()
            s.close()
        """,
        {"commits": True, "closes": True, "drops_on_error": True, "keeps_on_error": True},
    ),
    "close alone": (
        "s = Maker()\ntry:\n    yield s\nfinally:\n    s.close()",
        {"closes": True, "drops_on_error": True},
    ),
    "nothing": ("s = Maker()\nyield s", {}),
    "with a session": ("with Maker() as s:\n    yield s", {"closes": True, "drops_on_error": True}),
    "with a session, and a commit": (
        "with Maker() as s:\n    yield s\n    s.commit()",
        {"closes": True, "drops_on_error": True, "commits": True},
    ),
    "with a session's begin": (
        "with Maker.begin() as s:\n    yield s",
        {"closes": True, "commits": True, "begins": True, "rolls_back": True},
    ),
    "with begin inside": (
        "with Maker() as s:\n    with s.begin():\n        yield s",
        {"closes": True, "drops_on_error": True, "commits": True, "begins": True, "rolls_back": True},
    ),
    "with begin beside": (
        "with Maker() as s, s.begin():\n    yield s",
        {"closes": True, "drops_on_error": True, "commits": True, "begins": True, "rolls_back": True},
    ),
    "async with": (
        "async with AsyncKeeping() as s:\n    yield s\n    await s.commit()",
        {"closes": True, "drops_on_error": True, "commits": True, "expires": False},
    ),
    "some other with": ("with connect() as c:\n    yield c", {"closes": True, "commits": True}),
    "closed without an exception only": ("s = Maker()\nyield s\ns.close()", {"closes": True}),
    "closed on some condition only": (
        "s = Maker()\ntry:\n    yield s\nfinally:\n    if self.done:\n        s.close()",
        {"closes": True},
    ),
    "with closing": ("with closing(Maker()) as s:\n    yield s", {"closes": True, "drops_on_error": True}),
    "another factory": (
        "with self.inner() as s:\n    yield s",
        {"closes": True, "drops_on_error": True, "commits": True, "rolls_back": True, "locks": True, "expires": False},
    ),
    "swallowing": (
        """
        s = Maker()
        try:
            yield s
        except Exception:
            s.rollback()
        """,
        {"swallows": True},
    ),
    "swallowing, then a commit": (
        """
        s = Maker()
        try:
            yield s
        except Exception:
            log()
        s.commit()
        """,
        {"swallows": True, "commits": True, "keeps_on_error": True},
    ),
    "swallowing a group": (
        """
        s = Maker()
        try:
            yield s
        except* Exception:
            s.rollback()
        finally:
            s.close()
        """,
        {"swallows": True, "closes": True, "drops_on_error": True},
    ),
    "making a group": (
        """
        s = Maker()
        try:
            yield s
        except* Exception:
            s.rollback()
            raise
        """,
        {"swallows": True},
    ),
    "a finally beside a group": (
        "s = Maker()\ntry:\n    yield s\n    s.commit()\nexcept* ValueError:\n    raise\nfinally:\n    s.close()",
        {"swallows": True, "closes": True, "commits": True, "drops_on_error": True},
    ),
    "swallowing at times": (
        """
        s = Maker()
        try:
            yield s
        except ValueError:
            if strict:
                raise
        """,
        {"swallows": True},
    ),
    "another error": (
        """
        s = Maker()
        try:
            yield s
        except Exception as error:
            s.rollback()
            raise RuntimeError() from error
        """,
        {"swallows": True},
    ),
    "the same error by its name": (
        """
        s = Maker()
        try:
            yield s
        except Exception as error:
            s.rollback()
            raise error
        """,
        {"rolls_back": True},
    ),
    "a narrow handler": (
        """
        s = Maker()
        try:
            yield s
        except KeyError:
            s.rollback()
            raise
        """,
        {},
    ),
    "rollback in the finally": (
        "s = Maker()\ntry:\n    yield s\nfinally:\n    s.rollback()",
        {"rolls_back": True, "resets": True},
    ),
    "rollback after a commit that was not needed": (
        "s = Maker()\nyield s\nif s.dirty:\n    s.commit()\ns.rollback()",
        {"commits": True, "resets": True},
    ),
    "expires by hand": ("s = Keeping()\nyield s\ns.expire_all()", {"expires": False, "resets": True}),
    "another factory that rolls back": ("with self.reading() as s:\n    yield s", {"rolls_back": True, "resets": True}),
    "return in the finally": ("s = Maker()\ntry:\n    yield s\nfinally:\n    return", {"swallows": True}),
    "suppress": ("with suppress(KeyError):\n    yield Maker()", {"swallows": True}),
    "an attribute": ("yield self.session", {"shared": True, "expires": False}),
    "a local name for an attribute": ("s = self.session\nyield s", {"shared": True, "expires": False}),
    "a global": ("yield _shared", {"shared": True}),
    "a parameter": ("yield given", {"shared": True}),
    "a fallback": ("s = given or Maker()\nyield s", {"shared": True}),
    "a registry": ("s = Registry()\nyield s\nRegistry.remove()", {"shared": True, "closes": True}),
    "a registry that keeps": ("s = KeepingRegistry()\nyield s", {"shared": True, "expires": False}),
    "a getter of the attribute": ("s = self.current()\nyield s", {"shared": True, "expires": False}),
    "a getter of a new one": ("s = self.fresh()\nyield s", {"expires": False}),
    "None first": (
        "s = None\ntry:\n    s = Maker()\n    yield s\nfinally:\n    if s:\n        s.close()",
        {"closes": True},
    ),
    "keeps by the maker": ("s = Keeping()\nyield s", {"expires": False}),
    "keeps by an attribute": ("s = self.maker()\nyield s", {"expires": False}),
    "keeps by another module": ("s = KeepingMaker()\nyield s", {"expires": False}),
    "keeps by the session's own argument": ("s = Session(engine, expire_on_commit=False)\nyield s", {"expires": False}),
    "keeps by the call": ("s = Maker(expire_on_commit=False)\nyield s", {"expires": False}),
    "expires by the call": ("s = Keeping(expire_on_commit=True)\nyield s", {}),
    "expires by what is not known": ("s = Keeping(**given)\nyield s", {}),
    "options that are not known": ("s = sessionmaker(engine, **given)()\nyield s", {}),
    "expires by an attribute": ("s = Keeping()\ns.expire_on_commit = True\nyield s", {}),
    "keeps at times": ("s = Keeping() if given else Maker()\nyield s", {}),
    "a lock": ("with self._lock:\n    yield Maker()", {"locks": True}),
    "a lock by hand": (
        "self._mutex.acquire()\ntry:\n    yield Maker()\nfinally:\n    self._mutex.release()",
        {"locks": True},
    ),
    "a pool": ("c = self.pool.acquire()\ntry:\n    yield c\nfinally:\n    self.pool.release(c)", {"closes": True}),
    "a helper that may commit": ("s = Maker()\nyield s\nself.finish(s)", {"commits": True, "closes": True}),
    "a commit in SQL": ("c = connect()\nyield c\nc.execute('COMMIT')", {"commits": True}),
    "a commit in SQL, wrapped": (
        "c = connect()\nyield c\nc.exec_driver_sql(text('end transaction'))",
        {"commits": True},
    ),
    "a commit in SQL after an error": (
        "c = connect()\ntry:\n    yield c\nfinally:\n    c.execute('commit')",
        {"commits": True, "keeps_on_error": True},
    ),
    "SQL that is no commit": ("c = connect()\nyield c\nc.execute('RESET ALL')", {}),
    "SQL that is not known": ("c = connect()\nyield c\nc.execute(self.last_words)", {"commits": True}),
    "a pipeline": ("p = self.redis.pipeline()\nyield p\np.execute()", {"commits": True}),
    "a method of what is not known": ("w = Writer()\nyield w\nw.flush()", {"commits": True}),
    "a method of a session": ("s = Maker()\nyield s\ns.flush()", {}),
    "a method that ends it": ("c = connect()\nyield c\nc.disconnect()", {}),
    "a connection around its cursor": (
        "with connect() as c:\n    cursor = c.cursor()\n    yield Logged(cursor)",
        {"commits": True},
    ),
    "an attribute around its cursor": ("with self.connection:\n    yield self.connection.cursor()", {"commits": True}),
    "a connection of SQLAlchemy around its session": (
        "from sqlalchemy import create_engine\nwith create_engine().connect() as c:\n    yield Session(c)",
        {},
    ),
    "a unit of work around its session": (
        "with self.work as work:\n    yield work.session",
        {"shared": True, "commits": True},
    ),
    "a stack that ends a transaction": (
        """
        from contextlib import ExitStack
        with ExitStack() as stack:
            c = stack.enter_context(self.engine.begin())
            yield c
        """,
        {"commits": True, "closes": True},
    ),
    "a stack that commits": (
        """
        from contextlib import ExitStack
        with ExitStack() as stack:
            s = Maker()
            stack.callback(s.close)
            stack.callback(s.commit)
            yield s
        """,
        {"commits": True, "closes": True, "keeps_on_error": True},
    ),
    "something that hides exceptions": ("with Quiet():\n    s = Maker()\n    yield s", {"swallows": True}),
    "something that hides exceptions around a commit": (
        "with Quiet():\n    s = Maker()\n    yield s\n    s.commit()",
        {"swallows": True, "commits": True, "keeps_on_error": True},
    ),
    "something that raises them again": ("with Timed():\n    s = Maker()\n    yield s", {}),
    "a session of one's own class": ("with OwnSession() as s:\n    yield s", {"commits": True, "closes": True}),
    "something else around it": ("with self.timer as t, self.span('x'):\n    yield Maker()", {}),
    "a helper that ends it": ("c = connect()\nyield c\nself.shutdown(c)", {"commits": True, "closes": True}),
    "several yields": (
        "if given:\n    yield self.session\nelse:\n    s = Maker()\n    yield s\n    s.commit()\n    s.close()",
        {"shared": True, "commits": True},
    ),
}


@pytest.mark.parametrize(("body", "expected"), EXITS.values(), ids=EXITS.keys())
def test_exit(tmp_path: Path, body: str, expected: dict[str, bool]) -> None:
    found = asdict(factory_of(tmp_path, body).exit)
    assert {name: value for name, value in found.items() if name in PLAIN} == PLAIN | expected


@pytest.mark.parametrize(
    ("line", "expires"),
    [
        ("KeepingMaker.configure(expire_on_commit=True)", True),
        ("KeepingMaker.configure(bind=1, expire_on_commit=flag)", True),
        ("session.expire_on_commit = True", True),
        ("KeepingMaker.configure(expire_on_commit = False)", False),
        ("session.expire_on_commit = False", False),
        ("print(session.expire_on_commit == True)", False),
    ],
)
def test_expiry_that_another_file_turns_on(tmp_path: Path, line: str, expires: bool) -> None:
    assert factory_of(tmp_path, "s = KeepingMaker()\nyield s", **{"start.py": line}).exit.expires is expires


@pytest.mark.parametrize(
    ("value", "is_orm"), [("Maker()", True), ("connect()", False), ("sqlite3.connect('x')", False)]
)
def test_session_of_an_orm(tmp_path: Path, value: str, is_orm: bool) -> None:
    assert factory_of(tmp_path, f"s = {value}\nyield s\ns.close()").exit.is_orm is is_orm


def test_factory_of_the_settings_entered_in_another(tmp_path: Path) -> None:
    sources = {
        "app.py": """
            from contextlib import contextmanager
            from elsewhere import get_session

            @contextmanager
            def counted():
                with get_session() as s:
                    yield s

            counted().query(1)
        """,
    }
    project = open_project(tmp_path, sources, factories=["elsewhere:get_session"])
    assert [site.factory.qualname for site in sites_in(project, tmp_path / "app.py")] == ["counted"]


def test_yielded_name(tmp_path: Path) -> None:
    assert factory_of(tmp_path, "conn = Maker()\nyield conn").yields == "conn"
    assert factory_of(tmp_path, "yield self.session").yields is None
    assert factory_of(tmp_path, "a = b = 1\nif a:\n    yield a\nelse:\n    yield b").yields is None


def test_yields_of_nested_functions_do_not_count(tmp_path: Path) -> None:
    body = "def g():\n    yield 1\ns = Maker()\nyield s\ns.close()"
    assert factory_of(tmp_path, body).yields == "s"
