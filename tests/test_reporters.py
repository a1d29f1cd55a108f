from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sessionfix.diagnostics import Applicability, Certainty, ChainStep, Edit, FileResult, Finding, Fix, Position, Span
from sessionfix.outcomes import KeptBackup, Mode, Outcome, Report
from sessionfix.reporters import REPORTERS, concise, ruff_json, text
from sessionfix.reporters.diff import unified_diff

CWD = Path("/project")
SOURCE = "def f():\n\tsession = get_session()  # ä\n\treturn g(\n\t\tx,\n\t)\n"
SAFE = Fix(Applicability.SAFE, "use with", (Edit("y", Span(Position(2, 2), Position(2, 3))),))
UNSAFE = Fix(Applicability.UNSAFE, "use with, if nothing else reads it")


def finding(
    row: int = 2, fix: Fix | None = SAFE, refusal: str | None = None, fixed: bool = False, name: str = "pkg/app.py"
) -> Finding:
    return Finding(
        code="SF101",
        message="no with",
        path=CWD / name,
        span=Span(Position(row, 12), Position(row, 25)),
        last_row=row,
        chain=(ChainStep(CWD / name, 1, "from db import get_session"), ChainStep(CWD / "db.py", 5, "def get_session")),
        certainty=Certainty.CERTAIN,
        fix=fix,
        refusal=refusal,
        fixed=fixed,
    )


def outcome(*findings: Finding, after: bytes | None = None, error: str | None = None) -> Outcome:
    path = findings[0].path if findings else CWD / "clean.py"
    return Outcome(FileResult(path, SOURCE, findings, error=error), SOURCE.encode(), after)


def report(*outcomes: Outcome, mode: Mode = Mode.CHECK, **more: object) -> Report:
    return Report(outcomes, mode, CWD, **more)  # type: ignore[arg-type]


def test_text_shows_place_source_chain_and_fix() -> None:
    assert text.render(report(outcome(finding()))) == (
        "pkg/app.py:2:12: SF101 no with\n"
        "  |\n"
        "2 | \tsession = get_session()  # ä\n"
        "  | \t          ^^^^^^^^^^^^^\n"
        "  = certain: from db import get_session (pkg/app.py:1) -> def get_session (db.py:5)\n"
        "  = fix: use with\n"
        "\n"
        "Found 1 finding in 1 file: 1 mended by --write.\n"
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (finding(fix=UNSAFE), "  = unsafe fix (--unsafe-fixes applies it): use with, if nothing else reads it"),
        (finding(fix=None, refusal="it is stored"), "  = no fix: it is stored"),
    ],
)
def test_text_says_how_far_a_fix_can_be_trusted_or_why_there_is_none(given: Finding, line: str) -> None:
    assert line in text.render(report(outcome(given))).splitlines()


def test_text_marks_the_first_line_of_a_call_over_many() -> None:
    span = Span(Position(3, 9), Position(5, 3))
    given = Finding("SF103", "no with", CWD / "a.py", span, 5, (), Certainty.PROBABLE, refusal="by hand")

    lines = text.render(report(outcome(given))).splitlines()

    assert lines[2:5] == ["3 | \treturn g(", "  | \t       ^^", "  = no fix: by hand"]


@pytest.mark.parametrize(
    ("outcomes", "summary"),
    [
        ((outcome(),), "Nothing found in 1 file."),
        ((outcome(), outcome(error="cannot be read")), "Nothing found in 2 files. 1 error."),
        (
            (outcome(finding(), finding(3, UNSAFE), finding(4, None)), outcome(finding(name="b.py"))),
            "Found 4 findings in 2 files: 2 mended by --write, 1 by --write --unsafe-fixes, 1 by hand.",
        ),
    ],
)
def test_the_summary_of_a_check(outcomes: tuple[Outcome, ...], summary: str) -> None:
    for render in (text.render, concise.render):
        assert render(report(*outcomes)).splitlines()[-1] == summary


def test_the_report_of_a_write_holds_diff_table_backup_and_what_is_left() -> None:
    mended = outcome(finding(fixed=True), finding(3, None, "it is stored"), after=SOURCE.replace("\t", "    ").encode())
    left = outcome(finding(fix=None, refusal="by hand", name="b.py"))
    backup = KeptBackup(CWD / ".sessionfix/backups/one", "sessionfix --undo one")

    lines = text.render(report(mended, left, mode=Mode.WRITE, backups=(backup,))).splitlines()

    assert lines[:2] == ["--- a/pkg/app.py", "+++ b/pkg/app.py"]
    assert "-\tsession = get_session()  # ä" in lines
    assert "+    session = get_session()  # ä" in lines
    table = lines.index("file        rewritten  left")
    assert lines[table + 1 : table + 3] == [
        "pkg/app.py          1     1",
        "b.py                0     1",
    ]
    assert "backups  .sessionfix/backups/one" in lines
    assert "undo     sessionfix --undo one" in lines
    assert "  = no fix: it is stored" in lines
    assert "pkg/app.py:2:12: SF101 no with" not in lines
    assert lines[-1] == "Rewrote 1 site in 1 file, 2 left."


