"""Attributes with common names: they count on the objects of classes that have them, wherever these go."""

from __future__ import annotations

from pathlib import Path

import pytest

import test_sieve
from project_samples import check, found_in, let_pass, open_project
from sessionfix.project.sieve import common

DB = """
from __future__ import annotations
from contextlib import asynccontextmanager, contextmanager

class Store:
    @contextmanager
    def lend(self):
        yield Session()
    @staticmethod
    @contextmanager
    def shared():
        yield Session()
    def itself(self):
        return self
    def __enter__(self):
        return self
    def run(self):
        return self.lend()
    @property
    def make(self):
        return self.lend
    @classmethod
    def default(cls) -> Store:
        return load("default")

class Own(Store):
    def reports(self):
        return super().lend()

class Pool:
    def __enter__(self):
        return Store()
    async def __aenter__(self):
        return Store()

class Held:
    store: Store
    def __init__(self):
        self.kept = Store()
        self.given = self.kept.lend

store = Store()
def get():
    return Store()
async def get_async():
    return Store()
"""
OTHER = "class Other:\n    def lend(self):\n        return 1\n    def shared(self):\n        return 1\n"
# each is a module that can import `db`, with its misused calls marked
USES = [
    "from db import store\nstore.lend().query(1)  # <- ATTRIBUTE",
    "import db\ndef f():\n    s = db.store.lend()  # <- BOUND\n    s.query(1)",
    "import db as d\ndef f():\n    d.store.lend().query(1)  # <- ATTRIBUTE",
    "from db import Store\nStore().lend().query(1)  # <- ATTRIBUTE",
    "from db import Store as S\nS().lend().query(1)  # <- ATTRIBUTE",
    "from db import Store\nStore.shared().query(1)  # <- ATTRIBUTE",
    "from db import Own\nOwn().lend().query(1)  # <- ATTRIBUTE",
    "from db import Own\nOwn().reports().query(1)  # <- ATTRIBUTE",
    "from db import Own\nOwn.default().lend().query(1)  # <- ATTRIBUTE",
    "from db import Own\nOwn().itself().itself().lend().query(1)  # <- ATTRIBUTE",
    "from db import store\nstore.run().query(1)  # <- ATTRIBUTE",
    "from db import store\nstore.make().query(1)  # <- ATTRIBUTE",
    "from db import store\nstore.__class__().lend().query(1)  # <- ATTRIBUTE",
    "from db import store\ntype(store)().lend().query(1)  # <- ATTRIBUTE",
    "from db import get\nget().lend().query(1)  # <- ATTRIBUTE",
    "from db import get\ndef f():\n    x = get()\n    y = x\n    y.lend().query(1)  # <- ATTRIBUTE",
    "from db import get_async\nasync def f():\n    (await get_async()).lend().query(1)  # <- ATTRIBUTE",
    "from db import Held\nHeld().kept.lend().query(1)  # <- ATTRIBUTE",
    "from db import Held\nHeld().store.lend().query(1)  # <- ATTRIBUTE",
    "from db import Held\nHeld().given().query(1)  # <- ATTRIBUTE",
    "from db import store\nmake = store.lend\ndef f():\n    make().query(1)  # <- ATTRIBUTE",
    "from db import Store\nx = y = Store()\ndef f():\n    (x or y).lend().query(1)  # <- ATTRIBUTE",
    "from db import Store\ndef f(a):\n    x = Store() if a else None\n    x.lend().query(1)  # <- ATTRIBUTE",
    "from db import Store\ndef f(a):\n    if (x := Store()):\n        x.lend().query(1)  # <- ATTRIBUTE",
    # annotations
    "import db\ndef f(x: db.Store):\n    x.lend().query(1)  # <- ATTRIBUTE",
    "import db\ndef f(x: 'db.Store | None' = None):\n    x.lend().query(1)  # <- ATTRIBUTE",
    "from typing import Optional\nimport db\ndef f(x: Optional[db.Store]):\n    x.lend().query(1)  # <- ATTRIBUTE",
    "import db\ndef f(x: type[db.Store]):\n    x.shared().query(1)  # <- ATTRIBUTE",
    "import db\ndef g() -> db.Store:\n    return load()\ng().lend().query(1)  # <- ATTRIBUTE",
    "import db\nx: db.Store\nx.lend().query(1)  # <- ATTRIBUTE",
    (
        "from typing import Callable\nfrom db import Store\ndef f(x: Callable[[], Store]):\n"
        "    x().lend().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from typing import TypeVar\nfrom db import Store\nT = TypeVar('T', bound='Store')\n"
        "def f(x: T):\n    x.lend().query(1)  # <- ATTRIBUTE"
    ),
    "from typing import cast\nimport db\nx = cast('db.Store', load())\nx.lend().query(1)  # <- ATTRIBUTE",
    # what has one
    (
        "from db import Store\nclass App:\n    def __init__(self):\n        self.x = Store()\n"
        "    def f(self):\n        self.x.lend().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from db import Store\nclass App:\n    def __init__(self, x: Store):\n        self.x = x\n"
        "    def f(self):\n        self.x.lend().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from dataclasses import dataclass\nfrom db import Store\n@dataclass\nclass App:\n    x: Store\n"
        "    def f(self):\n        self.x.lend().query(1)  # <- ATTRIBUTE"
    ),
    "from db import Held\nclass App(Held):\n    def f(self):\n        self.kept.lend().query(1)  # <- ATTRIBUTE",
    "from db import Held\nclass App(Held):\n    def f(self):\n        self.given().query(1)  # <- ATTRIBUTE",
    "from db import Store\nclass Mine(Store):\n    def f(self):\n        self.lend().query(1)  # <- ATTRIBUTE",
    "from db import Store\nclass Mine(Store):\n    def f(self):\n        super().lend().query(1)  # <- ATTRIBUTE",
    (
        "from db import Store\nclass Mine(Store):\n    @classmethod\n    def f(cls):\n"
        "        cls().lend().query(1)  # <- ATTRIBUTE"
    ),
    "from db import store\nclass App:\n    x = store\nApp.x.lend().query(1)  # <- ATTRIBUTE",
    # what it is passed through
    "from db import Store\ndef f(x):\n    x.lend().query(1)  # <- ATTRIBUTE\nf(Store())",
    "from db import store\ndef f(a, *, x=None):\n    x.lend().query(1)  # <- ATTRIBUTE\nf(1, x=store)",
    (
        "from db import Store\nclass App:\n    def __init__(self, x):\n        self.x = x\n"
        "    def f(self):\n        self.x.lend().query(1)  # <- ATTRIBUTE\nApp(Store())"
    ),
    (
        "from functools import partial\nfrom db import store\nmake = partial(store.lend)\n"
        "def f():\n    make().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from dependency_injector.providers import Singleton\nfrom db import Store\nprovider = Singleton(Store)\n"
        "provider().lend().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from werkzeug.local import LocalProxy\nfrom db import get\nx = LocalProxy(get)\n"
        "def f():\n    x.lend().query(1)  # <- ATTRIBUTE"
    ),
    ("from fastapi import Depends\nfrom db import get\ndef f(x=Depends(get)):\n    x.lend().query(1)  # <- ATTRIBUTE"),
    (
        "from typing import Annotated\nfrom fastapi import Depends\nfrom db import get_async\n"
        "def f(x: Annotated[object, Depends(get_async)]):\n    x.lend().query(1)  # <- ATTRIBUTE"
    ),
    (
        "from db import get\ndef logged(function):\n    def inner():\n        return function()\n    return inner\n"
        "other = logged(get)\nother().lend().query(1)  # <- ATTRIBUTE"
    ),
    "from db import Store\nwith Store() as x:\n    x.lend().query(1)  # <- ATTRIBUTE",
    "from db import Pool\nwith Pool() as x:\n    x.lend().query(1)  # <- ATTRIBUTE",
    "from db import Pool\nasync def f():\n    async with Pool() as x:\n        x.lend().query(1)  # <- ATTRIBUTE",
    "from db import Store\nmakers = lambda: Store()\nmakers().lend().query(1)  # <- ATTRIBUTE",
    # in a class's body
    (
        "import contextlib\nclass Mine:\n    @contextlib.contextmanager\n    def lend(self=1):\n"
        "        yield Session()\n    x = lend().query(1)  # <- ATTRIBUTE\n"
        "    y = [z for z in lend().query(1)]  # <- ATTRIBUTE"
    ),
    "import db\nglobal_store = db.Own()\ndef f():\n    with global_store.lend() as s:\n        s.query(1)",
]


