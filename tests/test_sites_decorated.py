"""Factories under decorators of every kind: the standard library's, those of the project, several at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from project_samples import check_body
from running_programs import check_running

DECORATORS = {
    "static, class and abstract methods in either order": {
        "base.py": """
            from abc import ABC, abstractmethod
            from contextlib import contextmanager
            from typing import Iterator, overload
            from db import Session, plain
            class Base(ABC):
                @staticmethod
                @contextmanager
                def one():
                    yield Session()
                @classmethod
                @contextmanager
                def two(cls):
                    yield Session()
                @contextmanager
                @abstractmethod
                def three(self) -> Iterator[Session]:
                    yield Session()
                @abstractmethod
                @contextmanager
                def four(self) -> Iterator[Session]:
                    yield Session()
                @overload
                def five(self, x: int) -> Session: ...
                @overload
                def five(self, x: str) -> Session: ...
                @contextmanager
                def five(self, x):
                    yield Session()
                @abstractmethod
                def six(self): ...
                @abstractmethod
                def seven(self): ...
                @abstractmethod
                def eight(self): ...
            class Real(Base):
                @contextmanager
                def three(self):
                    yield Session()
                @contextmanager
                def four(self):
                    yield Session()
                @contextmanager
                def six(self):
                    yield Session()
                def seven(self):
                    return plain()
                def eight(self):
                    return plain()
            class Other(Real):
                @contextmanager
                def seven(self):
                    yield Session()
                @staticmethod
                def four():
                    return plain()
        """,
        "main.py": """
            from base import Base, Other, Real
            real = Real()
            Base.one().query(1)  # <- ATTRIBUTE
            Base.two().query(1)  # <- ATTRIBUTE
            real.one().query(1)  # <- ATTRIBUTE
            real.three().query(1)  # <- ATTRIBUTE
            real.four().query(1)  # <- ATTRIBUTE
            real.five(1).query(1)  # <- ATTRIBUTE
            real.seven().query(1)
            real.eight().query(1)
            Other().seven().query(1)  # <- ATTRIBUTE
            Other().four().query(1)
            def use(base: Base):
                base.six().query(1)  # <- ATTRIBUTE probable
            def same(base: Base):
                base.three().query(1)  # <- ATTRIBUTE
            def mixed(base: Base):
                base.seven().query(1)
            def overridden(base: Base):
                base.four().query(1)
            def never(base: Base):
                base.eight().query(1)
            use(real)
            same(real)
            mixed(real)
            overridden(Other())
            never(real)
        """,
    },
    "own decorators that only call": {
        "tools.py": """
            import functools, time
            from functools import wraps
            def timed(function):
                @wraps(function)
                def wrapper(*args, **kwargs):
                    start = time.time()
                    try:
                        return function(*args, **kwargs)
                    finally:
                        start -= 1
                return wrapper
            def registered(f):
                REGISTRY.append(f)
                return f
            REGISTRY = []
            def retry(times=3):
                def decorator(func):
                    @functools.wraps(func)
                    def inner(*args, **kwargs):
                        result = func(*args, **kwargs)
                        return result
                    return inner
                return decorator
            def entering(f):
                @wraps(f)
                def wrapper(*args, **kwargs):
                    with f(*args, **kwargs) as session:
                        return session
                return wrapper
            def hiding(f):
                @wraps(f)
                def wrapper(*args, **kwargs):
                    return next(f(*args, **kwargs).gen)
                return wrapper
            def other(f):
                def wrapper():
                    from db import plain
                    return plain()
                return wrapper
            def optional(f=None, *, times=1):
                if f is None:
                    return functools.partial(optional, times=times)
                @wraps(f)
                def wrapper(*args, **kwargs):
                    return f(*args, **kwargs)
                return wrapper
            def twice(f):
                return timed(registered(f))
        """,
        "scopes.py": """
            from contextlib import contextmanager
            from db import Session, get_session
            import tools
            from tools import timed, registered, retry, entering, hiding, other, optional, twice
            @timed
            @contextmanager
            def one():
                yield Session()
            @contextmanager
            @timed
            def two():
                yield Session()
            @tools.registered
            @retry(times=2)
            @contextmanager
            def three():
                yield Session()
            @entering
            @contextmanager
            def four():
                yield Session()
            @hiding
            @contextmanager
            def five():
                yield Session()
            @other
            @contextmanager
            def six():
                yield Session()
            @optional
            @contextmanager
            def seven():
                yield Session()
            @timed
            def eight():
                return get_session()
            @twice
            @contextmanager
            def nine():
                yield Session()
            @retry()
            def ten():
                return Session()
            eleven = timed(get_session)
            class Service:
                @timed
                @contextmanager
                def scope(self):
                    yield Session()
                @contextmanager
                @registered
                def other(self):
                    yield Session()
                @staticmethod
                @timed
                @contextmanager
                def static():
                    yield Session()
                @entering
                @contextmanager
                def opened(self):
                    yield Session()
        """,
        "main.py": """
            from scopes import *
            one().query(1)  # <- ATTRIBUTE
            two().query(1)  # <- ATTRIBUTE
            three().query(1)  # <- ATTRIBUTE
            four().query(1)
            five().query(1)
            six().query(1)
            seven().query(1)  # unseen
            eight().query(1)  # <- ATTRIBUTE
            nine().query(1)  # <- ATTRIBUTE
            ten().query(1)
            eleven().query(1)  # <- ATTRIBUTE
            Service().scope().query(1)  # <- ATTRIBUTE
            Service().other().query(1)  # <- ATTRIBUTE
            Service.static().query(1)  # <- ATTRIBUTE
            Service().opened().query(1)
            with one() as s, three() as t, Service().scope() as u:
                s.query(t, u)
        """,
    },
    "own decorators that make managers": {
        "tools.py": """
            import contextlib
            from contextlib import contextmanager
            from functools import wraps
            def session_manager(f):
                '''A manager of sessions.'''
                return contextmanager(f)
            transactional = lambda f: contextlib.contextmanager(f)
            def named(name):
                def decorator(f):
                    return contextmanager(f)
                return decorator
            def logged(f):
                @contextmanager
                @wraps(f)
                def wrapper(*args, **kwargs):
                    yield from f(*args, **kwargs)
                return wrapper
            def checked(f):
                made = contextmanager(f)
                @wraps(f)
                def wrapper(*args, **kwargs):
                    return made(*args, **kwargs)
                return wrapper
            def injected(f):
                '''Runs the function with a session.'''
                managed = contextmanager(f)
                @wraps(f)
                def wrapper(*args, **kwargs):
                    with managed(*args, **kwargs) as session:
                        return session
                return wrapper
            def unmanaged(f):
                return lambda: next(f())
            def contextmanagerish(f):
                return unmanaged(f)
        """,
        "scopes.py": """
            import tools
            from tools import session_manager, transactional, named, logged, checked, injected, unmanaged
            from tools import contextmanagerish as contextmanager
            from db import Session, scope
            @session_manager
            def one():
                yield Session()
            @transactional
            def two():
                yield Session()
            @named("three")
            def three():
                yield Session()
            @logged
            def four():
                yield Session()
            @checked
            def five():
                yield Session()
            @injected
            def six():
                yield Session()
            @unmanaged
            def seven():
                yield Session()
            @contextmanager
            def eight():
                yield Session()
            nine = tools.session_manager(scope)
            class Service:
                @staticmethod
                @session_manager
                def static():
                    yield Session()
                @session_manager
                def scope(self):
                    yield Session()
                @property
                def lazily(self):
                    return self.scope
        """,
        "main.py": """
            from scopes import *
            one().query(1)  # <- ATTRIBUTE
            two().query(1)  # <- ATTRIBUTE
            three().query(1)  # <- ATTRIBUTE
            four().query(1)  # <- ATTRIBUTE
            five().query(1)  # <- ATTRIBUTE
            six().query(1)
            seven().query(1)
            eight().query(1)
            nine().query(1)  # <- ATTRIBUTE
            Service.static().query(1)  # <- ATTRIBUTE
            Service().scope().query(1)  # <- ATTRIBUTE
            Service().lazily().query(1)  # <- ATTRIBUTE
            with one() as s, four() as t, nine() as u:
                s.query(t, u)
        """,
    },
    "own decorators that hand over something else": {
        "tools.py": """
            from contextlib import ExitStack, contextmanager
            from functools import wraps
            from db import plain
            stack = ExitStack()
            cache = {}
            def caching(f):
                def wrapper():
                    if f not in cache:
                        cache[f] = stack.enter_context(f())
                    return cache[f]
                return wrapper
            def rebinding(f):
                f = plain
                def wrapper():
                    return f()
                return wrapper
            def rebinding_later(f):
                def wrapper():
                    nonlocal f
                    f = plain
                    return f()
                return wrapper
            def shadowing(f):
                def wrapper(f=plain):
                    return f()
                return wrapper
            def by_hand(f):
                return lambda: f().__enter__()
            def conditional(f):
                def wrapper(given=plain()):
                    if given:
                        return given
                    return f()
                return wrapper
            def maybe_nothing(f):
                def wrapper(wanted=False):
                    if wanted:
                        return f()
                return wrapper
            def two(f, g=plain):
                return g
            def entering(f):
                managed = contextmanager(f)
                return lambda: stack.enter_context(managed())
            class Decorator:
                def __init__(self, f):
                    self.f = f
                def __call__(self):
                    return stack.enter_context(self.f())
            class Registry:
                def opened(self, f):
                    def wrapper():
                        return stack.enter_context(f())
                    return wrapper
                def kept(self, f):
                    return f
            registry = Registry()
            def run(f):
                with f() as session:
                    return session
            def call(f):
                return f()
            def pick(f):
                return plain
        """,
        "scopes.py": """
            from contextlib import contextmanager
            import tools
            from tools import *
            from db import Session, get_session
            @caching
            @contextmanager
            def one():
                yield Session()
            @rebinding
            @contextmanager
            def two():
                yield Session()
            @rebinding_later
            @contextmanager
            def three():
                yield Session()
            @shadowing
            @contextmanager
            def four():
                yield Session()
            @by_hand
            @contextmanager
            def five():
                yield Session()
            @conditional
            @contextmanager
            def six():
                yield Session()
            @maybe_nothing
            @contextmanager
            def seven():
                yield Session()
            @tools.two
            @contextmanager
            def eight():
                yield Session()
            @entering
            def nine():
                yield Session()
            @Decorator
            @contextmanager
            def ten():
                yield Session()
            @registry.opened
            @contextmanager
            def eleven():
                yield Session()
            @registry.kept
            @contextmanager
            def twelve():
                yield Session()
            opened = run(get_session)
            called = call(get_session)
            picked = pick(get_session)
        """,
        "main.py": """
            from scopes import *
            one().query(1)
            two().query(1)
            three().query(1)
            four().query(1)
            five().query(1)
            six().query(1)
            if seven():
                seven().query(1)
            eight().query(1)
            nine().query(1)
            ten().query(1)
            eleven().query(1)
            twelve().query(1)  # <- ATTRIBUTE
            opened.query(1)
            called.query(1)  # unseen
            picked().query(1)
            twelve()  # <- DISCARDED
            one()
        """,
    },
    "contextmanager under other names": {
        "compat.py": """
            try:
                from contextlib import asynccontextmanager, contextmanager
            except ImportError:
                from contextlib2 import asynccontextmanager, contextmanager
            managed = contextmanager
        """,
        "scopes.py": """
            import contextlib as cl
            import compat
            from contextlib import contextmanager as cm
            from compat import contextmanager, managed
            from db import Session
            alias = other = cl.contextmanager
            @cm
            def one():
                yield Session()
            @cl.contextmanager
            def two():
                yield Session()
            @managed
            def three():
                yield Session()
            @compat.contextmanager
            def four():
                yield Session()
            @contextmanager
            def five():
                yield Session()
            @other
            def six():
                yield Session()
        """,
        "own.py": """
            from db import Session
            def contextmanager(f):
                return lambda: next(f())
            @contextmanager
            def seven():
                yield Session()
        """,
        "main.py": """
            from scopes import one, two, three, four, five, six
            from own import seven
            one().query(1)  # <- ATTRIBUTE
            two().query(1)  # <- ATTRIBUTE
            three().query(1)  # <- ATTRIBUTE
            four().query(1)  # <- ATTRIBUTE
            five().query(1)  # <- ATTRIBUTE
            six().query(1)  # <- ATTRIBUTE
            seven().query(1)
        """,
    },
    "decorators of the standard library": {
        "scopes.py": """
            from contextlib import contextmanager
            from functools import cache, lru_cache, singledispatch
            from db import Session, get_session, plain
            @singledispatch
            def one(kind):
                return get_session()
            @one.register
            def _(kind: int):
                return plain()
            @contextmanager
            @lru_cache
            def two():
                yield Session()
            @cache
            def three():
                return plain()
        """,
        "main.py": """
            from scopes import one, two, three
            one(1).query(1)
            one("x").query(1)  # unseen
            two().query(1)  # <- ATTRIBUTE
            three().query(1)
        """,
    },
}


@pytest.mark.parametrize("sources", DECORATORS.values(), ids=DECORATORS.keys())
def test_decorated_factories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: Mapping[str, str]) -> None:
    check_running(tmp_path, sources, monkeypatch)


def test_decorators_of_libraries(tmp_path: Path) -> None:
    source = """
        import backoff
        from contextlib import contextmanager
        from tenacity import retry, stop_after_attempt
        from somewhere import unknown

        @retry
        @contextmanager
        def one():
            yield 1

        @backoff.on_exception(backoff.expo, OSError)
        @retry(stop=stop_after_attempt(3))
        @contextmanager
        def two():
            yield 1

        @contextmanager
        @unknown
        def three():
            yield 1

        @unknown
        @contextmanager
        def four():
            yield 1

        @retry
        def five():
            return unknown()

        one().query(1)  # <- ATTRIBUTE
        two().query(1)  # <- ATTRIBUTE
        three().query(1)  # <- ATTRIBUTE
        four().query(1)
        five().query(1)
    """
    check_body(tmp_path, source)
