"""Sessions that are taken from generators are rewritten as those of factories are."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from project_samples import write_project
from rewrite_examples import clean_up, reach
from sessionfix.diagnostics import Applicability, FileResult
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rules import Invalid

CODES = frozenset({"SF302", "SF303"})
DECORATOR = re.compile(r"^ *@(?:async)?contextmanager\n", re.MULTILINE)
CALL = re.compile(r"(?<!def )(?<!\.)(?:await )?\bget_(async_)?session\(\)")


def check(files: dict[str, str], root: Path, *, unsafe: bool = False, name: str = "app.py") -> FileResult:
    write_project(root, files)
    project = Project(Setup(root, [root / path for path in files]))
    return check_file(project, root / name, files[name], codes=CODES, unsafe=unsafe)


def rewritten(files: dict[str, str], root: Path, *, unsafe: bool = False, name: str = "app.py") -> str:
    """The file rewritten, in which nothing is left to find."""
    result = check(files, root, unsafe=unsafe, name=name)
    assert result.error is None
    assert result.fixed_text is not None, [finding.refusal for finding in result.findings]
    again = check({**files, name: result.fixed_text}, root, unsafe=unsafe, name=name)
    assert (again.findings, again.fixed_text, again.error) == ((), None, None)
    return result.fixed_text


# Every example about the call of a factory says what is right for a generator, too.

EXAMPLES = {
    f"{table.__name__.rpartition('.')[2]}: {name}": example
    for table in (clean_up, reach)
    for name, example in table.EXAMPLES.items()
    if example.expected is not None and CALL.search(example.files["app.py"])
}


def with_generator(example: Invalid) -> dict[str, str]:
    """The files of an example, in which its factories have lost their decorators, and their calls are advanced."""
    files = {path: DECORATOR.sub("", text) for path, text in example.files.items()}
    return {**files, "app.py": CALL.sub(_advanced, files["app.py"])}


def _advanced(call: re.Match[str]) -> str:
    return f"await anext({call[0].removeprefix('await ')})" if call[1] else f"next({call[0]})"


def as_factories(text: str) -> str:
    """A rewritten text as it would be with factories, without its imports."""
    text = re.sub(r"(?:contextlib\.)?(?:async)?contextmanager\((get_\w+)\)", r"\1", DECORATOR.sub("", text))
    return "\n".join(line for line in text.splitlines() if line and not line.startswith(("import ", "from ")))


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_the_block_is_that_of_a_factory(example: Invalid, tmp_path: Path) -> None:
    assert example.expected_text is not None

    text = rewritten(with_generator(example), tmp_path, unsafe=True)

    assert as_factories(text) == as_factories(example.expected_text)


# What is decorated, and what is not

OWN = """\
import os


def get_db():
    db = connect(os.environ["DB"])
    try:
        yield db
    finally:
        db.close()


def count_users():
    with get_db() as db:
        return db.query("users").count()
"""
IN_PLACE = "with contextmanager(get_db)() as db:"
DECORATED = "@contextmanager\ndef get_db():"


def test_a_function_that_is_only_entered_is_decorated(tmp_path: Path) -> None:
    text = rewritten({"app.py": OWN, "other.py": "import app\napp.count_users()\n"}, tmp_path)

    assert text == OWN.replace("import os\n", "import os\nfrom contextlib import contextmanager\n").replace(
        "def get_db", "@contextmanager\ndef get_db"
    )


USED_OTHERWISE = {
    "as a dependency": {"app.py": OWN + "\n\ndef users(db=Depends(get_db)):\n    return db\n"},
    "by a loop": {"app.py": OWN + "\n\nfor db in get_db():\n    print(db)\n"},
    "by another file": {"app.py": OWN, "other.py": "from app import get_db\n\ndep = Depends(get_db)\n"},
    "by the wrong kind of `with`": {
        "app.py": OWN + "\n\nasync def later():\n    async with get_db() as db:\n        print(db)\n"
    },
    "under another name": {"app.py": OWN + "\n\nsession = get_db\n"},
    "by its name": {"app.py": OWN + '\n\n__all__ = ["get_db"]\n'},
    "with another decorator": {
        "app.py": OWN.replace("def get_db", "@retry\ndef get_db").replace(
            "import os\n", "import os\n\nfrom tenacity import retry\n"
        )
    },
    "with an annotation of its own": {"app.py": OWN.replace("get_db():", "get_db() -> Session:", 1)},
}


@pytest.mark.parametrize("files", USED_OTHERWISE.values(), ids=USED_OTHERWISE)
def test_a_function_that_is_used_otherwise_stays_a_generator(files: dict[str, str], tmp_path: Path) -> None:
    text = rewritten(files, tmp_path)

    assert IN_PLACE in text
    assert DECORATED not in text


def test_a_wrapper_is_entered_in_place(tmp_path: Path) -> None:
    app = OWN.replace("with get_db()", "with wrapped(1)") + "\n\ndef wrapped(x):\n    return get_db()\n"

    assert "with contextmanager(wrapped)(1) as db:" in rewritten({"app.py": app}, tmp_path)


def test_methods_are_decorated_below_other_decorators(tmp_path: Path) -> None:
    app = """\
from contextlib import contextmanager


