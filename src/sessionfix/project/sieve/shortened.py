"""A module's text without the functions that are of no interest: most of it, and most of the time to parse it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BEGIN = re.compile(r"([ \t]*)(@|(?:async[ \t]+)?def\b)")
_CLOSING = (")", "]", "}")
_TRIPLE_QUOTES = ('"""', "'''")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


def shortened(text: str, interesting: re.Pattern[str]) -> str:
    """The text without the functions in which there is nothing interesting.

    What begins like a function may be part of a text: where that ends in it, it is left as it is.
    """
    lines = text.split("\n")
    kept: list[str] = []
    row = 0
    while row < len(lines):
        found = _BEGIN.match(lines[row])
        end = _end(lines, row, found[1]) if found else row + 1
        block = "\n".join(lines[row:end])
        is_boring = found is not None and end > row + 1 and not interesting.search(block) and _is_whole(block)
        kept.append(f"{found[1]}pass" if found and is_boring else block)
        row = end
    return "\n".join(kept)


def _end(lines: Sequence[str], row: int, indentation: str) -> int:
    """The line behind a function, which may begin with its decorators; the next line if no function comes then."""
    is_header = True
    for after in range(row, len(lines)):
        code = lines[after].lstrip(" \t\f")
        if not code.rstrip() or len(lines[after]) - len(code) > len(indentation) or code.startswith((*_CLOSING, "#")):
            continue
        found = _BEGIN.match(lines[after]) if is_header else None
        if found is None:
            return row + 1 if is_header else after
        is_header = found[2] == "@"
    return row + 1 if is_header else len(lines)


def _is_whole(block: str) -> bool:
    """Whether no text and no bracket reaches over an end."""
    return all(block.count(quotes) % 2 == 0 for quotes in _TRIPLE_QUOTES) and all(
        block.count(opening) == block.count(closing) for opening, closing in _BRACKETS
    )
