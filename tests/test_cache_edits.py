"""Whatever is edited between two runs, the second one says what a run without a cache says."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import pytest

from conftest import DATABASE, Completed, SmallProject
from sessionfix.cache import stamps

PLAIN = DATABASE.replace(b"@contextmanager\n", b"")
MANAGER = b"""\
from contextlib import contextmanager


class Manager:
    @contextmanager
    def get_session(self):
        yield connect()


manager = Manager()
"""
USE = b"""\
def add(name):
    session = get_session()
    session.add(name)
    session.close()
"""
METHOD = b"""\
def add(name):
    session = manager.get_session()
    session.add(name)
    session.close()
"""
PASSED = b"""\
def run(database):
    session = database.get_session()
    session.add(1)
    session.commit()
    session.close()
"""
OTHER = b"""\
class Other(Manager):
    def get_session(self):
        return connect()


manager = Other()
"""
OPENED = b"""\


def add(name):
    session = open_session()
    session.add(name)
    session.close()
"""
LATE = b"""\
from wrap import open_session


def first():
    with open_session() as session:
        user = session.get(User, 1)
    return user.name, session.get(User, 2)
"""
HANDED = b"""\
def use(session):
    keep(session)


def keep(session):
    session.add(1)
"""
GENERATOR = b"""\
def rows():
    session = connect()
    try:
        yield session
    finally:
        session.close()
"""
WEB = b"""\
from fastapi import Depends

from db import get_session


def page(session=Depends(get_session)):
    session.add(1)