def test_concise_is_a_line_each() -> None:
    given = report(outcome(finding(3), finding(2)), quiet=True)

    assert concise.render(given) == "pkg/app.py:2:12: SF101 no with\npkg/app.py:3:12: SF101 no with\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("pkg/a\nb.py", "pkg/a\\nb.py"),
        ("pkg/a\r\x1b[31mb.py", "pkg/a\\r\\x1b[31mb.py"),
        ("pkg/a\x85\u2028b.py", "pkg/a\\x85\\u2028b.py"),
        ("pkg/ä 🙂.py", "pkg/ä 🙂.py"),
    ],
)
def test_a_line_stays_one_whatever_the_name_of_the_file(name: str, shown: str) -> None:
    given = report(outcome(finding(name=name)), quiet=True)

    assert concise.render(given) == f"{shown}:2:12: SF101 no with\n"
    assert text.render(given).splitlines()[0] == f"{shown}:2:12: SF101 no with"
    assert f"({shown}:1)" in text.render(given)
    assert json.loads(ruff_json.render(given))[0]["filename"] == name


def test_json_has_the_keys_of_ruff_and_ours() -> None:
    assert json.loads(ruff_json.render(report(outcome(finding())))) == [
        {
            "code": "SF101",
            "message": "no with",
            "filename": "pkg/app.py",
            "location": {"row": 2, "column": 12},
            "end_location": {"row": 2, "column": 25},
            "fix": {
                "applicability": "safe",
                "message": "use with",
                "edits": [
                    {"content": "y", "location": {"row": 2, "column": 2}, "end_location": {"row": 2, "column": 3}}
                ],
            },
            "url": None,
            "certainty": "certain",
            "chain": [
                {"filename": "pkg/app.py", "row": 1, "text": "from db import get_session"},
                {"filename": "db.py", "row": 5, "text": "def get_session"},
            ],
            "refusal": None,
        }
    ]


def test_json_without_a_fix_has_the_refusal() -> None:
    (given,) = json.loads(ruff_json.render(report(outcome(finding(fix=None, refusal="it is stored")))))

    assert (given["fix"], given["refusal"]) == (None, "it is stored")


def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads(ruff_json.render(report(outcome()))) == []


@pytest.mark.parametrize("render", REPORTERS.values(), ids=REPORTERS)
def test_findings_come_in_the_order_of_their_places(render: Callable[[Report], str]) -> None:
    one, two = outcome(finding(4), finding(2)), outcome(finding(3, name="a.py"))

    assert render(report(one, two)) == render(report(two, outcome(finding(2), finding(4))))


@pytest.mark.parametrize("render", [concise.render, ruff_json.render])
def test_a_write_leaves_out_what_it_mended(render: Callable[[Report], str]) -> None:
    given = report(outcome(finding(fixed=True), finding(3, None), after=b"x"), mode=Mode.WRITE)

    assert "2:12" not in render(given)
    assert render(given).count("SF101") == 1


@pytest.mark.parametrize(
    ("outcomes", "mode", "code"),
    [
        ((outcome(),), Mode.CHECK, 0),
        ((outcome(finding()),), Mode.CHECK, 1),
        ((outcome(finding(fixed=True), after=b"x"),), Mode.CHECK, 1),
        ((outcome(finding(fixed=True), after=b"x"),), Mode.WRITE, 0),
        ((outcome(finding(fixed=True), after=b"x"),), Mode.DIFF, 1),
        ((outcome(finding(fix=None)),), Mode.WRITE, 1),
        ((outcome(finding(fix=None)),), Mode.DIFF, 1),
        ((outcome(),), Mode.DIFF, 0),
        ((outcome(error="no"), outcome(finding())), Mode.CHECK, 2),
    ],
)
def test_exit_codes(outcomes: tuple[Outcome, ...], mode: Mode, code: int) -> None:
    assert report(*outcomes, mode=mode).exit_code() == code


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("pkg/app.py", b"a/pkg/app.py\n"),
        ("my app.py", b"a/my app.py\t\n"),
        ("möglich.py", "a/möglich.py\n".encode()),
        ('a"b.py', b'"a/a\\042b.py"\n'),
        ("a\nb.py", b'"a/a\\012b.py"\n'),
    ],
)
def test_the_names_in_a_diff_are_those_of_git(name: str, label: bytes) -> None:
    assert unified_diff(name, b"old\n", b"new\n").startswith(b"--- " + label)


def test_a_diff_says_where_no_newline_ends_the_file() -> None:
    assert unified_diff("a.py", b"x\nold", b"x\nnew\n") == (
        b"--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n x\n-old\n\\ No newline at end of file\n+new\n"
    )


def test_a_diff_of_nothing_is_empty() -> None:
    assert unified_diff("a.py", b"x\n", b"x\n") == b""
