"""What single files bring to the names that are told from all files: where that stays, an edit changes no name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

Shares: TypeAlias = Mapping[str, frozenset[str]]
"""By file, for those that bring anything."""

_NOTHING: frozenset[str] = frozenset()


def still_bring(files: Collection[str], before: Shares, after: Shares) -> bool:
    """Whether files bring all that they did; if no new name comes of what they bring besides, none is another one."""
    return all(before.get(file, _NOTHING) <= after.get(file, _NOTHING) for file in files)
