"""What the program may have given another value by the time of the call is no factory for certain."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import DB, check

FAKES = """
    class Session:
        def query(self, *columns):
            return []
    class Fake:
        def get_session(self):
            return Session()
"""

SERVICES = """
    from db import Manager, get_session
    class ByClassAttribute:
        database = Manager()
        def f(self):
            return self.database.get_session().query(1)  # <- ATTRIBUTE
    class ByClass:
        database_class = Manager
        def f(self):
            return self.database_class().get_session().query(1)  # <- ATTRIBUTE
    class ByInit:
        def __init__(self):
            self.database = Manager()
        def f(self):
            return self.database.get_session().query(1)  # <- ATTRIBUTE
    class ByProperty:
        @property
        def database(self):
            return Manager()
        def f(self):
            return self.database.get_session().query(1)  # <- ATTRIBUTE
    class ByFactory:
        factory = staticmethod(get_session)
        def f(self):
            return self.factory().query(1)  # <- ATTRIBUTE
    class ByBuilder:
        def __init__(self):
            self.database = self._build()
        def _build(self):
            return Manager()
        def f(self):
            return self.database.get_session().query(1)  # <- ATTRIBUTE
"""

REBINDING = {
    "class attribute": ("ByClassAttribute", "class Sub(ByClassAttribute):\n    database = Fake()"),
    "class attribute by an import": ("ByFactory", "class Sub(ByFactory):\n    from fakes import Session as factory"),
    "class attribute by init": (
        "ByClassAttribute",
        "class Sub(ByClassAttribute):\n    def __init__(self):\n        self.database = Fake()",
    ),
    "class": ("ByClass", "class Sub(ByClass):\n    database_class = Fake"),
    "init": ("ByInit", "class Sub(ByInit):\n    def __init__(self):\n        self.database = Fake()"),
    "property": ("ByProperty", "class Sub(ByProperty):\n    @property\n    def database(self):\n        return Fake()"),
    "property by an attribute": ("ByProperty", "class Sub(ByProperty):\n    database = Fake()"),
    "factory by a parameter": (
        "ByFactory",
        "class Sub(ByFactory):\n    def __init__(self, factory):\n        self.factory = factory",
    ),
    "factory by a static method": ("ByFactory", "class Sub(ByFactory):\n    factory = staticmethod(Session)"),
    "builder": ("ByBuilder", "class Sub(ByBuilder):\n    def _build(self):\n        return Fake()"),
    "two levels down": (
        "ByInit",
        "class Middle(ByInit):\n    pass\nclass Sub(Middle):\n    def __init__(self):\n        self.database = Fake()",
    ),
    "under another name": ("ByClass", "Base = ByClass\nclass Sub(Base):\n    database_class = Fake"),
    "sibling base": (
        "ByClassAttribute",
        "class Plain:\n    database = Fake()\nclass Combined(Plain, ByClassAttribute):\n    pass",
    ),
    "stored on the class": ("ByFactory", "ByFactory.factory = Session"),
    "stored on an object": ("ByInit", "service = ByInit()\nservice.database = Fake()"),
    "stored by setattr": ("ByClassAttribute", 'setattr(ByClassAttribute, "database", Fake())'),
    "stored with another": ("ByInit", "service = ByInit()\nservice.database, other = Fake(), 1"),
    "stored behind another": ("ByInit", "service = ByInit()\nservice.other, service.database = 1, Fake()"),
    "stored in a list": ("ByInit", "service = ByInit()\n[service.other, service.database] = 1, Fake()"),
    "stored by a loop": (
        "ByInit",
        "service = ByInit()\nfor service.other, service.database in [(1, Fake())]:\n    ...",
    ),
    "stored over two lines": ("ByInit", "service = ByInit()\nservice.database \\\n    = Fake()"),
}

KEPT = {
    "another attribute": "class Sub(ByInit):\n    other = Fake()",
    "the same again": "class Sub(ByClassAttribute):\n    database = Manager()",
    "nothing": "class Sub(ByClassAttribute):\n    database = None",
    "another class": "class Own:\n    def __init__(self):\n        self.database = Fake()",
    "another object": "class Own: ...\nOwn().database = Fake()",
    "a sibling base that comes later": "class Plain:\n    database = Fake()\nclass Both(ByClassAttribute, Plain): ...",
    "compared": "def use(service):\n    return service.database == Fake()",
}

PREAMBLE = "from db import Manager\nfrom services import *\nfrom fakes import Fake, Session\n"


def only_unmarked_in(class_: str) -> str:
    """The services, where the calls in one class are not to be found."""
    before, head, rest = dedent(SERVICES).partition(f"class {class_}:")
    body, next_class, after = rest.partition("\nclass ")
    return before + head + body.replace("# <-", "# not") + next_class + after


@pytest.mark.parametrize(("class_", "source"), REBINDING.values(), ids=REBINDING.keys())
def test_what_is_rebound_somewhere_is_silent(tmp_path: Path, class_: str, source: str) -> None:
    services = only_unmarked_in(class_)
    assert services.count("# <-") == 5
    check(tmp_path, {"db.py": DB, "fakes.py": FAKES, "services.py": services, "other.py": PREAMBLE + source})


def test_what_may_be_rebound_through_an_unknown_object(tmp_path: Path) -> None:
    service = """
        from db import Manager
        class Service:
            def __init__(self):
                self.database = Manager()
                self.kept = Manager()
            def f(self):
                self.database.get_session().query(1)
                self.kept.get_session().query(1)  # <- ATTRIBUTE
    """
    other = "from fakes import Fake\ndef use(service):\n    service.database = Fake()\n"
    check(tmp_path, {"db.py": DB, "fakes.py": FAKES, "services.py": service, "other.py": other})


@pytest.mark.parametrize("source", KEPT.values(), ids=KEPT.keys())
def test_what_others_rebind_is_still_found(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"db.py": DB, "fakes.py": FAKES, "services.py": SERVICES, "other.py": PREAMBLE + source})


def test_global_of_a_module_that_another_one_sets(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": DB,
            "fakes.py": FAKES,
            "state.py": "from db import Manager\nset_later = Manager()\nkept = Manager()\n",
            "setup.py": "import state\nfrom fakes import Fake\nstate.set_later = Fake()\n",
            "main.py": """
                import state
                state.set_later.get_session().query(1)
                state.kept.get_session().query(1)  # <- ATTRIBUTE
            """,
        },
    )


FIELDS = """
    import attrs
    import typing
    from dataclasses import dataclass, field
    from typing import Any, Callable, ClassVar, NamedTuple
    from db import Manager, get_session
    @dataclass
    class Repository:
        factory: Callable[[], Any] = get_session
        manager: Any = Manager()
        shared: ClassVar[Any] = Manager()
        kept = Manager()
        def f(self):
            self.factory().query(1)
            self.manager.get_session().query(1)  # <- ATTRIBUTE probable
            self.shared.get_session().query(1)  # <- ATTRIBUTE
            self.kept.get_session().query(1)  # <- ATTRIBUTE
    class Derived(Repository):
        def g(self):
            self.factory().query(1)
    class Pair(NamedTuple):
        factory: Callable[[], Any] = get_session
        def f(self):
            self.factory().query(1)
    @attrs.define
    class Defined:
        factory: Callable[[], Any] = get_session
        def f(self):
            self.factory().query(1)
    class Plain:
        manager: Any = Manager()
        def f(self):
            self.manager.get_session().query(1)  # <- ATTRIBUTE
    def use(pair: Pair):
        pair.factory().query(1)
        Pair(factory=list).factory().query(1)
