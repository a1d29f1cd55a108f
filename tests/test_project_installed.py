"""Factories of installed packages: found where the name leads to one, and silent in every other case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import found_in, marked_in, sites_in, write_project
from sessionfix.project import Project
from sessionfix.project.packages import Packages
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve

pytestmark = pytest.mark.usefixtures("_look_through_packages")

PACKAGE = {
    "pkg/__init__.py": """
        from pkg.core.session import create_session as exported
        from .core.session import *
    """,
    "pkg/core/__init__.py": "",
    "pkg/core/session.py": """
        import contextlib
        from contextlib import asynccontextmanager
        from sqlalchemy.orm import sessionmaker

        Local = sessionmaker()

        @contextlib.contextmanager
        def create_session():
            session = Local()
            try:
                yield session
                session.commit()
            except Exception:
                session.rollback()
                raise
            finally:
                session.close()

        @asynccontextmanager
        async def create_async():
            yield Local()

        def forward():
            return create_session()

        def annotated() -> "Manager":
            return registry["manager"]

        def optional(wanted):
            return create_session() if wanted else Local()

        def plain():
            return Local()

        class Base:
            @contextlib.contextmanager
            def inherited(self):
                yield Local()

            def text(self):
                return ""

        class Manager(Base):
            def __init__(self):
                self.factory = create_session

            @contextlib.contextmanager
            def session(self):
                yield Local()

            @classmethod
            @contextlib.contextmanager
            def shared(cls):
                yield Local()

            def odd(self):
                return Local()

        manager = Manager()
    """,
    "pkg/broken.py": "def create_session(:\n",
    "other/__init__.py": """
        from pkg.core.session import create_session, Manager

        manager = Manager()

        def from_object():
            return manager.session()
    """,
    "single.py": """
        from contextlib import contextmanager
        @contextmanager
        def scope():
            yield 1
    """,
}


def packages_in(folder: Path, sources: Mapping[str, str] = PACKAGE) -> Packages:
    write_project(folder, sources)
    for name, source in sources.items():
        if name.endswith(".pyi"):
            (folder / name).write_text(source, encoding="utf-8")
    return Packages((str(folder),))


def check(tmp_path: Path, sources: Mapping[str, str], installed: Mapping[str, str] = PACKAGE) -> Project:
    """Assert that exactly the marked calls are found with the packages at hand, and none of them without.

    With the packages, the sieve must let these pass.
    """
    root = tmp_path / "project"
    files = write_project(root, sources)
    packages = packages_in(tmp_path / "site", installed)
    assert found_in(Project(Setup(root, files)), root) == []
    setup = Setup(root, files, packages=packages)
    assert found_in(Project(setup, sieve=Sieve(setup)), root) == marked_in(root)
    project = Project(setup)
    assert found_in(project, root) == marked_in(root)
    return project


FOUND = {
    "a function": "from pkg.core.session import create_session\ncreate_session().query(1)",
    "under an alias": "from pkg.core.session import create_session as cs\ncs().query(1)",
    "over the module": "from pkg.core import session\nsession.create_session().query(1)",
    "over the whole path": "import pkg.core.session\npkg.core.session.create_session().query(1)",
    "exported again": "from pkg import exported\nexported().query(1)",
    "by a star": "from pkg import create_session\ncreate_session().query(1)",
    "by another package": "from other import create_session\ncreate_session().query(1)",
    "of a single module": "from single import scope\nscope().query(1)",
    "by a wrapper": "from pkg.core.session import forward\nforward().query(1)",
    "of an object": "from pkg.core.session import Manager\nManager().session().query(1)",
    "of an annotated object": "from pkg.core.session import Manager\ndef f(m: Manager): m.session().query(1)",
    "of an object of the module": "from pkg.core.session import Manager\nm = Manager()\ndef f(): m.session().query(1)",
    "of another package's class": "from other import Manager\ndef f(m: Manager): m.session().query(1)",
    "of a base": "from pkg.core.session import Manager\nManager().inherited().query(1)",
    "on an attribute": "from pkg.core.session import Manager\nManager().factory().query(1)",
    "of a class": "from pkg.core.session import Manager\nManager.shared().query(1)",
    "of a singleton": "from pkg.core.session import manager\nmanager.session().query(1)",
}


@pytest.mark.parametrize("source", FOUND.values(), ids=FOUND)
def test_found(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"main.py": f"{source}  # <- ATTRIBUTE\n"})


IMPORTS = (
    "from pkg.core.session import *\nfrom pkg.core.session import create_session, create_async, Manager, manager\n"
)
SILENT = {
    "entered": "with create_session() as s:\n    s.query(1)",
    "entered later": "cm = create_session()\nwith cm as s:\n    s.query(1)",
    "entered and used": "def f(x):\n    cm = create_session()\n    if x:\n        with cm: pass\n    cm.query(1)",
    "entered by a stack": "def f(stack):\n    s = stack.enter_context(create_session())\n    s.query(1)",
    "returned": "def f():\n    return create_session()",
    "a decorator": "@create_session()\ndef f(): ...",
    "async entered": "async def f():\n    async with create_async() as s:\n        s.query(1)",
    "plain": "from pkg.core.session import plain\nplain().query(1)",
    "one of two kinds": "from pkg.core.session import optional\noptional(1).query(1)",
    "a plain method": "Manager().odd().query(1)",
    "an inherited plain method": "Manager().text().split()",
    "no such name": "from pkg.core.session import gone\ngone().query(1)",
    "no such method": "Manager().gone().query(1)",
    "no such module": "from pkg.gone import create_session as c\nc().query(1)",
    "no such package": "from gone.core.session import create_session as c\nc().query(1)",
    "a module that can't be parsed": "from pkg.broken import create_session as c\nc().query(1)",
    "a class": "Manager().query(1)",
    "under a variable's name": "make = create_session\nmake().query(1)",
    "under an attribute's name": "class A:\n    make = create_session\nA.make().query(1)",
    "by what reads it from another package's object": "from other import from_object\nfrom_object().query(1)",
    "replaced by the project": "import pkg.core.session as p\np.create_session = object\ncreate_session().query(1)",
    "a method replaced by the project": "Manager.session = object\nManager().session().query(1)",
    "two meanings": "try:\n    from pkg import exported as e\nexcept ImportError:\n    e = object\ne().query(1)",
    "overridden in the project": """
        class Mine(Manager):
            def session(self):
                return 1
        def f(m: Manager):
            m.session().query(1)
    """,
    "overridden in the project's own class": """
        class Mine(Manager):
            def session(self):
                return 1
        Mine().session().query(1)
    """,
}


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_silent(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"main.py": IMPORTS + dedent(source)})


def test_subclass_that_has_no_such_method_of_its_own_changes_nothing(tmp_path: Path) -> None:
    source = """
        from pkg.core.session import Manager

        class Mine(Manager):
            def more(self):
                return 1

        def f(m: Manager):
            m.session().query(1)  # <- ATTRIBUTE
    """
    check(tmp_path, {"main.py": source})


def test_module_and_attribute_of_one_name_are_told_apart_or_not_followed(tmp_path: Path) -> None:
    installed = {
        "both/__init__.py": "from both.db import db\n",
        "both/db.py": "class Plain:\n    def scope(self): return 1\ndb = Plain()\n" + dedent(PACKAGE["single.py"]),
    }
    source = "from both import db\nfrom both.db import scope\ndb.scope().query(1)\nscope().query(1)\n"
    check(tmp_path, {"main.py": source}, installed)


def test_wrapper_of_the_project(tmp_path: Path) -> None:
    sources = {
        "db.py": "from pkg import exported\n\ndef get_db():\n    return exported()\n",
        "main.py": "from db import get_db\n\ndef f():\n    s = get_db()  # <- BOUND\n    s.query(1)\n",
    }
    check(tmp_path, sources)


def test_wrong_with(tmp_path: Path) -> None:
    source = "from pkg.core.session import create_async\nwith create_async() as s:  # <- WRONG_WITH\n    s.query(1)\n"
    check(tmp_path, {"main.py": source})


def test_chain_names_the_package_and_not_where_it_lies(tmp_path: Path) -> None:
    source = "from pkg import exported\n\ndef f():\n    exported().query(1)  # <- ATTRIBUTE\n"
    project = check(tmp_path, {"main.py": source})
    (site,) = sites_in(project, tmp_path / "project" / "main.py")

    assert [
        (step.path.as_posix().removeprefix((tmp_path / "project").as_posix()), step.row, step.text)
        for step in site.chain
    ] == [
        ("/main.py", 1, "from pkg import exported"),
        ("pkg/__init__.py", 2, "from pkg.core.session import create_session as exported"),
        ("pkg/core/session.py", 9, "pkg.core.session.create_session"),
    ]


def test_exit_is_read_from_the_installed_source(tmp_path: Path) -> None:
    source = "from pkg import exported\n\ndef f():\n    exported().query(1)  # <- ATTRIBUTE\n"
    project = check(tmp_path, {"main.py": source})
    (site,) = sites_in(project, tmp_path / "project" / "main.py")

    assert (site.factory.yields, site.factory.is_async) == ("session", False)
    assert site.factory.exit.commits
    assert site.factory.exit.closes
    assert site.factory.exit.rolls_back
    assert site.factory.exit.is_orm


@pytest.mark.parametrize("own", ["pkg.py", "pkg/__init__.py", "src/pkg/__init__.py"])
def test_module_of_the_project_hides_an_installed_one(tmp_path: Path, own: str) -> None:
    source = "from pkg.core.session import create_session\ncreate_session().query(1)\n"
    check(tmp_path, {own: "x = 1\n", "main.py": source})


def test_folder_of_the_same_name_hides_nothing(tmp_path: Path) -> None:
    source = "from pkg.core.session import create_session\ncreate_session().query(1)  # <- ATTRIBUTE\n"
    check(tmp_path, {"pkg/dags/one.py": "x = 1\n", "main.py": source})


def test_the_standard_library_is_not_looked_for(tmp_path: Path) -> None:
    installed = {"tempfile.py": "from contextlib import contextmanager\n@contextmanager\ndef scope():\n    yield 1\n"}
    check(tmp_path, {"main.py": "import tempfile\ntempfile.scope().query(1)\n"}, installed)


def test_packages_are_read_only_as_needed(tmp_path: Path) -> None:
    read: list[str] = []

    class Watched(Project):
        def facts_of(self, file: str) -> object:  # type: ignore[override]  # the same answer, with a note
            read.append(Path(file).relative_to(tmp_path).as_posix())
            return super().facts_of(file)

    sources = {
        "main.py": "import other, single\nfrom pkg.core.session import create_session\ncreate_session()\nsingle.x\n"
    }
    files = write_project(tmp_path / "project", sources)
    project = Watched(Setup(tmp_path / "project", files, packages=packages_in(tmp_path / "site")))

    assert len(sites_in(project, tmp_path / "project" / "main.py")) == 1
    on_the_way = {"site/pkg/__init__.py", "site/pkg/core/__init__.py", "site/pkg/core/session.py"}
    assert set(read) == {"project/main.py", *on_the_way}


# stubs

STUBS = """
from contextlib import AbstractContextManager, _GeneratorContextManager, asynccontextmanager, contextmanager
from collections.abc import AsyncIterator, Iterator
from sqlalchemy.orm import Session
from typing import ContextManager, overload

