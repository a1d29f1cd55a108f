"""Names are followed to their factories through the whole project, and same-named functions stay silent."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import DB, check, check_body, open_project, sites_in
from sessionfix.project.sites import Site

IMPORTS = {
    "from import": """
        from db import get_session
        get_session().query(1)  # <- ATTRIBUTE
    """,
    "module import": """
        import db
        db.get_session().query(1)  # <- ATTRIBUTE
        db.db_manager.get_session().query(1)  # <- ATTRIBUTE
    """,
    "aliased": """
        import db as d
        from db import get_session as gs, db_manager as m
        d.get_session().query(1)  # <- ATTRIBUTE
        gs().query(1)  # <- ATTRIBUTE
        m.get_session().query(1)  # <- ATTRIBUTE
    """,
    "inside a function": """
        def f():
            from db import get_session
            get_session().query(1)  # <- ATTRIBUTE
        def g():
            get_session().query(1)
    """,
    "inside try": """
        try:
            from db import get_session
        except ImportError:
            get_session = None
        get_session().query(1)  # <- ATTRIBUTE
    """,
    "either of two": """
        try:
            from db import get_session
        except ImportError:
            from other import get_session
        get_session().query(1)
    """,
    "under TYPE_CHECKING": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from db import Manager
        def f(m: "Manager"):
            m.get_session().query(1)  # <- ATTRIBUTE
    """,
    "star": """
        from db import *
        get_session().query(1)  # <- ATTRIBUTE
        db_manager.get_session().query(1)  # <- ATTRIBUTE
    """,
    "from outside": """
        from requests import get_session, db_manager
        get_session().query(1)
        db_manager.get_session().query(1)
        import botocore.session
        botocore.session.get_session().query(1)
    """,
    "unknown name": """
        get_session().query(1)
    """,
    "builtins": """
        open("x").read()
        sum([1]).real
    """,
}


@pytest.mark.parametrize("source", IMPORTS.values(), ids=IMPORTS.keys())
def test_imports(tmp_path: Path, source: str) -> None:
    check_body(tmp_path, source)


HEAD = "from db import db_manager, get_session, Manager\nimport db\nfrom typing import *\n"

