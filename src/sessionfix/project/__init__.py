"""What names mean, over a whole project (ast; no LibCST)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessionfix.project.project import Project

__all__ = ["Project"]


def __getattr__(name: str) -> object:
    """`Project`, imported when it is asked for: a run whose answers are all in the cache needs none of it."""
    if name != "Project":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sessionfix.project.project import Project

    return Project