@contextmanager
def decorated() -> Iterator[Session]: ...
@asynccontextmanager
def decorated_async() -> AsyncIterator[Session]: ...
def made() -> _GeneratorContextManager[Session]: ...
def abstract() -> AbstractContextManager[Session]: ...
def typed() -> ContextManager[Session]: ...
def file() -> AbstractContextManager[Response]: ...
def bare() -> AbstractContextManager: ...
def plain() -> Session: ...
async def coroutine() -> AbstractContextManager[Session]: ...
class Store:
    @contextmanager
    def session(self) -> Iterator[Session]: ...
    @property
    def prop(self) -> AbstractContextManager[Session]: ...
"""


@pytest.mark.parametrize("path", ["stubbed/db.pyi", "stubbed-stubs/db.pyi"])
@pytest.mark.parametrize(
    "call",
    ["db.decorated()", "db.decorated_async()", "db.made()", "db.abstract()", "db.typed()", "db.Store().session()"],
)
def test_stub_tells(tmp_path: Path, path: str, call: str) -> None:
    installed = {path: STUBS, path.replace("db.pyi", "__init__.pyi"): ""}
    project = check(tmp_path, {"main.py": f"from stubbed import db\n{call}.query(1)  # <- ATTRIBUTE\n"}, installed)
    (site,) = sites_in(project, tmp_path / "project" / "main.py")

    assert site.factory.exit.swallows
    assert site.factory.is_async == ("async" in call)


@pytest.mark.parametrize(
    "call", ["db.file()", "db.bare()", "db.plain()", "db.coroutine()", "db.Store().prop()", "db.gone()"]
)
def test_stub_does_not_tell(tmp_path: Path, call: str) -> None:
    installed = {"stubbed/db.pyi": STUBS, "stubbed/__init__.pyi": ""}
    check(tmp_path, {"main.py": f"from stubbed import db\n{call}.query(1)\n"}, installed)


def test_source_goes_before_its_stub(tmp_path: Path) -> None:
    installed = {"stubbed/db.pyi": STUBS, "stubbed/__init__.py": "", "stubbed/db.py": "def decorated(): return 1\n"}
    check(tmp_path, {"main.py": "from stubbed import db\ndb.decorated().query(1)\n"}, installed)


# where packages lie


def test_first_folder_of_a_name_wins(tmp_path: Path) -> None:
    write_project(tmp_path / "one", {"pkg/__init__.py": "", "space/a.py": PACKAGE["single.py"]})
    write_project(tmp_path / "two", {"pkg/__init__.py": "", "pkg/db.py": "", "space/b.py": PACKAGE["single.py"]})
    packages = Packages((str(tmp_path / "one"), str(tmp_path / "two")))
    found = {name: packages.find(name) for name in ("pkg.db", "space.a", "space.b", "gone")}

    assert found["pkg.db"] is None
    assert found["gone"] is None
    assert [module.file for module in found.values() if module] == [
        str(tmp_path / "one" / "space" / "a.py"),
        str(tmp_path / "two" / "space" / "b.py"),
    ]


def test_mapped_packages_lie_elsewhere(tmp_path: Path) -> None:
    files = write_project(tmp_path / "project", {"main.py": "from mine.db import scope\nscope().query(1)\n"})
    write_project(tmp_path / "code" / "deep", {"mine/__init__.py": "", "mine/db.py": PACKAGE["single.py"]})
    packages = Packages((), {"mine": str(tmp_path / "code" / "deep" / "mine")})
    project = Project(Setup(tmp_path / "project", files, packages=packages))

    (site,) = sites_in(project, files[0])
    assert site.chain[-1].path.as_posix() == "mine/db.py"
    assert site.chain[-1].text == "mine.db.scope"
