"""What stays as it is through a rewrite: comments, blank lines, layout, line endings, strings."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from fixing import HEADER, check, fixed
from sessionfix.rewrite.proof import comments

LINE_ENDINGS = ["\n", "\r\n"]
MARKS = ["# type: Session", "# noqa: E501", "# pragma: no cover", "# fmt: skip", "# سلام 🙂"]


def function(*lines: str) -> str:
    return HEADER + "\n\ndef work(x):\n" + "".join(f"    {line}\n" if line else "\n" for line in lines)


def rewritten(tmp_path: Path, *lines: str) -> list[str]:
    """The lines of the body after the rewrite, outdented."""
    text = fixed(function(*lines), tmp_path)
    assert comments(text) == comments(function(*lines))
    return [line[4:] for line in text.splitlines()[4:]]


@pytest.mark.parametrize("mark", MARKS)
def test_a_comment_on_the_call_goes_to_the_with(mark: str, tmp_path: Path) -> None:
    assert rewritten(tmp_path, f"s = get_session()  {mark}", "s.add(x)", "s.close()") == [
        f"with get_session() as s:  {mark}",
        "    s.add(x)",
    ]


@pytest.mark.parametrize("mark", MARKS)
def test_a_comment_on_a_statement_stays_with_it(mark: str, tmp_path: Path) -> None:
    assert rewritten(tmp_path, "s = get_session()", f"s.add(x)  {mark}", f"s.commit()  {mark}", "s.close()") == [
        "with get_session() as s:",
        f"    s.add(x)  {mark}",
        f"    s.commit()  {mark}",
    ]


def test_comments_of_what_goes_stay_at_its_place(tmp_path: Path) -> None:
    assert rewritten(
        tmp_path,
        "# above",
        "s = get_session()",
        "# before the try",
        "try:  # on the try",
        "    # first",
        "    s.add(x)",
        "    s.commit()",
        "    # last",
        "# on the finally",
        "finally:",
        "    # before the close",
        "    s.close()  # on the close",
        "# after",
        "return 1",
    ) == [
        "# above",
        "# before the try",
        "# on the try",
        "with get_session() as s:",
        "    # first",
        "    s.add(x)",
        "    s.commit()",
        "    # last",
        "# on the finally",
        "# before the close",
        "# on the close",
        "# after",
        "return 1",
    ]


def test_a_close_in_a_branch_leaves_its_comment(tmp_path: Path) -> None:
    assert rewritten(
        tmp_path,
        "s = get_session()",
        "if not s.get(User, x):",
        "    # nothing to do",
        "    s.close()  # bye",
        "    return None",
        "s.close()",
    ) == [
        "with get_session() as s:",
        "    if not s.get(User, x):",
        "        # nothing to do",
        "        # bye",
        "        return None",
    ]


def test_an_emptied_branch_gets_a_pass(tmp_path: Path) -> None:
    assert rewritten(
        tmp_path, "s = get_session()", "s.add(x)", "s.commit()", "if x:", "    s.close()  # early", "s.close()"
    ) == ["with get_session() as s:", "    s.add(x)", "    s.commit()", "if x:", "    # early", "    pass"]


def test_blank_lines_stay_single(tmp_path: Path) -> None:
    assert rewritten(tmp_path, "s = get_session()", "s.add(x)", "", "s.commit()", "", "s.close()", "", "return 1") == [
        "with get_session() as s:",
        "    s.add(x)",
        "",
        "    s.commit()",
        "",
        "return 1",
    ]


def test_statements_that_share_a_line_come_apart_where_needed(tmp_path: Path) -> None:
    assert rewritten(tmp_path, "s = get_session(); s.add(x); y = 1; s.close(); return y  # all") == [
        "with get_session() as s:",
        "    s.add(x)",
        "y = 1",
        "return y  # all",
    ]


def test_statements_that_share_a_line_of_several_rows_come_apart(tmp_path: Path) -> None:
    first = (
        "log(1); log((2,",
        "    3)); s = get_session(); s.add((x,",
        "    4)); s.close(); t = get_session(); t.add((y,",
    )

    assert rewritten(tmp_path, *first, "    5)); t.close(); log((6,", "    7)); log(8)") == [
        "log(1)",
        "log((2,",
        "    3))",
        "with get_session() as s:",
        "    s.add((x,",
        "        4))",
        "with get_session() as t:",
        "    t.add((y,",
        "        5))",
        "log((6,",
        "    7))",
        "log(8)",
    ]


def test_a_suite_on_one_line_stays_on_it(tmp_path: Path) -> None:
    assert rewritten(tmp_path, "s = get_session()", "if not s.get(User, x): s.close(); return", "s.close()") == [
        "with get_session() as s:",
        "    if not s.get(User, x): return",
    ]


def test_a_string_over_several_lines_keeps_its_value(tmp_path: Path) -> None:
    lines = [
        "s = get_session()",
        's.execute("""select',
        "  1",
        '    from t""" \\',
        "    , x)",
        "s.commit()",
        "s.close()",
    ]

    text = fixed(function(*lines), tmp_path)

    def strings(source: str) -> list[object]:
        return [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]

    assert strings(text) == strings(function(*lines))
    assert '    s.execute("""select\n      1\n        from t""" \\\n        , x)\n' in text


