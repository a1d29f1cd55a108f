"""Managers that are misused in every roundabout way are found all the same."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import DB, check, check_body, open_project, sites_in

IMPORTS = """\
from contextlib import *
from dataclasses import dataclass, field
from functools import partial
from typing import *
import functools
from db import db_manager, get_session, get_async, Manager
"""

USES = {
    "by an alias only": """
        def f():
            s = get_session()  # <- BOUND
            t = s
            t.query(1)
    """,
    "by an alias of an alias": """
        def f():
            s = get_session()  # <- BOUND
            t: object = s
            u = v = t
            v.query(1)
    """,
    "by a walrus alias": """
        def f():
            s = get_session()  # <- BOUND
            if (t := s):
                t.query(1)
    """,
    "by a walrus itself": """
        def f():
            (s := get_session()).query(1)  # <- BOUND
            s.close()
        def g():
            return [(s := get_session()).query(1) for i in range(3)]  # <- BOUND
    """,
    "an attribute is no alias": """
        class C:
            def f(self):
                s = get_session()
                self._s = s
            def g(self):
                return self._s.query(1)
    """,
    "in circles": """
        def f(x):
            s = get_session()  # <- BOUND
            while x:
                t = s
                s = t
            s.query(1)
    """,
    "in a class's body": """
        class C:
            rows = get_session().query(1)  # <- ATTRIBUTE
            def f(self, rows=get_session().all()):  # <- ATTRIBUTE
                return rows
    """,
    "in decorators and defaults": """
        @get_session().listens_for  # <- ATTRIBUTE
        def f(x=[get_session().x]): ...  # <- ATTRIBUTE
    """,
    "by a formatted string": """
        def f():
            s = get_session()  # <- BOUND
            return f"{s.query(1)} {get_session().x}"  # <- ATTRIBUTE
    """,
    "by star arguments": """
        def f(g):
            g(*get_session().all(), **get_session().info)  # <- ATTRIBUTE, ATTRIBUTE
    """,
    "by deleting and by augmenting": """
        def f():
            s = get_session()  # <- BOUND
            del s.info["x"]
            s.info["y"] += 1
    """,
    "after being returned by a wrapper's alias": """
        def scope():
            cm = get_session()
            other = cm
            return other
        scope().query(1)  # <- ATTRIBUTE
    """,
    "in an async comprehension": """
        async def f():
            s = get_async()  # <- BOUND
            return [row async for row in s]
    """,
    "in an async for over the call": """
        async def f():
            async for row in get_async():  # <- ATTRIBUTE
                print(row)
    """,
    "by an await of its method": """
        async def f():
            s = get_async()  # <- BOUND
            await s.execute(1)
            await s.close()
        async def g():
            s = db_manager.get_async()  # <- BOUND
            try:
                return (await s.execute(1)).all()
            finally:
                await s.close()
        async def h():
            await get_async().execute(1)  # <- ATTRIBUTE
        async def i():
            s = await db_manager.get_async()  # <- AWAITED
            return (await s.execute(1)).all()
        async def j():
            return await (await get_async()).execute(1)  # <- AWAITED
        async def k():
            async with db_manager.get_session() as s:  # <- WRONG_WITH
                s.query(1)
        async def l():
            with db_manager.get_async() as s:  # <- WRONG_WITH
                s.query(1)
        async def m():
            s = get_session()  # <- BOUND
            s.query(1)
    """,
    "in a main guard": """
        if __name__ == "__main__":
            s = get_session()  # <- BOUND
            try:
                s.add(1)
            finally:
                s.close()
            get_session().query(1)  # <- ATTRIBUTE
            import asyncio
            asyncio.run(get_async().execute(1))  # <- ATTRIBUTE
    """,
    "beside a handler for other types": """
        def f(x):
            try:
                s = get_session()  # <- BOUND
                s.add(int(x))
            except (ValueError, TypeError):
                s.rollback()
            get_session().query(1)  # <- ATTRIBUTE
    """,
}

WAYS = {
    "lambda": """
        get = lambda: db_manager.get_session()
        get().query(1)  # <- ATTRIBUTE
        class C:
            make = staticmethod(get_session)
            def __init__(self):
                self.open = lambda: get_session()
            def f(self):
                self.open().query(1)  # <- ATTRIBUTE
                self.make().query(1)  # <- ATTRIBUTE
        def f():
            local = lambda x=1, *y: get_session()
            local(2).query(1)  # <- ATTRIBUTE
    """,
    "partial": """
        make = partial(get_session, 1)
        make().query(1)  # <- ATTRIBUTE
        other = functools.partial(db_manager.get_session)
        other().query(1)  # <- ATTRIBUTE
        partial(get_session)().query(1)  # <- ATTRIBUTE
        third = partial(lambda: get_session())
        third().query(1)  # <- ATTRIBUTE
        fourth = partial(partial(get_session))
        fourth().query(1)  # <- ATTRIBUTE
    """,
    "bound method": """
        def f():
            factory = db_manager.get_session
            s = factory()  # <- BOUND
            s.query(1)
        class C:
            def __init__(self, m: Manager):
                self.factory = m.get_session
            def f(self):
                with self.factory() as s:
                    s.query(1)
                self.factory().query(1)  # <- ATTRIBUTE
    """,
    "contextmanager applied by a call": """
        def _scope():
            yield 1
        session_scope = contextmanager(_scope)
        session_scope().query(1)  # <- ATTRIBUTE
        class C:
            def _scope(self):
                yield 1
            scope = contextmanager(_scope)
            def f(self):
                self.scope().query(1)  # <- ATTRIBUTE
        C().scope().query(1)  # <- ATTRIBUTE
        async def _ascope():
            yield 1
        ascope = asynccontextmanager(_ascope)
        async def f():
            s = await ascope()  # <- AWAITED
            s.x
    """,
    "with ... as of an object that returns itself": """
        class Db:
            def __enter__(self):
                return self
            def __exit__(self, *exc): ...
            async def __aenter__(self) -> "Db":
                return self
            async def __aexit__(self, *exc): ...
            @contextmanager
            def get_session(self):
                yield 1
        with Db() as db:
            db.get_session().query(1)  # <- ATTRIBUTE
        def f():
            with Db() as db, open("x") as g:
                s = db.get_session()  # <- BOUND
                s.query(g)
        async def h():
            async with Db() as db:
                db.get_session().query(1)  # <- ATTRIBUTE
        class Other:
            def __enter__(self):
                return Manager()
        with Other() as m:
            m.get_session().query(1)  # <- ATTRIBUTE
        with Other() as n:
            n.other().query(1)
    """,
    "class attributes in every way": """
        class App:
            db = Manager()
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
                type(self).db.get_session().query(1)  # <- ATTRIBUTE
                self.__class__.db.get_session().query(1)  # <- ATTRIBUTE
            @classmethod
            def g(cls):
                cls.db.get_session().query(1)  # <- ATTRIBUTE
        App.db.get_session().query(1)  # <- ATTRIBUTE
        App().db.get_session().query(1)  # <- ATTRIBUTE
        class Sub(App):
            def g(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
                super().db.get_session().query(1)  # <- ATTRIBUTE
        class Late:
            db: ClassVar[Manager] = None
            @classmethod
            def start(cls):
                cls.db = Manager()
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "nested functions": """
        def build():
            @contextmanager
            def scope():
                yield 1
            def f():
                s = scope()  # <- BOUND
                s.query(1)
            return scope
        build()().query(1)  # <- ATTRIBUTE
        make = build()
        make().query(1)  # <- ATTRIBUTE
    """,
    "fields": """
        @dataclass(frozen=True)
        class D:
            db: Manager = field(default_factory=lambda: db_manager)
            other: Optional["Manager"] = None
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
                self.other.get_session().query(1)  # <- ATTRIBUTE
        class N(NamedTuple):
            db: Manager
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
        def f(n: N, d: "D"):
            n.db.get_session().query(1)  # <- ATTRIBUTE
            d.db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "attrs": """
        import attr, attrs
        @attr.s(auto_attribs=True)
        class A:
            db: Manager = attr.ib(factory=Manager)
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
        @attrs.define
        class B:
            db: Manager
            other = attrs.field(factory=Manager)
            def f(self):
                self.db.get_session().query(1)  # <- ATTRIBUTE
        B(1).db.get_session().query(1)  # <- ATTRIBUTE
    """,
    "annotations": """
        M = NewType("M", Manager)
        T = TypeVar("T", bound=Manager)
        U = TypeVar("U", bound="Manager")
        Alias: TypeAlias = "Manager"
        def f(a: M, b: T, c: U, d: Alias, e: Annotated["Manager", 1], g: Optional["Manager"], h: "Manager | None"):
            a.get_session().query(1)  # <- ATTRIBUTE
            b.get_session().query(1)  # <- ATTRIBUTE
            c.get_session().query(1)  # <- ATTRIBUTE
            d.get_session().query(1)  # <- ATTRIBUTE
            e.get_session().query(1)  # <- ATTRIBUTE
            g.get_session().query(1)  # <- ATTRIBUTE
            h.get_session().query(1)  # <- ATTRIBUTE
        def g(x):
            m = cast(Manager, x)
            m.get_session().query(1)  # <- ATTRIBUTE
            cast("Optional[Manager]", x).get_session().query(1)  # <- ATTRIBUTE
            assert isinstance(x, Manager)
        def h(x: object):
            m: Manager
            m = x
            m.get_session().query(1)  # <- ATTRIBUTE
        def i(make: Callable[[], Manager], m: Manager = None, *ms: Manager):
            make().get_session().query(1)  # <- ATTRIBUTE
            m.get_session().query(1)  # <- ATTRIBUTE
        def j(t: Type["Manager"]):
            t.shared().query(1)  # <- ATTRIBUTE
    """,
    "depends": """
        from fastapi import Depends
        def get_db() -> Manager:
            return db_manager
        def f(m: Annotated[Manager, Depends(get_db)], n: Manager = Depends(get_db), o=Depends(get_db)):
            m.get_session().query(1)  # <- ATTRIBUTE
            n.get_session().query(1)  # <- ATTRIBUTE
            o.get_session().query(1)  # <- ATTRIBUTE
    """,
    "walrus": """
        (m := Manager()).get_session().query(1)  # <- ATTRIBUTE
        m.get_session().query(1)  # <- ATTRIBUTE
        def f():
            if m := Manager():
                m.get_session().query(1)  # <- ATTRIBUTE
    """,
    "singletons": """
        _m: Optional[Manager] = None
        def get():
            global _m
            if not _m:
                _m = Manager()
            return _m
        get().get_session().query(1)  # <- ATTRIBUTE
        class Registry:
            _one = None
            def __new__(cls):
                if cls._one is None:
                    cls._one = super().__new__(cls)
                return cls._one
            @contextmanager
            def scope(self):
                yield 1
        Registry().scope().query(1)  # <- ATTRIBUTE
        class Holder:
            _instance: "Optional[Manager]" = None
            @classmethod
            def get(cls) -> Manager:
                if cls._instance is None:
                    cls._instance = Manager()
                return cls._instance
        Holder.get().get_session().query(1)  # <- ATTRIBUTE
        def lazily():
            try:
                return lazily.manager
            except AttributeError:
                pass
        class Meta(type):
            _all = {}
            def __call__(cls, *args):
                if cls not in cls._all:
                    cls._all[cls] = super().__call__(*args)
                return cls._all[cls]
        class Single(Manager, metaclass=Meta): ...
        Single().get_session().query(1)  # <- ATTRIBUTE
    """,
    "containers are not followed": """
        managers = {"a": Manager()}
        many = [Manager(), Manager()]
        managers["a"].get_plain().query(1)
        for m in many:
            m.get_plain().query(1)
    """,
    "wrappers of any depth": """
        class A:
            def __init__(self):
                self._m = Manager()
            def one(self, *args, **kwargs):
                return self._m.get_session(*args, **kwargs)
            def two(self):
                return self.one()
            @staticmethod
            def three():
                return A().two()
            @classmethod
            def four(cls):
                return cls.three()
            def five(self):
                cm = self.four()
                return cm
            def six(self) -> "ContextManager[object]":
                "Return it."
                if self:
                    raise ValueError
                return self.five()
            @property
            def unit_of_work(self):
                return self.six()
            def use(self):
                self.session.query(1)
                s = self.six()  # <- BOUND
                s.query(1)
        A().six().query(1)  # <- ATTRIBUTE
    """,
    "conditional definitions that agree": """
        import sys
        if sys.version_info > (3, 9):
            from db import get_session as make
        else:
            from db import get_session as make
        make().query(1)  # <- ATTRIBUTE
        make2 = get_session if sys.argv else db_manager.get_session
        make2().query(1)  # <- ATTRIBUTE
    """,
    "protocols and abstract bases": """
        from abc import ABC, abstractmethod
        class Db(Protocol):
            def unit_of_work(self) -> ContextManager[object]: ...
        class Base(ABC):
            @abstractmethod
            @contextmanager
            def unit_of_work(self) -> "Iterator[object]":
                ...
            def run(self):
                s = self.unit_of_work()  # <- BOUND
                s.query(1)
        class Real(Base):
            @contextmanager
            def unit_of_work(self):
                yield 1
        def f(db: Db, base: Base):
            db.unit_of_work().query(1)  # <- ATTRIBUTE probable
            base.unit_of_work().query(1)  # <- ATTRIBUTE
    """,
    "unions and their parts": """
        class Other(Manager): ...
        class Plain:
            def get_session(self): return 1
        def f(a: Union[Manager, Other], b: "Manager | Plain", c: Union[Manager, Other, None]):
            a.get_session().query(1)  # <- ATTRIBUTE
            b.get_session().query(1)
            c.get_session().query(1)  # <- ATTRIBUTE
    """,
    "isinstance narrows": """
        def f(x):
            if isinstance(x, Manager):
                x.get_session().query(1)  # <- ATTRIBUTE probable
    """,
}


@pytest.mark.parametrize("source", USES.values(), ids=USES.keys())
def test_roundabout_use(tmp_path: Path, source: str) -> None:
    check_body(tmp_path, IMPORTS + dedent(source))


@pytest.mark.parametrize("source", WAYS.values(), ids=WAYS.keys())
def test_roundabout_way_to_the_factory(tmp_path: Path, source: str) -> None:
    check_body(tmp_path, IMPORTS + dedent(source))


LAYOUTS = {
    "src layout, tests by the package's name": {
        "src/app/__init__.py": "",
        "src/app/core/__init__.py": "from app.core.db import *\n",
        "src/app/core/db.py": DB,
        "src/app/api.py": """
            from app.core.db import get_session
            from .core import db_manager
            import app.core.db as d
            get_session().query(1)  # <- ATTRIBUTE
            db_manager.get_session().query(1)  # <- ATTRIBUTE
            d.get_session().query(1)  # <- ATTRIBUTE
        """,
        "tests/test_api.py": """
            from app.core import get_session
            import app.core.db
            def test_api():
                get_session().query(1)  # <- ATTRIBUTE
                app.core.db.db_manager.get_session().query(1)  # <- ATTRIBUTE
        """,
    },
    "namespace packages": {
        "company/db/session.py": DB,
        "company/api/v1.py": """
            from company.db.session import get_session
            from company.db import session
            from ..db import session as again
            from ..db.session import db_manager
            get_session().query(1)  # <- ATTRIBUTE
            session.get_session().query(1)  # <- ATTRIBUTE
            again.get_session().query(1)  # <- ATTRIBUTE
            db_manager.get_session().query(1)  # <- ATTRIBUTE
        """,
    },
    "lone scripts beside each other": {
        "tools/db.py": DB,
        "tools/run.py": "from db import get_session\nget_session().query(1)  # <- ATTRIBUTE\n",
        "tools/deep/other.py": "import sys\nsys.path.insert(0, '..')\nfrom db import get_session\n"
        "get_session().query(1)  # <- ATTRIBUTE\n",
    },
    "reexports three deep": {
        "app/__init__.py": "from .core import *\nfrom .core import get_session as make\n",
        "app/core/__init__.py": "from .database import get_session, db_manager\n"
        "__all__ = ['get_session', 'db_manager', 'database']\n",
        "app/core/database/__init__.py": "from . import session\nfrom .session import *\n",
        "app/core/database/session.py": DB,
        "main.py": """
            import app
            from app import make, get_session, db_manager, database
            from app.core import database as d
            app.get_session().query(1)  # <- ATTRIBUTE
            make().query(1)  # <- ATTRIBUTE
            get_session().query(1)  # <- ATTRIBUTE
            db_manager.get_session().query(1)  # <- ATTRIBUTE
            database.get_session().query(1)  # <- ATTRIBUTE
            d.session.Manager().get_session().query(1)  # <- ATTRIBUTE
            app.core.database.session.get_session().query(1)  # <- ATTRIBUTE
        """,
    },
    "relative imports": {
        "app/__init__.py": "",
        "app/db.py": DB,
        "app/sub/__init__.py": "from .. import db\nfrom ..db import *\n",
        "app/sub/one.py": """
            from . import db
            from .. import db as d
            from ..db import get_session
            from ... import db as beyond
            from ....app.db import get_session as far
            db.get_session().query(1)  # <- ATTRIBUTE
            d.get_session().query(1)  # <- ATTRIBUTE
            get_session().query(1)  # <- ATTRIBUTE
            beyond.get_session().query(1)
            far().query(1)
        """,
    },
}


@pytest.mark.parametrize("sources", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layouts(tmp_path: Path, sources: dict[str, str]) -> None:
    check(tmp_path, sources)


def test_what_is_passed_on_twice_is_told_of_the_last_parameter(tmp_path: Path) -> None:
    source = """
        from db import get_session
        def inner(session):
            return session.query(1)
        def outer(db_session):
            return inner(db_session)
        outer(get_session())
        inner(get_session())
    """
    project = open_project(tmp_path, {"db.py": DB, "main.py": source})

    assert [site.detail for site in sites_in(project, tmp_path / "main.py")] == ["session.query", "session.query"]
