"""Objects that are called or entered to get a factory: followed by the names that they have, wherever they go."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import check, found_in, let_pass, open_project, write_project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve

FACTORY = """
from __future__ import annotations
from contextlib import asynccontextmanager, contextmanager

class Fluent:
    def itself(self):
        return self
    def anew(self):
        return type(self)()
    @classmethod
    def create(cls):
        return cls()
    def session(self):
        return self()

class Factory(Fluent):
    @contextmanager
    def __call__(self):
        yield Session()
    @staticmethod
    def default() -> Factory:
        return load("default")

class Own(Factory):
    def reports(self):
        return super().session()

class Typed[T](Factory): ...

class Pool:
    def __enter__(self):
        return Factory()

class AsyncPool:
    async def __aenter__(self):
        return Factory()

class Opened:
    def __enter__(self):
        return self.scope
    @contextmanager
    def scope(self):
        yield Session()

class Plain:
    def __call__(self):
        return 1

factory = Factory()
"""
# each is a module that can import `db`, with its misused calls marked
USES = [
    "from db import factory\nfactory().query(1)  # <- ATTRIBUTE",
    "import db\ns = db.factory()  # <- BOUND\ns.query(1)",
    "from db import Factory\nFactory()().query(1)  # <- ATTRIBUTE",
    "from db import Factory as F\nmake = F()\ndef f():\n    make().query(1)  # <- ATTRIBUTE",
    "from db import Own\ndef f():\n    make = Own()\n    make().query(1)  # <- ATTRIBUTE",
    "from db import Own\nOwn().reports().query(1)  # <- ATTRIBUTE",
    "from db import Own\nOwn().itself()().query(1)  # <- ATTRIBUTE",
    "from db import Own\nOwn().anew().itself()().query(1)  # <- ATTRIBUTE",
    "from db import Own\nmake = Own.create()\nmake().query(1)  # <- ATTRIBUTE",
    "from db import Own\nOwn.create().session().query(1)  # <- ATTRIBUTE",
    "from db import Factory\nmake = Factory.default()\nmake().query(1)  # <- ATTRIBUTE",
    "from db import factory\nfactory.__call__().query(1)  # <- ATTRIBUTE",
    "from db import factory\nfactory.__class__()().query(1)  # <- ATTRIBUTE",
    "from db import factory\ntype(factory)()().query(1)  # <- ATTRIBUTE",
    "from db import factory\nasync def f():\n    async with factory() as s:  # <- WRONG_WITH\n        s.x()",
    # the method by its name
    "from db import Factory\nFactory.__call__(Factory()).query(1)  # <- ATTRIBUTE",
    "from db import Factory\nclass App:\n    make = Factory()\nApp().make.__call__().query(1)  # <- ATTRIBUTE",
    (
        "from db import Factory\nclass Mine(Factory):\n    def f(self):\n"
        "        super().__call__().query(1)  # <- ATTRIBUTE"
    ),
    (
        "import db\nclass Mine(db.Factory):\n    def f(self):\n        s = super(Mine, self).__call__()  # <- BOUND\n"
        "        s.query(1)"
    ),
    (
        "from db import Factory\nclass Mine(Factory):\n    def __call__(self):\n        return super().__call__()\n"
        "Mine()().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from db import Factory\nclass Mixed:\n    def f(self):\n        return super().__call__()\n"
        "class Mine(Mixed, Factory): ...\nMine().f().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from db import Pool\nclass Mine(Pool):\n    def f(self):\n"
        "        super().__enter__()().query(1)  # <- ATTRIBUTE"
    ),
    # annotations
    "import db\ndef f(make: db.Factory):\n    make().query(1)  # <- ATTRIBUTE",
    "import db\ndef f(make: db.Factory = None):\n    make().query(1)  # <- ATTRIBUTE",
    "import db\ndef f(make: None | db.Factory = None):\n    make().query(1)  # <- ATTRIBUTE",
    "import db\ndef f(make: db.Typed[int]):\n    make().query(1)  # <- ATTRIBUTE",
    "from db import Factory\ndef f(make: 'Factory'):\n    make().query(1)  # <- ATTRIBUTE",
    "import db\ndef f(make: 'db.Factory'):\n    make().query(1)  # <- ATTRIBUTE",
    (
        "from typing import Optional\nfrom db import Factory\ndef f(make: Optional[Factory] = None):\n"
        "    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from typing import Callable\nfrom db import Factory\ndef f(make: Callable[[], Factory]):\n"
        "    make()().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from collections.abc import Callable as C\nfrom db import Factory\ndef f(make: C[[], Factory]):\n"
        "    make()().query(1)  # <- ATTRIBUTE"
    ),
    "from db import Factory\ndef f(kind: type[Factory]):\n    kind()().query(1)  # <- ATTRIBUTE",
    "from db import Factory\ndef get() -> Factory:\n    return load()\nget()().query(1)  # <- ATTRIBUTE",
    "from db import Factory\nmake: Factory\nmake().query(1)  # <- ATTRIBUTE",
    (
        "from typing import Union\nfrom db import Factory\nMaker = Union[Factory, None]\n"
        "def f(make: Maker):\n    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from typing import NewType\nfrom db import Factory\nMain = NewType('Main', Factory)\n"
        "def f(make: Main):\n    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from typing import TypeVar\nfrom db import Factory\nT = TypeVar('T', bound='Factory')\n"
        "def f(make: T):\n    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from typing import cast\nfrom db import Factory\nmake = cast('Factory', load())\n"
        "def f():\n    make().query(1)  # <- ATTRIBUTE"
    ),
    "from db import Factory\ntype Maker = Factory\ndef f(make: Maker):\n    make().query(1)  # <- ATTRIBUTE",
    # objects that have it
    (
        "from db import Factory\nclass App:\n    def __init__(self):\n        self.make = Factory()\n"
        "    def f(self):\n        self.make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from db import Factory\nclass App:\n    def __init__(self, make: Factory):\n        self.make = make\n"
        "    def f(self):\n        self.make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from dataclasses import dataclass\nfrom db import Factory\n@dataclass\nclass App:\n    make: Factory\n"
        "    def f(self):\n        self.make().query(1)  # <- ATTRIBUTE"
    ),
    "from db import Factory\nclass Mine(Factory):\n    def f(self):\n        self().query(1)  # <- ATTRIBUTE",
    "from db import Factory\nclass Mine(Factory):\n    async def f(self):\n        await self()  # <- AWAITED",
    "import db as d\nclass Mine(d.Factory): ...\nMine().session().query(1)  # <- ATTRIBUTE",
    # what it is passed through
    (
        "from functools import update_wrapper as u\nfrom db import factory\nmake = u(factory, print)\n"
        "def f():\n    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from functools import partial as p\nfrom db import factory\nmake = p(factory.__call__)\n"
        "def f():\n    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from dependency_injector.providers import Singleton\nfrom db import Factory\nprovider = Singleton(Factory)\n"
        "provider()().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from werkzeug.local import LocalProxy\nfrom db import Factory\nmake = LocalProxy(lambda: Factory())\n"
        "def f():\n    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from fastapi import Depends\nfrom db import Factory\ndef get():\n    return Factory()\n"
        "def f(make=Depends(get)):\n    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from typing import Annotated\nfrom fastapi import Depends as D\nfrom db import Factory\n"
        "async def get():\n    return Factory()\ndef f(make: Annotated[object, D(get)]):\n"
        "    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from celery import shared_task\nfrom db import Factory\n@shared_task(bind=True, base=Factory)\n"
        "def f(task):\n    task().query(1)  # <- ATTRIBUTE"
    ),
    # entering
    "from db import Pool\nwith Pool() as make:\n    make().query(1)  # <- ATTRIBUTE",
    (
        "from db import AsyncPool\nasync def f():\n    async with AsyncPool() as make:\n"
        "        make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from db import Opened\nclass Mine(Opened): ...\ndef f(pool: Mine):\n    with pool as scope:\n"
        "        scope().query(1)  # <- ATTRIBUTE"
    ),
]


@pytest.mark.parametrize("source", USES)
def test_an_object_is_followed(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"db.py": FACTORY, "main.py": source + "\n"})


ELSEWHERE = "class Plain:\n    def __call__(self):\n        return 1\n"
LEFT_OUT = [
    "from db import Plain\nPlain()().query(1)",
    "from other import Factory\nFactory()().query(1)",
    "from db import factory\nwith factory() as s:\n    s.query(1)",
    "from db import Factory\n__all__ = ['Factory']",
    "def f(handlers):\n    handlers[0]()",
    "class Mine(Base):\n    def __call__(self):\n        return super().__call__()\nMine()().query(1)",
]


@pytest.mark.parametrize("source", LEFT_OUT)
def test_other_files_are_left_out(tmp_path: Path, source: str) -> None:
    others = {"other.py": ELSEWHERE.replace("Plain", "Factory"), "bare.py": "x = 1\n"}
    assert let_pass(tmp_path, {"db.py": FACTORY, **others, "main.py": source + "\n"}).isdisjoint({"bare.py", "main.py"})


# bases in other files

BASES = {
    "from base import Base": "Base",
    "from base import Base as B": "B",
    "import base": "base.Base",
    "from shown import Shown": "Shown",
    "from base import *": "Base",
    "import base\nAlias = base.Base": "Alias",
    "from holder import Holder": "Holder.Base",
}
SHOWN = {
    "shown.py": "from base import Base as Shown\n",
    "holder.py": "from base import Base as B\nclass Holder:\n    Base = B\n",
}
BASE = """
class Base:
    def make(self):
        raise NotImplementedError
    def run(self):
        return {called}
