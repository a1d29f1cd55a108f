"""Which uses of a factory's manager are reported, and which are silent by right."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import DB, check, check_body, open_project, sites_in

IMPORTS = "from contextlib import *\nfrom db import db_manager, get_session, get_async, Manager\n"

REPORTED = {
    "bound, straight-line close": """
        def f():
            session = get_session()  # <- BOUND
            rows = session.query(1)
            session.close()
            return rows
    """,
    "bound, try and finally": """
        def f():
            session = db_manager.get_session()  # <- BOUND
            try:
                return session.query(1)
            finally:
                session.close()
    """,
    "bound with an annotation": """
        def f():
            session: Session = get_session()  # <- BOUND
            session.query(1)
    """,
    "bound to two names": """
        def f():
            a = b = get_session()  # <- BOUND
            b.query(1)
    """,
    "bound in a tuple": """
        def f():
            a, b = get_session(), 1  # <- BOUND
            a.query(b)
    """,
    "two in a tuple": """
        def f():
            a, b = get_session(), get_session()  # <- BOUND, BOUND
            a.query(b.info)
    """,
    "walrus": """
        def f():
            if (s := get_session()):  # <- BOUND
                s.query(1)
    """,
    "conditional": """
        def f(own, given):
            s = get_session() if own else given  # <- BOUND
            s.query(1)
    """,
    "or": """
        def f(given=None):
            s = given or get_session()  # <- BOUND
            s.query(1)
    """,
    "bound in one branch, used after": """
        def f(given):
            if given is None:
                s = get_session()  # <- BOUND
            else:
                s = given
            s.query(1)
    """,
    "rebound to itself by a parameter's default": """
        def f(s=None):
            if s is None:
                s = get_session()  # <- BOUND
            s.query(1)
    """,
    "none first, and closed if set": """
        def f():
            s = None
            try:
                s = get_session()  # <- BOUND
                s.add(1)
            finally:
                if s is not None:
                    s.close()
    """,
    "used only in a finally": """
        def f():
            s = get_session()  # <- BOUND
            try:
                work()
            finally:
                s.close()
    """,
    "used only in a handler": """
        def f():
            s = get_session()  # <- BOUND
            try:
                work()
            except ValueError:
                s.rollback()
    """,
    "used in a nested function": """
        def f():
            s = get_session()  # <- BOUND
            def g():
                return s.query(1)
            return g()
    """,
    "used in a lambda": """
        def f():
            s = get_session()  # <- BOUND
            return lambda: s.query(1)
    """,
    "used in a comprehension": """
        def f(ids):
            s = get_session()  # <- BOUND
            return [s.get(i) for i in ids]
    """,
    "iterated": """
        def f():
            rows = get_session()  # <- BOUND
            for row in rows:
                print(row)
    """,
    "iterated by a comprehension": """
        def f():
            rows = get_session()  # <- BOUND
            return [row for row in rows]
    """,
    "subscripted": """
        def f():
            rows = get_session()  # <- BOUND
            return rows[0]
    """,
    "measured": """
        def f():
            rows = get_session()  # <- BOUND
            return len(rows)
    """,
    "returned after use": """
        def f():
            s = get_session()  # <- BOUND
            s.add(1)
            return s
    """,
    "in a loop": """
        def f():
            for i in range(3):
                s = get_session()  # <- BOUND
                s.add(i)
                s.close()
    """,
    "in a match": """
        def f(x):
            match x:
                case 1:
                    s = get_session()  # <- BOUND
                    s.add(1)
    """,
    "in a method": """
        class C:
            def f(self):
                s = get_session()  # <- BOUND
                s.add(1)
    """,
    "in a nested function": """
        def f():
            def g():
                s = get_session()  # <- BOUND
                s.add(1)
    """,
    "at module level": """
        s = get_session()  # <- BOUND
        s.add(1)
    """,
    "under the main guard": """
        if __name__ == "__main__":
            s = get_session()  # <- BOUND
            s.add(1)
            s.close()
    """,
    "an attribute write does not excuse": """
        def f():
            s = get_session()  # <- BOUND
            s.row_factory = None
            s.execute(1)
    """,
    "aliased and then used by both names": """
        def f():
            s = get_session()  # <- BOUND
            t = s
            t.add(s.info)
    """,
    "async, not awaited": """
        async def f():
            s = get_async()  # <- BOUND
            await s.execute(1)
    """,
    "awaited and bound": """
        async def f():
            s = await get_async()  # <- AWAITED
            await s.execute(1)
    """,
    "awaited inline": """
        async def f():
            return (await db_manager.get_async()).execute(1)  # <- AWAITED
    """,
    "awaited as a with item": """
        async def f():
            async with await get_async() as s:  # <- AWAITED
                await s.execute(1)
    """,
    "awaited though sync": """
        async def f():
            s = await get_session()  # <- AWAITED
    """,
    "method on the call": """
        def f():
            return get_session().query(1)  # <- ATTRIBUTE
    """,
    "method on the call in a with": """
        def f():
            with get_session().begin():  # <- ATTRIBUTE
                pass
    """,
    "subscript of the call": """
        def f():
            return get_session()[0]  # <- ATTRIBUTE
    """,
    "loop over the call": """
        def f():
            for row in get_session():  # <- ATTRIBUTE
                print(row)
    """,
    "comprehension over the call": """
        def f():
            return [row for row in get_session()]  # <- ATTRIBUTE
    """,
    "method on the call in a lambda": """
        f = lambda: get_session().query(1)  # <- ATTRIBUTE
    """,
    "classmethod and staticmethod": """
        def f():
            Manager.shared().query(1)  # <- ATTRIBUTE
            Manager.static().query(1)  # <- ATTRIBUTE
            db_manager.shared().query(1)  # <- ATTRIBUTE
            db_manager.static().query(1)  # <- ATTRIBUTE
    """,
    "thrown away": """
        def f():
            get_session()  # <- DISCARDED
    """,
    "closing": """
        def f():
            with closing(get_session()) as s:  # <- CLOSING
                s.query(1)
    """,
    "aclosing": """
        async def f():
            async with aclosing(get_async()) as s:  # <- CLOSING
                await s.query(1)
    """,
    "async with on a sync factory": """
        async def f():
            async with get_session() as s:  # <- WRONG_WITH
                s.query(1)
    """,
    "with on an async factory": """
        def f():
            with get_async() as s:  # <- WRONG_WITH
                s.query(1)
    """,
    "the second of two items": """
        async def f():
            async with get_async() as a, get_session() as b:  # <- WRONG_WITH
                pass
    """,
    "a rebinding ends what a binding reaches": """
        def f():
            s = get_session()  # <- BOUND
            s.add(1)
            s = object()
            with s:
                pass
    """,
    "both branches": """
        def f(x):
            if x:
                s = get_session()  # <- BOUND
            else:
                s = db_manager.get_session()  # <- BOUND
            s.add(1)
    """,
    "same name in another function is entered": """
        def f():
            s = get_session()
            with s:
                pass
        def g():
            s = get_session()  # <- BOUND
            s.add(1)
    """,
    "in a test with an error of its own": """
        import pytest
        def test():
            with pytest.raises(KeyError):
                get_session().query(1)  # <- ATTRIBUTE
    """,
    "deleted after use": """
        def f():
            s = get_session()  # <- BOUND
            s.add(1)
            del s
    """,
}

SILENT = {
    "entered at once": """
        def f():
            with get_session() as s:
                s.query(1)
            with (get_session() as a, db_manager.get_session() as b):
                a.query(b)
        async def g():
            async with get_async() as s:
                await s.query(1)
    """,
    "entered later": """
        def f():
            cm = get_session()
            with cm as s:
                s.query(1)
    """,
    "entered later, in an exit stack": """
        def f():
            with ExitStack() as stack:
                s = stack.enter_context(get_session())
                s.query(1)
                cm = get_session()
                t = stack.enter_context(cm)
                t.query(1)
                stack.push(get_session())
    """,
    "entered in an async exit stack": """
        async def f():
            async with AsyncExitStack() as stack:
                s = await stack.enter_async_context(get_async())
                await s.query(1)
    """,
    "entered by a test case": """
        class T:
            def setUp(self):
                self.s = self.enterContext(get_session())
                self.s.query(1)
            @classmethod
            def setUpClass(cls):
                cls.s = cls.enterClassContext(get_session())
    """,
    "entered by hand": """
        def f():
            cm = get_session()
            s = cm.__enter__()
            s.query(1)
            cm.__exit__(None, None, None)
            kept = cm.__enter__().query(1)
    """,
    "returned": """
        def f():
            return get_session()
        def g():
            s = get_session()
            return s
    """,
    "yielded": """
        def f():
            yield get_session()
            yield from get_session()
    """,
    "decorator": """
        @get_session()
        def f():
            pass
        cm = get_session()
        @cm
        def g():
            pass
    """,
    "conditional item": """
        def f(own, given):
            with (get_session() if own else nullcontext(given)) as s:
                s.query(1)
            with given or get_session() as s:
                s.query(1)
    """,
    "conditional, bound, then entered": """
        def f(own, given):
            cm = get_session() if own else nullcontext(given)
            with cm as s:
                s.query(1)
    """,
    "in containers": """
        def f():
            many = [get_session(), get_session()]
            table = {"a": get_session()}
            pair = (get_session(), 1)
            with ExitStack() as stack:
                for cm in many:
                    stack.enter_context(cm)
    """,
    "checked, not used": """
        def f():
            assert hasattr(get_session(), "__enter__")
            cm = get_session()
            assert isinstance(cm, object)
            assert not hasattr(cm, "query")
            assert get_session() is not None
            assert type(get_session())
            print(get_session())
    """,
    "checked before use": """
        def f():
            s = get_session()
            if hasattr(s, "__enter__"):
                s = s.__enter__()
            s.query(1)
    """,
    "probed under a handler": """
        def f():
            s = get_session()
            try:
                s.query(1)
            except AttributeError:
                pass
    """,
    "bound and never used": """
        def f():
            s = get_session()
    """,
    "only the manager's own attributes": """
        def f():
            s = get_session()
            print(s.gen, s.func, s.args, s.kwds, s.__class__, s.__doc__)
            print(get_session().__doc__)
    """,
    "only written to": """
        def f():
            s = get_session()
            s.note = 1
            get_session().note = 2
    """,
    "rebound before use": """
        def f():
            s = get_session()
            s = object()
            s.query(1)
    """,
    "rebound by every way": """
        def f(xs):
            s = get_session()
            with open("x") as s:
                s.query(1)
            s = get_session()
            for s in xs:
                s.query(1)
            s = get_session()
            import json as s
            s.query(1)
            s = get_session()
            def s(): ...
            s.query(1)
            s = get_session()
            class s: ...
            s.query(1)
            s = get_session()
            del s
            s.query(1)
            s = get_session()
            s, t = xs
            s.query(1)
    """,
    "rebound by entering itself": """
        def f():
            s = get_session()
            with s as s:
                s.query(1)
    """,
    "an inner variable of the same name": """
        def f(xs):
            s = get_session()
            a = [s.x for s in xs]
            b = lambda s: s.x
            def g(s):
                return s.x
            def h():
                s = 1
                return s.real
            class C:
                s = 1
                t = s.real
            return a, b, g, h, C
    """,
    "used before it is bound": """
        def f(s):
            s.query(1)
            s = get_session()
    """,
    "used on the other branch": """
        def f(x, s):
            if x:
                s = get_session()
            else:
                s.query(1)
    """,
    "used after a branch that leaves": """
        def f(x, s):
            if x:
                s = get_session()
                return s
            s.query(1)
        def g(x, s):
            for i in x:
                if i:
                    s = get_session()
                    break
                s.query(1)
    """,
    "rebound in a nested function": """
        def f():
            s = get_session()
            def g():
                nonlocal s
                s = object()
            g()
            s.query(1)
    """,
    "a closure over a name with other values": """
        def f():
            s = get_session()
            use(s)
            s = object()
            return lambda: s.query(1)
    """,
    "used inside a with of a test that expects it": """
        import pytest
        def test(self):
            with pytest.raises(AttributeError):
                get_session().query(1)
            with pytest.raises((TypeError, AttributeError)):
                s = get_session()
                s.query(1)
            with self.assertRaises(RuntimeError):
                get_session()
            with pytest.raises(KeyError):
                get_session()
    """,
    "passed on to the unknown": """
        def f(g):
            g(get_session())
            s = get_session()
            g(s)
            g(s=get_session())
            run_in_thread(get_session())
    """,
    "mocks and overrides": """
        def test(monkeypatch, app, mock):
            monkeypatch.setattr(app, "session", get_session())
            mock.f.return_value = get_session()
            patch("x", return_value=get_session())
            app.dependency_overrides[f] = lambda: get_session()
            app.dependency_overrides[g] = get_session
    """,
    "the function itself": """
        def f():
            make = get_session
            print(get_session.__name__, db_manager.get_session.__doc__)
            return make
    """,
    "a default argument": """
        def f(s=get_session()):
            return s
    """,
    "conditionally entered or used": """
        def f(own):
            s = get_session()
            if own:
                with s as t:
                    t.query(1)
            else:
                s.query(1)
    """,
    "the plain method beside it": """
        def f():
            s = db_manager.plain()
            s.query(1)
            s.close()
    """,
    "f-string, comparison, bool": """
        def f(x):
            print(f"{get_session()}")
            if get_session() == x:
                pass
            if get_session():
                pass
            return not get_session()
    """,
    "class attribute": """
        class C:
            s = get_session()
    """,
}


@pytest.mark.parametrize("source", REPORTED.values(), ids=REPORTED.keys())
def test_misuse_is_reported(tmp_path: Path, source: str) -> None:
    check_body(tmp_path, IMPORTS + dedent(source))


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_right_use_is_silent(tmp_path: Path, source: str) -> None:
    assert "# <-" not in source
    check_body(tmp_path, IMPORTS + dedent(source))


def test_site_says_where_and_how(tmp_path: Path) -> None:
    sources = {
        "database/__init__.py": "",
        "database/db_manager.py": DB,
        "api/pools.py": """
            from database.db_manager import db_manager
            def pools():
                session = db_manager.get_session()
                return session.query(1)
        """,
    }
    project = open_project(tmp_path, sources)
    (site,) = sites_in(project, tmp_path / "api/pools.py")
    assert site.place == (4, 14, 4, 38)
    assert site.detail == ".query"
    assert site.factory.qualname == "Manager.get_session"
    assert site.factory.path == tmp_path / "database/db_manager.py"
    steps = [(step.path.relative_to(tmp_path).as_posix(), step.text) for step in site.chain]
    assert steps == [
        ("api/pools.py", "from database.db_manager import db_manager"),
        ("database/db_manager.py", "db_manager = Manager()"),
        ("database/db_manager.py", "@contextmanager def get_session"),
    ]
    definition = site.chain[-1]
    assert (definition.path.read_text().splitlines())[definition.row - 1].strip() == "def get_session(self):"


def test_sites_come_in_order_of_position(tmp_path: Path) -> None:
    source = IMPORTS + "def f():\n    get_session().a(get_session().b)\n    get_session()\n"
    project = open_project(tmp_path, {"db.py": DB, "main.py": source})
    calls = [site.place for site in sites_in(project, tmp_path / "main.py")]
    assert calls == sorted(calls)
    assert len(calls) == 3


def test_given_text_counts_and_not_the_disk(tmp_path: Path) -> None:
    project = open_project(tmp_path, {"db.py": DB, "main.py": "from db import get_session\nget_session().query(1)\n"})
    path = tmp_path / "main.py"
    assert project.sites(path, "from db import get_session\nwith get_session() as s:\n    s.query(1)\n") == []
    assert len(sites_in(project, path)) == 1


def test_text_of_one_file_does_not_outlive_its_turn(tmp_path: Path) -> None:
    project = open_project(tmp_path, {"db.py": DB, "main.py": "from db import get_session\nget_session().query(1)\n"})
    project.sites(tmp_path / "db.py", "def get_session(): ...\n")
    assert len(sites_in(project, tmp_path / "main.py")) == 1


def test_argument_is_reported_where_the_callee_uses_it(tmp_path: Path) -> None:
    check(tmp_path, {"db.py": DB, "service.py": SERVICE, "main.py": PASSING})


PASSING = """
    from sqlalchemy.orm import Session
    from db import get_session
    from service import get_all, entering, through, Service, Quiet, typed, keyword, returning, Typed
    def f(g):
        get_all(get_session())  # <- ARGUMENT
        get_all(db_session=get_session())  # <- ARGUMENT
        entering(get_session())
        through(get_session())  # <- ARGUMENT
        Service(get_session())  # <- ARGUMENT
        Service.build(get_session())  # <- ARGUMENT
        Quiet(get_session())
        typed(get_session())  # <- ARGUMENT
        Typed().run(1, get_session())  # <- ARGUMENT
        keyword(1, session=get_session())  # <- ARGUMENT
        returning(get_session())
        g(get_session())
        s = get_session()  # <- BOUND
        get_all(s)
        t = get_session()
        entering(t)
        get_all(*[1], get_session())
