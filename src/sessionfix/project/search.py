"""A search that may lead back to where it came from: what is found is kept, and no way is gone twice."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar, cast

T = TypeVar("T")

_DEPTH = 60


class Search:
    """Remembers the way that led here and what was found on the ways before."""

    def __init__(self) -> None:
        self._active: set[Hashable] = set()
        self._cuts = 0  # how often a way was cut short: what was found meanwhile holds for that way alone
        self._known: dict[Hashable, object] = {}

    @contextlib.contextmanager
    def visiting(self, key: Hashable) -> Iterator[bool]:
        """True unless `key` is being visited already, or the way is too long."""
        fresh = key not in self._active and len(self._active) < _DEPTH
        if fresh:
            self._active.add(key)
        else:
            self._cuts += 1
        try:
            yield fresh
        finally:
            if fresh:
                self._active.discard(key)

    def once(self, key: Hashable, find: Callable[[], T], circular: T) -> T:
        """What `find` finds, which is looked for once; `circular` if it depends on itself.

        A key belongs to one kind of question, so that its answers are of one type.
        """
        if key in self._known:
            return cast(T, self._known[key])
        cuts = self._cuts
        with self.visiting(key) as fresh:
            found = find() if fresh else circular
        if cuts == self._cuts:
            self._known[key] = found
        return found
