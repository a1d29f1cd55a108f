"""One file is edited, and another one, which nobody touched, is judged anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from conftest import BROKEN, DATABASE, SmallProject

PLAIN_FUNCTION = b"def get_session():\n    return connect()\n"
MANAGER = b"""\
from contextlib import contextmanager


class Manager:
    @contextmanager
    def get_session(self):
        yield connect()


manager = Manager()
"""
THROUGH_API = BROKEN.replace(b"from db", b"from api")
ANNOTATED = b"""\
from manage import Manager


def add(manager: Manager):
    session = manager.get_session()
    session.add(1)
    session.close()
"""
UNKNOWN_RECEIVER = b"""\
def add(database):
    session = database.get_session()
    session.add(1)
    session.commit()
"""
CALLBACK = b"""\
def run(make):
    session = make()
    session.add(1)
    session.commit()
"""


@dataclass(frozen=True)
class Edit:
    """The files at first and those that are edited; how many findings app.py has before and after."""

    files: Mapping[str, bytes]
    edited: Mapping[str, bytes | None]
    before: int
    after: int


USED = {"db.py": DATABASE, "app.py": BROKEN}
MANAGED = {"manage.py": MANAGER, "app.py": ANNOTATED, "other.py": b"x = 1\n"}
EDITS = {
    "a factory loses its decorator": Edit(USED, {"db.py": PLAIN_FUNCTION}, 1, 0),
    "a factory is gone": Edit(USED, {"db.py": b"x = 1\n"}, 1, 0),
    "a function becomes a factory": Edit({**USED, "db.py": PLAIN_FUNCTION}, {"db.py": DATABASE}, 0, 1),
    "a module can no longer be parsed": Edit(USED, {"db.py": b"x = (\n"}, 1, 0),
    "a re-export names another function": Edit(
        {"db.py": DATABASE, "plain.py": PLAIN_FUNCTION, "api.py": b"from db import *\n", "app.py": THROUGH_API},
        {"api.py": b"from plain import *\n"},
        1,
        0,
    ),
    "a re-export names a factory": Edit(
        {"db.py": DATABASE, "plain.py": PLAIN_FUNCTION, "api.py": b"from plain import *\n", "app.py": THROUGH_API},
        {"api.py": b"from db import *\n"},
        0,
        1,
    ),
    "a subclass overrides the factory": Edit(
        MANAGED,
        {"other.py": b"from manage import Manager\n\n\nclass Other(Manager):\n    def get_session(self): ...\n"},
        1,
        0,
    ),
    "a subclass of a subclass overrides the factory": Edit(
        {**MANAGED, "middle.py": b"import manage\n\n\nclass Middle(manage.Manager):\n    pass\n"},
        {"other.py": b"import middle\n\n\nclass Other(middle.Middle):\n    get_session = connect\n"},
        1,
        0,
    ),
    "an assignment replaces the factory": Edit(
        MANAGED, {"other.py": b"import manage\n\nmanage.Manager.get_session = connect\n"}, 1, 0
    ),
    "a namesake appears that is no factory": Edit(
        {"manage.py": MANAGER, "app.py": UNKNOWN_RECEIVER, "other.py": b"x = 1\n"},
        {"other.py": PLAIN_FUNCTION},
        1,
        0,
    ),
    "a factory appears that has the name": Edit(
        {"app.py": UNKNOWN_RECEIVER, "other.py": b"x = 1\n"}, {"other.py": DATABASE}, 0, 1
    ),
    "a caller passes a factory": Edit(
        {**USED, "app.py": CALLBACK, "calls.py": b"x = 1\n"},
        {"calls.py": b"from app import run\nfrom db import get_session\n\nrun(get_session)\n"},
        0,
        1,
    ),
    "another caller passes something else": Edit(
        {
            **USED,
            "app.py": CALLBACK,
            "calls.py": b"from app import run\nfrom db import get_session\n\nrun(get_session)\n",
            "other.py": b"x = 1\n",
        },
        {"other.py": b"from app import run\n\nrun(connect)\n"},
        1,
        0,
    ),
    "a module of the same name is put in front": Edit(USED, {"db/__init__.py": PLAIN_FUNCTION}, 1, 0),
    "the module is removed": Edit(USED, {"db.py": None}, 1, 0),
    "the module is renamed": Edit(USED, {"db.py": None, "database.py": DATABASE}, 1, 0),
    "the module comes into being": Edit({"app.py": BROKEN}, {"db.py": DATABASE}, 0, 1),
    "the file itself is mended": Edit(USED, {"app.py": b"x = 1\n"}, 1, 0),
    "the file itself gets a second finding": Edit(USED, {"app.py": BROKEN + BROKEN.replace(b"add(", b"remove(")}, 1, 2),
}


def found_in_app(project: SmallProject, *arguments: str) -> int:
    findings = project.run("--output-format", "json", *arguments).json
    return sum(finding["filename"] == "app.py" for finding in findings)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("named", [".", "app.py"])
def test_an_edit_elsewhere_brings_the_right_findings(project: SmallProject, edit: Edit, named: str) -> None:
    project.write(edit.files)
    before = found_in_app(project, named)
    assert before == found_in_app(project, named) == edit.before

    project.write({name: content for name, content in edit.edited.items() if content is not None})
    for name, content in edit.edited.items():
        if content is None:
            (project.root / name).unlink()

    assert found_in_app(project, named) == found_in_app(project, named) == edit.after
    assert found_in_app(project, named, "--no-cache") == edit.after


TESTED = {"db.py": DATABASE, "tests/test_app.py": BROKEN, "tests/conftest.py": b"x = 1\n"}
PATCH = b"import db\n\n\ndef fixture(monkeypatch):\n    monkeypatch.setattr(db, 'get_session', connect)\n"


@pytest.mark.parametrize("existing", [True, False])
def test_a_conftest_that_replaces_the_factory_silences_its_tests(project: SmallProject, existing: bool) -> None:
    project.write({name: content for name, content in TESTED.items() if existing or "conftest" not in name})
    assert len(project.run("--output-format", "json").json) == 1

    project.write({"tests/conftest.py": PATCH})

    assert project.run("--output-format", "json").json == []
