"""Parameters without annotation are what all their callers pass, where the project shows them all and they agree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import DB, check, open_project, sites_in, write_project
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve

OTHERS = """
    class Cache:
        def get_session(self):
            return {}
        def get_async(self):
            return {}
    class Fake(Cache): ...
"""
"""Methods of the factories' names that are none: a name alone then tells nothing."""

SERVICES = """
    class Service:
        def __init__(self, db, name=None):
            self.db = db
        def f(self):
            return self.db.get_session().query(1)  # <- ATTRIBUTE
"""
HANDLER = """
    def handler(db):
        s = db.get_session()  # <- BOUND
        return s.query(1)
"""
RUN = """
    def run(session_factory):
        s = session_factory()  # <- BOUND
        return s.query(1)
"""
REPOSITORY = """
    class Repository:
        def load(self, db):
            return db.get_session().query(1)  # <- ATTRIBUTE
"""

AGREEING = {
    "an object": (SERVICES, "Service(db_manager)"),
    "by keyword": (SERVICES, "Service(name=1, db=db_manager)"),
    "several that agree": (SERVICES, "Service(db_manager)\ndef f():\n    return Service(Manager(), 1)"),
    "none besides": (SERVICES, "Service(db_manager)\nService(None)"),
    "by the module": (SERVICES, "import app\napp.Service(db_manager)"),
    "in an annotation and a check, too": (
        SERVICES,
        "s: Service = Service(db_manager)\ndef f(x: Service) -> list[Service]:\n    return isinstance(x, Service)",
    ),
    "to a subclass": (SERVICES, "class Sub(Service): ...\nSub(db_manager)"),
    "by a subclass": (
        SERVICES,
        "class Sub(Service):\n    def __init__(self):\n        super().__init__(db_manager)\nSub()",
    ),
    "by a subclass, in the old way": (
        SERVICES,
        "class Sub(Service):\n    def __init__(self):\n        Service.__init__(self, db_manager)\nSub()",
    ),
    "by a class method": (
        SERVICES + "        @classmethod\n        def make(cls, db):\n            return cls(db)\n",
        "Service.make(db_manager)",
    ),
    "to an abstract class": (
        "    from abc import ABCMeta" + SERVICES.replace("Service:", "Service(metaclass=ABCMeta):"),
        "Service(db_manager)",
    ),
    "to a function": (HANDLER, "handler(db_manager)"),
    "to a function in a function": (HANDLER, "def f():\n    manager = Manager()\n    return handler(manager)"),
    "passed on": (HANDLER + "    def outer(db):\n        return handler(db)\n", "outer(db_manager)"),
    "passed on to itself": (
        HANDLER + "    def outer(db, depth):\n        outer(db, depth - 1)\n        return handler(db)\n",
        "outer(db_manager, 1)",
    ),
    "a factory": (RUN, "run(get_session)"),
    "a method of an object": (RUN, "run(db_manager.get_session)"),
    "a lambda": (RUN, "run(lambda: get_session())"),
    "by default": (
        "    from db import get_session" + RUN.replace("factory)", "factory=get_session)"),
        "run()\nrun(get_session)",
    ),
    "to a method": (REPOSITORY, "Repository().load(db_manager)"),
    "to a method by its class": (REPOSITORY, "Repository.load(Repository(), db_manager)"),
    "to another method of the name": (
        REPOSITORY,
        "class Other:\n    def load(self, x): ...\nRepository().load(db_manager)\nOther().load(1)",
    ),
    "to a function of the name elsewhere": (HANDLER, "handler(db_manager)\nimport other\nother.handler(1)"),
    "beside variables of the name": (HANDLER, "handler(db_manager)\ndef f(handler, x):\n    return handler(x)"),
    "to a nested function": (
        "    from db import db_manager\n    def outer():"
        + HANDLER.replace("\n", "\n    ")
        + "\n        handler(db_manager)\n",
        "",
    ),
    "to a coroutine function": (
        "    async def handler(db):\n        s = await db.get_async()  # <- AWAITED\n        await s.execute(1)\n",
        "async def f():\n    await handler(db_manager)",
    ),
    "to a wrapper": (
        "    def session(db):\n        return db.get_session()\n",
        "session(db_manager).query(1)  # <- ATTRIBUTE",
    ),
}

