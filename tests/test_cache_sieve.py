"""Files in which no factory's name stands are not parsed, and an edit there has nothing done again."""

from __future__ import annotations

import pytest

from conftest import BROKEN, DATABASE, SmallProject, trust_every_stat
from sessionfix.cache import stamps

UNRELATED = b"def total(prices):\n    return sum(prices)\n"
LARGE = b"x = [\n" + b"    1,\n" * 20_000 + b"]\n"


@pytest.fixture
def large_project(broken_project: SmallProject) -> SmallProject:
    """A project of which not each file is parsed."""
    broken_project.write({"large.py": LARGE, "a.py": UNRELATED, "b.py": UNRELATED})
    return broken_project


def as_they_were(project: SmallProject, *arguments: str) -> str:
    """What the cache says of itself; the answers are those that a run without it gives."""
    cold = project.run("--no-cache", *arguments)
    warm = project.run("-v", *arguments)
    assert (warm.stdout, warm.code) == (cold.stdout, cold.code)
    (told,) = (line for line in warm.stderr.splitlines() if line.startswith("cache: "))
    return told.removeprefix("cache: ").removesuffix(" files are as they were")


def test_an_edit_of_an_unrelated_file_has_nothing_done_again(large_project: SmallProject) -> None:
    assert as_they_were(large_project) == "0 of 5"
    assert as_they_were(large_project) == "5 of 5"

    large_project.write({"a.py": UNRELATED + b"\n\n# more\n"})

    assert as_they_were(large_project) == "5 of 5"


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (BROKEN, 4),
        (b"import db\n\ndb.get_session = connect\n", 4),
        (b"# coding: utf-7\n" + BROKEN.replace(b"_", b"+AF8-"), 4),
        (BROKEN.replace(b"get", "\uff47\uff45\uff54".encode()), 4),
        (b"# coding: cp1252\n# \x81\n", 4),
        (DATABASE.replace(b"get_session", b"other"), 0),
        (b"import db\nfrom fastapi import Depends\n\n\ndef run(s=Depends(db.get_session)):\n    s.query(1)\n", 0),
        (b"def rows():\n    yield 1\n\n\nwith rows():\n    pass\n", 0),
    ],
    ids=[
        "uses it",
        "assigns to it",
        "names it in UTF-7",
        "names it in wide letters",
        "cannot be read",
        "defines one",
        "gives it to a framework",
        "has a generator",
    ],
)
def test_an_edit_has_done_again_what_rests_on_it(large_project: SmallProject, content: bytes, left: int) -> None:
    as_they_were(large_project)

    large_project.write({"a.py": content})

    assert as_they_were(large_project) == f"{left} of 5"


def test_a_broken_file_is_told_where_few_are_checked_whatever_was_passed_over_before(
    large_project: SmallProject,
) -> None:
    large_project.write({"a.py": b"def (:\n"})
    assert as_they_were(large_project) == "0 of 5"
    assert as_they_were(large_project) == "5 of 5"

    assert large_project.run("a.py").code == 2
    assert as_they_were(large_project, "a.py") == "1 of 1"
    assert as_they_were(large_project) == "5 of 5"

    large_project.write({"a.py": UNRELATED})
    assert large_project.run("a.py").code == 0
    assert as_they_were(large_project, "a.py") == "1 of 1"


def test_a_broken_file_that_was_passed_over_is_told_where_few_are_checked(large_project: SmallProject) -> None:
    as_they_were(large_project)
    large_project.write({"a.py": b"def (:\n"})

    assert as_they_were(large_project) == "5 of 5"
    assert large_project.run("a.py").code == 2


def test_an_edit_of_one_file_of_many_has_the_cache_not_written_again(
    large_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamps, "MARGIN", -(10**15))
    large_project.write({f"pkg/m{number}.py": UNRELATED for number in range(200)})
    assert as_they_were(large_project) == "0 of 205"
    (cache,) = (large_project.root / ".sessionfix_cache").glob("*.cache")
    before = cache.read_bytes()

    large_project.write({"a.py": UNRELATED * 2})
    assert as_they_were(large_project) == "205 of 205"
    assert cache.read_bytes() == before

    large_project.write({f"pkg/m{number}.py": UNRELATED * 2 for number in range(200)})
    assert as_they_were(large_project) == "205 of 205"
    assert cache.read_bytes() != before


