"""Factories behind functions, methods, lambdas and partials that call them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from running_programs import check_running

FUNCTIONS = {
    "functions that call each other across modules": {
        "deep/__init__.py": "from .three import three as get\n",
        "deep/one.py": """
            from db import get_session
            def one(*args, **kwargs):
                return get_session(*args, **kwargs)
        """,
        "deep/two.py": """
            from . import one as module
            def two(**kwargs):
                scope = module.one(**kwargs)
                return scope
        """,
        "deep/three.py": """
            from deep.two import two
            async_free = True
            def three():
                '''Opens a session.'''
                if async_free:
                    return two()
                return two(read_only=True)
        """,
        "main.py": """
            import deep
            from deep import get
            get().query(1)  # <- ATTRIBUTE
            deep.three.three().query(1)  # <- ATTRIBUTE
            with get() as s:
                s.query(1)
        """,
    },
    "a plain session at the end of the chain": {
        "one.py": """
            from db import plain, get_session
            def one():
                with get_session() as s:
                    return s
            def two():
                return plain()
            def three():
                return two()
        """,
        "main.py": """
            from one import one, two, three
            one().query(1)
            two().query(1)
            three().query(1)
        """,
    },
    "methods, properties, class methods": {
        "service.py": """
            from functools import cached_property
            from db import db, get_session, Manager
            class Service:
                manager = db
                def __init__(self, manager=None):
                    self._manager = Manager()
                @property
                def scope(self):
                    return self._manager.session
                @property
                def opened(self):
                    return self._manager.plain()
                @cached_property
                def factory(self):
                    return get_session
                @classmethod
                def shared(cls):
                    return cls.manager.session()
                @staticmethod
                def static():
                    return Service.shared()
                def plain(self):
                    return self.manager.plain()
                def run(self):
                    return self.scope()
        """,
        "main.py": """
            from service import Service
            service = Service()
            service.scope().query(1)  # <- ATTRIBUTE
            service.factory().query(1)  # <- ATTRIBUTE
            Service.shared().query(1)  # <- ATTRIBUTE
            Service.static().query(1)  # <- ATTRIBUTE
            service.run().query(1)  # <- ATTRIBUTE
            service.plain().query(1)
            service.opened.query(1)
            with service.scope() as s, service.run() as t:
                s.query(t)
        """,
    },
    "conditional returns": {
        "scopes.py": """
            from contextlib import nullcontext, suppress
            from db import get_session, read_only, plain, Session
            def maybe(given=None):
                return nullcontext(given) if given else get_session()
            def null(given=Session()):
                return nullcontext(given)
            def opened(given=Session()):
                return given if given else nullcontext(get_session())
            def deeper(given=None):
                return maybe(given)
            def entered(given=None):
                with maybe(given) as session:
                    return session
            def either(writing=False):
                if writing:
                    return get_session()
                else:
                    return read_only()
            def matched(kind=1):
                match kind:
                    case 1:
                        return get_session()
                    case _:
                        return read_only()
            def tried():
                try:
                    return get_session()
                except ValueError:
                    return read_only()
            def perhaps(opened=True):
                return plain() if opened else get_session()
            def nothing(wanted=False):
                if wanted:
                    return get_session()
            def fallback(session=Session()):
                return session or get_session()
            def raising(kind=1):
                if kind == 1:
                    return get_session()
                raise KeyError(kind)
        """,
        "main.py": """
            from contextlib import nullcontext
            from db import get_session, plain, Session
            from scopes import *
            maybe().query(1)  # <- ATTRIBUTE
            either().query(1)  # <- ATTRIBUTE
            matched().query(1)  # unseen
            tried().query(1)  # <- ATTRIBUTE
            raising().query(1)  # <- ATTRIBUTE
            perhaps().query(1)
            fallback().query(1)
            if nothing():
                nothing().query(1)
            deeper().query(1)  # <- ATTRIBUTE
            null().query(1)  # unseen
            opened().query(1)
            entered().query(1)
            with maybe() as s:
                s.query(1)
            def local(given=None):
                scope = nullcontext(given) if given else get_session()
                with scope as s:
                    return s.query(1)
            local()
            local(Session())
            def use(session=None):
                session = session or plain()
                return session.query(1)
            use()
        """,
    },
    "generators that delegate": {
        "scopes.py": """
            from contextlib import contextmanager
            from db import get_session, scope
            @contextmanager
            def outer():
                with get_session() as s:
                    yield s
            @contextmanager
            def delegating():
                yield from scope()
            @contextmanager
            def over():
                with outer() as s:
                    yield s
            def generator():
                with get_session() as s:
                    yield s
            def handing():
                yield from generator()
        """,
        "main.py": """
            from scopes import outer, delegating, over, generator, handing
            outer().query(1)  # <- ATTRIBUTE
            delegating().query(1)  # <- ATTRIBUTE
            over().query(1)  # <- ATTRIBUTE
            for s in generator():
                s.query(1)
            for s in handing():
                s.query(1)
            next(handing()).query(1)
        """,
    },
    "lambdas": {
        "scopes.py": """
            from db import db, get_session, plain
            make = lambda: get_session()
            remake = lambda *args: make()
            opened = lambda: plain()
            given = lambda get_session: get_session()
            chosen = lambda other=False: db.session() if other else get_session()
            curried = lambda: lambda: get_session()
        """,
        "main.py": """
            from db import plain
            from scopes import make, remake, opened, given, chosen, curried
            make().query(1)  # <- ATTRIBUTE
            remake(1).query(1)  # <- ATTRIBUTE
            chosen().query(1)  # <- ATTRIBUTE
            curried()().query(1)  # <- ATTRIBUTE
            opened().query(1)
            given(plain).query(1)
        """,
    },
    "partial": {
        "scopes.py": """
            import functools
            from functools import partial, partialmethod
            from operator import methodcaller
            from db import db, get_session, plain, scope
            from contextlib import contextmanager
            first = partial(get_session, 1, wait=True)
            second = functools.partial(first, 2)
            third = partial(db.session)
            opened = partial(plain, 1)
            made = contextmanager(partial(scope, 1))
            also = partial(contextmanager(scope), 1)
            called = methodcaller("plain")
            of_class = partial(type(db))
            class Service:
                def __init__(self):
                    self.factory = partial(get_session, 1)
                own = staticmethod(partial(get_session))
                def open(self, kind):
                    return get_session()
                def plain(self, kind):
                    return plain()
                wide = partialmethod(open, 1)
                narrow = partialmethod(plain, 1)
        """,
        "main.py": """
            from db import db
            from scopes import *
            first().query(1)  # <- ATTRIBUTE
            second().query(1)  # <- ATTRIBUTE
            third().query(1)  # <- ATTRIBUTE
            made().query(1)  # <- ATTRIBUTE
            also().query(1)  # <- ATTRIBUTE
            of_class().session().query(1)  # unseen
            of_class().plain().query(1)
            opened().query(1)
            called(db).query(1)
            Service().factory().query(1)  # <- ATTRIBUTE
            Service().own().query(1)  # <- ATTRIBUTE
            Service().wide().query(1)  # unseen
            Service().narrow().query(1)
            with second() as s:
                s.query(1)
        """,
    },
}

CYCLES = {
    "functions": {
        "scopes.py": """
            from db import get_session, plain
            def one(deep=False):
                return two() if deep else get_session()
            def two(deep=False):
                return one() if deep else get_session()
            def endless(n=0):
                return plain() if n else further(n)
            def further(n):
                return endless(n + 1)
            def itself(n=0):
                return itself(n - 1) if n else get_session()
            def lonely(n=0):
                return lonely(n - 1) if n else None
        """,
        "main.py": """
            from scopes import *
            one().query(1)  # <- ATTRIBUTE
            two().query(1)  # <- ATTRIBUTE
            endless().query(1)
            itself(3).query(1)  # <- ATTRIBUTE
            if lonely():
                lonely().query(1)
        """,
    },
    "modules, names and classes": {
        "one.py": """
            from db import get_session
            import two
            def first():
                return two.second()
            class Base:
                def scope(self):
                    return two.Sub().scope()
        """,
        "two.py": """
            from db import get_session, plain
            import one
            def second(deep=False):
                return one.first() if deep else get_session()
            class Sub(one.Base if hasattr(one, "Base") else object):
                def scope(self):
                    return plain()
            def decorated(f):
                return decorated(f) if f is None else f
            @decorated
            def third():
                return plain()
            fourth = get_session
            fourth = fourth
        """,
        "main.py": """
            import one, two
            one.first().query(1)  # <- ATTRIBUTE
            one.Base().scope().query(1)
            two.third().query(1)
            two.fourth().query(1)  # <- ATTRIBUTE
        """,
    },
}


@pytest.mark.parametrize("sources", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_wrappers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: Mapping[str, str]) -> None:
    check_running(tmp_path, sources, monkeypatch)


@pytest.mark.parametrize("sources", CYCLES.values(), ids=CYCLES.keys())
def test_cycles_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: Mapping[str, str]) -> None:
    check_running(tmp_path, sources, monkeypatch)