DISAGREEING = {
    "nobody": (SERVICES, ""),
    "only none": (SERVICES, "Service(None)"),
    "another one": (SERVICES, "Service(db_manager)\nService(Cache())"),
    "an unknown one": (SERVICES, "Service(db_manager)\ndef f(x):\n    Service(x)"),
    "a subclass with another method": (
        SERVICES,
        "class Mine(Manager):\n    def get_session(self):\n        return {}\nService(db_manager)\nService(Mine())",
    ),
    "by a star": (SERVICES, "Service(db_manager)\nService(*sys.argv)"),
    "by a double star": (SERVICES, "Service(db_manager)\nService(**options)"),
    "too few": (SERVICES, "Service(db_manager)\nService()"),
    "handed on": (SERVICES, "Service(db_manager)\nregister(Service)"),
    "in a list": (SERVICES, "Service(db_manager)\nALL = [Service]"),
    "under another name": (SERVICES, "Service(db_manager)\nMine = Service"),
    "imported under another name": (SERVICES, "Service(db_manager)\nfrom app import Service as Mine\nMine(Cache())"),
    "decorated": ("    import plugins" + SERVICES.replace("class ", "@plugins.add\n    class "), "Service(db_manager)"),
    "with a base from elsewhere": (
        "    from framework import View" + SERVICES.replace("Service:", "Service(View):"),
        "Service(db_manager)",
    ),
    "with a metaclass": (SERVICES.replace("Service:", "Service(metaclass=Registry):"), "Service(db_manager)"),
    "with a base that collects its subclasses": (
        "    class Base:\n        def __init_subclass__(cls):\n            REGISTRY.append(cls)"
        + SERVICES.replace("Service:", "Service(Base):"),
        "Service(db_manager)",
    ),
    "by a name in a text": (SERVICES, "Service(db_manager)\nload('app:Service')\nload('app.Service')"),
    "to a subclass": (SERVICES, "class Sub(Service): ...\nService(db_manager)\nSub(Cache())"),
    "by a subclass": (
        SERVICES,
        "class Sub(Service):\n    def __init__(self, x):\n        super().__init__(x)\nService(db_manager)\nSub(1)",
    ),
    "set by a subclass": (
        SERVICES,
        "class Sub(Service):\n    def __init__(self, x):\n        self.db = x\nService(db_manager)",
    ),
    "set from outside": (SERVICES, "s = Service(db_manager)\ns.db = Cache()"),
    "by a class method": (
        SERVICES + "        @classmethod\n        def make(cls, x):\n            return cls(x)\n",
        "Service(db_manager)\nService.make(Cache())",
    ),
    "by the type of an object": (
        SERVICES + "        def again(self, x):\n            return type(self)(x)\n",
        "Service(db_manager)",
    ),
    "by the class of an object": (
        SERVICES + "        def again(self, x):\n            return self.__class__(x)\n",
        "Service(db_manager)",
    ),
    "given another one inside": (
        "    from others import Cache" + HANDLER.replace("s =", "db = Cache() if db else db\n        s ="),
        "handler(db_manager)",
    ),
    "as a callback": (HANDLER, "handler(db_manager)\nsubmit(handler, Cache())"),
    "by partial": (HANDLER, "from functools import partial\nhandler(db_manager)\npartial(handler, Cache())()"),
    "by getattr": (HANDLER, "import app\nhandler(db_manager)\ngetattr(app, 'handler')(Cache())"),
    "by an attribute's value": (REPOSITORY, "Repository().load(db_manager)\ndef f(x):\n    return x.load"),
    "by a computed name": (
        REPOSITORY + "        def any(self, name, x):\n            return getattr(self, name)(x)\n",
        "Repository().load(db_manager)",
    ),
    "by the globals": (
        HANDLER + "    def call(name, x):\n        return globals()[name](x)\n",
        "handler(db_manager)",
    ),
    "decorated by something": (
        "    import app2" + HANDLER.replace("def ", "@app2.get('/')\n    def "),
        "handler(db_manager)",
    ),
    "of an unknown object": (REPOSITORY, "Repository().load(db_manager)\ndef f(x):\n    x.load(Cache())"),
    "overridden": (
        REPOSITORY,
        "class Sub(Repository):\n    def load(self, db):\n        return 1\nRepository().load(db_manager)",
    ),
    "overriding": (
        "    class Base:\n        def load(self, db): ..." + REPOSITORY.replace("Repository:", "Repository(Base):"),
        "Repository().load(db_manager)",
    ),
    "one of several functions": (
        HANDLER,
        "try:\n    from fast import handler\nexcept ImportError:\n    from app import handler\nhandler(1)",
    ),
    "different factories": (RUN, "run(get_session)\nrun(get_async)"),
    "a factory and another function": (RUN, "run(get_session)\nrun(Cache().get_session)"),
    "another default": (
        "    from others import Cache" + RUN.replace("factory)", "factory=Cache)"),
        "run()\nrun(get_session)",
    ),
    "the default of a fallback": (RUN, "run(get_session)\nrun(make or get_session)"),
}