def test_an_edit_that_gives_a_module_s_name_another_meaning_has_a_file_looked_at_that_was_passed_over(
    large_project: SmallProject,
) -> None:
    own = b"def get_session():\n    return 1\n"
    user = b"from pkg import own\n\nown.get_session().query(1)\n"
    large_project.write({"pkg/__init__.py": b"", "pkg/own.py": own, "user.py": user})
    as_they_were(large_project)

    large_project.write({"pkg/__init__.py": b"import db as own\n"})

    assert as_they_were(large_project) == "7 of 8"
    assert "user.py" in large_project.run().stdout


SITE = ".venv/lib/python3.11/site-packages/"
CONNECTED = b"from contextlib import contextmanager\n\n\n@contextmanager\ndef connected():\n    yield 1\n"
ENVIRONMENT = {
    ".venv/pyvenv.cfg": b"version = 3.11.4\n",
    f"{SITE}acme/__init__.py": b"from acme.tools import *\n",
    f"{SITE}acme/tools.py": CONNECTED,
    f"{SITE}acme/more.py": CONNECTED,
    "large.py": b"# and so on\n" * 40_000,
    "own.py": b"tools = None\n",
    "app.py": b"from own import tools\n\n\ndef add():\n    session = tools.connected()\n    session.add(1)\n",
}


@pytest.mark.usefixtures("_look_through_packages")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"own.py": b"import acme as tools\n"}),
        ({}, {"own.py": b"from acme import tools\n"}),
        ({"own.py": b"import acme.tools\n"}, {"own.py": b"import acme.tools, acme.more as tools\n"}),
        (
            {"own.py": b"import acme as tools\n", f"{SITE}acme/tools.py": b"connected = 1\n"},
            {f"{SITE}acme/tools.py": CONNECTED},
        ),
        (
            {"own.py": b"from acme import gone as tools\n"},
            {f"{SITE}acme/gone.py": CONNECTED},
        ),
        ({"own.py": b"import gone as tools\n"}, {f"{SITE}gone.py": CONNECTED}),
    ],
    ids=[
        "imports a package",
        "imports a module",
        "names a module",
        "edits a package",
        "adds a module",
        "adds a package",
    ],
)
def test_what_packages_hand_out_is_told_anew_where_it_may_have_changed(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    trust_every_stat(monkeypatch)
    project.write({**ENVIRONMENT, **before})
    assert as_they_were(project) == "0 of 3"
    assert as_they_were(project) == "3 of 3"
    assert "app.py" not in project.run().stdout

    project.write(after)

    assert as_they_were(project) == "0 of 3"
    assert "app.py" in project.run().stdout


@pytest.mark.usefixtures("_look_through_packages")
def test_an_edit_that_has_nothing_to_do_with_packages_has_nothing_done_again(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    project.write({**ENVIRONMENT, "own.py": b"import acme as tools\n", "other.py": UNRELATED})
    as_they_were(project)

    project.write({"other.py": UNRELATED + b"\n\n# again\n"})

    assert as_they_were(project) == "4 of 4"


@pytest.mark.usefixtures("_look_through_packages")
def test_packages_are_not_looked_through_again_for_an_edit(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    project.write({**ENVIRONMENT, "own.py": b"import acme as tools\n"})
    project.run()
    with monkeypatch.context() as patch:
        patch.setattr("sessionfix.project.sieve.handed_out.handed_out", None)
        project.write({"app.py": b"from own import tools\n\n\ndef add():\n    tools.connected().add(1)\n"})
        assert "app.py:5:5: SF102" in project.run().stdout

    assert as_they_were(project) == "3 of 3"


def test_a_run_over_a_few_files_leaves_the_rest_of_the_cache_to_larger_ones(
    large_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    large_project.run()
    before = stored(large_project)
    large_project.write({"b.py": BROKEN, "db.py": DATABASE.replace(b"def get_session", b"def other_session")})

    found = large_project.run("b.py")

    assert (found.stdout, found.code) == (large_project.run("--no-cache", "b.py").stdout, found.code)
    assert stored(large_project) == before
    assert as_they_were(large_project) == "0 of 5"


def stored(project: SmallProject) -> list[bytes]:
    return [path.read_bytes() for path in (project.root / ".sessionfix_cache").glob("*.cache")]


def test_an_edit_where_every_file_is_looked_at_leaves_the_other_answers(large_project: SmallProject) -> None:
    settings = b"[tool.sessionfix]\nfactories = ['db:Maker.__call__']\n"
    large_project.write({"pyproject.toml": settings})
    assert as_they_were(large_project) == "0 of 5"

    large_project.write({"a.py": b"from db import get_session\n\nget_session().query(1)\n"})

    assert as_they_were(large_project) == "4 of 5"
    assert "a.py:3:1: SF102" in large_project.run().stdout