"""
LARGE = b"x = [\n" + b"    1,\n" * 20_000 + b"]\n"  # so much that files are passed over by the names in them
# What each file may hold in turn; None: there is no such file.
CONTENTS: Mapping[str, tuple[bytes | None, ...]] = {
    "db.py": (DATABASE, PLAIN, DATABASE.replace(b"get_session", b"new_session"), b"x = (\n", b"x = 1\n", None),
    "db/__init__.py": (None, None, DATABASE, b"def get_session():\n    return connect()\n"),
    "manage.py": (MANAGER, MANAGER.replace(b"    @contextmanager\n", b""), b"x = 1\n", None),
    "api.py": (
        b"from db import get_session\n",
        b"from db import new_session as get_session\n",
        b"from other import get_session\n",
        b"from db import *\nfrom manage import *\n",
        b"x = 1\n",
        None,
    ),
    "other.py": (
        b"x = 1\n",
        b"from contextlib import contextmanager as cm\n\n\n@cm\ndef get_session():\n    yield connect()\n",
        b"from manage import Manager\n\n\n" + OTHER,
        b"def get_session():\n    return connect()\n",
        b"import manage\n\nmanage.manager.get_session = connect\n",
    ),
    "app.py": (
        b"from api import get_session\n\n\n" + USE,
        b"from db import get_session\n\n\n" + USE,
        b"from db import get_session\n\n\ndef add():\n    with get_session() as session:\n        session.add(1)\n",
        b"from api import get_session\n\n\n" + USE + b"\n\n" + USE.replace(b"add(", b"remove("),
    ),
    "use.py": (
        b"from manage import manager\n\n\n" + METHOD,
        b"from other import manager\n\n\n" + METHOD,
        PASSED,
        b"x = 1\n",
        b"def (:\n",
    ),
    "calls.py": (
        b"x = 1\n",
        b"from manage import manager\nfrom use import run\n\nrun(manager)\n",
        b"from use import run\n\nrun(connect())\n",
        b"run = 1\n",
    ),
    "tests/conftest.py": (
        b"x = 1\n",
        b"import api\n\n\ndef pytest_configure(monkeypatch):\n    monkeypatch.setattr(api, 'get_session', connect)\n",
        None,
    ),
    "tests/test_app.py": (b"from api import get_session\n\n\n" + USE, b"from db import get_session\n\n\n" + USE),
    "wrap.py": (
        b"from db import get_session\n\n\ndef open_session():\n    return get_session()\n",
        b"from api import get_session\n\nopen_session = get_session\n",
        b"from db import get_session\n\n\ndef open_session():\n    with get_session() as one:\n        return one\n",
        b"import functools\n\nimport db\n\nopen_session = functools.partial(db.get_session)\n",
        b"from pkg import open_session\n",
        b"x = 1\n",
    ),
    "pkg/__init__.py": (
        b"from wrap import open_session\n",
        b"from wrap import *\n",
        b"from .inner import open_session\n",
        b"",
    ),
    "pkg/inner.py": (b"from wrap import open_session\n", b"from db import get_session as open_session\n", None),
    "through.py": (
        b"from pkg import open_session\n" + OPENED,
        b"import pkg\n" + OPENED.replace(b"open_session", b"pkg.open_session"),
        b"from wrap import open_session\nfrom hand import use\n"
        + OPENED.replace(b"session.add(name)", b"use(session)\n    more = session.name"),
        LATE,
    ),
    "hand.py": (
        HANDED,
        HANDED.replace(b"session.add(1)", b"session.kept = session\n    return session"),
        b"use = keep = 1\n",
    ),
    "models.py": (
        b"class User(Base):\n    name = Column()\n",
        b"class User(Base):\n    name = relationship('Name')\n",
        b"maker = sessionmaker()\nmaker.configure(expire_on_commit=True)\n",
    ),
    "rows.py": (
        GENERATOR,
        GENERATOR.replace(b"rows", b"lines"),
        b"from contextlib import contextmanager\n\n\n@contextmanager\n" + GENERATOR,
    ),
    "pull.py": (
        b"from rows import rows\n\n\ndef one():\n    return next(rows())\n",
        b"from rows import rows\n\n\ndef one():\n    with rows() as session:\n        return session.get(1)\n",
        b"from rows import lines\n\n\ndef one():\n    return next(lines())\n",
        b"from rows import rows as lines\n",
    ),
    "web.py": (
        WEB,
        b"from db import get_session\n\n\ndef page(session):\n    session.add(1)\n",
        b"from web import app\n\napp.dependency_overrides[get_session] = connect\n",
        None,
    ),
}


def edit(project: SmallProject, name: str, content: bytes | None) -> None:
    path = project.root / name
    if content is not None:
        project.write({name: content})
    elif path.exists():
        path.unlink()
        if path.parent != project.root and not any(path.parent.iterdir()):
            path.parent.rmdir()


def run_both(project: SmallProject, *arguments: str) -> tuple[Completed, Completed]:
    warm = project.run("--output-format", "json", *arguments)
    return warm, project.run("--output-format", "json", "--no-cache", *arguments)


def edits(project: SmallProject, dice: random.Random) -> Iterator[None]:
    if dice.random() < 0.5:
        project.write({"large.py": LARGE})
    for name, contents in CONTENTS.items():
        edit(project, name, contents[0])
    yield
    while True:
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            name, contents = dice.choice(list(CONTENTS.items()))
            edit(project, name, changed(dice, dice.choice((contents[0], *contents))))  # mostly there is a finding
        yield


def changed(dice: random.Random, content: bytes | None) -> bytes | None:
    """The same content, or with rows moved or a function added."""
    if content is None:
        return None
    return dice.choice((content, content, b"# one\n# two\n" + content, content + b"\n\ndef more():\n    return more\n"))


def check_edits(project: SmallProject, seed: int) -> int:
    """How many findings there were in all, so that a test can see that it tests something.

    Now and then the same command is given again, and is answered with what it printed before.
    """
    known = 0
    dice = random.Random(seed)
    select = ("--select", "ALL") if seed % 2 else ()
    found = 0
    for _, number in zip(edits(project, dice), range(10), strict=False):
        named = dice.sample(["app.py", "use.py", "tests/test_app.py"], dice.choice((0, 1, 1, 2, 3)))
        warm, cold = run_both(project, *select, *(named or ["."]))
        assert (warm.stdout, warm.stderr, warm.code) == (cold.stdout, cold.stderr, cold.code), (seed, number, named)
        for _ in range(dice.choice((0, 2, 3))):
            again = project.start("--output-format", "json", *select, *(named or ["."]))
            known += again.was_known
            assert again == cold, (seed, number, named)
        found += len(cold.json)
    return min(found, known) if stamps.MARGIN < 0 else found


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_of_files_whose_stat_is_trusted(
    project: SmallProject, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "MARGIN", -(10**15))

    assert check_edits(project, seed)


@pytest.mark.parametrize("seed", range(6, 10))
def test_random_edits_of_files_that_were_just_changed(project: SmallProject, seed: int) -> None:
    assert check_edits(project, seed)
