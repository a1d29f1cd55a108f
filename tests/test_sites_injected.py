"""What frameworks hand over: attributes of an application, dependencies, providers; one assignment decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import DB, check

OTHERS = """
    class Cache:
        def get_session(self):
            return {}
"""
"""A method of the factory's name that is none: the name alone then tells nothing."""

FASTAPI = """
    from fastapi import FastAPI
    from db import Manager
    app = FastAPI()
    app.state.db = Manager()
"""
STARLETTE = """
    async def on_startup(app):
        from db import db_manager
        app.state.db = db_manager
"""
ROUTES = """
    def endpoint(request):
        return request.app.state.db.get_session().query(1)  # <- ATTRIBUTE
"""
FLASK = """
    from flask import Flask, g
    from db import Manager
    def create():
        app = Flask("app")
        app.db = Manager()
    def open():
        if "db" not in g:
            g.db = Manager()
"""
FLASK_VIEWS = """
    from flask import g, current_app
    def view():
        g.db.get_session().query(1)  # <- ATTRIBUTE
        current_app.db.get_session().query(1)  # <- ATTRIBUTE
"""
DEPENDENCIES = """
    from db import Manager
    from db import db_manager as manager
    def get_manager():
        return manager
    async def get_later():
        return manager
    def get_unknown(request):
        return request.db
    def get_either(x):
        from others import Cache
        return Cache() if x else manager
"""
ENDPOINTS = """
    from typing import Annotated, Any
    from fastapi import Depends
    from dependencies import *
    Db = Annotated[Any, Depends(get_manager)]
    def endpoint(a=Depends(get_manager), b: Annotated[Any, Depends(get_manager)] = 1, c: Db = 1,
                 d=Depends(dependency=get_manager), e: Annotated["Manager", Depends(get_manager)] = 1):
        a.get_session().query(1)  # <- ATTRIBUTE
        b.get_session().query(1)  # <- ATTRIBUTE
        c.get_session().query(1)  # <- ATTRIBUTE
        d.get_session().query(1)  # <- ATTRIBUTE
        e.get_session().query(1)  # <- ATTRIBUTE
    def later(a=Depends(get_later)):
        a.get_session().query(1)  # <- ATTRIBUTE
"""
CONTAINERS = """
    from dependency_injector import containers, providers
    from db import Manager
    class Container(containers.DeclarativeContainer):
        db = providers.Singleton(Manager)
        made = providers.Factory(Manager)
        given = providers.Dependency()
"""
WIRED = """
    from typing import Annotated, Any
    from dependency_injector.wiring import Provide, inject
    from fastapi import Depends
    from containers import Container
    Container.db().get_session().query(1)  # <- ATTRIBUTE
    container = Container()
    container.made().get_session().query(1)  # <- ATTRIBUTE
    container.given().get_session().query(1)
    @inject
    def f(a=Provide[Container.db], b: Annotated[Any, Provide[Container.db]] = 1, c=Depends(Provide[Container.db])):
        a.get_session().query(1)  # <- ATTRIBUTE
        b.get_session().query(1)  # <- ATTRIBUTE
        c.get_session().query(1)  # <- ATTRIBUTE
    @inject
    def g(a=Provide[Container.given], b=Provide["db"]):
        a.get_session().query(1)
        b.get_session().query(1)
"""


def depending_on(name: str) -> str:
    """The endpoints, where another dependency stands in the place of all."""
    return ENDPOINTS.replace("manager", name).replace("later", name).replace('"Manager"', "Any")


