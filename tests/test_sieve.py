"""The sieve lets everything pass that may matter, and little else; how far files are looked into is counted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from project_samples import DB, found_in, let_pass, open_project, write_project
from sessionfix import targets
from sessionfix.checking import Checker, Counts
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.project.sieve.sketch import sketch_of
from sessionfix.project.sites import Use
from sessionfix.settings import Settings
from sessionfix.targets import plan

MONITORING = Path(__file__).parent / "fixtures" / "monitoring_api"


# sketches


@pytest.mark.parametrize(
    "source",
    [
        "wanted()",
        "x.wanted (1)",
        "(wanted  # why\n # and more\n (1))",
        "(wanted\n  (1))",
        "wanted\\\n  (1)",
        "return(wanted(1))",
        "def wanted(): ...",
        "def wanted[T](): ...",
        "class wanted: ...",
        "from a import wanted",
        "from a import (b,  # c (d)\n  wanted)",
        "from a import b, \\\n  wanted",
        "from a import (important,\n  # c (d)\n  wanted)",
        "import a; from b import (c,\n  wanted)",
        "import a as wanted",
        "x = a.wanted",
        "f(a . wanted, 1)",
        "f(a.wanted)",
        "x: a.wanted = 1",
        "def f(x: None | a.wanted = None): ...",
        "class B(a.wanted[int]): ...",
        "from a import *\nx = wanted",
        "x.\uff57anted()",
        "# coding: latin-1\nx = '\xe4'\nwanted()",
        "x = 1\rwanted()\r",
    ],
)
def test_names_that_may_be_used_are_in_the_sketch(source: str) -> None:
    content = source.encode("latin-1" if "latin" in source else "utf-8")
    assert b"wanted" in sketch_of(content).names.split()


@pytest.mark.parametrize("source", ["wanted = 1", "x.wanted.y = 1", "x.wanted = 1", "f(wanted)", "# wanted"])
def test_names_that_are_only_mentioned_are_not(source: str) -> None:
    assert b"wanted" not in sketch_of(source.encode()).names.split()


@pytest.mark.parametrize("content", [b"x = '\0'", b"x = '\xff'", b"# coding: nonsense\n"])
def test_what_cannot_be_read_is_closed(content: bytes) -> None:
    assert sketch_of(content).is_closed


# files


LEFT = [
    "session = get_session()\nsession.query(1)",
    "get_session().query(1)",
    "with get_session() as a, other(get_session().x): ...",
    "with get_session().begin(): ...",
    "with (get_session()).begin(): ...",
    "async with get_session() as s: ...",
    "with closing(get_session()): ...",
    "with get_session() as s:\n    s.x()\ns.query(1)",
    "for x in y:\n    s.query(1)\n    with get_session() as s:\n        pass",
    "def f():\n    if x:\n        with get_session() as s:\n            pass\n    def g(): ...\n    s.query(1)",
    "with get_session() as s:\n    q = s.query(1)\nq.all()",
    "make = get_session\nmake().query(1)",
    "(get_session if x else y)().query(1)",
    "# ask the class\nget_session().query(1)",
    'x = f"""\n# {get_session().query(1)}\n"""',
    'x = """\n# """, get_session().query(1)',
    "from db import (  # all of it (see db)\n    get_session as make,\n)\nmake().query(1)",
    "from db import \\\n    get_session as make\nmake().query(1)",
    "import db; from db import get_session as make\nmake().query(1)",
    "with (get_session(), other()).x: ...",
    "with (get_session(), other()) as pair: ...",
    "with other(get_session()): ...",
    "with await(x).get_session(): ...",
    "with other(): get_session().query(1)",
    "with lambda: get_session(): ...",
    "with other(f'{x:),}', get_session().y): ...",
    "x = f'{get_session().query(1)}'",
    'x = f"""\n{get_session().query(1)}"""',
    "x = rb'\\' + get_session().x + b'\\'",
    "x = '\\\\' + get_session().x + '\\\\'",
    'if"a": get_session().query(1)',
    'x = f"{\'}\' + d["a"]} {get_session().query(1)}"',
    "with get_session() as s:\n    s.x()\nif x:\n    s = 1\ns.query(1)",
    "with get_session() as s:\n    s.x()\ns = s.query(1)",
    "try:\n    with get_session() as s:\n        s.x()\n    s = 1\nexcept E:\n    s.query(1)",
    "def f():\n    s.query(1)\ns = 1\nwith get_session() as s:\n    s.x()\nf()",
    "for x in y:\n    s.query(1)\n    s = 1\n    with get_session() as s:\n        pass",
    "with get_session() as s:\n    s.x()\nfor x in y:\n    with other() as s:\n        s.x()\ns.query(1)",
    "with get_session() as s:\n    s.x()\nwith s.query(1) as s:\n    s.x()",
]
CLEARED = [
    "with get_session() as s:\n    s.query(1)",
    "with get_session():\n    pass",
    "with get_session('a', b=1) as s, other() as t:\n    s.query(t)",
    "def f():\n    with get_session() as s:\n        s.query(1)\n\ndef g(s):\n    s.query(1)",
    "# get_session().query(1)",
    "__all__ = ['get_session']",
    "x.get_session = 1",
    "from db import important, \\\n    get_session",
    "from db import (  # all of it (see db)\n    important,\n    get_session,\n)",
    "def f():\n    with get_session() as s:\n        s.x()\n    with get_session() as s:\n        s.y()",
    "with get_session() as s:\n    s.x()\ns = 1\nprint(s)",
    "def f(y):\n  for x in y:\n    with get_session() as s:\n      s.x()\n    with get_session() as s:\n      s.y()",
    "def f():\n  if x:\n    with get_session() as s:\n      s.x()\n  else:\n    with other() as s:\n      s.y()",
    "with get_session(f'{x.y}.z {{') as s:\n    s.x()",
    "with get_session(\n    a={1: 2},  # why (\n    b='it\\'s',\n) as s:\n    s.x()",
    "with (\n    other() as t,\n    get_session(),\n):\n    pass",
    "with (get_session() as s):\n    s.x()",
    "def f():\n    '''Use `get_session()`\n\nor get_session.\n'''\n    with get_session() as s:\n        s.x()",
    "x = 1  # as get_session().query(1) does",
    "x = 'get_session().query(1)' 'with get_session'",
    "x = f'get_session().query {x}'",
]


