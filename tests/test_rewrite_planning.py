"""What a plan must see before it is called safe: each case once led, or could have led, to a wrong rewrite."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixing import DB, HEADER, check
from sessionfix.diagnostics import Applicability, Finding
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rules import RULES

EXPIRING = DB.replace("expire_on_commit=False", "")


def only_finding(body: str, tmp_path: Path, *, db: str = DB, before: str = "") -> Finding:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (finding,) = check(f"{HEADER}{before}\n\ndef work(x):\n{lines}", tmp_path, db=db).findings
    return finding


NOT_SAFE = {
    "a generator function of the module gets the session": (
        "s = get_session()\ns.execute(x)\nreturn rows(s)",
        "\n\ndef rows(s):\n    yield from s.query(1)\n",
    ),
    "a generator function of the module gets a query": (
        "s = get_session()\nq = s.query(x)\ns.close()\nreturn names(q)",
        "\n\ndef names(things):\n    for thing in things:\n        yield thing.name\n",
    ),
    "a nested generator leaves": (
        "s = get_session()\ndef generate():\n    yield from s.query(x)\nreturn generate()",
        "",
    ),
    "a nested generator leaves in a response": (
        "s = get_session()\ndef generate():\n    yield from s.query(x)\nreturn StreamingResponse(generate())",
        "",
    ),
    "a function of the module keeps the session": (
        "s = get_session()\ns.begin()\nkeep(s)\ns.close()",
        "\nkept = []\n\ndef keep(session):\n    kept.append(session)\n",
    ),
    "a function of the module closes the session": (
        "s = get_session()\ns.add(x)\nfinish(s)",
        "\n\ndef finish(session):\n    session.commit()\n    session.close()\n",
    ),
    "an alias of an outer container keeps the session": (
        "out = kept\ns = get_session()\ns.begin()\nout.append(s)\ns.close()",
        "\nkept = []\n",
    ),
    "a lazy iterator over a query leaves": (
        "s = get_session()\nq = s.query(x)\ns.close()\nreturn takewhile(bool, q)",
        "",
    ),
    "an unknown function is passed a query, and its result leaves": (
        "s = get_session()\nq = s.query(x)\ns.close()\nreturn paginate(q)",
        "",
    ),
    "the close is handed on": ("s = get_session()\ns.add(x)\natexit.register(s.close)", ""),
    "the close is the value of an expression": ("s = get_session()\ns.add(x)\nreturn s.close()", ""),
    "an insert by scalar is given up": (
        (
            "s = get_session()\ntry:\n    s.scalar(insert(T).returning(T.id))\nexcept E:\n    log()\n"
            "s.scalar(select(T))\ns.close()"
        ),
        "",
    ),
    "a write to a related object is given up": (
        (
            "s = get_session()\nu = s.get(U, x)\ntry:\n    u.owner.name = x\n    check(x)\nexcept E:\n    log()\n"
            "s.get(U, 2)\ns.close()"
        ),
        "",
    ),
    "a commit on a condition": (
        "s = get_session()\ns.add(x)\nx and s.commit()\ns.close()",
        "",
    ),
    "a commit in one branch only": (
        "s = get_session()\ns.add(x)\nif x:\n    s.commit()\ns.close()",
        "",
    ),
    "a handler that goes on after a write": (
        (
            "s = get_session()\nfor y in x:\n    try:\n        s.add(y)\n        check(y)\n"
            "    except E:\n        pass\ns.close()"
        ),
        "",
    ),
    "a manager that may swallow": (
        "s = get_session()\nwith ignoring_errors():\n    s.add(x)\n    check(x)\ns.close()",
        "",
    ),
    "variables are looked at": ("s = get_session()\ns.add(x)\nreturn locals()", ""),
    "used again after the close": ("s = get_session()\ns.add(x)\ns.close()\ns.commit()", ""),
    "handed to a task": ("s = get_session()\ns.begin()\nasyncio.create_task(job(s))\ns.close()", ""),
}


@pytest.mark.parametrize("case", NOT_SAFE)
def test_is_not_safe(case: str, tmp_path: Path) -> None:
    body, before = NOT_SAFE[case]

    finding = only_finding(body, tmp_path, before=before)

    assert not finding.fixed
    assert finding.fix is None or finding.fix.applicability is Applicability.UNSAFE
    assert finding.refusal or (finding.fix is not None and "; " in finding.fix.message)


SAFE = {
    "a function of the module that only reads": (
        "s = get_session()\nn = count(s)\ns.close()\nreturn n",
        "\n\ndef count(session):\n    return session.query(1).count()\n",
    ),
    "a dependency": ("s = get_session()\ntry:\n    yield s\nfinally:\n    s.close()", ""),
    "a dependency of a repository": ("s = get_session()\nyield Repository(s)\ns.close()", ""),
    "a nested function that stays": (
        (
            "s = get_session()\ndef one(y):\n    return s.get(U, y).id\nout = [one(y) for y in x]\n"
            "s.close()\nreturn len(out)"
        ),
        "",
    ),
    "a list of its own": (
        "out = []\ns = get_session()\nfor u in s.query(x):\n    out.append(u.id)\ns.close()\nreturn out",
        "",
    ),
    "a handler that rolls back": (
        (
            "s = get_session()\nfor y in x:\n    try:\n        s.add(y)\n        s.commit()\n    except E:\n"
            "        s.rollback()\ns.close()"
        ),
        "",
    ),
    "a handler that raises": (
        (
            "s = get_session()\ntry:\n    s.add(x)\n    s.commit()\nexcept E:\n    raise ValueError(1)\n"
            "finally:\n    s.close()"
        ),
        "",
    ),
    "a select by name": (
        (
            "s = get_session()\nquery = select(U)\nquery = query.where(U.id == x)\ntry:\n"
            "    u = s.scalars(query).one()\n"
            "except E:\n    return None\nfinally:\n    s.close()\nreturn 1"
        ),
        "",
    ),
    "an attribute returned": ("s = get_session()\nu = s.get(U, x)\ns.close()\nreturn u.name", ""),
}


@pytest.mark.parametrize("case", SAFE)
def test_is_safe(case: str, tmp_path: Path) -> None:
    body, before = SAFE[case]

    finding = only_finding(body, tmp_path, before=before, db=EXPIRING)

    assert finding.refusal is None
    assert finding.fixed, finding.fix


def test_objects_that_expire_are_not_returned_safely(tmp_path: Path) -> None:
    body = "s = get_session()\nu = s.get(U, x)\ns.close()\nreturn u"

    assert only_finding(body, tmp_path, db=DB).fixed
    assert not only_finding(body, tmp_path, db=EXPIRING).fixed


def test_objects_made_here_and_added_are_objects_of_the_session(tmp_path: Path) -> None:
    body = "s = get_session()\nu = U(x)\ns.add(u)\ns.commit()\ns.close()\nreturn u"

    assert only_finding(body, tmp_path, db=DB).fixed
    assert not only_finding(body, tmp_path, db=EXPIRING).fixed


@pytest.mark.parametrize(
    ("other", "fixed"),
    [
        ("from app import session\n", False),
        ("from app import *\nprint(session)\n", False),
        ("from app import *\nprint(total)\n", True),
        ("import app\nprint(app.session)\n", False),
        ("from app import (\n    session,\n)\n", False),
        ("from app import total\n", True),
        ("import app\nsession = 1\n", True),
    ],
)
def test_a_modules_session_that_another_module_reads_is_left(other: str, fixed: bool, tmp_path: Path) -> None:
    files = {
        "db.py": DB,
        "app.py": HEADER + "\nsession = get_session()\ntotal = session.query(U).count()\nsession.close()\n",
        "other.py": other,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    project = Project(Setup(tmp_path, [tmp_path / name for name in files]))
    codes = frozenset(rule.code for rule in RULES)

    result = check_file(project, tmp_path / "app.py", files["app.py"], codes=codes, unsafe=True)

    assert [finding.fixed for finding in result.findings] == [fixed]


def test_a_function_of_another_module_is_looked_into(tmp_path: Path) -> None:
    files = {
        "db.py": DB,
        "helpers.py": "def rows(session):\n    for row in session.query(1):\n        yield row.id\n\n\n"
        "def total(session):\n    return session.query(1).count()\n",
        "app.py": HEADER + "import helpers\n\n\ndef lazy():\n    s = get_session()\n    s.begin()\n"
        "    return helpers.rows(s)\n\n\ndef eager():\n    s = get_session()\n    s.begin()\n"
        "    return helpers.total(s)\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    project = Project(Setup(tmp_path, [tmp_path / name for name in files]))
    codes = frozenset(rule.code for rule in RULES)

    result = check_file(project, tmp_path / "app.py", files["app.py"], codes=codes, unsafe=True)

    assert [finding.fixed for finding in result.findings] == [False, True]


def test_a_function_that_rebinds_its_session_and_nests_another_is_looked_into(tmp_path: Path) -> None:
    before = (
        "\n\ndef helper(session):\n    def inner():\n        return session\n"
        "    session = session.merge(1)\n    return inner()\n"
    )

    assert only_finding("s = get_session()\nhelper(s)\ns.close()", tmp_path, before=before).span.start.row


EARLY = {
    "rollback": ("check(x)", "except E:\n    s.rollback()\n    raise", False),
    "close": ("check(x)", "finally:\n    s.close()", False),
    "nothing before": ("y = x", "finally:\n    s.close()", True),
}


@pytest.mark.parametrize("case", EARLY)
def test_clean_up_that_may_find_no_session_is_not_taken_up_safely(case: str, tmp_path: Path) -> None:
    before, clean_up, fixed = EARLY[case]

    finding = only_finding(f"try:\n    {before}\n    s = get_session()\n    s.begin()\n{clean_up}", tmp_path)

    assert finding.fixed is fixed


def test_clean_up_that_asks_for_the_session_is_taken_up(tmp_path: Path) -> None:
    body = "s = None\ntry:\n    check(x)\n    s = get_session()\n    s.begin()\nfinally:\n    if s:\n        s.close()"

    assert only_finding(body, tmp_path).fixed