@pytest.mark.parametrize("newline", LINE_ENDINGS)
@pytest.mark.parametrize("final", [True, False])
def test_line_endings_stay(newline: str, final: bool, tmp_path: Path) -> None:
    text = function("s = get_session()", "s.add(x)", "s.commit()", "s.close()", "return 1").replace("\n", newline)
    text = text if final else text.removesuffix(newline)

    after = check(text, tmp_path).fixed_text

    assert after is not None
    assert after.count(newline) == after.count("\n")
    assert after.endswith(newline) is final


def test_tabs_stay(tmp_path: Path) -> None:
    text = function("s = get_session()", "for y in x:", "    s.add(y)", "s.commit()", "s.close()").replace("    ", "\t")

    assert fixed(text, tmp_path).endswith(
        "\twith get_session() as s:\n\t\tfor y in x:\n\t\t\ts.add(y)\n\t\ts.commit()\n"
    )


@pytest.mark.parametrize("indent", ["  ", "   ", "        "])
def test_an_indentation_of_the_files_own_stays(indent: str, tmp_path: Path) -> None:
    text = function("s = get_session()", "for y in x:", "    s.add(y)", "s.commit()", "s.close()").replace(
        "    ", indent
    )

    assert fixed(text, tmp_path).endswith(
        f"{indent}with get_session() as s:\n{indent * 2}for y in x:\n{indent * 3}s.add(y)\n{indent * 2}s.commit()\n"
    )


def test_a_call_over_several_lines_keeps_its_layout_and_comments(tmp_path: Path) -> None:
    lines = ["s = get_session(", "    # which one", "    x,  # this", ")", "s.add(x)", "s.commit()", "s.close()"]

    assert rewritten(tmp_path, *lines) == [
        "with get_session(",
        "    # which one",
        "    x,  # this",
        ") as s:",
        "    s.add(x)",
        "    s.commit()",
    ]


def test_an_awaited_call_loses_its_parentheses(tmp_path: Path) -> None:
    text = (
        HEADER + "\n\nasync def work(x):\n    row = await (await get_async_session()).get(User, x)\n    return row.id\n"
    )

    assert fixed(text, tmp_path).endswith(
        "    async with get_async_session() as session:\n"
        "        row = await session.get(User, x)\n"
        "        return row.id\n"
    )


def test_a_return_without_a_space_keeps_its_parentheses(tmp_path: Path) -> None:
    text = HEADER + "\n\nasync def work(x):\n    return(await get_async_session()).in_transaction()\n"

    result = check(text, tmp_path)

    assert result.error is None
    assert result.fixed_text is None or ast.parse(result.fixed_text)


def test_comments_below_the_close_in_a_finally_stay(tmp_path: Path) -> None:
    assert rewritten(
        tmp_path,
        "s = get_session()",
        "try:",
        "    s.add(x)",
        "finally:",
        "    s.close(  # why",
        "    )  # done",
        "",
        "    # note",
        "return 1",
    ) == ["with get_session() as s:", "    s.add(x)", "# why", "# done", "", "# note", "return 1"]


@pytest.mark.parametrize("before", ["work(); ", "t = 1; u = 2; "])
def test_a_comment_on_a_shared_line_goes_with_the_call(before: str, tmp_path: Path) -> None:
    lines = rewritten(tmp_path, f"{before}s = get_session()  # c", "s.add(x)", "s.close(  # d", ")  # e")

    assert lines[-4:] == ["with get_session() as s:  # c", "    s.add(x)", "# d", "# e"]


def test_a_line_of_blanks_before_the_call_stays(tmp_path: Path) -> None:
    text = (
        HEADER
        + "\ndef work(x):\n  \n    s = get_session()\n    try:\n        s.add(x)\n    finally:\n        s.close()\n"
    )

    after = fixed(text, tmp_path)

    assert after == HEADER + "\ndef work(x):\n  \n    with get_session() as s:\n        s.add(x)\n"


def test_blank_lines_of_a_modules_top_stay_empty_in_a_block(tmp_path: Path) -> None:
    text = HEADER + "\ns = get_session()\n\ns.add(1)\n\nif x:\n\n    s.commit(\n\n    )\ns.close()\n"

    result = check(text, tmp_path, unsafe=True)

    assert result.fixed_text is not None
    assert not [line for line in result.fixed_text.splitlines() if line and not line.strip()]