VALUES = {
    "singleton": "db_manager.get_session().query(1)  # <- ATTRIBUTE",
    "local instance": """
        def f():
            m = Manager()
            m.get_session().query(1)  # <- ATTRIBUTE
    """,
    "instance at once": "Manager().get_session().query(1)  # <- ATTRIBUTE",
    "own singleton": """
        mine = Manager()
        def f():
            mine.get_session().query(1)  # <- ATTRIBUTE
    """,
    "alias of a function": """
        make = get_session
        make().query(1)  # <- ATTRIBUTE
        bound = db_manager.get_session
        bound().query(1)  # <- ATTRIBUTE
    """,
    "partial": """
        from functools import partial
        make = partial(get_session)
        make().query(1)  # <- ATTRIBUTE
    """,
    "chained attributes": """
        class App:
            def __init__(self):
                self.db = Manager()
        app = App()
        app.db.get_session().query(1)  # <- ATTRIBUTE
        class Outer:
            app = App()
        Outer().app.db.get_session().query(1)  # <- ATTRIBUTE
        Outer.app.db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "self": """
        class Mine(Manager):
            def f(self):
                self.get_session().query(1)  # <- ATTRIBUTE
    """,
    "self in a nested function": """
        class Mine(Manager):
            def f(self):
                def g():
                    self.get_session().query(1)  # <- ATTRIBUTE
                return lambda: self.get_session().query(1)  # <- ATTRIBUTE
    """,
    "self attribute from init": """
        class Service:
            def __init__(self):
                self.db = Manager()
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "self attribute from a parameter": """
        class Service:
            def __init__(self, db: Manager):
                self.db = db
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "self attribute with a default": """
        class Service:
            def __init__(self, db: Manager | None = None):
                self.db = db or db_manager
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "self attribute, annotated": """
        class Service:
            db: Manager
            other: "Optional[Manager]" = None
            def __init__(self, x):
                self.third: Manager = x
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
                self.other.get_session().query(1)  # <- ATTRIBUTE
                self.third.get_session().query(1)  # <- ATTRIBUTE
    """,
    "self attribute, None first": """
        class Service:
            db = None
            def __init__(self):
                self.db = None
            def start(self):
                self.db = Manager()
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "self attribute that is a function": """
        class Service:
            def __init__(self):
                self.make = get_session
            def f(self):
                self.make().query(1)  # <- ATTRIBUTE
    """,
    "class attribute": """
        class Service:
            db = Manager()
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
                Service.db.get_session().query(1)  # <- ATTRIBUTE
            @classmethod
            def g(cls):
                cls.db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "super": """
        class Mine(Manager):
            def get_session(self):
                return super().get_session()
            def f(self):
                super().get_session().query(1)  # <- ATTRIBUTE
                super(Mine, self).get_session().query(1)  # <- ATTRIBUTE
    """,
    "inherited over two": """
        class A(Manager): ...
        class B(A): ...
        B().get_session().query(1)  # <- ATTRIBUTE
    """,
    "parameter annotations": """
        def f(a: Manager, b: "Manager", c: Optional[Manager], d: Manager | None, e: Annotated[Manager, 1],
              g: "Optional[Manager]", h: Union[Manager, None], i: "db.Manager", *, j: Optional["Manager"] = None):
            a.get_session().query(1)  # <- ATTRIBUTE
            b.get_session().query(1)  # <- ATTRIBUTE
            c.get_session().query(1)  # <- ATTRIBUTE
            d.get_session().query(1)  # <- ATTRIBUTE
            e.get_session().query(1)  # <- ATTRIBUTE
            g.get_session().query(1)  # <- ATTRIBUTE
            h.get_session().query(1)  # <- ATTRIBUTE
            i.get_session().query(1)  # <- ATTRIBUTE
            j.get_session().query(1)  # <- ATTRIBUTE
    """,
    "type parameter": """
        def f(t: Type[Manager], u: type[Manager]):
            t().get_session().query(1)  # <- ATTRIBUTE
            u.shared().query(1)  # <- ATTRIBUTE
    """,
    "annotated alias": """
        Dep = Annotated[Manager, object()]
        Maybe = Manager | None
        def f(m: Dep, n: Maybe):
            m.get_session().query(1)  # <- ATTRIBUTE
            n.get_session().query(1)  # <- ATTRIBUTE
    """,
    "dataclass field": """
        from dataclasses import dataclass, field
        @dataclass
        class Service:
            db: Manager
            other: Manager = field(default_factory=Manager)
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
                self.other.get_session().query(1)  # <- ATTRIBUTE
        Service(1).db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "getter": """
        def get_manager():
            return db_manager
        get_manager().get_session().query(1)  # <- ATTRIBUTE
    """,
    "getter with annotation only": """
        def get_manager() -> Manager:
            return registry["db"]
        def stub() -> "Manager": ...
        get_manager().get_session().query(1)  # <- ATTRIBUTE
        stub().get_session().query(1)  # <- ATTRIBUTE
    """,
    "getter of a global": """
        _m = None
        def get_manager():
            global _m
            if _m is None:
                _m = Manager()
            return _m
        get_manager().get_session().query(1)  # <- ATTRIBUTE
        m = get_manager()
        m.get_session().query(1)  # <- ATTRIBUTE
    """,
    "cached getter": """
        from functools import lru_cache
        import functools
        @lru_cache(maxsize=1)
        def a():
            return Manager()
        @functools.cache
        def b():
            return Manager()
        a().get_session().query(1)  # <- ATTRIBUTE
        b().get_session().query(1)  # <- ATTRIBUTE
    """,
    "async getter": """
        async def get_manager():
            return db_manager
        async def f():
            (await get_manager()).get_session().query(1)  # <- ATTRIBUTE
            m = await get_manager()
            m.get_session().query(1)  # <- ATTRIBUTE
            get_manager().get_session().query(1)
    """,
    "property": """
        from functools import cached_property
        class App:
            @property
            def db(self):
                return db_manager
            @cached_property
            def db2(self) -> Manager:
                return make_it()
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
        App().db2.get_session().query(1)  # <- ATTRIBUTE
    """,
    "property with a setter": """
        class App:
            def __init__(self):
                self._db = Manager()
            @property
            def db(self):
                return self._db
            @db.setter
            def db(self, value):
                self._db = value
            def f(self):
                App.make().get_session().query(1)  # <- ATTRIBUTE
            @staticmethod
            def make():
                return Manager()
    """,
    "classmethod constructor": """
        class Mine(Manager):
            _one = None
            @classmethod
            def create(cls):
                return cls()
            @classmethod
            def instance(cls):
                if cls._one is None:
                    cls._one = cls()
                return cls._one
        Mine.create().get_session().query(1)  # <- ATTRIBUTE
        Mine.instance().get_session().query(1)  # <- ATTRIBUTE
    """,
    "fluent": """
        class Mine(Manager):
            def configure(self) -> Self:
                return self
            def other(self) -> "Mine": ...
        Mine().configure().other().get_session().query(1)  # <- ATTRIBUTE
    """,
    "cast": """
        m = cast("Manager", something)
        m.get_session().query(1)  # <- ATTRIBUTE
    """,
    "wrapper": """
        def session_scope():
            return get_session()
        session_scope().query(1)  # <- ATTRIBUTE
        def deeper(x):
            if x:
                return session_scope()
            return db_manager.get_session()
        deeper(1).query(1)  # <- ATTRIBUTE
        class Repo:
            def session(self):
                return deeper(1)
            def f(self):
                s = self.session()  # <- BOUND
                s.query(1)
    """,
    "wrapper by a local name": """
        def session_scope():
            cm = get_session()
            return cm
        session_scope().query(1)  # <- ATTRIBUTE
    """,
    "wrapper of a nested factory": """
        from contextlib import contextmanager
        class Pool:
            def session(self):
                @contextmanager
                def scope():
                    yield self
                return scope()
        Pool().session().query(1)  # <- ATTRIBUTE
    """,
    "decorator by a call": """
        from contextlib import contextmanager
        def _gen():
            yield 1
        scope = contextmanager(_gen)
        scope().query(1)  # <- ATTRIBUTE
    """,
    "decorator under other names": """
        import contextlib
        import contextlib as cl
        from contextlib import contextmanager as cm
        mine = contextlib.contextmanager
        @contextlib.contextmanager
        def a():
            yield 1
        @cl.contextmanager
        def b():
            yield 1
        @cm
        def c():
            yield 1
        @mine
        def d():
            yield 1
        a().x, b().x, c().x, d().x  # <- ATTRIBUTE, ATTRIBUTE, ATTRIBUTE, ATTRIBUTE
    """,
    "harmless decorators above": """
        from abc import ABC, abstractmethod
        from typing_extensions import override
        from contextlib import contextmanager
        class Base(ABC):
            @override
            @contextmanager
            def a(self):
                yield 1
            @abstractmethod
            @contextmanager
            def b(self):
                yield 1
        def f(x: Base):
            x.a().y, x.b().y  # <- ATTRIBUTE, ATTRIBUTE
    """,
    "defined twice, both factories": """
        from contextlib import contextmanager
        if x:
            @contextmanager
            def scope():
                yield 1
        else:
            @contextmanager
            def scope():
                yield 2
        scope().x  # <- ATTRIBUTE
    """,
    "overloads": """
        from contextlib import contextmanager
        @overload
        def scope(x: int) -> int: ...
        @overload
        def scope(x: str) -> str: ...
        @contextmanager
        def scope(x):
            yield 1
        scope(1).x  # <- ATTRIBUTE
    """,
    "rebound receiver, flow makes it plain": """
        def f(other):
            m = other()
            m.get_session().query(1)  # <- ATTRIBUTE probable
            m = Manager()
            m.get_session().query(1)  # <- ATTRIBUTE
    """,
    "generic class": """
        T = TypeVar("T")
        class Repo(Generic[T], Manager):
            def f(self):
                self.get_session().query(1)  # <- ATTRIBUTE
        Repo[int]().get_session().query(1)  # <- ATTRIBUTE
        def g(r: "Repo[int]"):
            r.get_session().query(1)  # <- ATTRIBUTE
    """,
    "type of self": """
        class Mine(Manager):
            def f(self):
                type(self).shared().query(1)  # <- ATTRIBUTE
                self.__class__
    """,
    "instance that is called": """
        from contextlib import contextmanager
        class Scope:
            @contextmanager
            def __call__(self):
                yield 1
        scope = Scope()
        scope().query(1)  # <- ATTRIBUTE
    """,
}

SILENT = {
    "same name, plain function": """
        def get_session():
            return object()
        get_session().query(1)
    """,
    "same name, plain method": """
        class Other:
            def get_session(self):
                return object()
        Other().get_session().query(1)
        class Mixed(Other, Manager): ...
        Mixed().get_session().query(1)
        class Over(Manager):
            def get_session(self):
                return object()
        Over().get_session().query(1)
        def f(x: Other):
            x.get_session().query(1)
    """,
    "parameter shadows an import": """
        def f(get_session, db_manager: "Unheard"):
            get_session().query(1)
            db_manager.get_session().query(1)
        g = lambda get_session: get_session().query(1)
        h = [get_session().query(1) for get_session in range(3)]
    """,
    "local name shadows an import": """
        def f(x):
            get_session = x
            get_session().query(1)
        def g(xs):
            for get_session in xs:
                get_session().query(1)
        def h(x):
            with x as get_session:
                get_session().query(1)
        def i():
            try:
                pass
            except Exception as get_session:
                get_session().query(1)
        def j(x):
            match x:
                case get_session:
                    get_session().query(1)
        def k():
            import other as get_session
            get_session().query(1)
    """,
    "rebound at module level": """
        get_session = object()
        get_session().query(1)
    """,
    "class scope is not seen by methods": """
        def make(): ...
        class C:
            make = get_session
            def f(self):
                make().query(1)
    """,
    "from an unknown base": """
        from outside import Base
        class Mine(Base, Manager): ...
        Mine().get_session().query(1)
        Mine().nothing().query(1)
    """,
    "a module of the same name elsewhere": """
        from sqlalchemy.db import get_session
        get_session().query(1)
    """,
    "attribute with several values": """
        class Service:
            def __init__(self, x):
                self.db = Manager()
                self.db = x.client()
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE probable
    """,
    "annotated with something outside": """
        from boto3 import Client
        class Service:
            client: Client
            def __init__(self, other: Client):
                self.other = other
            def f(self, x: Client, y: "Client | Manager"):
                self.client.get_session().query(1)
                self.other.get_session().query(1)
                x.get_session().query(1)
                y.get_session().query(1)
    """,
    "unknown decorator above": """
        from contextlib import contextmanager
        from somewhere import retry
        @retry
        @contextmanager
        def scope():
            yield 1
        scope().query(1)
        def mine(f): return REGISTRY[f]
        @mine
        @contextmanager
        def scope2():
            yield 1
        scope2().query(1)
        class C:
            @property
            @contextmanager
            def session(self):
                yield 1
        C().session.query(1)
        C().session().query(1)
    """,
    "no generator": """
        from contextlib import contextmanager
        @contextmanager
        def scope():
            return 1
        scope().query(1)
    """,
    "wrong decorator for the kind": """
        from contextlib import contextmanager, asynccontextmanager
        @contextmanager
        async def a():
            yield 1
        @asynccontextmanager
        def b():
            yield 1
        a().x, b().x
    """,
    "a decorator of the same name": """
        from mylib import contextmanager
        @contextmanager
        def scope():
            yield 1
        scope().query(1)
    """,
    "a generator without decorator": """
        def scope():
            yield 1
        scope().send(None)
        next(scope())
    """,
    "wrapper with another way out": """
        from contextlib import nullcontext
        def a(x):
            if x:
                return get_session()
            return nullcontext(x)
        a(1).query(1)  # <- ATTRIBUTE
        def b(x):
            if x:
                return get_session()
        b(1).query(1)
        def c(x):
            return get_session() if x else nullcontext(x)
        c(1).query(1)  # <- ATTRIBUTE
        def d(x):
            return get_session().query(1) if x else 2  # <- ATTRIBUTE
        d(1).query(1)
        def e(x):
            if x:
                return None
            return get_session()
        e(1).query(1)
        async def f():
            return get_session()
        async def g():
            s = await f()
            s.query(1)
    """,
    "defined twice, once plain": """
        from contextlib import contextmanager
        if x:
            @contextmanager
            def scope():
                yield 1
        else:
            def scope():
                return 2
        scope().x
    """,
    "a sync and an async one": """
        from contextlib import contextmanager, asynccontextmanager
        if x:
            @contextmanager
            def scope():
                yield 1
        else:
            @asynccontextmanager
            async def scope():
                yield 1
        scope().x
    """,
    "recursion": """
        def a():
            return b()
        def b():
            return a()
        a().query(1)
        x = x or y
        y = x
        x.query(1)
        class A(B): ...
        class B(A): ...
        A().get_session().query(1)
    """,
    "library calls": """
        import time, zipfile, threading
        from contextlib import nullcontext
        t = time.time()
        t.real
        z = zipfile.ZipFile("x").open("y")
        z.read()
        lock = threading.Lock()
        lock.acquire().real
        nullcontext(1).x
    """,
    "next on a generator": """
        def get_db():
            yield 1
        s = next(get_db())
        s.query(1)
    """,
    "getter of a container": """
        managers = {}
        def f(k):
            managers[k].get_other().query(1)
    """,
    "a patched factory": """
        from unittest.mock import patch
        def test():
            with patch("db.get_session"):
                s = get_session()
                s.query(1)
    """,
    "a replaced factory": """
        import db
        def test(fake):
            db.get_session = fake
            s = db.get_session()
            s.query(1)
    """,
    "a factory replaced by monkeypatch": """
        import db
        def test(fake, monkeypatch):
            monkeypatch.setattr(db, "get_session", fake)
            s = db.get_session()
            s.query(1)
    """,
}


@pytest.mark.parametrize("source", VALUES.values(), ids=VALUES.keys())
def test_values_are_followed(tmp_path: Path, source: str) -> None:
    check_body(tmp_path, HEAD + dedent(source))


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT.keys())
def test_other_things_of_the_name_are_silent(tmp_path: Path, source: str) -> None:
    check_body(tmp_path, HEAD + dedent(source))


def test_reexports(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "app/__init__.py": "from .database import get_session, Manager as DB\nfrom . import database as store\n",
            "app/database/__init__.py": "from app.database.session import *\nfrom .manager import *\n",
            "app/database/session.py": DB,
            "app/database/manager.py": "from .session import Manager, db_manager as _m\n__all__ = ['Manager']\n",
            "app/api/__init__.py": "",
            "app/api/v1.py": """
                from app import get_session, DB, store
                from .. import store as other
                from ..database import db_manager, Manager, _m
                from ..database.session import Manager as M
                import app.database.session
                get_session().query(1)  # <- ATTRIBUTE
                DB().get_session().query(1)  # <- ATTRIBUTE
                store.get_session().query(1)  # <- ATTRIBUTE
                other.db_manager.get_session().query(1)  # <- ATTRIBUTE
                db_manager.get_session().query(1)  # <- ATTRIBUTE
                Manager().get_session().query(1)  # <- ATTRIBUTE
                M().get_session().query(1)  # <- ATTRIBUTE
                app.database.session.get_session().query(1)  # <- ATTRIBUTE
                _m.get_session().query(1)
            """,
        },
    )


def test_star_imports_respect_all(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": DB + "\n    __all__ = ['get_session']\n    __all__ += ['Manager']\n",
            "dynamic.py": DB + "\n    __all__ = [name for name in dir()]\n",
            "hidden.py": DB.replace("def get_session", "def _get_session"),
            "main.py": """
                from db import *
                get_session().query(1)  # <- ATTRIBUTE
                Manager().get_session().query(1)  # <- ATTRIBUTE
                db_manager.get_session().query(1)
            """,
            "other.py": """
                from dynamic import *
                get_session().query(1)  # <- ATTRIBUTE
            """,
            "third.py": """
                from hidden import *
                _get_session().query(1)
            """,
        },
    )


def test_star_imports_in_a_circle(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "a.py": "from b import *\nfrom db import *\nget_session().query(1)  # <- ATTRIBUTE\nnothing().query(1)\n",
            "b.py": "from a import *\nget_session().query(1)  # <- ATTRIBUTE\n",
            "db.py": DB,
        },
    )


def test_inheritance_over_modules(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "base.py": """
                from contextlib import contextmanager
                class Base:
                    def __init__(self):
                        self.engine = object()
                    @contextmanager
                    def session(self):
                        yield 1
                    def scope(self):
                        return self.session()
                class Abstract:
                    def session(self):
                        raise NotImplementedError
                    def scope(self):
                        return self.session()
            """,
            "sub.py": """
                import base
                from base import Abstract
                from contextlib import contextmanager
                class Sub(base.Base):
                    def f(self):
                        self.session().query(1)  # <- ATTRIBUTE
                        self.scope().query(1)  # <- ATTRIBUTE
                class Real(Abstract):
                    @contextmanager
                    def session(self):
                        yield 1
                    def f(self):
                        self.scope().query(1)  # <- ATTRIBUTE
                def g(x: Abstract, y: Real):
                    x.scope().query(1)
                    y.scope().query(1)  # <- ATTRIBUTE
            """,
        },
    )


def test_settings_name_factories_and_decorators(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/tools.py": "def scoped(f): return wrap(f)\n",
            "pkg/db.py": """
                from pkg.tools import scoped
                class Manager:
                    def get_session(self):
                        return magic()
                @scoped
                def scope():
                    yield 1
            """,
            "main.py": """
                from pkg.db import Manager, scope
                from lib.db import Pool
                Manager().get_session().query(1)  # <- ATTRIBUTE
                scope().query(1)  # <- ATTRIBUTE
                Pool().session().query(1)  # <- ATTRIBUTE
                Pool().other().query(1)
            """,
        },
        factories=["pkg.db:Manager.get_session", "lib.db:Pool.session"],
        decorators=["pkg.tools.scoped"],
    )


def test_probable_by_name_alone(tmp_path: Path) -> None:
    check_body(
        tmp_path,
        """
        def f(manager, request, Session):
            s = manager.get_session()  # <- BOUND probable
            s.query(1)
            s.close()
            request.app.state.db.get_session().execute(1)  # <- ATTRIBUTE probable
            a = manager.get_session()
            a.get("http://x")
            b = manager.get_session()
            b.send(1)
            manager.get_session()
            with manager.get_session() as s:
                s.query(1)
            manager.plain().query(1)
            manager.unheard().query(1)
            c = manager.get_session()
            with c as d:
                d.query(1)
        async def g(manager):
            s = await manager.get_async()  # <- AWAITED probable
            await s.execute(1)
            t = await manager.get_session()
            await t.execute(1)
            async with manager.get_session() as u:
                await u.execute(1)
        """,
    )


@pytest.mark.parametrize(
    "other",
    [
        "def get_session(): return 1",
        "class A:\n    def get_session(self): return 1",
        "class A:\n    def __init__(self, x):\n        self.get_session = x",
        "from botocore.session import get_session",
        "class get_session: ...",
        "get_session = object()",
        "from contextlib import asynccontextmanager\n@asynccontextmanager\nasync def get_session():\n    yield 1",
        "def get_session(: ...",
    ],
)
def test_not_probable_where_the_name_means_something_else_too(tmp_path: Path, other: str) -> None:
    source = "def f(manager):\n    s = manager.get_session()\n    s.query(1)\n"
    sources = {"db.py": DB, "main.py": source}
    (tmp_path / "other.py").write_text(other)
    assert sites_in(open_project(tmp_path, sources), tmp_path / "main.py") == []


def test_broken_modules_are_unknown_and_listed(tmp_path: Path) -> None:
    sources = {"db.py": DB, "main.py": "from broken import get_session\nget_session().query(1)\n"}
    project = open_project(tmp_path, {**sources, "broken.py": "def get_session(:\n"})
    main = tmp_path / "main.py"
    assert project.sites(main, main.read_text()) == []
    assert project.unreadable == [tmp_path / "broken.py"]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"# coding: nonsense\n", b"x = " + b"(" * 5000 + b")" * 5000])
def test_undecodable_modules_are_unknown(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "broken.py").write_bytes(data)
    project = open_project(
        tmp_path, {"main.py": "from broken import get_session\nget_session().query(1)\n"}, sieve=False
    )
    main = tmp_path / "main.py"
    assert project.sites(main, main.read_text()) == []
    assert project.unreadable == [tmp_path / "broken.py"]


def test_declared_encodings_are_read(tmp_path: Path) -> None:
    source = "# coding: latin-1\nfrom contextlib import contextmanager\n@contextmanager\ndef größe():\n    yield 1\n"
    (tmp_path / "db.py").write_bytes(source.encode("latin-1"))
    project = open_project(tmp_path, {"main.py": "from db import größe\ngröße().query(1)\n"})
    assert len(sites_in(project, tmp_path / "main.py")) == 1


def test_long_expressions_are_no_obstacle(tmp_path: Path) -> None:
    long = " + ".join(["'x'"] * 600)
    check(
        tmp_path,
        {
            "db.py": DB + f"\n    text = {long}\n",
            "main.py": f"from db import get_session\ntext = {long}\nget_session().query(1)  # <- ATTRIBUTE\n",
        },
    )


def test_a_way_is_followed_for_so_long_and_no_longer(tmp_path: Path) -> None:
    """The limit can be reached at any step, in the middle of a question too, such as which classes `super()` asks."""
    found = [len(_sites_at_the_end_of_a_way(tmp_path / str(length), length)) for length in range(20, 40)]
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (1, 0)


def _sites_at_the_end_of_a_way(root: Path, length: int) -> list[Site]:
    """The sites where a session's factory is reached through as many functions, and a method with `super()`."""
    way = "".join(f"def step{number}():\n    return step{number + 1}()\n" for number in range(length))
    classes = (
        "class Base:\n    def session(self):\n        return get_session()\n"
        "class Own(Base):\n    def session(self):\n        return super().session()\n"
    )
    source = f"{classes}{way}def step{length}():\n    return Own().session()\nstep0().query(1)\n"
    project = open_project(root, {"db.py": DB, "main.py": f"from db import get_session\n{source}"})
    return sites_in(project, root / "main.py")


ENDLESS = {
    "global in the module itself": """
        from db import get_session
        global get_session, config
        config = dict()
        config.get("a").query(1)
        get_session().query(1)  # <- ATTRIBUTE
    """,
    "global in a class": """
        from db import get_session
        class Repository:
            global get_session, bound
            bound = get_session
            get_session().query(1)  # <- ATTRIBUTE
            def f(self, get_session):
                return get_session().query(1)
        bound().query(1)  # <- ATTRIBUTE
    """,
    "global that is bound nowhere": """
        def f():
            global nowhere
            nowhere().query(1)
    """,
    "nonlocal under a class": """
        from db import get_session
        def f():
            factory = get_session
            class Inner:
                nonlocal factory
                factory().query(1)  # <- ATTRIBUTE
                factory = get_session
            return Inner
    """,
    "a module that imports itself": """
        import main
        from main import *
        from db import get_session
        main.main.get_session().query(1)  # <- ATTRIBUTE
        main.missing().query(1)
    """,
    "names, functions and classes that lead back to themselves": """
        first = second
        second = third
        third = first
        first().query(1)
        def one():
            return two()
        def two():
            return one()
        one().query(1)
        class Turning(Turning):
            @property
            def left(self):
                return self.right
            @property
            def right(self):
                return self.left
        Turning().left.right().query(1)
    """,
    "aliases of types": """
        from typing import Optional, Union
        from db import Manager
        Tree = Optional["Tree"]
        First = Union["Second", Manager]
        Second = Union["First", Manager]
        def f(tree: Tree, branch: "Tree", first: First):
            tree().query(1)
            branch().query(1)
            first.get_session().query(1)  # <- ATTRIBUTE
    """,
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_leads_round_in_a_circle_comes_to_an_end(tmp_path: Path, source: str) -> None:
    check_body(tmp_path, source)


def test_functions_that_all_call_one_another(tmp_path: Path) -> None:
    names = [f"visit_{number}" for number in range(12)]
    calls = "".join(f"    if x:\n        return {name}(x)\n" for name in names)
    source = "".join(f"def {name}(x):\n{calls}" for name in names)
    used = "from db import get_session\nvisit_3(1).query(1)\nget_session().query(1)  # <- ATTRIBUTE\n"
    check(tmp_path, {"db.py": DB, "main.py": source + used})
