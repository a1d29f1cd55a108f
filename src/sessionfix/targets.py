"""From the paths that a user names to the projects and files that a run looks at."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sessionfix.discovery import Exclusion, Unlisted, Walk, is_excluded, walk
from sessionfix.environment import Environment, find_environment
from sessionfix.settings import Settings

# Bytes of targets: to follow all their calls takes less time than to find out which names of a project matter.
_SMALL = 100_000
_SMALL_BESIDE_PACKAGES = 400_000  # what these hand out takes some seconds more to find out
_SMALL_PART = 50  # of a project's bytes
LEFT_ALONE = {".pyi": "stubs are left alone", ".ipynb": "notebooks are left alone"}


@dataclass(frozen=True)
class Job:
    """One project: the paths of all files that may define a factory, and the targets among them.

    Where the targets are small together, or a small part, each is parsed, and so a broken one is reported. `looked_at`
    are the folders and other files that tell all this; it is None where these could come to tell another thing without
    a trace: symbolic links among the Python files what they lead to, and folders that can't be listed that they can.
    """

    root: Path
    settings: Settings
    files: tuple[str, ...] = ()  # no Path: 15,000 of them take 0.1 s
    targets: tuple[str, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    notes: tuple[str, ...] = ()
    environment: Environment | None = None
    is_small: bool = True
    looked_at: frozenset[str] | None = None

    @property
    def size(self) -> int:
        """How many outcomes it comes to, if each has one."""
        return len(self.targets) + len(self.unlisted)


@dataclass
class _Found:
    """What the named paths come to, while they are gone through; the targets by what they really are."""

    targets: dict[str, str] = field(default_factory=dict)
    unlisted: list[Unlisted] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)

    def add_file(self, path: str) -> None:
        self.targets.setdefault(os.path.realpath(path), path)

    def add_folder(self, top: Path, walked: Walk) -> None:
        real_top = os.path.realpath(top)
        is_real = real_top == str(top)
        really = walked.files if is_real else [real_top + path[len(str(top)) :] for path in walked.files]
        self.targets = {**dict(zip(really, walked.files, strict=True)), **self.targets}
        for link in walked.links:
            self.add_file(link)
        self.unlisted.extend(walked.unlisted)
        self.walks.append(walked)


def plan(root: Path, settings: Settings, named: Sequence[Path]) -> Job:
    """The job that the paths `named`, absolute and all of the project at `root`, come to.

    Folders are searched; a file is taken by name even where it is excluded, unless `force-exclude` is set. Raises
    SettingsError for a pattern that is none, and NoEnvironmentError for an environment that is none.
    """
    exclusion = settings.exclusion(root)
    project = walk(root, root, Exclusion())
    found = _Found()
    for path in named:
        if settings.force_exclude and is_excluded(path, root, exclusion):
            found.notes.append(f"{path}: excluded")
        elif path.is_dir():
            is_all = path == root and exclusion == Exclusion()
            found.add_folder(path, project if is_all else walk(path, root, exclusion))
        elif path.suffix in LEFT_ALONE:
            found.notes.append(f"{path}: {LEFT_ALONE[path.suffix]}")
        else:
            found.add_file(str(path))
    targets = tuple(sorted(found.targets.values()))
    files = tuple(dict.fromkeys((*project.files, *project.links, *targets)))
    unseen = (f"{each.path}: {each.reason}" for each in project.unlisted if each not in found.unlisted)
    asked: set[str] = set()
    environment = find_environment(root, settings.python, os.environ, asked)
    looked = (f"{folder}: packages are looked into" for folder in (environment.folders if environment else ()))
    notes = (*found.notes, *unseen, *looked)
    least = _SMALL_BESIDE_PACKAGES if environment else _SMALL
    is_small = _size(targets, least) < least or _are_small_part(targets, files)
    looked_at = _looked_at([project, *found.walks], asked)
    return Job(root, settings, files, targets, tuple(found.unlisted), notes, environment, is_small, looked_at)


def _looked_at(walks: Sequence[Walk], asked: Iterable[str]) -> frozenset[str] | None:
    if any(walked.has_links or walked.unlisted for walked in walks):
        return None
    return frozenset(asked).union(*(walked.listed for walked in walks))


def _size(files: Iterable[str], most: int | None = None) -> int:
    """How many bytes files have together; no more are asked once these are as many as `most`."""
    size = 0
    for file in files:
        if most is not None and size >= most:
            break
        with contextlib.suppress(OSError, ValueError):
            size += os.stat(file).st_size  # noqa: PTH116
    return size


def _are_small_part(targets: Sequence[str], files: Sequence[str]) -> bool:
    """Whether targets are a small part of a project, in number as in bytes."""
    return len(targets) * _SMALL_PART <= len(files) and _size(targets) * _SMALL_PART <= _size(files)