@pytest.fixture
def all_by_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every name taken for a common one."""
    monkeypatch.setattr(common, "_MANY", 0)
    monkeypatch.setattr(common, "_LESS", 0)


@pytest.mark.usefixtures("all_by_class")
@pytest.mark.parametrize("source", USES)
def test_an_object_is_followed(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"db.py": DB, "other.py": OTHER, "main.py": source + "\n"})


APP = "from fastapi import FastAPI\nimport db\napp = FastAPI()\napp.state.{value}\n"
FLASK = "from flask import g as here\nimport db\ndef begin():\n    here.{value}\n"
ON_APPS = [
    (APP, "def f(request):\n    request.app.state.x.lend().query(1)  # <- ATTRIBUTE", "x = db.Store()"),
    (APP, "def f(request):\n    request.app.state.lend().query(1)  # <- ATTRIBUTE", "lend = db.store.lend"),
    (FLASK, "from flask import g\ndef f():\n    g.x.lend().query(1)  # <- ATTRIBUTE", "x = db.Store()"),
    (FLASK, "import flask\nother = flask.g\ndef f():\n    other.x.lend().query(1)  # <- ATTRIBUTE", "x = db.Store()"),
]


@pytest.mark.usefixtures("all_by_class")
@pytest.mark.parametrize(("app", "source", "value"), ON_APPS)
def test_what_applications_are_given_is_followed(tmp_path: Path, app: str, source: str, value: str) -> None:
    check(tmp_path, {"db.py": DB, "other.py": OTHER, "app.py": app.format(value=value), "main.py": source + "\n"})


LEFT_OUT = [
    "def f(x):\n    x.lend().query(1)",
    "from other import Other\nOther().lend().query(1)",
    "from other import Other\nclass Mine(Other):\n    def f(self):\n        self.lend().query(1)",
    "from models import Model\nModel.objects.lend(name=1).save()",
    "from other import Other as Shop\nShop().lend().query(1)",
    "def f(entry):\n    entry.x.lend().query(1)",
    "def f(entry):\n    entry.x = Store()",
    "from db import Store\nwith Store().lend() as s:\n    s.query(1)",
    "from db import Held\n__all__ = ['Held']\ndef f(x):\n    print(Held.__name__)",
]


@pytest.mark.usefixtures("all_by_class")
@pytest.mark.parametrize("source", LEFT_OUT)
def test_other_objects_are_left_out(tmp_path: Path, source: str) -> None:
    assert "main.py" not in let_pass(tmp_path, {"db.py": DB, "other.py": OTHER, "main.py": source + "\n"})


def test_only_common_names_are_followed_by_class(tmp_path: Path) -> None:
    few, many = (
        let_pass(tmp_path / str(number), {"db.py": DB, "other.py": OTHER, **_calling(number)}) for number in (5, 50)
    )
    assert "calls0.py" in few
    assert many == {"db.py"}


def _calling(number: int) -> dict[str, str]:
    return {f"calls{index}.py": f"def f(x):\n    x.lend({index}).query(1)\n" for index in range(number)}


# a name that is a factory's wherever it is defined tells of unknown objects, too

NAMED = """
from contextlib import contextmanager
class Store:
    @contextmanager
    def lend(self):
        yield Session()
