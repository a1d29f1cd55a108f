"""Factories bound by assignments and imports, in branches, and more than once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from running_programs import check_running

BINDINGS = {
    "bound by assignment": {
        "scopes.py": """
            from contextlib import contextmanager
            from db import Manager, db, get_session, plain, scope
            session_scope = contextmanager(scope)
            get_db = db.session
            a = b = get_session
            c, d = get_session, plain
            (e, f), g = (plain, get_session), plain
            [h] = [get_session]
            i, *j = get_session, plain, plain
            annotated: object = db.session
            if (walrus := get_session):
                pass
            class Service:
                session = staticmethod(get_session)
                get_plain = staticmethod(plain)
                one, two = staticmethod(get_session), staticmethod(plain)
                same = other = staticmethod(get_session)
                def __init__(self):
                    self.factory = get_session
                    self.scope, self.plain = db.session, db.plain
            unbound = Manager.session
            open_plain = db.plain
        """,
        "main.py": """
            from scopes import *
            session_scope().query(1)  # <- ATTRIBUTE
            get_db().query(1)  # <- ATTRIBUTE
            a().query(1)  # <- ATTRIBUTE
            b().query(1)  # <- ATTRIBUTE
            c().query(1)  # <- ATTRIBUTE
            d().query(1)
            e().query(1)
            f().query(1)  # <- ATTRIBUTE
            g().query(1)
            h().query(1)  # <- ATTRIBUTE
            i().query(1)  # unseen
            j[0]().query(1)
            annotated().query(1)  # <- ATTRIBUTE
            walrus().query(1)  # <- ATTRIBUTE
            unbound(db).query(1)  # <- ATTRIBUTE
            open_plain().query(1)
            service = Service()
            service.session().query(1)  # <- ATTRIBUTE
            service.get_plain().query(1)
            Service.one().query(1)  # <- ATTRIBUTE
            Service.two().query(1)
            Service.other().query(1)  # <- ATTRIBUTE
            service.factory().query(1)  # <- ATTRIBUTE
            service.scope().query(1)  # <- ATTRIBUTE
            service.plain().query(1)
        """,
    },
    "a function that is wrapped under its own name": {
        "scopes.py": """
            from contextlib import contextmanager
            from functools import partial
            from db import Session, plain
            def one():
                yield Session()
            one = contextmanager(one)
            @contextmanager
            def two(kind):
                yield Session()
            two = partial(two, 1)
            def three():
                yield Session()
            three = partial(next, three())
            class Service:
                def scope(self):
                    yield Session()
                scope = contextmanager(scope)
                def static():
                    return plain()
                static = staticmethod(static)
            def four():
                return get()
            def get():
                return plain()
        """,
        "main.py": """
            from scopes import one, two, three, four, Service
            one().query(1)  # <- ATTRIBUTE
            two().query(1)  # <- ATTRIBUTE
            three().query(1)
            four().query(1)
            Service().scope().query(1)  # <- ATTRIBUTE
            Service().static().query(1)
        """,
    },
    "defined twice in order": {
        "scopes.py": """
            from contextlib import contextmanager
            from db import Session, get_session, plain
            def one():
                return plain()
            def early():
                return one()
            first = one
            @contextmanager
            def one():
                yield Session()
            def late():
                return one()
            @contextmanager
            def two():
                yield Session()
            def two():
                return plain()
            from db import get_session as three
            from db import plain as three
            four = plain
            four = get_session
            five = get_session
            five = plain
            class Service:
                @contextmanager
                def scope(self):
                    yield Session()
                kept = scope
                def scope(self):
                    return plain()
                def other(self):
                    return plain()
                @contextmanager
                def other(self):
                    yield Session()
            six = plain
            def switch():
                global six, seven
                six = get_session
                seven = plain
            seven = get_session
        """,
        "main.py": """
            import scopes
            from scopes import *
            one().query(1)  # <- ATTRIBUTE
            early().query(1)  # <- ATTRIBUTE
            late().query(1)  # <- ATTRIBUTE
            first().query(1)
            two().query(1)
            three().query(1)
            four().query(1)  # <- ATTRIBUTE
            five().query(1)
            Service().scope().query(1)
            Service().kept().query(1)  # unseen
            Service().other().query(1)  # <- ATTRIBUTE
            scopes.six().query(1)
            scopes.seven().query(1)  # unseen
            scopes.switch()
            scopes.six().query(1)  # unseen
            scopes.seven().query(1)
        """,
    },
    "defined in branches": {
        "scopes.py": """
            import sys
            from contextlib import contextmanager
            from typing import TYPE_CHECKING
            import typing as t
            from db import Session, plain
            try:
                from nowhere import get_session as one
            except ImportError:
                from db import get_session as one
            try:
                from db import get_session as two
            except ImportError:
                from db import read_only as two
            try:
                import db as module
            except ImportError:
                module = None
            if sys.version_info >= (3, 8):
                @contextmanager
                def three():
                    yield Session()
            else:
                @contextmanager
                def three():
                    yield None
            if sys.platform == "nowhere":
                @contextmanager
                def four():
                    yield Session()
            else:
                def four():
                    return plain()
            if TYPE_CHECKING:
                from db import plain as five
            else:
                from db import get_session as five
            if t.TYPE_CHECKING:
                from db import get_session as six
            else:
                from db import plain as six
            if not TYPE_CHECKING:
                from db import get_session as seven
            else:
                def seven() -> Session: ...
            try:
                from db import get_session as eight
            except ImportError:
                eight = None
            try:
                from db import nothing as nine
            except ImportError:
                def nine():
                    return plain()
            for _ in range(1):
                from db import get_session as ten
            with open(__file__):
                from db import get_session as eleven
        """,
        "main.py": """
            import scopes
            from scopes import *
            one().query(1)  # unseen
            two().query(1)  # <- ATTRIBUTE
            scopes.module.get_session().query(1)  # <- ATTRIBUTE
            three().query(1)  # <- ATTRIBUTE
            four().query(1)
            five().query(1)  # <- ATTRIBUTE
            six().query(1)
            seven().query(1)  # <- ATTRIBUTE
            eight().query(1)  # <- ATTRIBUTE
            nine().query(1)
            ten().query(1)  # <- ATTRIBUTE
            eleven().query(1)  # <- ATTRIBUTE
        """,
    },
    "imports": {
        "package/__init__.py": """
            from .inner import *
            from .inner import _hidden as shown
            from . import other
            def __getattr__(name):
                from db import get_session, plain
                if not name.startswith("lazy"):
                    raise AttributeError(name)
                return plain if name == "lazy_plain" else get_session
        """,
        "package/inner.py": """
            from db import get_session, plain, read_only, db
            __all__ = ["get_session", "db"]
            __all__ += ["opened"]
            _hidden = get_session
            opened = plain
        """,
        "package/other.py": """
            from db import get_session as make
            from db import *
        """,
        "main.py": """
            import importlib
            import package
            from package import *
            from package import shown, lazy, lazy_plain
            get_session().query(1)  # <- ATTRIBUTE
            db.session().query(1)  # <- ATTRIBUTE
            package.opened().query(1)
            shown().query(1)  # <- ATTRIBUTE
            lazy().query(1)  # unseen
            lazy_plain().query(1)
            package.other.make().query(1)  # <- ATTRIBUTE
            package.other.read_only().query(1)  # <- ATTRIBUTE
            package.other.plain().query(1)
            importlib.import_module("db").get_session().query(1)  # unseen
            importlib.import_module("db").plain().query(1)
            def inside():
                from package.inner import read_only, opened
                opened().query(1)
                read_only().query(1)  # <- ATTRIBUTE
            inside()
        """,
    },
    "classes": {
        "service.py": """
            from contextlib import contextmanager
            from typing import Generic, Protocol, TypeVar
            from db import Session, get_session, plain
            T = TypeVar("T")
            class Repository(Generic[T]):
                @contextmanager
                def scope(self):
                    yield Session()
                def plain(self):
                    return plain()
            class Users(Repository[int]):
                def mine(self):
                    return self.scope()
                @contextmanager
                def open_users(self):
                    yield Session()
            class Opened:
                '''A manager that is a session too.'''
                def __enter__(self):
                    return self
                def __exit__(self, *error):
                    return None
                def query(self, *what):
                    return list(what)
            class Callable:
                def __call__(self):
                    return get_session()
            class Opens(Protocol):
                def scope(self): ...
            class OpensUsers(Protocol):
                def open_users(self): ...
            class Meta(type):
                def session(cls):
                    return get_session()
            class WithMeta(metaclass=Meta):
                pass
            class Dynamic:
                def __getattr__(self, name):
                    return plain
        """,
        "main.py": """
            from service import *
            Users().scope().query(1)  # <- ATTRIBUTE
            Users().mine().query(1)  # <- ATTRIBUTE
            Repository[str]().scope().query(1)  # <- ATTRIBUTE
            Repository[str]().plain().query(1)
            Opened().query(1)
            with Opened() as s:
                s.query(1)
            Callable()().query(1)  # <- ATTRIBUTE
            WithMeta.session().query(1)  # unseen
            Dynamic().get_scope().query(1)
            def scope_is_a_generator_elsewhere(opens: Opens):
                opens.scope().query(1)  # unseen
            def use(opens: OpensUsers):
                opens.open_users().query(1)  # <- ATTRIBUTE probable
            def generic(users: Repository[int]):
                users.scope().query(1)  # <- ATTRIBUTE
            use(Users())
            scope_is_a_generator_elsewhere(Users())
            generic(Users())
        """,
    },
}


@pytest.mark.parametrize("sources", BINDINGS.values(), ids=BINDINGS.keys())
def test_bound_factories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: Mapping[str, str]) -> None:
    check_running(tmp_path, sources, monkeypatch)