PREAMBLE = "from app import *\nfrom db import *\nfrom others import *\n"


def project(app: str, main: str) -> Mapping[str, str]:
    return {
        "db.py": DB,
        "others.py": OTHERS,
        "other.py": "def handler(x):\n    return x\n",
        "app.py": app,
        "main.py": PREAMBLE + main,
    }


@pytest.mark.parametrize(("app", "main"), AGREEING.values(), ids=AGREEING.keys())
def test_what_all_callers_pass(tmp_path: Path, app: str, main: str) -> None:
    assert "# <-" in app + main
    check(tmp_path, project(app, main))


@pytest.mark.parametrize(("app", "main"), DISAGREEING.values(), ids=DISAGREEING.keys())
def test_callers_that_do_not_decide(tmp_path: Path, app: str, main: str) -> None:
    assert "# <-" in app
    check(tmp_path, project(app.replace("# <-", "# not"), main))


@pytest.mark.parametrize("sieved", [True, False])
def test_a_caller_that_has_the_name_from_nowhere(tmp_path: Path, sieved: bool) -> None:
    files = write_project(tmp_path, project(RUN, "") | {"main.py": "from db import get_session\nrun(get_session)\n"})
    setup = Setup(tmp_path, files)
    app = Project(setup, sieve=Sieve(setup) if sieved else None)
    assert sites_in(app, tmp_path / "app.py") == []


@pytest.mark.parametrize("fake", ["Mock()", "Fake()", "object()", "fixture"])
def test_tests_that_pass_a_fake(tmp_path: Path, fake: str) -> None:
    tests = f"from unittest.mock import Mock\n{PREAMBLE}def test_it(fixture):\n    Service({fake}).f()\n"
    sources = project(SERVICES.replace("# <-", "# not"), "Service(db_manager)")
    check(tmp_path, sources, {"tests/test_app.py": tests})


def test_functions_that_pytest_calls(tmp_path: Path) -> None:
    tests = "def test_all(db):\n    db.get_session().query(1)\n"
    runner = "from db import db_manager\nfrom test_all import test_all\ntest_all(db_manager)\n"
    check(tmp_path, project("", ""), {"test_all.py": tests, "runner.py": runner})


def test_the_chain_names_the_deciding_call(tmp_path: Path) -> None:
    opened = open_project(tmp_path, project(SERVICES, "Service(db_manager)"))
    (site,) = sites_in(opened, tmp_path / "app.py")
    shown = [f"{step.path.name}:{step.row} {step.text}" for step in site.chain]
    assert shown == [
        "app.py:4 self.db = db",
        "app.py:3 def __init__(self, db, name=None):",
        "main.py:4 Service(db_manager)",
        "main.py:2 from db import *",
        "db.py:47 db_manager = Manager()",
        "db.py:27 @contextmanager def get_session",
    ]


def test_another_content_of_the_file_has_other_callers(tmp_path: Path) -> None:
    opened = open_project(tmp_path, project(dedent(SERVICES), "Service(db_manager)"))
    app = tmp_path / "app.py"
    text = app.read_text()
    assert len(opened.sites(app, text)) == 1
    assert opened.sites(app, text + "\ndef other(x):\n    return Service(x)\n") == []
    assert len(opened.sites(app, text)) == 1


def test_a_long_way_of_calls(tmp_path: Path) -> None:
    functions = [f"def f{i}(db):\n    return f{i + 1}(db)\n" for i in range(60)]
    last = "def f60(db):\n    return db.get_session().query(1)\n"
    check(tmp_path, project("\n".join(functions) + last, "f0(db_manager)"))


def test_a_name_that_is_everywhere(tmp_path: Path) -> None:
    calls = "".join(f"handler(db_manager, {i})\n" for i in range(300))
    app = HANDLER.replace("(db)", "(db, i)").replace("# <-", "# not")
    check(tmp_path, project(app, calls))
