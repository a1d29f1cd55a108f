"""Managers that are used as managers, in every roundabout way, and names that mean something else: all silent."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import check, check_body

IMPORTS = "from contextlib import *\nfrom db import db_manager, get_session, get_async, Manager\n"

ENTERED = {
    "under an alias": """
        def f():
            cm = get_session()
            other = cm
            with other as s:
                s.query(1)
    """,
    "under an alias of an alias": """
        def f():
            a = get_session()
            b = a
            c = b
            with c:
                pass
            return a.query
    """,
    "in a nested function": """
        def f():
            cm = get_session()
            def g():
                with cm as s:
                    return s.query(1)
            return g
    """,
    "in a nested function that is also a trap": """
        def f():
            cm = get_session()
            def g():
                with cm as s:
                    return s.query(1)
            cm.query(1)
    """,
    "in another method": """
        class C:
            def open(self):
                self.cm = get_session()
            def close(self):
                self.cm.__exit__(None, None, None)
            def f(self):
                return self.cm.query(1)
    """,
    "in another method, by another name for self": """
        class C:
            def __init__(self):
                cm = self.cm = get_session()
                cm.name
            def f(this):
                this.s = this.cm.__enter__()
    """,
    "in another class": """
        class C:
            def __init__(self):
                self.cm = get_session()
            def f(self):
                return self.cm.query(1)
        def g(c: C):
            with c.cm as s:
                s.query(1)
    """,
    "in a loop over a list": """
        def f():
            first, second = get_session(), db_manager.get_session()
            for cm in [first, second]:
                with cm as s:
                    s.query(1)
    """,
    "in a list that is passed": """
        def f(run):
            cm = get_session()
            run([cm])
            run({"s": cm})
            run(*[cm])
            return (cm, cm.gen)
    """,
    "on one branch": """
        def f(x):
            cm = get_session()
            if x:
                with cm as s:
                    s.query(1)
    """,
    "on one branch, used on the other by a test on itself": """
        def f(x):
            cm = get_session()
            if hasattr(cm, "__enter__"):
                with cm as s:
                    return s.query(1)
            return cm.query(1)
    """,
    "by an exit stack's callback": """
        def f():
            with ExitStack() as stack:
                cm = get_session()
                stack.push(cm)
                cm.query
    """,
    "by a helper that is not known": """
        def f(enter):
            cm = get_session()
            s = enter(cm)
            s.query(1)
    """,
    "by a helper of the project": """
        def enter(cm):
            return cm.__enter__()
        def f():
            s = enter(get_session())
            s.query(1)
    """,
    "by a helper of the project, under an alias": """
        def enter(cm):
            held = cm
            with held as s:
                return s.all()
        def f():
            enter(get_session())
            cm = get_session()
            enter(cm)
            cm.query
    """,
    "by a helper with a keyword": """
        def enter(*, cm):
            with cm as s:
                return s.all()
        def f():
            enter(cm=get_session())
    """,
    "by a class that keeps it": """
        class Unit:
            def __init__(self, cm):
                self._cm = cm
                self._cm.note = 1
            def __enter__(self):
                self.session = self._cm.__enter__()
                return self
            def __exit__(self, *exc):
                return self._cm.__exit__(*exc)
        def f():
            with Unit(get_session()) as unit:
                unit.session.query(1)
    """,
    "by a class that keeps it, in a subclass": """
        class Unit:
            def __init__(self, cm):
                self._cm = cm
            def use(self):
                return self._cm.query(1)
        class Entering(Unit):
            def __enter__(self):
                return self._cm.__enter__()
        def f():
            Unit(get_session())
            Entering(get_session())
    """,
    "by itself as a decorator": """
        def f():
            cm = get_session()
            @cm
            def g(): ...
            return g
        def h():
            g = get_session()(f)
            return g
    """,
    "in an async exit stack": """
        async def f():
            async with AsyncExitStack() as stack:
                cm = get_async()
                s = await stack.enter_async_context(cm)
                await s.execute(1)
    """,
    "by hand, asynchronously": """
        async def f():
            cm = get_async()
            s = await cm.__aenter__()
            try:
                await s.execute(1)
            finally:
                await cm.__aexit__(None, None, None)
    """,
    "by its type's method": """
        def f():
            cm = get_session()
            s = type(cm).__enter__(cm)
            s.query(1)
    """,
    "by a bound method": """
        def f():
            cm = get_session()
            enter = cm.__enter__
            s = enter()
            s.query(1)
    """,
    "by getattr": """
        def f():
            cm = get_session()
            s = getattr(cm, "__enter__")()
            s.query(1)
    """,
    "after being chosen": """
        def f(x, other):
            cm = get_session() if x else other
            with cm as s:
                s.query(1)
            cm2 = other
            if x:
                cm2 = get_session()
            with cm2 as s:
                s.query(1)
            with (get_session() if x else nullcontext(other)) as s:
                s.query(1)
            with x and get_session() or other as s:
                s.query(1)
    """,
    "after a walrus": """
        def f():
            with (cm := get_session()) as s:
                s.query(1)
            cm.query
    """,
    "in a match": """
        def f(x):
            cm = get_session()
            match x:
                case 1:
                    with cm as s:
                        s.query(1)
                case _:
                    pass
    """,
    "by the next turn of the loop": """
        def f(xs):
            cm = None
            for x in xs:
                if cm is not None:
                    with cm as s:
                        s.query(x)
                cm = get_session()
    """,
}

KEPT_ASIDE = {
    "compared": """
        def f(x):
            cm = get_session()
            assert cm == x
            return cm.query
        def g(cms):
            cm = get_session()
            return cm in cms or cm.query
    """,
    "asked for its type": """
        def f():
            cm = get_session()
            assert isinstance(cm, AbstractContextManager)
            cm.query
        def g():
            cm = get_session()
            assert not hasattr(cm, "query")
            cm.query
        def h(inspect):
            cm = get_session()
            type(cm).__name__
    """,
    "asked for its type under an alias": """
        def f():
            cm = get_session()
            other = cm
            if isinstance(other, int):
                cm.query
    """,
    "yielded and returned": """
        def f():
            cm = get_session()
            yield cm
        def g():
            cm = get_session()
            return cm
        def h():
            cm = get_session()
            return cm, 1
        async def i():
            cm = get_session()
            return cm
    """,
    "expected to fail": """
        import pytest
        def test():
            cm = get_session()
            with pytest.raises(AttributeError):
                cm.query(1)
        def test_two():
            with pytest.raises(AttributeError) as info:
                s = get_session()
                s.query(1)
        def test_three(self):
            with self.assertRaises((TypeError, AttributeError)):
                with get_async() as s:
                    s.query(1)
        def test_four():
            pytest.raises(AttributeError, lambda: get_session().query(1))
        def test_five(self):
            self.assertRaises(AttributeError, lambda: get_session().query(1))
        def test_six():
            with suppress(AttributeError):
                get_session().query(1)
        def test_seven():
            try:
                get_session().query(1)
            except AttributeError:
                pass
        async def test_eight():
            with pytest.raises(TypeError):
                await get_async()
        async def test_nine():
            try:
                await get_async()
            except TypeError:
                pass
        @pytest.mark.xfail
        def test_ten():
            get_session().query(1)
        @pytest.mark.xfail(reason="not implemented", strict=True)
        async def test_eleven():
            s = get_session()
            assert s.bind
            get_session()
        @unittest.expectedFailure
        def test_twelve(self):
            with get_async() as s:
                s.query(1)
        @pytest.mark.xfail(raises=AttributeError)
        class TestUsers:
            def test(self):
                get_session().query(1)
    """,
    "doubles": """
        from unittest import mock
        from unittest.mock import MagicMock, patch
        def test(monkeypatch, mocker):
            m = MagicMock(spec=Manager)
            m.get_session().query(1)
            m.get_session.return_value = get_session()
            m.get_session().query(1)
        @patch("db.get_session")
        def test_two(fake):
            s = get_session()
            s.query(1)
        def test_three():
            with mock.patch.object(Manager, "get_session"):
                Manager().get_session().query(1)
        def test_four(mocker):
            mocker.patch.object(db_manager, "get_async")
            db_manager.get_async().query(1)
    """,
    "the manager's own": """
        def f():
            cm = get_session()
            next(cm.gen)
            cm.gen.close()
            get_session().gen.throw(ValueError())
            cm.__class__.mro()
    """,
    "a wrapper with tells on something else": """
        def f():
            cm = get_session()
            cm.timeout = 3
            return cm
    """,
}

SHADOWED = {
    "parameters": """
        def f(get_session):
            get_session().query(1)
        def g(*get_session, **db_manager):
            get_session().query(1)
            db_manager.get_session()
        def h(*, get_session=None):
            get_session().query(1)
        def i(get_session, /):
            get_session().query(1)
        class C:
            def f(self, get_session):
                def g():
                    return get_session().query(1)
                return g
        j = lambda get_session=1: get_session().query(1)
        k = lambda *get_session: get_session().query(1)
        async def l(get_async):
            s = await get_async()
    """,
    "loops": """
        def f(xs):
            for get_session in xs:
                get_session().query(1)
            for i, (a, get_session) in xs:
                get_session().query(1)
        async def g(xs):
            async for get_session in xs:
                get_session().query(1)
        def h(xs):
            for x.y, *get_session in xs:
                get_session().query(1)
    """,
    "comprehensions": """
        a = [get_session().query(1) for get_session in range(3)]
        b = {get_session().query(1): 1 for x, get_session in range(3)}
        c = (get_session().query(1) for x in range(3) for get_session in x if get_session().y)
        d = [[get_session().query(1) for x in y] for get_session in range(3)]
        e = [(lambda: get_session().query(1)) for get_session in range(3)]
    """,
    "except, with, import, del": """
        def f():
            try:
                pass
            except ValueError as get_session:
                get_session().query(1)
        def g(x):
            with x() as (a, get_session):
                get_session().query(1)
        def h():
            from elsewhere import get_session
            get_session().query(1)
        def i(x):
            if x:
                from elsewhere import get_session
            else:
                from db import get_session
            get_session().query(1)
        def j():
            import elsewhere.get_session as get_session
            get_session().query(1)
        def k(x):
            get_session = x
            def inner():
                return get_session().query(1)
            return inner
        def l(x):
            class get_session:
                def query(self, x): ...
            get_session().query(1)
        def m(x):
            def get_session(): return x
            get_session().query(1)
        def n(x):
            get_session, y = x
            get_session().query(1)
        def o(x):
            if (get_session := x):
                get_session().query(1)
        def p(x):
            [get_session := y for y in x]
            get_session().query(1)
        def q(x):
            match x:
                case {"a": get_session}:
                    get_session().query(1)
                case [1, *get_session]:
                    get_session().query(1)
                case {**get_session}:
                    get_session().query(1)
                case int() as get_session:
                    get_session().query(1)
    """,
    "a nonlocal or global that is rebound": """
        def f(x):
            make = get_session
            def g():
                nonlocal make
                make = x
            g()
            make().query(1)
        make2 = get_session
        def h(x):
            global make2
            make2 = x
        def i():
            make2().query(1)
    """,
    "rebound in the class": """
        class C(Manager):
            def f(self):
                self.get_session = lambda: 1
                self.get_session().query(1)
        class D(Manager):
            get_session = None
            def f(self):
                self.get_session().query(1)
        class E(Manager):
            def get_session(self): return 1
            def f(self):
                self.get_session().query(1)
        class F(Manager):
            def __init__(self, x):
                setattr(self, "get_session", x)
            def f(self):
                self.get_session().query(1)
    """,
    "class attributes that are overwritten": """
        class App:
            db = Manager()
        App.db = object()
        App.db.get_session().query(1)
        class App2:
            db = Manager()
        def start(x):
            App2.db = x
            App2.db.get_session().query(1)
        class App3:
            db = Manager()
            def __init__(self, x):
                self.db = x.database
            def f(self):
                self.db.get_session().send(1)
    """,
    "unknown names that are callable": """
        def f(x):
            make = x.get(get_session)
            make().query(1)
            table = {"s": get_session}
            table["s"]().query(1)
            [get_session][0]().query(1)
            (get_session or x)().query(1)
            getattr(db_manager, "get_session")().query(1)
    """,
}

DEFINITIONS = {
    "under TYPE_CHECKING": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            @contextmanager
            def scope():
                yield 1
        else:
            from outside import scope
        scope().query(1)
    """,
    "try and except ImportError": """
        try:
            from outside import scope
        except ImportError:
            @contextmanager
            def scope():
                yield 1
        scope().query(1)
        try:
            import outside
            make = outside.make
        except ImportError:
            make = get_session
        make().query(1)
    """,
    "a later definition wins": """
        @contextmanager
        def scope():
            yield 1
        def scope():
            return 1
        scope().query(1)
    """,
    "decorated again by a call": """
        @contextmanager
        def scope():
            yield 1
        scope = wrap(scope)
        scope().query(1)
        scope2 = retry(contextmanager(lambda: 1))
        scope2().query(1)
    """,
    "cached": """
        import functools
        @functools.lru_cache(maxsize=None)
        @contextmanager
        def scope():
            yield 1
        scope().query(1)
        @functools.cache
        def wrapper():
            return get_session()
        wrapper().query(1)
    """,
    "contextmanager is shadowed": """
        def contextmanager(f):
            return f
        @contextmanager
        def scope():
            yield 1
        scope().query(1)
    """,
    "contextmanager is one of two": """
        try:
            from outside import contextmanager
        except ImportError:
            from contextlib import contextmanager
        @contextmanager
        def scope():
            yield 1
        scope().query(1)
    """,
    "a class with __call__ and more": """
        class Scope:
            @contextmanager
            def __call__(self):
                yield 1
            @staticmethod
            def make():
                return object()
        Scope().make().query(1)
        Scope().query(1)
    """,
    "a class that is a manager itself": """
        class Session(ContextDecorator):
            def __enter__(self): return self
            def __exit__(self, *exc): ...
            def query(self, x): ...
        Session().query(1)
        s = Session()
        s.query(1)
    """,
    "a subclass of the manager class": """
        class Rich(AbstractContextManager):
            def query(self, x): ...
        def make():
            return Rich()
        make().query(1)
    """,
    "a wrapper that enters it": """
        def scope():
            with get_session() as s:
                return Repository(s)
        scope().query(1)
        def entered():
            manager = get_session()
            managers.append(manager)
            return manager.__enter__()
        entered().query(1)
        def stacked(stack):
            return stack.enter_context(get_session())
        stacked(1).query(1)
        def generated():
            with get_session() as s:
                yield s
        for s in generated():
            s.query(1)
    """,
    "a wrapper in another wrapping": """
        def wrapped():
            return Proxy(get_session())
        wrapped().query(1)
        def listed():
            return [get_session()]
        listed()[0].query(1)
        def chosen(x):
            return x and get_session()
        chosen(1).query(1)
    """,
}

ALL = {
    f"{kind}: {name}": source
    for kind, table in {
        "entered": ENTERED,
        "kept aside": KEPT_ASIDE,
        "shadowed": SHADOWED,
        "definitions": DEFINITIONS,
    }.items()
    for name, source in table.items()
}


@pytest.mark.parametrize("source", ALL.values(), ids=ALL.keys())
def test_right_use_is_silent(tmp_path: Path, source: str) -> None:
    assert "# <-" not in source
    check_body(tmp_path, IMPORTS + dedent(source))


def test_star_imports_that_clash(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": "from contextlib import contextmanager\n@contextmanager\ndef get_session():\n    yield 1\n",
            "plain.py": "def get_session():\n    return 1\n",
            "main.py": """
                from db import *
                from plain import *
                get_session().query(1)
            """,
            "branches.py": """
                try:
                    from db import *
                except ImportError:
                    from plain import *
                get_session().query(1)
            """,
        },
    )


def test_names_of_a_module_that_others_overwrite(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": "from contextlib import contextmanager\n@contextmanager\ndef get_session():\n    yield 1\n",
            "patching.py": "import db\nimport fake\ndb.get_session = fake.get_session\n",
            "main.py": "from db import get_session\nget_session().query(1)\n",
        },
    )
