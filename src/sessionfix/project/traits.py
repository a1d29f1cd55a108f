"""What the bare text of a file tells: which attributes it gives a value, which classes it derives from.

It is read for every file of a project as soon as there is something to report, so nothing is parsed here; the answers
are rather too many than too few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_STORED = re.compile(rb"\.\s*([\w\x80-\xff]+)\s*(?::[^=\n]*|,[^=\n(]*|\)\s*)?[-+*/%&|^@<>]{0,2}=(?!=)")
_SET = re.compile(rb"""\bsetattr\s*\([^,]*,\s*['"](\w+)['"]""")
_TAKEN = re.compile(rb"\b(?:as|for)\s+[\w.\x80-\xff]*\.([\w\x80-\xff]+)")
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
    stored = [*_STORED.findall(text), *_SET.findall(text), *_TAKEN.findall(text)]
    bases = [word for found in _BASES.findall(text) for word in _WORD.findall(found)]
    renamed = [name for pair in _ALIASED.findall(text) for name in pair if name] if bases else []
    return Traits(_names(stored), _names([*bases, *renamed]))


def _names(words: Iterable[bytes]) -> frozenset[str]:
    return frozenset(word.decode(errors="replace") for word in words)


@dataclass(frozen=True)
class TraitIndex:
    """The files of a project by their traits."""

    storing: dict[str, list[str]]
    deriving: dict[str, list[str]]

    @staticmethod
    def of(files: Iterable[str], read: Callable[[str], bytes]) -> TraitIndex:
        index = TraitIndex({}, {})
        for file in files:
            traits = traits_of(read(file))
            for name in traits.stored:
                index.storing.setdefault(name, []).append(file)
            for name in traits.bases:
                index.deriving.setdefault(name, []).append(file)
        return index
