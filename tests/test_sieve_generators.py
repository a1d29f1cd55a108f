"""What the sieve lets pass for the uses of generators and for dependencies: all that may be wrong, and little else."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from project_samples import found_in, open_project, write_project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.project.sieve.tokens import UnclearError, Whole, whole
from sessionfix.project.sieve.yielding import Yielding, yielding
from sessionfix.project.sites import Use

DB = """
from contextlib import contextmanager

def get_db():
    db = Session()
    try:
        yield db
    finally:
        db.close()

def first():
    yield 1

@contextmanager
def scope():
    yield Session()

class Pool:
    def session(self):
        with Session() as db:
            yield db
"""
HEADER = "from db import first, get_db, scope, Pool\nfrom fastapi import Depends\n"


def passes(root: Path, sources: Mapping[str, str], name: str, *uses: Use) -> bool:
    files = write_project(root, sources)
    return Sieve(Setup(root, files), uses=frozenset(uses)).may_have_sites(root / name)


# whole expressions


@pytest.mark.parametrize(
    ("source", "called"),
    [
        ("a(b()) as c, (d()):", "a d"),
        ("(a(), (b())) as c:", "a b"),
        ("a(')', \"(\", '''\n)''') as c, b():", "a b"),
        ("a({1:\n2}), b():", "a b"),
        ("a(  # )\n), \\\n b():\n    c()", "a b"),
        ("x.a[1](2).b():", "b"),
        ("a().b, c()[0], d()()", ""),
        ("[a()], {b()}, f'{c()}', f\"{x['d()']}\"", ""),
        ("lambda: 0, a():", "a"),
    ],
)
def test_whole_expressions(source: str, called: str) -> None:
    found = whole(source.encode(), 0)
    assert {one.name.decode() for one in found if one.is_call} == set(called.split())


def test_names_that_are_whole_expressions() -> None:
    source = b"a, (b.c),\nd(e), x for x in y, x if x else y, not x)"
    assert set(whole(source, 0, in_brackets=True)) == {
        Whole(b"a", is_call=False),
        Whole(b"c", is_call=False),
        Whole(b"d", is_call=True),
    }


@pytest.mark.parametrize("source", ['f"{x["("]}", a()', 'f"{\nx}"', "(" + "x, " * 10_000 + ")"])
def test_where_bytes_do_not_tell(source: str) -> None:
    with pytest.raises(UnclearError):
        list(whole(source.encode(), 0))


# generator functions


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def a():\n    for x in y: pass\n    try:\n        yield x\n    finally:\n        x.close()", "a+"),
        ("def a():\n    for x in y:\n        pass\n    else:\n        yield x", "a+"),
        ("def a():\n    for x in y:\n        if x:\n            yield x", ""),
        ("def a():\n    while x:\n        # why\n        yield x", ""),
        ("def a(): yield x", "a+"),
        ("async def a():\n    x = 1; yield (x)", "a+"),
        ("def a():\n    yield (\n        x(1).y  # why\n    )", "a+"),
        ("def a():\n    yield f(1)\n    yield", "a"),
        ("def a():\n    x = yield y", "a"),
        ("def a():\n    yield [x], 'y', f'{x}'", "a"),
        ("def a():\n    yield from x", ""),
        ("@contextmanager\ndef a():\n    yield x", ""),
        ("def a():\n    '''All that\n    will yield x\n    '''  # yield x\n    return 1", ""),
        ("def a():\n    def b():\n        return 1\n    if b():\n        yield x", "a+"),
        ("def a():\n    def b():\n        yield 1\n    return b", "b"),
        ("def a():\n    x = f(\n1)\n    yield x", "a+"),
        ("class A:\n    def a(self):\n        x = 1\n        # def b():\n        yield x", "a+"),
    ],
)
def test_functions_that_yield(source: str, told: str) -> None:
    """Those with a plus sign may lend what they yield."""
    expected = {Yielding(one.rstrip("+").encode(), one.endswith("+")) for one in told.split()}
    assert set(yielding(source.encode())) == expected


@pytest.mark.parametrize("text", ["'''\ndef b():\n    1'''", "'''\ndef b(): 1\n'''", "f('''\n  def b():\n''')"])
def test_a_text_hides_no_function(text: str) -> None:
    names = {one.name for one in yielding(f"def a():\n    x = {text}\n    if x:\n        yield x\n".encode())}
    assert b"a" in names


# entered and advanced

ENTERING = [
    "with get_db() as db: ...",
    "async \\\n    with get_db(): ...",
    f"with open('{'x' * 500}'), get_db() as db:\n        db.x()",
    "with (\n        open(')') as f,  # (\n        get_db(1)\n        as db,\n    ):\n        db.x()",
    "with f('a', {1:\n        2}), Pool().session() as db: ...",
    'with f(f"{x["("]}"), get_db(): ...',
]
ADVANCING = [
    "x = 1; db = next(get_db())",
    "db = next(  # why\n        (get_db(')'))\n    )",
    "db = await anext(Pool().session())",
    "return get_db().__next__().x",
    "db = (\n        get_db()\n        # (why\n        .send(None)\n    )",
    "rows = get_db()\n    db = next(rows)",
    "rows: Iterator['x'] = (\n        get_db()\n    )\n    db = rows.__next__()",
    "(rows) = \\\n        get_db(); db = await rows.asend(None)",
]
RIGHT = [
    "for x in get_db(): ...",
    "with f(get_db()), get_db().x(): ...",
    "with open('x') as f:\n        f(get_db())",
    "'''\n    with the user's get_db():\n    '''",
    "# with get_db():",
    "x = get_db()\n    db = next(y for y in f())",
    "db = next(iter(get_db()))",
    "rows = first()\n    db = next(rows)",
    "rows = f(get_db())\n    db = next(rows)",
]


@pytest.mark.parametrize("source", ENTERING + ADVANCING)
def test_what_may_enter_or_advance_a_generator_is_let_pass(tmp_path: Path, source: str) -> None:
    use = Use.GENERATOR if source in ENTERING else Use.NEXT
    sources = {"db.py": DB, "main.py": f"{HEADER}async def f(x):\n    {source}\n"}
    assert passes(tmp_path, sources, "main.py", use)


@pytest.mark.parametrize("source", RIGHT)
def test_what_enters_and_advances_no_generator_is_left_out(tmp_path: Path, source: str) -> None:
    sources = {"db.py": DB, "main.py": f"{HEADER}async def f(x):\n    {source}\n"}
    assert not passes(tmp_path, sources, "main.py", Use.GENERATOR, Use.NEXT)


@pytest.mark.parametrize(
    "source",
    [
        "from db import get_db as rows\nwith rows(): ...\n",
        "from db import (\n    important,\n    get_db  # why\n      as rows,\n)\nwith rows(): ...\n",
        "from db import get_db\ndef rows():\n    return (get_db())\nwith rows(): ...\n",
        "from db import *\nwith get_db(): ...\n",
    ],
)
def test_other_names_of_generators(tmp_path: Path, source: str) -> None:
    assert passes(tmp_path, {"db.py": DB, "main.py": source}, "main.py", Use.GENERATOR)


# dependencies


@pytest.mark.parametrize(
    "source",
    [
        "def run(db=Depends(scope)): ...",
        "def run(db=Depends(  # the (session\n    dependency=scope\n)): ...",
        "def manager():\n    return scope()\ndef run(db=Depends(manager)): ...",
        "from fastapi import Depends as D\ndef run(db=D(lambda: scope())): ...",
    ],
)
def test_what_may_give_a_factory_is_let_pass(tmp_path: Path, source: str) -> None:
    assert passes(tmp_path, {"db.py": DB, "main.py": f"{HEADER}{source}\n"}, "main.py", Use.DEPENDENCY)


@pytest.mark.parametrize(
    "source", ["def run(db=Depends(get_db)):\n    with scope() as s: ...", "def run(db=other(scope)): ..."]
)
def test_what_gives_no_factory_is_left_out(tmp_path: Path, source: str) -> None:
    sources = {"db.py": DB, "main.py": f"{HEADER}{source}\n"}
    assert not passes(tmp_path, sources, "main.py", Use.DEPENDENCY)
    assert not passes(tmp_path, sources, "db.py", Use.DEPENDENCY)


@pytest.mark.parametrize("given", ["scope", "db.scope", "dependency=db.scope"])
def test_a_factory_that_another_file_gives_is_let_pass(tmp_path: Path, given: str) -> None:
    sources = {
        "base.py": "from contextlib import contextmanager as lending\n",
        "db.py": "from base import lending\n\n@lending\ndef scope():\n    yield Session()\n",
        "main.py": f"{HEADER}import db\ndef run(db=Depends({given})): ...\n",
    }
    assert passes(tmp_path, sources, "db.py", Use.DEPENDENCY)


# generated projects

DEFINITIONS = (
    "def {new}():\n    db = Session()\n    try:\n        yield db\n    finally:\n        db.close()",
    "async def {new}():\n    async with Session() as db:\n        yield db",
    "def {new}():\n    def check(x):\n        return x\n    with Session() as db:\n        if check(db): yield db",
    "def {new}():\n    text = '''\ndef other(): pass\n'''\n    with Session() as db:\n        (yield db)",
    "def {new}():\n    '''docs\n    with yield'''\n    db = Session().x\n    yield \\\n        db.y; db.y.close()",
    "def {new}():\n    yield 1, f(2)",
    "def {new}():\n    return (\n        {old}())",
    "def {new}(x):\n    if x: return {old}()\n    return {old}(x)",
    "@contextmanager\ndef {new}():\n    yield Session()",
)
USES = (
    "with {name}() as db: db.x()",
    "with open('(') as f, \\\n            {name}(')'): ...",
    "with (\n        open('x'),  # )\n        ({name}()) as db,\n    ):\n        db.x()",
    "async with {name}() as db: db.x()",
    "with {name}().begin(): ...",
    "with f({name}()): ...",
    "db = next({name}()); db.x()",
    "db = next(\n        ({name}(1))  # why\n    )\n    db.x()",
    "db = await anext({name}())\n    db.x()",
    "return {name}().__next__().x()",
    "rows = {name}()\n    db = next(rows)\n    db.x()",
    "rows: Iterator['x'] = \\\n        {name}()\n    return await rows.asend(None)",
    "rows = ({name}())\n    return rows.send(None)",
    "def run(db=Depends({name})): db.x()",
    "def run(db=Depends(  # the (session)\n        dependency={name}\n    )): db.x()",
    "for x in {name}(): ...",
)
IMPORTS = (
    "from {module} import {name}|{name}",
    "from {module} import (\n    important,\n    {name}  # why\n      as other_{name},\n)|other_{name}",
    "import {module}|{module}.{name}",
    "from {module} import *|{name}",
)


def generated(seed: int) -> dict[str, str]:
    """A project of some modules that define generator functions, wrap those of one another, and use them."""
    chance = random.Random(seed)
    sources = {"db.py": "class Session: ...\n"}
    for number in range(4):
        new, old = f"name{number}", f"name{number}"
        header = "from contextlib import contextmanager\nfrom fastapi import Depends\nfrom db import Session\n"
        if number:
            module = chance.randrange(number)
            text, old = chance.choice(IMPORTS).format(module=f"m{module}", name=f"name{module}").split("|")
            header += f"{text}\n"
        uses = (chance.choice(USES).format(name=chance.choice([new, old])) for _ in range(3))
        functions = "\n".join(f"async def go{place}():\n    {use}\n" for place, use in enumerate(uses))
        sources[f"m{number}.py"] = f"{header}{chance.choice(DEFINITIONS).format(new=new, old=old)}\n\n{functions}"
    return sources


def test_generated_projects_have_the_same_sites_without_the_sieve(tmp_path: Path) -> None:
    count = 0
    for seed in range(40):
        root = tmp_path / str(seed)
        sieved, exhaustive = (
            found_in(open_project(root, generated(seed), sieve=sieve), root) for sieve in (True, False)
        )
        assert sieved == exhaustive, seed
        count += len(exhaustive)
    assert count > 80
