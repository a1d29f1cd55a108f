"""What may depend on itself: found anew from what was found before, until that makes no difference."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Settling(Generic[K, V]):
    """Values by their keys; where one leads back to itself, what was found `before` stands for it, or else `first`."""

    def __init__(self, first: V, before: Mapping[K, V] | None = None) -> None:
        self.found: dict[K, V] = {}
        self._first = first
        self._before = before or {}
        self._begun: set[K] = set()
        self._circular: set[K] = set()

    def once(self, key: K, find: Callable[[], V]) -> V:
        """What `find` finds, looked for once."""
        if key in self.found:
            return self.found[key]
        if key in self._begun:
            self._circular.add(key)
            return self._before.get(key, self._first)
        self._begun.add(key)
        self.found[key] = find()
        return self.found[key]

    @property
    def is_settled(self) -> bool:
        """Whether all that stood for others is what was found for these: then all would be found again."""
        return all(self._before.get(key, self._first) == self.found[key] for key in self._circular)

    def again(self) -> Settling[K, V]:
        """The same values, to be found anew from these."""
        return Settling(self._first, self.found)