FOUND = {
    "state": {"app.py": FASTAPI, "routes.py": ROUTES},
    "state, by a parameter": {"app.py": STARLETTE, "routes.py": ROUTES},
    "state, in one file": {"app.py": FASTAPI + ROUTES},
    "state, in one file and in another": {"app.py": FASTAPI + ROUTES, "lifespan.py": STARLETTE},
    "state, twice": {"app.py": FASTAPI, "lifespan.py": STARLETTE, "routes.py": ROUTES},
    "state, taken away": {
        "app.py": FASTAPI,
        "stop.py": "def stop(app):\n    app.state.db = None\n",
        "routes.py": ROUTES,
    },
    "state of a request": {
        "middleware.py": "from db import Manager\ndef call(request):\n    request.state.db = Manager()\n",
        "routes.py": ROUTES.replace("request.app.", "request."),
    },
    "state, set in a test": {
        "app.py": FASTAPI,
        "routes.py": ROUTES,
        "tests/test_app.py": "from others import Cache\ndef test_it(app):\n    app.state.db = Cache()\n",
    },
    "another object's": {
        "app.py": FASTAPI,
        "routes.py": ROUTES,
        "own.py": "from others import Cache\nclass Own:\n    def __init__(self):\n        self.db = Cache()\n",
    },
    "state, by a function": {
        "app.py": FASTAPI,
        "routes.py": """
            from fastapi import Depends, Request
            def get_manager(request: Request):
                return request.app.state.db
            def endpoint(request, manager=Depends(get_manager)):
                manager.get_session().query(1)  # <- ATTRIBUTE
                get_manager(request).get_session().query(1)  # <- ATTRIBUTE
        """,
    },
    "flask": {"app.py": FLASK, "views.py": FLASK_VIEWS},
    "flask, in one file": {"app.py": FLASK + FLASK_VIEWS},
    "under the factory's name": {
        "app.py": "from db import db_manager\ndef start(app):\n    app.get_session = db_manager.get_session\n"
        "def view():\n    db_manager.get_session().query(1)  # <- ATTRIBUTE\n"
    },
    "dependencies": {"dependencies.py": DEPENDENCIES, "endpoints.py": ENDPOINTS},
    "dependencies, overridden in a test": {
        "dependencies.py": DEPENDENCIES,
        "endpoints.py": ENDPOINTS,
        "tests/test_app.py": "from dependencies import *\ndef test_it(app):\n"
        "    app.dependency_overrides[get_manager] = get_later\n",
    },
    "providers": {"containers.py": CONTAINERS, "wired.py": WIRED},
    "providers, overridden in a test": {
        "containers.py": CONTAINERS,
        "wired.py": WIRED,
        "tests/test_app.py": "from containers import Container\nContainer.db.override(1)\n",
    },
}

NOT_MEANT = {
    "never set": {"routes.py": ROUTES},
    "set to another": {
        "app.py": FASTAPI,
        "other.py": "from others import *\ndef f(app):\n    app.state.db = Cache()\n",
    },
    "set to something": {"app.py": FASTAPI, "other.py": "def f(app, db):\n    app.state.db = db\n"},
    "set by setattr": {"app.py": FASTAPI, "other.py": "def f(app, db):\n    setattr(app.state, 'db', db)\n"},
    "set under another name": {"app.py": FASTAPI, "other.py": "def f(app, x):\n    s = app.state\n    s.db = x\n"},
    "set in a loop": {"app.py": FASTAPI, "other.py": "def f(app, x):\n    for app.state.db in x: ...\n"},
    "set by a with": {"app.py": FASTAPI, "other.py": "def f(app, x):\n    with x as app.state.db: ...\n"},
    "set with another": {"app.py": FASTAPI, "other.py": "def f(app, x):\n    app.state.db, y = x\n"},
    "only of a request": {"app.py": "from db import Manager\ndef f(request):\n    request.state.db = Manager()\n"},
    "only of another object": {"app.py": "from db import Manager\ndef f(thing):\n    thing.db = Manager()\n"},
    "only in a test": {"tests/test_app.py": FASTAPI},
}