"""


def test_default_of_a_field_is_only_one_of_its_values(tmp_path: Path) -> None:
    check(tmp_path, {"db.py": DB, "main.py": FIELDS})


DECORATED = """
    import functools
    from contextlib import contextmanager
    from typing import final
    from typing_extensions import deprecated
    from db import SessionLocal
    from util import override, wraps
    @deprecated("use another one")
    @contextmanager
    def known():
        yield SessionLocal()
    @override
    @contextmanager
    def own():
        yield SessionLocal()
    @wraps("reason")
    @contextmanager
    def own_with_arguments():
        yield SessionLocal()
    known().query(1)  # <- ATTRIBUTE
    own().query(1)
    own_with_arguments().query(1)
"""


def test_own_decorator_with_a_well_known_name(tmp_path: Path) -> None:
    util = "def override(f):\n    return lambda: f().__enter__()\ndef wraps(reason):\n    return override\n"
    check(tmp_path, {"db.py": DB, "util.py": util, "main.py": DECORATED})


def test_bare_call_of_a_wrapper_may_be_meant_for_what_else_it_does(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": DB,
            "wrappers.py": """
                from db import Manager, get_session
                url = None
                def forward():
                    "Only the factory's call."
                    return get_session()
                def twice():
                    return forward()
                def connect(new):
                    global url
                    url = new
                    return get_session()
                def over_connect():
                    return connect("sqlite://")
                class Pool:
                    def open(self):
                        self.is_open = True
                        return Manager().get_session()
            """,
            "main.py": """
                from wrappers import Pool, connect, forward, over_connect, twice
                forward()  # <- DISCARDED
                twice()  # <- DISCARDED
                connect("sqlite://")
                over_connect()
                Pool().open()
                connect("sqlite://").query(1)  # <- ATTRIBUTE
            """,
        },
    )


PATCHING = {
    "conftest, monkeypatch": {
        "tests/conftest.py": """
            import pytest
            import db
            @pytest.fixture(autouse=True)
            def fake(monkeypatch):
                monkeypatch.setattr(db, "get_session", lambda: [])
        """
    },
    "conftest above, with a string": {
        "conftest.py": """
            import pytest
            @pytest.fixture
            def fake(monkeypatch):
                monkeypatch.setattr("db.get_session", list)
        """
    },
    "conftest, mocker": {
        "tests/conftest.py": """
            import pytest
            @pytest.fixture
            def fake(mocker):
                return mocker.patch("db.get_session")
        """
    },
    "conftest, patch.dict": {
        "tests/conftest.py": """
            from unittest import mock
            import db
            patching = mock.patch.dict(db.__dict__, {"get_session": list})
        """
    },
    "conftest, with a module's name apart": {
        "tests/conftest.py": """
            from unittest import mock
            patching = mock.patch(f"{'db'}.get_session")
        """
    },
    "base class": {
        "tests/__init__.py": "",
        "tests/base.py": """
            import unittest
            from unittest import mock
            class Base(unittest.TestCase):
                def setUp(self):
                    patching = mock.patch("db.get_session")
                    patching.start()
        """,
    },
    "decorator from a helper": {
        "tests/__init__.py": "",
        "tests/base.py": "from tests.helpers import Base",
        "tests/helpers.py": """
            from unittest import mock
            import db
            Base = object
            patched = mock.patch.object(db, "get_session", new=list)
        """,
    },
}
TEST = """
    import db
    from db import get_session
    from wrappers import forward
    try:
        from tests.base import Base
    except ImportError:
        Base = object
    class TestService(Base):
        def test_it(self):
            db.get_session().query(1)
            get_session().query(1)
            forward().query(1)
            db.db_manager.get_async().query(1)  # <- ATTRIBUTE