@pytest.mark.parametrize("source", LEFT)
def test_what_may_be_wrong_is_let_pass(tmp_path: Path, source: str) -> None:
    assert "main.py" in let_pass(tmp_path, {"db.py": DB, "main.py": f"from db import get_session\n{source}\n"})


@pytest.mark.parametrize("source", CLEARED)
def test_what_can_be_told_is_left_out(tmp_path: Path, source: str) -> None:
    assert "main.py" not in let_pass(tmp_path, {"db.py": DB, "main.py": f"from db import get_session\n{source}\n"})


def test_builtin_of_the_same_name_is_left_out(tmp_path: Path) -> None:
    sources = {"db.py": DB.replace("def static", "def open"), "main.py": "open(1).read()\n", "own.py": "x.open().y\n"}
    assert let_pass(tmp_path, sources) == {"own.py"}


def test_what_cannot_be_read_is_let_pass(tmp_path: Path) -> None:
    assert Sieve(Setup(tmp_path, [tmp_path / "gone.py"])).may_have_sites(tmp_path / "gone.py")


@pytest.mark.parametrize("use", [Use.BOUND, Use.DEPENDENCY, Use.UNPROTECTED])
def test_where_names_tell_nothing_every_file_is_let_pass(tmp_path: Path, use: Use) -> None:
    depending = (
        "from fastapi import Depends\nfrom db import get_session\ndef f(s=Depends(get_session)):\n    s.query(1)\n"
    )
    files = write_project(tmp_path, {"db.py": DB, "main.py": depending})
    sieve = Sieve(Setup(tmp_path, files, factories=["other:Maker.__call__"]), uses=frozenset({use}))

    assert all(map(sieve.may_have_sites, files))


@pytest.mark.parametrize(("count", "is_small"), [(1, True), (2, False)])
def test_few_of_many_files_are_all_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, is_small: bool
) -> None:
    monkeypatch.setattr(targets, "_SMALL", 10)
    files = write_project(tmp_path, {f"module{number:02}.py": "x = 'of some length'\n" for number in range(60)})

    assert plan(tmp_path, Settings(), files[:count]).is_small is is_small


def test_a_factory_is_followed_through_hundreds_of_names(tmp_path: Path) -> None:
    names = "\n".join(f"name{number} = name{number + 1}" for number in range(300))
    app = f"from db import get_session\n{names}\nname300 = get_session\n"
    use = "from app import name0\nname0().query(1)\n"

    assert "use.py" in let_pass(tmp_path, {"db.py": DB, "app.py": app, "use.py": use})


# generated projects

