"""Factories that are given to a framework as dependencies."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import DB, check

HEAD = """
from typing import Annotated, Any, ContextManager
from fastapi import APIRouter, Depends, FastAPI, Security
from sqlalchemy.orm import Session
from db import Manager, db_manager, get_async, get_session
import contextlib
import db
import fastapi

app = FastAPI()

def manager():
    return get_session()

async def async_manager():
    return get_async()

def plain():
    yield 1

class Provider:
    def __call__(self):
        return get_session()
"""
FOUND = {
    "a default": "def f(s=Depends(get_session)):  # <- DEPENDENCY\n    s.add(1)",
    "by keyword": "def f(s=Depends(dependency=get_session)):  # <- DEPENDENCY\n    s.add(1)",
    "Security": "def f(s=Security(get_session, scopes=['x'])):  # <- DEPENDENCY\n    s.add(1)",
    "through the module": "def f(s=fastapi.Depends(db.get_session)):  # <- DEPENDENCY\n    s.add(1)",
    "under another name": "from fastapi import Depends as D\ndef f(s=D(get_session)):  # <- DEPENDENCY\n    s.add(1)",
    "a keyword-only parameter": "def f(*, s=Depends(get_session)):  # <- DEPENDENCY\n    s.add(1)",
    "async": "async def f(s=Depends(get_async)):  # <- DEPENDENCY\n    await s.add(1)",
    "Annotated": "def f(s: Annotated[Session, Depends(get_session)]):  # <- DEPENDENCY\n    s.add(1)",
    "an alias": "Dep = Annotated[Session, Depends(get_session)]  # <- DEPENDENCY\ndef f(s: Dep):\n    s.add(1)",
    "an alias for others": "Dep = Annotated[Session, Depends(get_session)]  # <- DEPENDENCY",
    "a mark with a name": "session = Depends(get_session)  # <- DEPENDENCY\ndef f(s=session):\n    s.add(1)",
    "a class attribute": (
        "class V:\n    s: Session = Depends(get_session)  # <- DEPENDENCY\n    def f(self):\n        self.s.x()"
    ),
    "an app's dependencies": "a = FastAPI(dependencies=[Depends(get_session)])  # <- DEPENDENCY",
    "a route's": "@app.get('/', dependencies=[Depends(plain), Depends(get_session)])  # <- DEPENDENCY\ndef f(): ...",
    "a method": "def f(s=Depends(db_manager.get_session)):  # <- DEPENDENCY\n    s.add(1)",
    "a class method": "def f(s=Depends(Manager.shared)):  # <- DEPENDENCY\n    s.add(1)",
    "made by a call": "def f(s=Depends(contextlib.contextmanager(plain))):  # <- DEPENDENCY\n    s.add(1)",
    "never used": "def f(_=Depends(get_session)):  # <- DEPENDENCY\n    return 1",
    "a declared session": "def f(s: Session = Depends(get_session)):  # <- DEPENDENCY\n    elsewhere(s)",
    "a function that returns the manager": "def f(s=Depends(manager)):  # <- DEPENDENCY\n    s.add(1)",
    "an async one": "async def f(s=Depends(async_manager)):  # <- DEPENDENCY\n    await s.add(1)",
    "a lambda": "def f(s=Depends(lambda: get_session())):  # <- DEPENDENCY\n    s.add(1)",
    "an object": "def f(s=Depends(Provider())):  # <- DEPENDENCY\n    s.add(1)",
    "Litestar": (
        "from litestar.di import Provide\nd = {'s': Provide(get_session)}  # <- DEPENDENCY\ndef f(s):\n    s.add(1)"
    ),
    "fast_depends": "import fast_depends\ndef f(s=fast_depends.Depends(get_session)):  # <- DEPENDENCY\n    s.add(1)",
}
SILENT = {
    "a generator": "def f(s=Depends(plain)):\n    s.add(1)",
    "entered": "def f(s=Depends(get_session)):\n    with s as session:\n        session.add(1)",
    "entered by an alias": (
        "Dep = Annotated[Any, Depends(get_session)]\ndef f(s: Dep):\n    with s as session:\n        session.add(1)"
    ),
    "entered in one of two": (
        "Dep = Depends(get_session)\ndef f(s=Dep):\n    s.add(1)\ndef g(s=Dep):\n    with s:\n        pass"
    ),
    "a declared manager": "def f(s: ContextManager[Session] = Depends(get_session)):\n    elsewhere(s)",
    "an alias of a manager": "Dep = Annotated[ContextManager[Session], Depends(get_session)]",
    "handed on, nobody knows where to": "def f(s=Depends(get_session)):\n    elsewhere(s)",
    "an alias of anything": "Dep = Annotated[Any, Depends(get_session)]",
    "returned by a function and never used": "def f(_=Depends(manager)):\n    return 1",
    "returned by a function that is only called": "a = FastAPI(dependencies=[Depends(manager)])",
    "entered as a class attribute": (
        "class V:\n    s = Depends(get_session)\n    def f(self):\n        with self.s as s:\n            s.x()"
    ),
    "overridden here": "app.dependency_overrides[get_session] = plain\ndef f(s=Depends(get_session)):\n    s.add(1)",
    "an override": "app.dependency_overrides[plain] = get_session",
    "another Depends": "def Depends(f):\n    return f\ndef f(s=Depends(get_session)):\n    s.add(1)",
    "a framework that enters managers": (
        "from taskiq import TaskiqDepends\ndef f(s=TaskiqDepends(get_session)):\n    s.add(1)"
    ),
    "no dependency": "def f(s=Depends()):\n    s.add(1)",
    "nobody's parameter": "mark(Depends(get_session))",
    "Litestar, entered": (
        "from litestar.di import Provide\nd = {'s': Provide(get_session)}\ndef f(s):\n    with s:\n        pass"
    ),
    "Litestar, elsewhere": "from litestar.di import Provide\nd = {'s': Provide(get_session)}",
}


@pytest.mark.parametrize("source", FOUND.values(), ids=FOUND)
def test_finds_what_no_framework_enters(source: str, tmp_path: Path) -> None:
    others = "from db import Manager, get_session\nwith get_session(), Manager.shared():\n    pass\n"
    check(tmp_path, {"db.py": DB, "jobs.py": others, "main.py": HEAD + source})


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_says_nothing(source: str, tmp_path: Path) -> None:
    check(tmp_path, {"db.py": DB, "main.py": HEAD + source})


DEPS = """
    from contextlib import contextmanager

    @contextmanager{mark}
    def session():
        yield connect()