"""
WRAPPERS = "import db\ndef forward():\n    return db.get_session()\n"
PROGRAM = "from wrappers import forward\nforward().query(1)  # <- ATTRIBUTE\n"


@pytest.mark.parametrize("sources", PATCHING.values(), ids=PATCHING.keys())
def test_what_tests_patch_elsewhere(tmp_path: Path, sources: dict[str, str]) -> None:
    check(tmp_path, {"db.py": DB, "wrappers.py": WRAPPERS, "main.py": PROGRAM, "tests/test_service.py": TEST}, sources)


def test_what_a_test_does_not_see_patched_is_found(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": DB,
            "tests/unit/conftest.py": 'from unittest import mock\npatched = mock.patch("db.get_session")\n',
            "tests/unit/test_a.py": "from db import get_session\nget_session().query(1)\n",
            "tests/slow/test_b.py": "from db import get_session\nget_session().query(1)  # <- ATTRIBUTE\n",
        },
    )


UNKNOWN_OBJECT = "def rows(cluster):\n    return cluster.get_session().execute('select 1')  # <- ATTRIBUTE probable\n"
FOREIGN = {
    "passed to a namespace": "import types\ncluster = types.SimpleNamespace(get_session=lambda: Driver())",
    "stored on an object": "cluster = Cluster()\ncluster.get_session = Driver",
}


def test_method_of_an_unknown_object(tmp_path: Path) -> None:
    passed = "from db import get_session\ncluster = Cluster(get_session=get_session)\n"
    check(tmp_path, {"db.py": DB, "repository.py": UNKNOWN_OBJECT, "main.py": passed})


@pytest.mark.parametrize("source", FOREIGN.values(), ids=FOREIGN.keys())
def test_method_of_an_unknown_object_that_is_also_given_otherwise(tmp_path: Path, source: str) -> None:
    unmarked = UNKNOWN_OBJECT.replace("# <-", "# not")
    check(tmp_path, {"db.py": DB, "repository.py": unmarked, "main.py": source + "\nrows(cluster)\n"})


MOCKED = {
    "a fixture": """
        def test_a(database):
            assert database.get_session().query(1) == [1]
    """,
    "a fixture by a name": """
        def test_b(database):
            session = database.get_session()
            assert session.query(1) == 3
    """,
    "told by what it returns": """
        database = make_mock()
        database.get_session.return_value = 1
        database.get_session().query(1)
    """,
    "told by what is asserted": """
        database = make_mock()
        database.get_session().query(1)
        database.get_session().query.assert_called_once()
    """,
}


@pytest.mark.parametrize("source", MOCKED.values(), ids=MOCKED.keys())
def test_mocks_that_are_named_like_the_real_thing(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"db.py": DB, "tests/test_service.py": source})


COMPUTED = """
    from contextlib import contextmanager
    class Entering:
        @contextmanager
        def session(self):
            yield 1
        def __getattribute__(self, name):
            found = object.__getattribute__(self, name)
            return (lambda: found().__enter__()) if name == "session" else found
    class Base:
        def __init_subclass__(cls):
            found = cls.__dict__["managed"]
            cls.managed = lambda self: found(self).__enter__()
    class Derived(Base):
        @contextmanager
        def managed(self):
            yield 1
        @contextmanager
        def other(self):
            yield 1
    Entering().session().query(1)
    Derived().managed().query(1)
    Derived().other().query(1)  # <- ATTRIBUTE
"""


def test_class_that_answers_for_its_attributes_itself(tmp_path: Path) -> None:
    check(tmp_path, {"main.py": COMPUTED})


def test_parameter_that_is_only_collected(tmp_path: Path) -> None:
    pool = """
        from contextlib import ExitStack
        from sqlalchemy.orm import Session
        class Pool:
            def __init__(self):
                self.managers = []
            def add(self, session: Session):
                self.managers.append(session)
            def use(self, session: Session):
                self.last = session
            def enter(self, stack: ExitStack):
                return [stack.enter_context(one) for one in self.managers]
    """
    main = """
        from db import get_session
        from pool import Pool
        Pool().add(get_session())
        Pool().use(get_session())  # <- ARGUMENT
    """
    check(tmp_path, {"db.py": DB, "pool.py": pool, "main.py": main})
