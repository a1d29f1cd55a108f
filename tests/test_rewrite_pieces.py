"""Only the pieces that change are read by LibCST, and the result is that of the whole file, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import libcst as cst
import pytest

from differential import owned, programs
from differential.factories import ASYNC, SYNC, Variant
from differential.tool import apply_tool
from fixing import ALL_CODES, HEADER, check, fixed
from rewrite_examples import advanced_generators, after_exit, clean_up, dependencies, not_safe, reach
from rewrite_examples import owned as owned_examples
from sessionfix.fixer import check_file
from sessionfix.lines import split_lines
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rewrite import edit, pieces
from sessionfix.rules import RULES
from sessionfix.rules.base import TARGET

BEFORE = '''"""What the file is for."""
# its first comment

import os; import sys

class Before:
  """Two blanks a level.

    Not touched.
  """

  def method(self):
    return [self,
        os]
    # the end of the method
'''
AFTER = """
# a comment above

@decorated  # beside
@(
    twice
)
def after(x):
\treturn x  # one tab
"""
SITE = """
def work(x):
    # open
    session = get_session()  # the session
    session.add(x)
    session.close()  # done
"""
TOLD = programs.ROWS | programs.HARD | programs.FOUND | programs.NARROW | owned.OWNED | owned.OWNED_HARD
ASYNC_TOLD = programs.ASYNC_ROWS | programs.ASYNC_HARD | owned.ASYNC_OWNED
SHOWN = (advanced_generators, after_exit, clean_up, dependencies, not_safe, owned_examples, reach)
EXAMPLES = [example for module in SHOWN for example in module.EXAMPLES.values()]
EXAMPLES += [example for rule in RULES for example in rule.invalid if example.expected is not None]

Cuts = list[list[pieces.Piece]]


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> Cuts:
    """What files are cut into; each rewrite is compared with that of the whole file."""
    made: Cuts = []
    apply = edit.apply

    def noted(*arguments: Any) -> list[pieces.Piece]:
        made.append(pieces.cut(*arguments))
        return made[-1]

    def compared(*arguments: Any) -> str:
        monkeypatch.setattr(edit, "cut", pieces.whole)
        expected = apply(*arguments)
        monkeypatch.setattr(edit, "cut", noted)
        assert apply(*arguments) == expected
        return expected

    monkeypatch.setattr(edit, "apply", compared)
    return made


def between(text: str) -> str:
    """A module's text with other statements around its own."""
    return f"{BEFORE}\n\n{text}\n{AFTER}"


@pytest.mark.parametrize(("variant", "told"), [(SYNC[0], TOLD), (ASYNC[0], ASYNC_TOLD)], ids=["sync", "async"])
def test_programs_are_rewritten_as_they_are_whole(
    variant: Variant, told: dict[str, str], tmp_path: Path, cuts: Cuts
) -> None:
    for text in list(told.values())[::2]:
        apply_tool(tmp_path, variant.program(between(text)), unsafe=True)

    assert sum(map(is_small, cuts)) > len(cuts) * 0.9


def test_examples_are_rewritten_as_they_are_whole(tmp_path: Path, cuts: Cuts) -> None:
    for number, example in enumerate(EXAMPLES):
        root = tmp_path / str(number)
        text = between(example.files[TARGET])
        for path, source in {**example.files, TARGET: text}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(source, encoding="utf-8")
        project = Project(Setup(root, [root / path for path in example.files]))
        check_file(project, root / TARGET, text, codes=ALL_CODES, unsafe=True)

    assert sum(map(is_small, cuts)) > len(cuts) * 0.9


def is_small(cut: list[pieces.Piece]) -> bool:
    return all(piece.above or piece.below for piece in cut)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (between(HEADER + SITE), 1),
        (HEADER + SITE, 1),
        (SITE + HEADER, 1),
        (HEADER + SITE.rstrip(), 1),
        (HEADER + SITE + AFTER.rstrip(), 1),
        (between(HEADER + SITE * 3), 3),
        (between(HEADER + SITE + "    # of the function\n  # of none\n\n# of the next" + SITE), 2),
        (between(HEADER + SITE + "    \n  \n" + SITE), 2),
        (between(HEADER + SITE + "x = 1; \\\ny = 2" + SITE), 2),
        (between(HEADER + SITE + "x = 1; \\\n" + SITE), 2),
        (between(HEADER + SITE + "@\\\n(\n    twice\n)" + SITE), 1),
        (
            between(HEADER + SITE.replace("\ndef", "\nx = 1; s = get_session()\n# a\ns.add(1)\n\n\ndef")),
            1,
        ),
        (between(HEADER + "def one(): s = get_session(); s.add(1)\ndef two(): s = get_session(); s.add(1)\n"), 2),
        (HEADER + "\n\ns = get_session()\n\n# add\ns.add(1)\ns.close()\n\n\n\n# work\n" + SITE, 1),
        (HEADER + "s = get_session()\ns.add(1)\n  # odd\n\n\n# print\nprint(s)", 1),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_layouts_around_a_piece_stay(text: str, count: int, newline: str, tmp_path: Path, cuts: Cuts) -> None:
    text = text.replace("\n", newline)

    assert check(text, tmp_path, unsafe=True).fixed_text is not None
    assert [len(cut) for cut in cuts] == [count]
    lines = split_lines(text)
    for piece in cuts[0]:
        assert list(piece.lines) == lines[slice(*piece.rows)]


@pytest.mark.parametrize(
    "text",
    [
        between(HEADER + SITE).replace("\n", "\r"),
        between(HEADER + SITE).replace("\n\ndef", "\n\f\ndef"),
        f"# \ue000form feed 1\n{HEADER}{SITE}",
    ],
)
def test_a_text_that_needs_a_disguise_is_one_piece(text: str, tmp_path: Path, cuts: Cuts) -> None:
    fixed(text, tmp_path)

    assert [piece.text for (piece,) in cuts] == [text]


def test_a_piece_that_cannot_be_read_is_tried_with_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = between(HEADER + SITE)
    expected = fixed(text, tmp_path)
    monkeypatch.setattr(pieces.Piece, "text", property(lambda piece: "".join(piece.lines) + "(" * bool(piece.above)))

    assert fixed(text, tmp_path) == expected


def test_what_libcst_cannot_read_elsewhere_stands_in_no_way(tmp_path: Path) -> None:
    unreadable = "class Rows(metaclass=type, *bases):\n    pass\n"

    assert fixed(f"{unreadable}\n{HEADER}{SITE}{unreadable}", tmp_path).count(unreadable) == 2


def test_libcst_reads_no_more_than_what_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    parse = cst.parse_module

    def noted(text: str) -> cst.Module:
        read.append(text)
        return parse(text)

    monkeypatch.setattr(cst, "parse_module", noted)
    other = "def other(x):\n    return x\n\n\n"
    fixed(f"{other * 50}{HEADER}{SITE}{other * 50}{SITE.replace('work', 'play')}{other * 50}", tmp_path)

    assert len(read) == 2
    assert sum(map(len, read)) < 3 * len(SITE)


def test_libcst_is_given_no_more_than_it_has_memory_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit, "_MOST", 1000)
    result = check(f"{HEADER}{SITE}{'# long' * 200}\n{SITE}\n    print({'1, ' * 500})\n", tmp_path)

    assert [finding.fixed for finding in result.findings] == [True, False]
    assert "1,000 characters at once" in (result.findings[1].refusal or "")
