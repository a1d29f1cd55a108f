"""What marks a project's root. Apart from `discovery`, for what has no time to import that."""

# ruff: noqa: PTH110, PTH118, PTH120 - paths are plain strings here
from __future__ import annotations

import os

ROOT_MARKERS = ("pyproject.toml", ".git")


def marked_root(folder: str) -> str | None:
    """The nearest folder, `folder` itself or upward, that has a marker."""
    return next((each for each in upward(folder) if _is_marked(each)), None)


def upward(folder: str) -> list[str]:
    """The folder and those above it, the nearest first."""
    folders = [folder]
    while (above := os.path.dirname(folders[-1])) != folders[-1]:
        folders.append(above)
    return folders


def _is_marked(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, marker)) for marker in ROOT_MARKERS)
