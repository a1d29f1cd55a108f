"""One file: findings with their places, fixes and edits; rounds; faults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from fixing import HEADER, check, fixed
from sessionfix.diagnostics import Applicability, Edit, Position
from sessionfix.lines import split_lines

ONE = (
    HEADER
    + """
def count():
    session = get_session()
    total = session.query(User).count()
    session.close()
    return total
"""
)


def applied(text: str, edits: Sequence[Edit]) -> str:
    """`text` with the edits made, as an editor makes them."""
    lines = split_lines(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        start, end = (starts[place.row - 1] + place.column - 1 for place in (edit.span.start, edit.span.end))
        text = text[:start] + edit.content + text[end:]
    return text


def test_a_finding_covers_the_call(tmp_path: Path) -> None:
    (finding,) = check(ONE, tmp_path).findings

    assert (finding.span.start, finding.span.end) == (Position(4, 15), Position(4, 28))
    assert finding.last_row == 4


def test_columns_count_characters(tmp_path: Path) -> None:
    text = HEADER + "\ndef f():\n    'سلام 🙂'; session = get_session(); session.execute('é'); session.close()\n"

    (finding,) = check(text, tmp_path).findings

    row = text.splitlines()[finding.span.start.row - 1]
    assert row[finding.span.start.column - 1 : finding.span.end.column - 1] == "get_session()"


def test_the_edits_of_a_fix_give_the_rewritten_text(tmp_path: Path) -> None:
    result = check(ONE, tmp_path)

    (finding,) = result.findings
    assert finding.fix is not None
    assert applied(ONE, finding.fix.edits) == result.fixed_text


def test_the_edits_of_each_fix_change_its_own_function(tmp_path: Path) -> None:
    text = ONE + ONE.partition("\n")[2].replace("def count", "def other")

    result = check(text, tmp_path)

    first, second = result.findings
    assert first.fix is not None
    assert second.fix is not None
    assert not set(first.fix.edits) & set(second.fix.edits)
    assert applied(text, [*first.fix.edits, *second.fix.edits]) == result.fixed_text


def test_an_unsafe_fix_has_edits_though_it_is_not_applied(tmp_path: Path) -> None:
    text = (
        HEADER
        + "\ndef f(x):\n    s = get_session()\n    try:\n        s.add(x)\n        other()\n"
        + "    except E:\n        s.add(1)\n    s.close()\n"
    )

    result = check(text, tmp_path)

    (finding,) = result.findings
    assert result.fixed_text is None
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.UNSAFE
    assert applied(text, finding.fix.edits) == check(text, tmp_path, unsafe=True).fixed_text


@pytest.mark.parametrize("comment", ["# sessionfix: ignore", "# noqa: SF101", "# sessionfix: ignore[SF1] later"])
def test_an_ignored_finding_is_not_rewritten(comment: str, tmp_path: Path) -> None:
    text = ONE.replace("get_session()\n", f"get_session()  {comment}\n")

    assert check(text, tmp_path) == check("", tmp_path).__class__(tmp_path / "app.py", text)


def test_an_ignored_site_does_not_keep_its_neighbours_from_being_rewritten(tmp_path: Path) -> None:
    text = HEADER + (
        "\ndef f():\n    a = get_session()  # noqa\n    b = get_session()\n    b.add(a.get(1))\n"
        "    a.close()\n    b.close()\n"
    )

    result = check(text, tmp_path)

    assert [finding.span.start.row for finding in result.findings] == [5]
    assert result.fixed_text is None or "a = get_session()  # noqa\n" in result.fixed_text


def test_only_the_codes_asked_for_are_reported_and_rewritten(tmp_path: Path) -> None:
    text = ONE + "\n\ndef g():\n    return get_session().execute(q).all()\n"

    result = check(text, tmp_path, codes=frozenset({"SF102"}))

    assert {finding.code for finding in result.findings} == {"SF102"}
    assert result.fixed_text is not None
    assert "    session = get_session()\n" in result.fixed_text


def test_sessions_that_share_a_suite_come_out_nested(tmp_path: Path) -> None:
    text = HEADER + (
        "\ndef f(x):\n    a = get_session()\n    b = get_session()\n    for row in a.query(x):\n"
        "        b.add(row.name)\n    b.commit()\n    a.close()\n    b.close()\n"
    )

    assert fixed(text, tmp_path) == HEADER + (
        "\ndef f(x):\n    with get_session() as a:\n        with get_session() as b:\n"
        "            for row in a.query(x):\n                b.add(row.name)\n            b.commit()\n"
    )


def test_many_sites_in_one_function_are_all_rewritten(tmp_path: Path) -> None:
    body = "".join(f"    s = get_session()\n    s.add({n})\n    s.close()\n" for n in range(30))

    text = fixed(HEADER + "\ndef f():\n" + body, tmp_path)

    assert text == HEADER + "\ndef f():\n" + "".join(
        f"    with get_session() as s:\n        s.add({n})\n" for n in range(30)
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(:\n", "cannot be parsed"),
        ("x = '\0'\n", "cannot be parsed"),
        ("x = " + "(" * 100_000 + "\n", ""),
        ("x = " + "-" * 200_000 + "1\n", ""),
    ],
)
def test_a_text_that_cannot_be_read_is_an_error_and_no_crash(text: str, words: str, tmp_path: Path) -> None:
    result = check(HEADER + "get_session().x\n" + text, tmp_path)

    assert result.error is not None
    assert words in result.error
    assert result.fixed_text is None


@pytest.mark.parametrize("mark", ["\f", "\v"])
def test_a_text_that_is_not_given_back_exactly_is_refused(mark: str, tmp_path: Path) -> None:
    text = ONE.replace("\ndef", f"\n{mark}\ndef")

    result = check(text, tmp_path)

    if result.error is None:
        (finding,) = result.findings
        assert finding.fixed or finding.refusal
        assert result.fixed_text is None or mark in result.fixed_text


def nested_sessions(count: int) -> str:
    names = [f"s_{number}" for number in range(count)]
    lines = [
        *(f"{name} = get_session()" for name in names),
        *(f"{name}.add({number})" for number, name in enumerate(names)),
        *(f"{name}.close()" for name in names),
    ]
    return HEADER + "\ndef f():\n" + "".join(f"    {line}\n" for line in lines)


def test_blocks_are_not_nested_deeper_than_python_compiles(tmp_path: Path) -> None:
    result = check(nested_sessions(25), tmp_path, unsafe=True)

    assert result.fixed_text is not None
    compile(result.fixed_text, "fixed", "exec")
    refusals = {finding.refusal for finding in result.findings if not finding.fixed}
    assert len(refusals) == 1
    assert "more than Python takes" in str(refusals.pop())


@pytest.mark.parametrize("depth", [90, 94, 95, 96, 97, 98])
def test_code_is_not_indented_deeper_than_python_reads(depth: int, tmp_path: Path) -> None:
    ifs = "".join(f"{'    ' * level}if x:\n" for level in range(1, depth + 1))
    inner = "    " * (depth + 1)
    text = f"{HEADER}\ndef f(x):\n{ifs}{inner}s = get_session()\n{inner}s.add(1)\n{inner}s.close()\n"

    result = check(text, tmp_path)

    assert result.error is None
    (finding,) = result.findings
    assert finding.fixed or "more than Python takes" in str(finding.refusal)
    compile(result.fixed_text or text, "fixed", "exec")


def test_a_chain_of_elifs_is_not_taken_for_nesting(tmp_path: Path) -> None:
    chain = "".join(f"    elif x == {number}:\n        s.add({number})\n" for number in range(120))
    text = f"{HEADER}\ndef f(x):\n    s = get_session()\n    if x is None:\n        pass\n{chain}    s.close()\n"

    assert "with get_session() as s:" in fixed(text, tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "x = " + " and ".join(["a"] * 3_000),
        "import " + "a." * 3_000 + "b",
        "from " + "a." * 3_000 + "b import c",
    ],
)
def test_what_would_take_libcst_down_is_refused(statement: str, tmp_path: Path) -> None:
    result = check(f"{ONE}\n\n{statement}\n", tmp_path)

    assert result.fixed_text is None
    assert [finding.refusal is not None and "LibCST" in finding.refusal for finding in result.findings] == [True]


def test_sites_of_one_module_do_not_hinder_each_other(tmp_path: Path) -> None:
    body = "".join(f"s_{n} = get_session()\ns_{n}.add({n})\ns_{n}.close()\n" for n in range(12))

    text = fixed(HEADER + "\n" + body, tmp_path)

    assert text.count("with get_session() as s_") == 12
