"""With installed packages at hand, the sieve lets everything pass that may matter, and far from everything."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import Marks, found_in, write_project
from sessionfix.project import Project
from sessionfix.project.packages import Packages
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve

pytestmark = pytest.mark.usefixtures("_look_through_packages")

# generated packages and projects

HEADER = (
    "from contextlib import asynccontextmanager, contextmanager\nfrom functools import partial\n"
    "from sqlalchemy.orm import Session\n"
)
DEFINITIONS = (
    "@contextmanager\ndef {new}():\n    yield Session()",
    "@asynccontextmanager\nasync def {new}():\n    yield Session()",
    "def {new}():\n    return {old}()",
    "def {new}():\n    made = {old}()\n    return made",
    "def {new}():\n    return {old}",
    "async def {new}():\n    return {old}()",
    "{new} = {old}",
    "{new} = lambda: {old}()",
    "{new} = {old} or {other}",
    "{new} = contextmanager({old})",
    "if True:\n    @contextmanager\n    def {new}():\n        yield Session()",
    "class {new}:\n    @contextmanager\n    def scope(self):\n        yield Session()\n    make = {old}",
    "class {new}:\n    def scope(self):\n        return {old}()",
    "class {new}:\n    @property\n    def prop(self):\n        return {old}",
    "class {new}:\n    def __init__(self):\n        self.make = {old}\n    def scope(self): return self.make()",
    "class {new}({old}):\n    pass",
    "{new} = {old}()",
    "def managed_{new}(f):\n    return contextmanager(f)\n@managed_{new}\ndef {new}():\n    yield Session()",
    """def managed_{new}(f):
    @contextmanager
    def inner():
        yield f()
    return inner
