"""What an answer rests on: the questions that were asked on the way to it, also where a part of it was kept before."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Asking(enum.Enum):
    """What is asked of a project's files: the content of one of them, or what a search finds in all."""

    CONTENT = "content"
    NAMING = "naming"
    MATCHING = "matching"
    ANY = "any"  # whether any file matches
    STORING = "storing"
    DERIVING = "deriving"
    DEFINING = "defining"


class Question(NamedTuple):
    """`of` is a file where its content is asked for, and else a word; `pattern` is a regular expression."""

    asking: Asking
    of: str
    pattern: str = ""


class Trail:
    """Notes questions. What a conclusion rests on is a set of bits: to join two costs nothing, however large they are.

    All that is kept for longer than one file is looked at has to be kept by a `Memo`, or else it is not known any more,
    the next time that it is used, what it rests on.
    """

    def __init__(self) -> None:
        self._numbers: dict[Question, int] = {}
        self._asked = 0

    def note(self, question: Question) -> None:
        """Note that a question was asked."""
        self._asked |= 1 << self._numbers.setdefault(question, len(self._numbers))

    def restart(self) -> None:
        """Begin anew, with no question."""
        self._asked = 0

    @property
    def questions(self) -> frozenset[Question]:
        """All that was asked since the start."""
        return frozenset(question for question, number in self._numbers.items() if self._asked >> number & 1)

    def follow(self, find: Callable[[], V]) -> tuple[V, int]:
        """What `find` finds, and what was asked for it."""
        before, self._asked = self._asked, 0
        try:
            found = find()
            return found, self._asked
        finally:
            self._asked |= before

    def repeat(self, asked: int) -> None:
        """Note what was asked for something that was found before."""
        self._asked |= asked


class Memo(Generic[K, V]):
    """Keeps what was found: whoever gets it rests on what was asked for it."""

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self._kept: dict[K, tuple[V, int]] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def __getitem__(self, key: K) -> V:
        found, asked = self._kept[key]
        self._trail.repeat(asked)
        return found

    def keep(self, key: K, find: Callable[[], V]) -> V:
        """Find it anew, and keep that."""
        self._kept[key] = self._trail.follow(find)
        return self._kept[key][0]

    def once(self, key: K, find: Callable[[], V]) -> V:
        """What `find` finds, looked for once."""
        return self[key] if key in self._kept else self.keep(key, find)

    def clear(self) -> None:
        """Let go of all."""
        self._kept.clear()