SILENT = {
    "in one file, set to another": {
        "app.py": FASTAPI
        + "    from others import Cache\n    app.state.db = Cache()\n"
        + ROUTES.replace("  # <- ATTRIBUTE", "")
    },
    "in one file, another object's": {
        "app.py": FASTAPI
        + "    def use(thing: Manager, x):\n        thing.get_session = x\n        thing.get_session().query(1)\n"
    },
    "in one file, a module's": {
        "app.py": "import db as app\ndef use(other):\n    app.get_session = other\n    app.get_session().query(1)\n"
    },
    **{name: {**sources, "routes.py": ROUTES} for name, sources in NOT_MEANT.items()},
    "another object": {
        "app.py": FASTAPI,
        "routes.py": "def f(request, thing):\n    thing.db.get_session().query(1)\n"
        "    request.state.db.get_session().query(1)\n",
    },
    "state, in a test that sets it": {
        "app.py": FASTAPI,
        "tests/test_app.py": "from others import *\ndef test_it(app):\n    app.state.db = Cache()\n"
        "    app.state.db.get_session().query(1)\n",
    },
    "flask's, set to another": {
        "app.py": FLASK,
        "views.py": FLASK_VIEWS,
        "other.py": "from flask import g, current_app\nfrom others import *\n"
        "g.db = Cache()\ncurrent_app.db = Cache()\n",
    },
    "another g": {"app.py": FLASK, "views.py": "from own import g\ndef f():\n    g.db.get_session().query(1)\n"},
    "a dependency that is not known": {
        "dependencies.py": DEPENDENCIES,
        "endpoints.py": depending_on("unknown"),
    },
    "one of two dependencies": {
        "dependencies.py": DEPENDENCIES,
        "endpoints.py": depending_on("either"),
    },
    "an overridden dependency": {
        "dependencies.py": DEPENDENCIES,
        "endpoints.py": ENDPOINTS.replace("get_later", "get_manager").replace('Manager"', 'Any"'),
        "app.py": "from dependencies import *\napp.dependency_overrides[get_manager] = get_unknown\n",
    },
    "a dependency that its test overrides": {
        "dependencies.py": DEPENDENCIES,
        "tests/test_app.py": """
            from dependencies import *
            from fastapi import Depends
            def test_it(app):
                def endpoint(a=Depends(get_manager)):
                    a.get_session().query(1)
                app.dependency_overrides[get_manager] = get_unknown
        """,
    },
    "another Depends": {
        "dependencies.py": DEPENDENCIES,
        "endpoints.py": "from dependencies import *\nfrom own import depends\ndef f(a=depends(get_manager)):\n"
        "    a.get_session().query(1)\n",
    },
    "overridden providers": {
        "containers.py": CONTAINERS,
        "wired.py": WIRED,
        "app.py": "from wired import container\ncontainer.db.override(1)\ncontainer.override_providers(made=1)\n",
    },
    "providers that are passed": {
        "containers.py": CONTAINERS,
        "wired.py": WIRED,
        "app.py": "from containers import Container\nContainer(db=1, made=2)\n",
    },
    "another provider": {
        "containers.py": CONTAINERS.replace("dependency_injector", "own"),
        "wired.py": WIRED.replace("from dependency_injector", "from own"),
    },
    "a container's subclass": {
        "containers.py": CONTAINERS,
        "wired.py": WIRED.replace("container.made", "container.given"),
        "app.py": "from containers import *\nfrom others import *\n"
        "class Sub(Container):\n    db = providers.Factory(Cache)\n",
    },
}


@pytest.mark.parametrize("sources", FOUND.values(), ids=FOUND.keys())
def test_what_was_injected(tmp_path: Path, sources: dict[str, str]) -> None:
    assert any("# <-" in source for source in sources.values())
    check(tmp_path, {"db.py": DB, "others.py": OTHERS}, sources)


@pytest.mark.parametrize("sources", SILENT.values(), ids=SILENT.keys())
def test_what_may_be_something_else(tmp_path: Path, sources: dict[str, str]) -> None:
    unmarked = {name: source.replace("# <-", "# not") for name, source in sources.items()}
    check(tmp_path, {"db.py": DB, "others.py": OTHERS}, unmarked)


# nothing else is called `get_session` here: of what is not known at all, the name alone would tell

ONLY_FACTORIES = """
    from contextlib import contextmanager
    class Manager:
        @contextmanager
        def get_session(self):
            yield Session()
"""
OUTSIDE = "from fastapi import FastAPI\nfrom elsewhere import Store\napp = FastAPI()\napp.state.db = Store()\n"
GIVEN_LATER = "def start(app, store):\n    app.state.db = store\n"
USED = "def use(request):\n    s = request.app.state.db.get_session()\n    s.query(1)\n"
NOT_BY_NAME = {
    "something from outside": {"app.py": OUTSIDE, "routes.py": USED},
    "something from outside, in one file": {"app.py": OUTSIDE + USED},
    "something from outside, or a manager": {
        "app.py": OUTSIDE,
        "other.py": "from db import Manager\ndef start(app):\n    app.state.db = Manager()\n",
        "routes.py": USED,
    },
    "something unknown, in one file": {"app.py": GIVEN_LATER + USED},
}


@pytest.mark.parametrize("sources", NOT_BY_NAME.values(), ids=NOT_BY_NAME.keys())
def test_names_do_not_tell_what_is_known_to_be_something_else(tmp_path: Path, sources: dict[str, str]) -> None:
    check(tmp_path, {"db.py": ONLY_FACTORIES}, sources)


def test_names_tell_what_is_not_known(tmp_path: Path) -> None:
    used = USED.replace("get_session()", "get_session()  # <- BOUND probable")
    check(tmp_path, {"db.py": ONLY_FACTORIES}, {"routes.py": used})