"""

SERVICE = """
    from contextlib import nullcontext
    from sqlalchemy.orm import Session

    def get_all(db_session):
        return db_session.query(1)

    def entering(cm):
        with cm as s:
            return s.query(1)

    def through(s):
        return get_all(s)

    class Service:
        def __init__(self, session):
            self.session = session

        @classmethod
        def build(cls, what):
            return cls(what)

        def all(self):
            return self.session.query(1)

    class Quiet:
        def __init__(self, cm):
            self.cm = cm

        def all(self):
            with self.cm as s:
                return s.query(1)

    def typed(session: Session):
        remember(session)

    class Typed:
        def run(self, x, session: "Session | None" = None):
            remember(session)

    def keyword(x, *, session):
        return session.add(x)

    def returning(x):
        return x
"""


def test_stored_manager(tmp_path: Path) -> None:
    check_body(
        tmp_path,
        """
        from db import get_session
        class Used:
            def __init__(self):
                self.session = None
                self.session = get_session()  # <- STORED
            def all(self):
                return self.session.query(1)
        class Entered:
            def __init__(self):
                self.cm = get_session()
            def __enter__(self):
                self.held = self.cm.__enter__()
                return self
            def __exit__(self, *exc):
                self.cm.__exit__(*exc)
        class EnteredByWith:
            def __init__(self):
                self.cm2 = get_session()
            def run(self):
                with self.cm2 as s:
                    s.query(1)
        class Other:
            def __init__(self, given):
                self.other = get_session()
                if given:
                    self.other = given
            def run(self):
                self.other.query(1)
        class Never:
            def __init__(self):
                self.never = get_session()
        class Fallback:
            def run(self):
                s = self.db or get_session()  # <- BOUND
                s.query(1)
        """,
    )


def test_stored_manager_that_only_others_use(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": DB,
            "base.py": """
                from db import get_session
                class Base:
                    def __init__(self):
                        self.session = get_session()  # <- STORED
                class Held:
                    def __init__(self):
                        self.cm = get_session()
                    def use(self):
                        self.cm.query(1)
            """,
            "sub.py": """
                from base import Base, Held
                class Sub(Base):
                    def all(self):
                        return self.session.query(1)
                class SubHeld(Held):
                    def all(self):
                        with self.cm as s:
                            return s.query(1)
            """,
        },
    )


def test_global_manager(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": DB,
            "used.py": """
                from db import get_session
                session = get_session()  # <- STORED
                def f():
                    return session.query(1)
            """,
            "declared.py": """
                from db import get_session
                _session = None
                def start():
                    global _session
                    _session = get_session()  # <- STORED
                def f():
                    return _session.query(1)
            """,
            "exported.py": """
                from db import get_session
                shared = get_session()  # <- STORED
                entered = get_session()
                def use():
                    entered.query(1)
            """,
            "importer.py": """
                import exported
                from exported import shared as s
                def f():
                    s.query(1)
                    with exported.entered as e:
                        e.query(1)
            """,
            "unused.py": """
                from db import get_session
                session = get_session()
            """,
            "rebound.py": """
                from db import get_session
                session = get_session()
                def start(x):
                    global session
                    session = x
                def f():
                    return session.query(1)
            """,
        },
    )


def test_kept_in_a_container_or_on_another_object(tmp_path: Path) -> None:
    check_body(
        tmp_path,
        """
        from db import get_session
        def f(app, table):
            app.state.db = get_session()  # <- STORED
            app.state.db.query(1)
            table["db"] = get_session()  # <- STORED
            table["db"].query(1)
            app.cm = get_session()
            with app.cm as s:
                s.query(1)
            table["x"] = get_session()
            table["x"] = 1
            table["x"].query(1)
        """,
    )


def test_unparsable_text_raises(tmp_path: Path) -> None:
    project = open_project(tmp_path, {"main.py": ""})
    with pytest.raises(SyntaxError):
        project.sites(tmp_path / "main.py", "def f(:\n")
    with pytest.raises((ValueError, SyntaxError)):
        project.sites(tmp_path / "main.py", "x = '\0'\n")