class Store:
    @staticmethod  # no self
    # one session
    def open():
        with connect() as db:
            yield db

    def count(self):
        with self.open() as db:
            return db.query("users").count()
"""

    text = rewritten({"app.py": app}, tmp_path, unsafe=True)

    assert text == app.replace("# no self\n", "# no self\n    @contextmanager\n")


def test_a_function_stays_a_generator_where_one_of_its_blocks_is_wrong(tmp_path: Path) -> None:
    app = OWN + "\n\ndef first():\n    with get_db() as db:\n        user = db.query(1).first()\n    return user.name\n"

    result = check({"app.py": app}, tmp_path, unsafe=True)

    assert [finding.fixed for finding in result.findings] == [True, False]
    assert result.fixed_text is not None
    assert IN_PLACE in result.fixed_text


def test_what_one_block_assumes_is_assumed_for_all(tmp_path: Path) -> None:
    own = OWN.replace("yield db", "yield db\n        db.commit()")
    app = own + "\n\ndef first():\n    with get_db() as db:\n        return db.query(1).first()\n"

    fixes = [finding.fix for finding in check({"app.py": app}, tmp_path).findings]

    assert [fix.applicability for fix in fixes if fix] == [Applicability.UNSAFE, Applicability.UNSAFE]
    assert DECORATED in rewritten({"app.py": app}, tmp_path, unsafe=True)


def test_a_function_is_left_alone_where_an_ignored_place_would_change_with_it(tmp_path: Path) -> None:
    app = OWN + "\n\ndef first():\n    with get_db() as db:  # sessionfix: ignore\n        return db.get(1)\n"

    result = check({"app.py": app}, tmp_path, unsafe=True)

    assert result.fixed_text is None
    assert [finding.span.start.row for finding in result.findings] == [13]


def test_the_edits_of_a_fix_are_those_at_the_function(tmp_path: Path) -> None:
    (finding,) = check({"app.py": OWN}, tmp_path).findings

    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.SAFE
    assert [(edit.span.start.row, edit.content) for edit in finding.fix.edits] == [
        (2, "from contextlib import contextmanager\n"),
        (4, "@contextmanager\n"),
    ]


SERVICE = """\
class Users:
    def __init__(self, db):
        self.db = db

    def get_name(self, key):
        return self.db.query(key).first().name

    def get_or_new(self, key):
        user = self.get_name(key)
        if user is None:
            self.db.add(key)
        return user
"""


@pytest.mark.parametrize(
    ("method", "applicability"), [("get_name", Applicability.SAFE), ("get_or_new", Applicability.UNSAFE)]
)
def test_what_a_method_writes_counts_whatever_its_name(
    method: str, applicability: Applicability, tmp_path: Path
) -> None:
    own = OWN.partition("\n\ndef count_users")[0].replace("yield db", "yield db\n        db.commit()")
    body = f"    db = next(get_db())\n    found = Users(db).{method}(key)\n    return found is not None\n"
    app = f"{own}\n\n{SERVICE}\n\ndef exists(key):\n{body}"

    (finding,) = check({"app.py": app}, tmp_path).findings

    assert finding.fix is not None
    assert finding.fix.applicability is applicability


# What runs

DEPS = """\
log = []


class Session:
    def add(self, what):
        log.append(what)

    def close(self):
        log.append("closed")


def get_db():
    log.append("opened")
    db = Session()
    try:
        yield db
    finally:
        db.close()


async def get_async_db():
    db = Session()
    try:
        log.append("opened")
        yield db
    finally:
        db.close()
"""
RUNNING = {
    "with get_db() as db:\n        db.add(1)": ["opened", 1, "closed"],
    "with get_db() as db, get_db() as other:\n        db.add(1)": ["opened", "opened", 1, "closed", "closed"],
    "async with get_async_db() as db:\n        db.add(1)": ["opened", 1, "closed"],
    "with get_async_db() as db:\n        db.add(1)": ["opened", 1, "closed"],
    "db = next(get_db())\n    db.add(1)\n    db.close()\n    log.append(2)": ["opened", 1, "closed", 2],
    "log.append(0)\n    next(get_db()).add(1)": [0, "opened", 1, "closed"],
    "g = get_db()\n    db = g.__next__()\n    db.add(1)": ["opened", 1, "closed"],
    "db = await anext(get_async_db())\n    db.add(1)\n    log.append(2)": ["opened", 1, "closed", 2],
    "db = await get_async_db().asend(None)\n    db.add(1)": ["opened", 1, "closed"],
}


@pytest.mark.parametrize(("body", "deeds"), RUNNING.items(), ids=RUNNING)
def test_the_session_lives_as_long_as_its_block(body: str, deeds: list[object], tmp_path: Path) -> None:
    app = f"from deps import get_async_db, get_db, log\n\n\nasync def work():\n    {body}\n"
    text = rewritten({"deps.py": DEPS, "app.py": app}, tmp_path, unsafe=True)
    deps: dict[str, object] = {}
    exec(DEPS, deps)

    module: dict[str, object] = dict(deps)
    exec(text.replace("from deps import get_async_db, get_db, log\n", ""), module)
    asyncio.run(module["work"]())  # type: ignore[operator]

    assert deps["log"] == deeds
