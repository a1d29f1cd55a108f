"""The marks by which frameworks are given a dependency, and what stands in their brackets, told from bytes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sessionfix.project.sieve.imports import renamed
from sessionfix.project.sieve.tokens import UnclearError, tokens

MARKS = frozenset({"Depends", "Security", "Provide"})

_MARK = "(?:" + "|".join(sorted(MARKS)) + ")"
_FIRST = r"\(\s*(?:dependency\s*=\s*)?"
GIVEN = rf"\b{_MARK}{_FIRST}(?:\w+\.)*NAME\b"
"""A mark with a name in its brackets, for which `NAME` stands."""
OPENED = tuple(f"{mark}(" for mark in sorted(MARKS))
"""One of these stands wherever `GIVEN` does."""

_NAMES_GIVEN = re.compile((_MARK + _FIRST).encode() + rb"([\w.\x80-\xff]+)")
_GAP = rb"(?:[\s\\]|#[^\n]*\n)*"


def names_given(text: bytes) -> Iterator[bytes]:
    """All names for which `GIVEN` may be found in a file."""
    for found in _NAMES_GIVEN.finditer(text):
        yield from found[1].split(b".")


def may_give(text: bytes, names: Collection[bytes]) -> bool:
    """Whether one of `names` stands in the brackets of a mark."""
    marks = {mark.encode() for mark in MARKS}
    marks.update(other for name, other in renamed(text) if name in marks)
    called = re.compile(rb"(?:" + b"|".join(marks) + rb")" + _GAP + rb"\(")
    try:
        inside = (tokens(text, found.end(), in_brackets=True) for found in called.finditer(text))
        return any(token.part in names for each in inside for token in each)
    except UnclearError:
        return True
