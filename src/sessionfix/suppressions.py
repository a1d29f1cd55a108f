"""Ignore comments, and what they cover."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sessionfix.lines import split_lines
from sessionfix.syntax.tokens import tokens

_MARKER = re.compile(r"noqa|sessionfix:", re.IGNORECASE)
_IGNORE_FILE = re.compile(r"#\s*sessionfix:\s*ignore-file\b", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*sessionfix:\s*ignore(?![-\w])(?P<list>\s*\[(?P<codes>[^\]]*)\]?)?", re.IGNORECASE)
_NOQA = re.compile(
    r"#\s*noqa(?![-\w])(?:\s*:\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[,\s]+")

EVERY_CODE = ("",)
"""The prefix that all codes have."""


@dataclass(frozen=True)
class Suppressions:
    """What the ignore comments of one file cover: prefixes of codes by row, and whether it is the whole file."""

    prefixes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    whole_file: bool = False

    @classmethod
    def from_text(cls, text: str) -> Suppressions:
        """Read the comments of `text`; in a text that is no Python, whatever looks like a comment counts."""
        if not _MARKER.search(text):
            return cls()
        comments = list(_comments(text))
        return cls(
            {row: prefixes for row, comment, _ in comments if (prefixes := tuple(_prefixes(comment)))},
            any(alone and _IGNORE_FILE.search(comment) for _, comment, alone in comments),
        )

    def covers(self, code: str, first_row: int, last_row: int) -> bool:
        """Whether a finding is ignored whose call begins on `first_row` and whose statement ends on `last_row`."""
        if self.whole_file:
            return True
        prefixes = (*self.prefixes.get(first_row, ()), *self.prefixes.get(last_row, ()))
        return code.startswith(prefixes)


def _prefixes(comment: str) -> Iterator[str]:
    for match in _IGNORE.finditer(comment):
        yield from EVERY_CODE if match["list"] is None else _listed(match["codes"])
    for match in _NOQA.finditer(comment):
        yield from EVERY_CODE if match["codes"] is None else _listed(match["codes"])


def _listed(codes: str) -> Iterator[str]:
    return (code.upper() for code in _SEPARATOR.split(codes) if code)


def _comments(text: str) -> Iterator[tuple[int, str, bool]]:
    """Row, comment, and whether it stands alone on its line."""
    last_row = 0
    try:
        for token in tokens(text):
            last_row = token.start[0]
            if token.type == tokenize.COMMENT:
                yield last_row, token.string, token.line.lstrip().startswith("#")
    except (tokenize.TokenError, SyntaxError):
        yield from _comments_by_look(text, after=last_row)


def _comments_by_look(text: str, after: int) -> Iterator[tuple[int, str, bool]]:
    for row, line in enumerate(split_lines(text), start=1):
        code, mark, comment = line.partition("#")
        if row > after and mark:
            yield row, mark + comment, not code.strip()