@managed_{new}
def {new}():
    return 1""",
    "def {new}():\n    @contextmanager\n    def inner():\n        yield Session()\n    return inner",
    "class {new}:\n    @contextmanager\n    def __call__(self):\n        yield Session()",
)
IMPORTS = (
    "from {module} import {name}#{name}",
    "from {module} import {name} as other_{name}#other_{name}",
    "import {module} as mod_{name}#mod_{name}.{name}",
    "import {module}#{module}.{name}",
    "import {top}#{module}.{name}",
    "from {package} import {last}#{last}.{name}",
    "from {module} import *#{name}",
)
USES = (
    "{name}().query(1)",
    "{name}().scope().query(1)",
    "{name}().make().query(1)",
    "{name}.scope().query(1)",
    "{name}()().query(1)",
    "{name}().prop().query(1)",
    "session = {name}()\n    session.query(1)\n    session.close()",
    "with {name}() as session:\n        session.query(1)\n    session.query(2)",
    "async with {name}() as session:\n        session.query(1)",
    "with {name}().scope() as session:\n        session.query(1)",
    "make = {name}\n    make().query(1)",
    "thing.scope().query(1)",
)
OWN = (
    "def {new}():\n    return {name}()",
    "def {new}():\n    made = {name}()\n    return made",
    "def {new}():\n    return {name}().scope()",
    "{new} = {name}",
    "{new} = {name}()",
    "class {new}:\n    def scope(self):\n        return {name}()\n    make = {name}",
    "class {new}:\n    def __init__(self, make={name}):\n        self.make = make\n        self.held = {name}()",
)
TAKEN = (
    "from own import own_0#own_0",
    "from own import own_1 as mine#mine",
    "import own#own.own_2",
    "import own#own",
    "from own import *#own_1",
)
MODULES = ("Aone.db", "Aone.deep.more", "Aone.api", "two", "three.db", "three")


def generated(seed: int) -> tuple[dict[str, str], dict[str, str]]:
    """Packages of some modules that define names by one another, and a project that uses them."""
    chance = random.Random(seed)
    modules = chance.sample(MODULES, chance.randint(2, len(MODULES)))
    installed: dict[str, str] = {}
    names: dict[str, str] = {}
    for number, module in enumerate(modules):
        new = chance.choice(["Name", "name"]) + str(number)
        parts, shown = imported(chance, names, 2) if names else ([], ["Session"])
        definition = chance.choice(DEFINITIONS).format(new=new, old=shown[0], other=shown[-1])
        is_package = any(other.startswith(module + ".") for other in MODULES)
        path = module.replace(".", "/") + ("/__init__.py" if is_package else ".py")
        installed[path] = HEADER + "\n".join(parts) + f"\n{definition}\n"
        names[module] = new
    if any(path.startswith("Aone/") for path in installed) and chance.random() < 0.5:
        installed.setdefault("Aone/__init__.py", "from .db import *\n")
    return installed, project(chance, names)


def project(chance: random.Random, names: Mapping[str, str]) -> dict[str, str]:
    """Two modules that use what packages hand out, one of them by what the other makes of it."""
    parts, shown = imported(chance, names, 3)
    own = [chance.choice(OWN).format(name=chance.choice(shown), new=f"own_{number}") for number in range(3)]
    start = "\n".join([HEADER, *parts, *own])
    taken = [chance.choice(TAKEN) for _ in range(2)]
    shown += [one.split("#")[1] for one in taken]
    uses = [chance.choice(USES).format(name=chance.choice(shown)) for _ in range(5)]
    again = "\n".join([*imported(chance, names, 2)[0], *(one.split("#")[0] for one in taken), *parts])
    body = "\n    ".join(uses)
    return {"own.py": start + "\n", "main.py": f"{again}\n\nasync def go(thing):\n    {body}\n"}


def imported(chance: random.Random, names: Mapping[str, str], most: int) -> tuple[list[str], list[str]]:
    """Imports of some of the names, and what these are called then."""
    found = []
    for module in chance.sample(sorted(names), min(most, len(names))):
        package, _, last = module.rpartition(".")
        choices = [one for one in IMPORTS if package or "{package}" not in one]
        parts = {"module": module, "name": names[module], "package": package, "last": last}
        found.append(chance.choice(choices).format(top=module.partition(".")[0], **parts))
    return [one.split("#")[0] for one in found], [one.split("#")[1] for one in found]


def both(root: Path, installed: Mapping[str, str], sources: Mapping[str, str]) -> tuple[Marks, Marks]:
    """What is found with the sieve, and without it."""
    write_project(root / "site", installed)
    for name, source in installed.items():
        (root / "site" / name).write_text(dedent(source), encoding="utf-8")
    files = write_project(root / "project", sources)
    found = []
    for is_sieved in (True, False):
        packages = Packages((str(root / "site"),))
        setup = Setup(root / "project", files, packages=packages)
        found.append(found_in(Project(setup, sieve=Sieve(setup) if is_sieved else None), root / "project"))
    return found[0], found[1]


def test_generated_packages_hand_out_the_same_without_the_sieve(tmp_path: Path) -> None:
    count = 0
    for seed in range(80):
        sieved, exhaustive = both(tmp_path / str(seed), *generated(seed))
        assert sieved == exhaustive, seed
        count += len(exhaustive)
    assert count > 20


# single cases

PACKAGE = {
    "pkg/__init__.py": "from pkg.core import *\nfrom .core import scope as exported\n"
    "from single import unit as unit_of\n",
    "pkg/core.py": """
        from contextlib import contextmanager
        import other

        @contextmanager
        def scope():
            yield 1

        def forward():
            return scope()

        def build():
            @contextmanager
            def built():
                yield 1
            return built

        made = build()
        other_scope = other.scope_of_other
        text = "def scope(): pass"

        class Client:
            @contextmanager
            def get(self):
                yield 1

            @property
            def current(self):
                return scope

        class Special(Client):
            def open(self):
                return self.get()

        client = Special()
        foreign = other.Manager()
    """,
    "other/__init__.py": "from contextlib import contextmanager as cm\nfrom .deep import Manager\n"
    "@cm\ndef scope_of_other():\n    yield 1\n",
    "other/deep.py": "import contextlib\nclass Manager:\n    @contextlib.asynccontextmanager\n"
    "    async def run(self):\n        yield 1\n",
    "single.py": "from contextlib import contextmanager\ndef managed(f):\n    return contextmanager(f)\n"
    "@managed\ndef unit():\n    yield 1\n",
    "space/part/db.py": "from contextlib import contextmanager\n@contextmanager\ndef spaced():\n    yield 1\n",
    "stubbed/__init__.pyi": "from ._types import Manager as M\nfrom sqlalchemy.orm import Session\n"
    "def connect() -> M[Session]: ...\n",
    "stubbed/_types.pyi": "from contextlib import AbstractContextManager as Manager\n",
    "named/__init__.py": "from contextlib import contextmanager\n@contextmanager\ndef importable():\n    yield 1\n",
    "named/important.py": "from contextlib import contextmanager\n@contextmanager\ndef reimported():\n    yield 1\n",
    "far/__init__.py": "",
    "far/away/__init__.py": "",
    "far/away/db.py": "from contextlib import contextmanager\n@contextmanager\ndef lazily():\n    yield 1\n",
    "near.py": "import far\nloaded = far.away.db.lazily\n",
    "mine/__init__.py": "from contextlib import contextmanager\n@contextmanager\ndef hidden():\n    yield 1\n",
    "unused.py": "from contextlib import contextmanager\n@contextmanager\ndef save():\n    yield 1\n",
}
FOUND = {
    "by a star": "from pkg import scope\nscope().x",
    "exported under another name": "from pkg import exported\nexported().x",
    "exported from another package": "import pkg\npkg.unit_of().x",
    "under an alias": "from pkg import scope as s\ns().x",
    "passed on": "from pkg.core import forward\nforward().x",
    "built": "from pkg.core import made\nmade().x",
    "of another package": "from pkg.core import other_scope\nother_scope().x",
    "a method": "from pkg import Client\nClient().get().x",
    "a method that passes on": "from pkg import Special\nSpecial().open().x",
    "under a common name": "from pkg import client\nclient.get().x",
    "of a parameter's class": "from pkg import Client\ndef f(c: Client):\n    c.get().x",
    "a property": "from pkg import client\nclient.current().x",
    "of another package's object": "from pkg.core import foreign\nforeign.run().x",
    "by an own decorator": "import single\nsingle.unit().x",
    "in a namespace package": "from space.part.db import spaced\nspaced().x",
    "in a stub": "import stubbed\nstubbed.connect().x",
    "under a keyword's letters": "from named import importable\nimportable().x",
    "in a module with a keyword's letters": "from named import important\nimportant.reimported().x",
    "in a module that nobody imports": "import far\nfar.away.db.lazily().x",
    "in a module that no package imports": "from near import loaded\nloaded().x",
    "after a comment": "x = 1  # from here\nfrom pkg import scope\nscope().x",
    "in a line with others": "import os; import pkg.core as core, single\ncore.scope().x",
    "over lines": "from pkg \\\n    import (  # all (of it)\n    scope,\n)\nscope(\n).x",
}
ROUNDABOUT = {
    "a wrapper": ("from pkg import scope\ndef make():\n    return scope()", "from own import make\nmake().x"),
    "a wrapper's wrapper": (
        "import pkg\nclass A:\n    def get(self):\n        made = pkg.client.get()\n        return made\na = A()",
        "from own import a\ndef f():\n    s = a.get()\n    s.x",
    ),
    "an alias": ("from pkg import scope as s", "from own import s as t\nt().x"),
    "an object": ("import pkg\nclient = pkg.Special()", "from own import client\nclient.open().x"),
    "a module": ("from pkg import core", "import own\nown.core.scope().x"),
    "an argument": ("def run(scope):\n    scope().x", "from own import run\nfrom pkg import scope\nrun(scope)"),
    "a variable": ("import pkg\nmake = pkg.scope", "from own import make\nmake().x"),
}
NOT_FOUND = {
    "the project's package of that name": (
        "mine/__init__.py",
        "def hidden(): return 1",
        "from mine import hidden\nhidden().x",
    ),
    "a builtin": ("other.py", "", "open('x').read()"),
}


@pytest.mark.parametrize("source", FOUND.values(), ids=FOUND)
def test_what_a_package_hands_out_is_let_pass(tmp_path: Path, source: str) -> None:
    sieved, exhaustive = both(tmp_path, PACKAGE, {"main.py": source + "\n"})
    assert sieved == exhaustive
    assert [use for _, _, use in exhaustive] == ["ATTRIBUTE"]


@pytest.mark.parametrize("own", ROUNDABOUT.values(), ids=ROUNDABOUT)
def test_what_the_project_makes_of_it_is_let_pass(tmp_path: Path, own: tuple[str, str]) -> None:
    sieved, exhaustive = both(tmp_path, PACKAGE, {"own.py": own[0] + "\n", "main.py": own[1] + "\n"})
    assert sieved == exhaustive


@pytest.mark.parametrize("case", NOT_FOUND.values(), ids=NOT_FOUND)
def test_what_is_no_package_s_is_left_out(tmp_path: Path, case: tuple[str, str, str]) -> None:
    name, content, source = case
    assert both(tmp_path, PACKAGE, {name: content + "\n", "main.py": source + "\n"}) == ([], [])


def test_object_that_is_called_lets_every_file_pass(tmp_path: Path) -> None:
    installed = {
        "pkg.py": "from contextlib import contextmanager\nclass Maker:\n    @contextmanager\n"
        "    def __call__(self):\n        yield 1\nmake = Maker()\n"
    }
    sieved, exhaustive = both(tmp_path, installed, {"main.py": "import pkg\npkg.make().x\n"})
    assert sieved == exhaustive
    assert len(exhaustive) == 1


def test_project_that_lies_among_packages_is_looked_at_whole(tmp_path: Path) -> None:
    files = write_project(tmp_path / "project", {"main.py": "x = 1\n"})
    packages = Packages((str(tmp_path),))
    assert Sieve(Setup(tmp_path / "project", files, packages=packages)).may_have_sites(files[0])


# counts


def test_few_files_are_looked_at_with_an_environment(tmp_path: Path) -> None:
    plain = "import pkg\n\ndef f(x):\n    x.status(pkg.text)\n    with pkg.scope():\n        return x.path\n"
    sources = {**{f"plain{number}.py": plain for number in range(20)}, "wrong.py": "import pkg\npkg.scope().x\n"}
    files = write_project(tmp_path / "project", sources)
    write_project(tmp_path / "site", PACKAGE)
    sieve = Sieve(Setup(tmp_path / "project", files, packages=Packages((str(tmp_path / "site"),))))

    assert [path.name for path in files if sieve.may_have_sites(path)] == ["wrong.py"]
    assert sieve.names_suspect("scope")
    assert not sieve.names_suspect("save")
    assert sieve.read == len(files) + 5  # of pkg, other and single
    assert sieve.parsed <= 15


def test_packages_are_entered_no_further_than_imports_lead(tmp_path: Path) -> None:
    installed = {
        "pkg/__init__.py": '"""\nimport far_off\npkg.plugin\n"""\nfrom .core import scope\n',
        "pkg/core.py": "from contextlib import contextmanager\n@contextmanager\ndef scope():\n    yield 1\n",
        "pkg/plugin.py": "import checker\n",
        "pkg/testing.py": "import checker\n",
        "checker.py": "from contextlib import contextmanager\n@contextmanager\ndef set():\n    yield 1\n",
        "far_off.py": "import checker\n",
    }
    files = write_project(tmp_path / "project", {"main.py": "import pkg\ndef f(x):\n    x.set(1).pkg\n"})
    write_project(tmp_path / "site", installed)
    sieve = Sieve(Setup(tmp_path / "project", files, packages=Packages((str(tmp_path / "site"),))))

    assert not sieve.may_have_sites(files[0])
    assert not sieve.names_suspect("set")
    assert sieve.read == len(files) + 2


def test_small_project_is_looked_at_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    files = write_project(tmp_path / "project", {"main.py": "import pkg\n"})
    write_project(tmp_path / "site", PACKAGE)
    sieve = Sieve(Setup(tmp_path / "project", files, packages=Packages((str(tmp_path / "site"),))))

    assert sieve.may_have_sites(files[0])
    assert sieve.read == 1
