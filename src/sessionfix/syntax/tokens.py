"""The tokens of a text, whatever Python runs: those in the replacement fields of formatted strings, too."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence

from sessionfix.syntax.literals import Field, Literal, Parts, literals

_FORMATTED = re.compile(r"(?<!\w)[rR]?[ftFT][rR]?['\"]")
_NO_NEWLINE = re.compile(r"[^\r\n]")
_COMMENT_OR_NO_NEWLINE = re.compile(r"(#[^\r\n]*)|[^\r\n]")


def tokens(text: str, newline: str | None = None) -> Iterator[tokenize.TokenInfo]:
    """The tokens of `text`, in which brackets stand for a formatted literal and for each of its fields.

    `newline` is as for `open`. Raises SyntaxError or tokenize.TokenError where the text is no Python.
    """
    if _FORMATTED.search(text):
        text = plain(text, literals(text))
    return tokens_of_code(text, newline)


def tokens_of_code(text: str, newline: str | None = None) -> Iterator[tokenize.TokenInfo]:
    """The same for a text that has no formatted literals (any more)."""
    return tokenize.generate_tokens(io.StringIO(text, newline=newline).readline)


def plain(text: str, found: Sequence[Literal]) -> str:
    """`text` with brackets for each formatted literal and its fields, blanks for what is no code: the same layout."""
    characters = list(text)
    for literal in found:
        if literal.is_formatted:
            _bracket(characters, literal.start, literal.end)
            _blank(characters, literal.start + 1, literal.end - 1, literal.parts)
    return "".join(characters)


def blanked(text: str) -> str:
    """As many blanks, and the same lines."""
    return _NO_NEWLINE.sub(" ", text)


def _bracket(characters: list[str], start: int, end: int) -> None:
    characters[start], characters[end - 1] = "(", ")"


def _blank(characters: list[str], start: int, end: int, parts: Parts) -> None:
    """Blank what stands from `start` to `end` but for the expressions of the fields there."""
    position = start
    for part in parts:
        if isinstance(part, Field):
            characters[position : part.start] = blanked("".join(characters[position : part.start]))
            _bracket(characters, part.start, part.end)
            spec_start = part.spec_start or part.end - 1
            _blank_marks(characters, part.expression[1], spec_start)
            _blank(characters, spec_start, part.end - 1, part.spec or ())
            position = part.end
    characters[position:end] = blanked("".join(characters[position:end]))


def _blank_marks(characters: list[str], start: int, end: int) -> None:
    """Blank `=` and `!r` behind an expression, but not the comments there."""
    between = "".join(characters[start:end])
    characters[start:end] = _COMMENT_OR_NO_NEWLINE.sub(lambda found: found[1] or " ", between)