"""
DERIVED = """
from contextlib import contextmanager
{imported}
class Derived({base}):
    @contextmanager
    def {method}(self):
        yield Session()
"""


@pytest.mark.parametrize(("imported", "base"), BASES.items())
@pytest.mark.parametrize(("method", "called"), [("__call__", "self()"), ("make", "self.make()")])
def test_methods_of_bases_call_what_a_subclass_has(
    tmp_path: Path, imported: str, base: str, method: str, called: str
) -> None:
    sources = {
        "base.py": BASE.format(called=called),
        "derived.py": DERIVED.format(imported=imported, base=base, method=method),
        "main.py": "from derived import Derived\nDerived().run().query(1)  # <- ATTRIBUTE\n",
    }
    check(tmp_path, {**sources, **SHOWN})


def test_base_that_a_function_returns(tmp_path: Path) -> None:
    sources = {
        "base.py": "def base():\n    class Base:\n        def run(self):\n            return self()\n    return Base\n",
        "derived.py": DERIVED.format(imported="from base import base", base="base()", method="__call__"),
        "main.py": "from derived import Derived\nDerived().run().query(1)  # <- ATTRIBUTE\n",
    }
    check(tmp_path, sources)


def test_base_that_cannot_be_told(tmp_path: Path) -> None:
    sources = {
        "base.py": "class Base:\n    def run(self):\n        return self()\n@known\ndef base():\n    return Base\n",
        "derived.py": DERIVED.format(imported="from base import base", base="base()", method="__call__"),
        "main.py": "x = 1\n",
    }
    sieve = Sieve(Setup(tmp_path, write_project(tmp_path, sources)))
    assert sieve.suspects.names is None


# functions that return now a manager, now something else

MIXED = """
from contextlib import contextmanager, nullcontext
@contextmanager
def scope():
    yield Session()