"""
ROUTES = """
    from fastapi import Depends
    from deps import session

    def f(s=Depends(session)):  # <- DEPENDENCY
        s.add(1)
"""
USES = {
    "a call": "from deps import session\nwith session() as s:\n    s.add(1)",
    "a value": "import deps\nways = [deps.session]",
    "a text": "from unittest.mock import patch\npatch('deps.session')",
    "another name": "from deps import session as scope",
    "a decorator": "from deps import session\n@session()\ndef f(): ...",
    "a dependency that is entered": (
        "from fastapi import Depends\nfrom deps import session\ndef f(s=Depends(session)):\n    with s:\n        pass"
    ),
    "a word": "def f(session):\n    session.add(1)",
}
OTHER_DEPENDENCIES = {
    "nothing": "import deps",
    "a comment": "# the session\nimport deps",
    "an import": "from deps import session",
    "another": (
        "from fastapi import APIRouter, Depends\nimport deps\n"
        "r = APIRouter(dependencies=[Depends(deps.session)])  # <- DEPENDENCY"
    ),
    "an override in a test": (
        "from deps import session\nfrom app import app\napp.dependency_overrides[session] = None"
    ),
}


@pytest.mark.parametrize("other", OTHER_DEPENDENCIES.values(), ids=OTHER_DEPENDENCIES)
def test_the_decorator_is_wrong_where_nothing_enters_the_function(other: str, tmp_path: Path) -> None:
    deps = DEPS.format(mark="  # <- DEPENDENCY")

    check(tmp_path, {"deps.py": deps, "routes.py": ROUTES, "test_other.py": other})


@pytest.mark.parametrize("other", USES.values(), ids=USES)
def test_the_decorator_is_right_where_something_may_enter_the_function(other: str, tmp_path: Path) -> None:
    check(tmp_path, {"deps.py": DEPS.format(mark=""), "routes.py": ROUTES, "other.py": other})


def test_the_decorator_is_no_finding_beside_its_dependencies(tmp_path: Path) -> None:
    own = "\n    from fastapi import Depends\n\n    def f(s=Depends(session)):  # <- DEPENDENCY\n        s.add(1)\n"

    check(tmp_path, {"deps.py": DEPS.format(mark="") + own})
