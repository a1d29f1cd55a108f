"""Factories under decorators of every kind: the standard library's, those of the project, several at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

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