def null():
    return nullcontext()
def perhaps(x):
    if x:
        return null()
    return scope()
def mixed(x):
    if x:
        return connect()
    return scope()
def none(x):
    if x:
        return scope()
"""


@pytest.mark.parametrize("name", ["mixed", "none"])
def test_what_may_be_something_else_is_no_suspect(tmp_path: Path, name: str) -> None:
    sources = {"db.py": MIXED, "main.py": f"from db import {name}\n{name}(1).query(1)\n"}
    assert "main.py" not in let_pass(tmp_path, sources)
    check(tmp_path, sources)


def test_what_may_be_a_null_context_is_one(tmp_path: Path) -> None:
    check(tmp_path, {"db.py": MIXED, "main.py": "from db import perhaps\nperhaps(1).query(1)  # <- ATTRIBUTE\n"})


def test_null_context_alone_is_no_suspect(tmp_path: Path) -> None:
    assert "main.py" not in let_pass(tmp_path, {"db.py": MIXED, "main.py": "from db import null\nnull().query(1)\n"})


def test_listed_object_is_looked_at_in_full(tmp_path: Path) -> None:
    sources = {
        "db.py": FACTORY.replace("@contextmanager", ""),
        "main.py": "from db import factory\nfactory().query(1)\n",
    }
    listed = ["db:Factory.__call__"]
    sieved, exhaustive = (
        found_in(open_project(tmp_path, sources, factories=listed, sieve=sieve), tmp_path) for sieve in (True, False)
    )
    assert sieved == exhaustive != []
