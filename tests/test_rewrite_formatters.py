"""A formatter that agreed with a program agrees with the rewritten one too.

What it may change, because what was formatted is no longer there: a line that the deeper indentation made too long, or
a shorter name let fit; the layout of an opening call with a comment within its brackets.
"""

from __future__ import annotations

import difflib
import random
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import black
import pytest

from differential import programs
from differential.factories import ASYNC, SYNC, Variant
from differential.tool import apply_tool
from fixing import HEADER, fixed
from layouts import Layout

Formatter = Callable[[Sequence[str], int, Path], list[str]]

EVERY: Mapping[str, tuple[Variant, str]] = {
    **{name: (SYNC[0], text) for name, text in (programs.ROWS | programs.HARD | programs.FOUND).items()},
    **{f"module: {name}": (SYNC[0], text) for name, text in programs.MODULES.items()},
    **{f"narrow: {name}": (SYNC[0], text) for name, text in programs.NARROW.items()},
    **{f"async {name}": (ASYNC[0], text) for name, text in (programs.ASYNC_ROWS | programs.ASYNC_HARD).items()},
}
SOME = {name: EVERY[name] for name in list(EVERY)[::8]}
SO_WIDE_THAT_NOTHING_BREAKS = 200
USUAL = 88
OPENED_BY_A_MODULE = re.compile(r"^\w+ = (await )?get_session\(", re.MULTILINE)


def by_black(texts: Sequence[str], width: int, folder: Path) -> list[str]:
    return [black.format_str(text, mode=black.Mode(line_length=width)) for text in texts]


def by_ruff(texts: Sequence[str], width: int, folder: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"text{number}.py" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "-q",
        "--isolated",
        "--no-cache",
        f"--line-length={width}",
        folder,
    ]
    subprocess.run(command, check=True)
    return [path.read_text(encoding="utf-8") for path in paths]


FORMATTERS = {"black": by_black, "ruff": by_ruff}
each_formatter = pytest.mark.parametrize("formatter", FORMATTERS.values(), ids=FORMATTERS)


def decorated(text: str, seed: str) -> str:
    """The program with comments and blank lines everywhere."""
    chosen = random.Random(seed)
    return Layout(chosen.randrange, is_tidy=True).lay_out(text)


def disagreements(
    folder: Path, formatter: Formatter, width: int, taken: Mapping[str, tuple[Variant, str]]
) -> tuple[int, list[str]]:
    """How many formatted programs were rewritten, and what the formatter changes in them then."""
    formatted = formatter([text for _, text in taken.values()], width, folder / "before")
    results = [
        apply_tool(folder, variant.program(text), unsafe=True)
        for (variant, _), text in zip(taken.values(), formatted, strict=True)
    ]
    assert [result.error for result in results if result.error] == []
    rewritten = [result.fixed_text for result in results if result.fixed_text is not None]
    again = formatter(rewritten, width, folder / "after")
    return len(rewritten), [changes(*pair) for pair in zip(rewritten, again, strict=True) if pair[0] != pair[1]]


def changes(before: str, after: str) -> str:
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""))


@each_formatter
def test_a_rewritten_program_stays_formatted(tmp_path: Path, formatter: Formatter) -> None:
    count, changed = disagreements(tmp_path, formatter, USUAL, SOME)

    assert changed == []
    assert count > len(SOME) // 2


@each_formatter
def test_a_rewritten_program_with_comments_stays_formatted(tmp_path: Path, formatter: Formatter) -> None:
    taken = {name: (variant, decorated(text, name)) for name, (variant, text) in SOME.items()}
    count, changed = disagreements(tmp_path, formatter, SO_WIDE_THAT_NOTHING_BREAKS, taken)

    assert changed == []
    assert count > len(SOME) // 2


@pytest.mark.slow
@each_formatter
def test_every_rewritten_program_stays_formatted(tmp_path: Path, formatter: Formatter) -> None:
    count, changed = disagreements(tmp_path, formatter, USUAL, EVERY)

    assert changed == []
    assert count > len(EVERY) // 2


@pytest.mark.slow
@each_formatter
@pytest.mark.parametrize("seed", range(2))
def test_every_rewritten_program_with_comments_stays_formatted(tmp_path: Path, formatter: Formatter, seed: int) -> None:
    taken = {
        name: (variant, decorated(text, f"{name}{seed}"))
        for name, (variant, text) in EVERY.items()
        if not OPENED_BY_A_MODULE.search(text)  # two blank lines may stand there, and only one in a block
    }
    count, changed = disagreements(tmp_path, formatter, SO_WIDE_THAT_NOTHING_BREAKS, taken)

    assert changed == []
    assert count > len(EVERY) // 2


LAYOUTS = {
    "a call with arguments over several lines": """
def work(x):
    s = get_session(
        "an argument that is rather long, so that the call does not fit on a line",
        "another argument",
    )
    s.add(x)
    s.close()
""",
    "a chain over several lines": """
def work(x):
    return (
        get_session()
        .query("something that is rather long, so that the chain does not fit on a line")
        .filter_by(name=x)
        .order_by("something that is rather long too")
        .count()
    )
""",
    "definitions first in the block": """
def work(x):
    s = get_session()

    def add():
        s.add(x)

    class Empty:
        pass

    add()
    s.close()
""",
    "blank lines around what goes": """
def work(x):
    s = None

    try:
        s = get_session()

        s.add(x)

    except ValueError:
        s.rollback()

        raise

    finally:
        if s:
            s.close()

    return 1
""",
    "a file that ends with the block": """
def work(x):
    s = get_session()

    try:
        s.add(x)
        s.commit()

    finally:
        s.close()
        # the end
""",
}


@each_formatter
@pytest.mark.parametrize("name", LAYOUTS)
def test_what_was_formatted_by_hand_stays_formatted(tmp_path: Path, formatter: Formatter, name: str) -> None:
    (before,) = formatter([HEADER + LAYOUTS[name]], USUAL, tmp_path / "before")
    after = fixed(before, tmp_path, unsafe=True)

    assert changes(after, *formatter([after], USUAL, tmp_path / "after")) == ""


@each_formatter
def test_a_line_may_become_too_long(tmp_path: Path, formatter: Formatter) -> None:
    line = f'    s.add("{"x" * (USUAL - 14)}")'
    (before,) = formatter(
        [f"{HEADER}\n\ndef work():\n    s = get_session()\n{line}\n    s.close()\n"], USUAL, tmp_path / "1"
    )
    after = fixed(before, tmp_path)

    assert f"    {line}\n" in after
    assert changes(after, *formatter([after], USUAL + 4, tmp_path / "2")) == ""