DEFINITIONS = (
    "@contextmanager\ndef {new}():\n    yield Session()",
    "@asynccontextmanager\nasync def {new}():\n    yield Session()",
    "def {new}():\n    return {old}()",
    "def {new}():\n    made = {old}()\n    return made",
    "def {new}():\n    return {old}",
    "{new} = {old}",
    "{new} = partial({old})",
    "{new} = lambda: {old}()",
    "{new} = {old} or {other}",
    "class {new}:\n    @contextmanager\n    def scope(self):\n        yield Session()\n    make = {old}",
    """class {new}:
    def __init__(self, make={old}):
        self.make = make
    def scope(self):
        return self.make()""",
    "def managed_{new}(f):\n    return contextmanager(f)\n@managed_{new}\ndef {new}():\n    yield Session()",
    "async def {new}():\n    return {old}()",
)
USES = (
    "{name}().query(1)",
    "{name}()().query(1)",
    "{name}().scope().query(1)",
    "{name}().make().query(1)",
    "session = {name}()\n    session.query(1)\n    session.close()",
    "with {name}() as session:\n        session.query(1)",
    "with {name}() as session:\n        session.query(1)\n    session.query(2)",
    "async with {name}() as session:\n        session.query(1)",
    "with {name}().scope() as session:\n        session.query(1)",
    "make = {name}\n    make().query(1)",
    "run({name})",
    "thing.{name}().execute(1)",
    "{name}()",
)
HEADER = (
    "from contextlib import asynccontextmanager, contextmanager\n"
    "from functools import partial\nfrom db import Session\n"
)


def generated(seed: int) -> dict[str, str]:
    """A project of some modules that define names by one another, and use them."""
    chance = random.Random(seed)
    sources = {"db.py": "class Session: ...\n"}
    names = {"db": "Session"}
    for number in range(chance.randint(2, 6)):
        module, new = f"m{number}", f"name{number}"
        known = chance.sample(sorted(names), min(2, len(names)))
        imports = [chance.choice(IMPORTS).format(module=one, name=names[one]) for one in known]
        shown = [text.split("#")[1] for text in imports]
        parts = [text.split("#")[0] for text in imports]
        definition = chance.choice(DEFINITIONS).format(new=new, old=shown[0], other=shown[-1])
        uses = [chance.choice(USES).format(name=chance.choice([new, *shown])) for _ in range(3)]
        body = "\n    ".join(uses)
        sources[f"{module}.py"] = (
            HEADER + "\n".join(parts) + f"\n{definition}\n\n"
            f"def run(make):\n    make().query(1)\n\nasync def go(thing):\n    {body}\n"
        )
        names[module] = new
    return sources


IMPORTS = (
    "from {module} import {name}#{name}",
    "from {module} import {name} as other_{name}#other_{name}",
    "import {module}#{module}.{name}",
    "import {module} as mod_{module}#mod_{module}.{name}",
    "from {module} import *#{name}",
)


def test_generated_projects_have_the_same_sites_without_the_sieve(tmp_path: Path) -> None:
    count = 0
    for seed in range(60):
        root = tmp_path / str(seed)
        both = [open_project(root, generated(seed), sieve=sieve) for sieve in (True, False)]
        sieved, exhaustive = (found_in(project, root) for project in both)
        assert sieved == exhaustive, seed
        count += len(exhaustive)
    assert count > 80


# counts


def counts_of(root: Path) -> Counts:
    job = plan(root, Settings(), [root])
    checker = Checker(job)
    for path in job.targets:
        checker.check(Path(path))
    return checker.counts


def test_most_of_the_bundled_application_is_left_out() -> None:
    counts = counts_of(MONITORING)

    assert counts.left_out >= 0.8 * counts.read
    assert counts.parsed <= 0.7 * counts.read
    assert counts.parsed_by_libcst <= counts.read - counts.left_out


def test_counts_of_a_larger_tree(tmp_path: Path) -> None:
    plain = "\n".join(f"def function_{number}():\n    return {number}" for number in range(200))
    right = "from db import get_session\ndef f():\n    with get_session() as s:\n        s.query(1)\n"
    wrong = "from db import get_session\ndef f():\n    get_session().query(1)\n"
    sources = {"db.py": DB, "wrong.py": wrong, **{f"right{number}.py": right for number in range(20)}}
    write_project(tmp_path, {**sources, **{f"plain{number}.py": plain for number in range(20)}})

    # `wrong.py`, `db.py`, the rewritten text, and once more what is left then
    assert counts_of(tmp_path) == Counts(read=42, left_out=41, parsed=4, parsed_by_libcst=1)


def test_small_tree_is_parsed_whole_for_its_errors(tmp_path: Path) -> None:
    write_project(tmp_path, {"a.py": "x = 1\n", "b.py": "def (:\n"})

    counts = counts_of(tmp_path)

    assert (counts.left_out, counts.parsed) == (0, 2)
