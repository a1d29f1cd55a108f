"""The same program is rewritten alike in every layout, and what the rewrite has nothing to do with stays as it is.

Layouts are made at random, always the same ones; `SESSIONFIX_RANDOM_LAYOUTS=5000` looks further, at others in each run.
"""

from __future__ import annotations

import ast
import io
import os
import random
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from differential import programs
from differential.factories import ASYNC, SYNC, Variant
from differential.tool import apply_tool
from layouts import Layout
from sessionfix.files import decode_source
from sessionfix.lines import split_lines

BEFORE = """
class Before:
    '''Not touched.

      Not at all.
    '''

    def method(self, x=(1,
            2)):
        if x:
            return [x]
"""
AFTER = """
def after(x):
    try:
        return x + 1
    finally:
        log("after")
"""
TOLD = (programs.ROWS | programs.HARD | programs.FOUND).values()
ASYNC_TOLD = (programs.ASYNC_ROWS | programs.ASYNC_HARD).values()
PROGRAMS = [(SYNC[0], text) for text in TOLD] + [(ASYNC[0], text) for text in ASYNC_TOLD]
ASKED_FOR = os.environ.get("SESSIONFIX_RANDOM_LAYOUTS", "")
ENCODINGS = ("utf-8", "utf-8-sig", "latin-1", "koi8-r", "cp1256", "shift_jis")

looking = settings(
    max_examples=int(ASKED_FOR or 100),
    derandomize=not ASKED_FOR,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # another seed is no smaller
    suppress_health_check=list(HealthCheck),
)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[Variant, str, str]:
    """A factory, a program, and the same in another layout."""
    variant, text = draw(st.sampled_from(PROGRAMS))
    head, _, body = text.partition("\n\n\n")
    text = f"{head}\n\n{BEFORE}\n\n{body}\n{AFTER}"
    chosen = random.Random(draw(st.integers(0, 2**32)))  # drawn at every turn, a layout takes seconds
    return variant, text, Layout(chosen.randrange).lay_out(text)


@pytest.mark.slow
@looking
@given(layouts())
def test_a_layout_changes_nothing_about_a_rewrite(
    tmp_path_factory: pytest.TempPathFactory, laid_out: tuple[Variant, str, str]
) -> None:
    variant, plain, text = laid_out
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(plain))
    folder = tmp_path_factory.mktemp("project")

    expected = apply_tool(folder, variant.program(plain), unsafe=True)
    result = apply_tool(folder, variant.program(text), unsafe=True)

    event("left" if expected.fixed_text is None else "rewritten")
    assert result.error is None
    assert [finding.fixed for finding in result.findings] == [finding.fixed for finding in expected.findings]
    if expected.fixed_text is None or result.fixed_text is None:
        assert result.fixed_text is None is expected.fixed_text
        return
    assert ast.dump(ast.parse(result.fixed_text)) == ast.dump(ast.parse(expected.fixed_text))
    assert remarks_left(text, result.fixed_text) == []
    assert untouched(text, result.fixed_text) == []
    again = apply_tool(folder, variant.program(result.fixed_text), unsafe=True)
    assert again.fixed_text is None


def remarks_left(before: str, after: str) -> list[str]:
    """The comments that are lost or doubled, or no longer at the code in whose line they stood."""
    old, new = remarks(before), remarks(after)
    wrong = [
        f"lost or doubled: {comment}"
        for comment in {**old, **new}
        if len(old.get(comment, ())) != len(new.get(comment, ()))
    ]
    kept = codes(before) & codes(after)  # as often as before
    moved = [
        (comment, code) for comment, found in old.items() for code in found if codes(before)[code] == kept[code] > 0
    ]
    return wrong + [f"moved away from {code}: {comment}" for comment, code in moved if code not in new[comment]]


def codes(text: str) -> Counter[str]:
    """The code of every logical line, counted."""
    return Counter(code for code, _ in commented_lines(text) if code)


def remarks(text: str) -> dict[str, list[str]]:
    """For each comment, the code of the logical lines in which it stands; none for one in a line of its own."""
    found: dict[str, list[str]] = {}
    for code, comments in commented_lines(text):
        for comment in comments:
            found.setdefault(comment, []).append(code)
    return found


def commented_lines(text: str) -> Iterator[tuple[str, list[str]]]:
    code, comments = "", []
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.COMMENT:
            comments.append(token.string)
        elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE):
            code += f" {token.string}"
        if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER) or (token.type == tokenize.NL and not code):
            yield code, comments
            code, comments = "", []


def untouched(before: str, after: str) -> list[str]:
    """The statements of the module's top that stayed what they are, but not as they are written."""
    old, new = top_level(before), top_level(after)
    return [text for dump, text in old.items() if dump in new and new[dump] != text]


def top_level(text: str) -> dict[str, str]:
    lines = split_lines(text)
    return {
        ast.dump(node): "".join(lines[node.lineno - 1 : node.end_lineno]).rstrip("\r\n")
        for node in ast.parse(text).body
    }


@pytest.mark.slow
@looking
@given(layouts(), st.sampled_from(ENCODINGS))
def test_what_was_read_is_what_is_written(laid_out: tuple[Variant, str, str], encoding: str) -> None:
    _, _, text = laid_out
    cookie = "" if encoding.startswith("utf-8") else f"# -*- coding: {encoding} -*-\n"
    content = (cookie + text).encode(encoding, "ignore")
    source = decode_source(Path("app.py"), content)

    assert source.encode(source.text) == content
