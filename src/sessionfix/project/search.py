"""A search that may lead back to where it came from: what is found is kept, and no way is gone twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")

_DEPTH = 32  # each step takes some 20 frames, of the 1,000 that Python allows
# Nine functions that all call one another have a million ways through them; no question of real code gets near this.
_REPEATS = 1000


class Search:
    """Remembers the way that led here and what was found on the ways before."""

    def __init__(self) -> None:
        self._active: set[Hashable] = set()
        self._cuts = 0  # how often a way was cut short: what was found meanwhile holds for that way alone
        self._known: dict[Hashable, object] = {}
        self._tried: set[Hashable] = set()  # what the question at hand found, and could not keep
        self._repeats = 0

    def once(self, key: Hashable, find: Callable[[], T], *, circular: T, lost: T) -> T:
        """What `find` finds, looked for once; `circular` if it depends on itself, `lost` if the way there is too long.

        A key belongs to one kind of question, so that its answers are of one type.
        """
        if key in self._known:
            return cast(T, self._known[key])
        if key in self._active or self._is_too_far():
            self._cuts += 1
            return circular if key in self._active else lost
        return self._find(key, find)

    def _is_too_far(self) -> bool:
        return len(self._active) >= _DEPTH or self._repeats > _REPEATS

    def _find(self, key: Hashable, find: Callable[[], T]) -> T:
        cuts = self._cuts
        self._repeats += key in self._tried
        self._active.add(key)
        try:
            found = find()
        finally:
            self._active.discard(key)
        if cuts == self._cuts or not self._active:
            self._known[key] = found
        else:
            self._tried.add(key)
        if not self._active:
            self._tried.clear()
            self._repeats = 0
        return found