"""
CALLING = "def f(x):\n    s = x.lend()  # <- BOUND probable\n    s.query(1)\n"
OTHERS = [
    "",
    "class Base:\n    def lend(self):\n        raise NotImplementedError\n",
    "from db import Store\nstore = Store()\nclass Outer:\n    def lend(self):\n        return store.lend()\n",
    "from db import Store\ndef f():\n    def lend():\n        return Store().lend()\n    return lend\n",
]


@pytest.mark.usefixtures("all_by_class")
@pytest.mark.parametrize("other", OTHERS)
def test_a_name_of_nothing_but_factories_is_followed_by_name(tmp_path: Path, other: str) -> None:
    check(tmp_path, {"db.py": NAMED, "other.py": other, "main.py": CALLING})


@pytest.mark.usefixtures("all_by_class")
def test_a_name_of_other_functions_is_not(tmp_path: Path) -> None:
    sources = {"db.py": NAMED, "other.py": OTHER, "main.py": CALLING}
    assert let_pass(tmp_path, sources) == set()
    assert found_in(open_project(tmp_path, sources, sieve=False), tmp_path) == []


# subclasses

DERIVED = """
from contextlib import contextmanager
from base import Base
class Derived(Base):
    @contextmanager
    def create(self):
        yield Session()
"""


@pytest.mark.usefixtures("all_by_class")
@pytest.mark.parametrize(
    "base",
    [
        "class Base:\n    def run(self):\n        return self.create()\n",
        "class Base:\n    def create(self): ...\n    def run(self):\n        return self.create()\n",
        "class Root:\n    def run(self):\n        return self.create()\nclass Base(Root): ...\n",
        "class R:\n    def run(self):\n        return self.create()\ndef derived():\n    return R\nBase = derived()\n",
    ],
)
def test_a_base_calls_what_a_subclass_has(tmp_path: Path, base: str) -> None:
    main = "from derived import Derived\nDerived().run().query(1)  # <- ATTRIBUTE\n"
    check(tmp_path, {"base.py": base, "derived.py": DERIVED, "other.py": OTHER, "main.py": main})


@pytest.mark.usefixtures("all_by_class")
def test_an_abstract_method_stands_for_those_of_subclasses(tmp_path: Path) -> None:
    base = "class Base:\n    def create(self):\n        raise NotImplementedError\n"
    main = "from base import Base\ndef f(x: Base):\n    s = x.create()  # <- BOUND probable\n    s.query(1)\n"
    check(tmp_path, {"base.py": base, "derived.py": DERIVED, "other.py": OTHER, "main.py": main})


@pytest.mark.usefixtures("all_by_class")
def test_names_count_where_bases_cannot_be_told(tmp_path: Path) -> None:
    base = "class Root:\n    def run(self):\n        return self.create()\n@wrapped\ndef derived():\n    return Root\n"
    sources = {
        "base.py": base + "Base = derived()\n",
        "derived.py": DERIVED,
        "other.py": OTHER,
        "main.py": "def f(x):\n    x.create().query(1)\n",
    }
    assert "main.py" in let_pass(tmp_path, sources)


@pytest.mark.usefixtures("all_by_class")
def test_generated_projects_have_the_same_sites_without_the_sieve(tmp_path: Path) -> None:
    test_sieve.test_generated_projects_have_the_same_sites_without_the_sieve(tmp_path)
