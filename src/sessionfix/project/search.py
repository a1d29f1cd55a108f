"""A search that may lead back to where it came from: what is found is kept, and no way is gone twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sessionfix.project.trail import Trail

T = TypeVar("T")

_DEPTH = 32  # each step takes some 20 frames, of the 1,000 that Python allows
# Nine functions that all call one another have a million ways through them; no question of real code gets near this.
_REPEATS = 1000


class Search:
    """Remembers the way that led here and what was found on the ways before; the trail knows what that rests on."""

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self._active: dict[Hashable, int] = {}  # the questions on the way, with how many stand before each
        self._hangs_on = math.inf  # the first question on the way that what is being found depends on
        self._known: dict[Hashable, tuple[object, int]] = {}
        self._tried: set[Hashable] = set()  # what the question at hand found, and could not keep
        self._repeats = 0

    @property
    def is_idle(self) -> bool:
        """Whether no question is being answered: what is found then does not depend on the way there."""
        return not self._active

    def once(self, key: Hashable, find: Callable[[], T], *, circular: T, lost: T) -> T:
        """What `find` finds, looked for once; `circular` if it depends on itself, `lost` if the way there is too long.

        A key belongs to one kind of question, so that its answers are of one type.
        """
        if key in self._known:
            found, asked = self._known[key]
            self._trail.repeat(asked)
            return cast(T, found)
        if key in self._active:
            self._hangs_on = min(self._hangs_on, self._active[key])
            return circular
        if len(self._active) >= _DEPTH or self._repeats > _REPEATS:
            self._hangs_on = 0
            return lost
        return self._find(key, find)

    def _find(self, key: Hashable, find: Callable[[], T]) -> T:
        before, self._hangs_on = self._hangs_on, math.inf
        self._repeats += key in self._tried
        place = self._active[key] = len(self._active)
        try:
            found, asked = self._trail.follow(find)
        finally:
            del self._active[key]
            is_whole = self._hangs_on >= place
            self._hangs_on = before if is_whole else min(before, self._hangs_on)
        if is_whole:  # it may have been cut short where it led back to itself, but by nothing that stands before it
            self._known[key] = (found, asked)
        else:
            self._tried.add(key)
        if not self._active:
            self._tried.clear()
            self._repeats = 0
        return found
