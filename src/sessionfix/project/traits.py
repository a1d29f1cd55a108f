"""What the bare text of a file tells: which attributes it gives a value, which classes it derives from.

Nothing is parsed here. The answers say for which of a project's files that is worth it, and are rather too many than
too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# What follows the name is looked at and not taken: in `a.b, c.d = e` it holds the next name. These patterns only look
# so far, since a line may have a megabyte.
_STORED = re.compile(
    rb"\.\s*([a-zA-Z_\x80-\xff][\w\x80-\xff]*)"
    rb"(?=[\s\\)\]]*(?::[^=\n]{0,300}|,(?:[^=\n]|(?<=,)\n){0,300})?[-+*/%&|^@<>]{0,2}=(?!=))"
)
_SET = re.compile(rb"""\bsetattr\s*\([^,]*,\s*['"](\w+)['"]""")
_TAKING = re.compile(rb"\bfor\s+([^:\n]{0,300}?)\s+in\b|\bas\s+([^:\n]{0,300})")
_ATTRIBUTE = re.compile(rb"\.\s*([a-zA-Z_\x80-\xff][\w\x80-\xff]*)")
_BASES = re.compile(rb"\bclass\s+[\w\x80-\xff]+\s*(?:\[[^\]]*\])?\s*\(([^:]*?)\)\s*:")
_ALIASED = re.compile(rb"([\w\x80-\xff]+)\s+as\s|=\s*(?:[\w\x80-\xff]+\.)*([\w\x80-\xff]+)[ \t]*(?:#|$)", re.MULTILINE)
_WORD = re.compile(rb"[\w\x80-\xff]+")


@dataclass(frozen=True)
class Traits:
    """The names that a file stores as attributes, and those it may use as base classes."""

    stored: frozenset[str]
    bases: frozenset[str]


def traits_of(text: bytes) -> Traits:
    """The traits of a file's content."""
    taken = (name for pair in _TAKING.findall(text) for targets in pair for name in _ATTRIBUTE.findall(targets))
    stored = [*_STORED.findall(text), *_SET.findall(text), *taken]
    bases = [word for found in _BASES.findall(text) for word in _WORD.findall(found)]
    renamed = [name for pair in _ALIASED.findall(text) for name in pair if name] if bases else []
    return Traits(_names(stored), _names([*bases, *renamed]))


def _names(words: Iterable[bytes]) -> frozenset[str]:
    return frozenset(word.decode(errors="replace") for word in words)
