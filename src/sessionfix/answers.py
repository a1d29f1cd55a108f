"""Keep the answer to a command, with all files that it rests on: `replay` gives it again while these are the same."""

# ruff: noqa: PTH100 - paths are plain strings as far as can be
from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sessionfix
from sessionfix.cache.folder import CacheFolder
from sessionfix.cache.record import Record
from sessionfix.cache.replay import ANSWER, Command, packed, shown
from sessionfix.cache.stamps import Moment, are_old, by_file
from sessionfix.cache.stats import MISSING, Stats, as_bytes, stats_of
from sessionfix.outcomes import ExitCode, Mode, Report
from sessionfix.project import packages
from sessionfix.roots import ROOT_MARKERS, upward
from sessionfix.targets import Job


@dataclass(frozen=True)
class Answer:
    """What a command printed for a report, and its exit code."""

    printed: bytes
    code: ExitCode
    report: Report


def keep(command: Command, job: Job, record: Record, answer: Answer, asked_for: Sequence[Path], config: Path) -> None:
    """Keep the answer to a command which the record knew whole, if it is one that can be given again.

    `asked_for` are the paths that were to be checked, `config` is the file that has the settings.
    """
    if job.looked_at is None or not _is_plain(command, job, answer) or any(path.is_symlink() for path in asked_for):
        return
    way = {folder for path in asked_for for folder in _way(job.root, path)}
    if not {str(folder) for folder in way} <= job.looked_at:
        return  # something named is excluded: what else tells of it was not looked at
    folder = CacheFolder.of(job.root, job.settings.cache_dir)
    looked_at = job.looked_at - ({str(folder.path)} if folder.ignores_itself() else set())  # the answer is new in it
    others = {str(config), *looked_at, *_on(way, job.root), *_above(job.root), *_beyond(record), *_own()}
    paths = [*job.files, *sorted(others)]
    try:
        kept = [shown(path, command) for path in paths]
    except UnicodeEncodeError:  # in the C locale some can be no paths
        return
    stats = stats_of(kept)
    left = stats_of(_left(paths, stats))
    given = Moment(command.clock, command.monotonic)

    def content_at(clock: int) -> bytes | None:
        """The answer, if no file can have been another, or have been there still, when the answer was found."""
        if not are_old(stats + left, given.by(clock)):
            return None
        return packed(command, answer.printed, answer.code, kept, as_bytes(stats))

    folder.store(command.key, content_at, ANSWER)


def _is_plain(command: Command, job: Job, answer: Answer) -> bool:
    """Whether all that the command did was to print its report, in the project in which it was given."""
    settings = job.settings
    is_silent = not settings.verbose and bool(job.targets) and not any(each.notes for each in answer.report.outcomes)
    return (
        is_silent
        and answer.report.mode is Mode.CHECK
        and answer.code is not ExitCode.ERROR
        and str(job.root) == command.root
        and settings.output_file is None
        and str(CacheFolder.of(job.root, settings.cache_dir).path) == command.folder
        and not settings.no_cache
    )


def _way(root: Path, path: Path) -> Iterator[Path]:
    """The folders from the root to a path in it, with the path itself if it is one."""
    folders = (path, *path.parents) if path.is_dir() else path.parents
    return (folder for folder in folders if folder == root or root in folder.parents)


def _on(way: Iterable[Path], root: Path) -> Iterator[str]:
    """What may come to say, in the folders on the way, that they are projects, or what is ignored in them.

    It may do so without a trace in a folder: behind a symbolic link that leads nowhere as yet.
    """
    return (str(folder / name) for folder in way if folder != root for name in (*ROOT_MARKERS, ".gitignore"))


def _above(root: Path) -> Iterator[str]:
    """What may say above the project what is ignored in it; the key tells which folder is the repository."""
    folders = [root, *root.parents]
    repository = next((number for number, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    return (str(folder / ".gitignore") for folder in folders[1 : repository + 1])


def _beyond(record: Record) -> Iterator[str]:
    """The files of installed packages that were read, and the places in which modules of these were looked for."""
    yield from record.beyond.files
    yield from record.folders
    for path, (file, _) in record.modules.items():
        yield from packages.looked_at(path, file)


def _own() -> Iterator[str]:
    """The modules of sessionfix, as two states of a repository can have one version, and where Python has others."""
    yield from (str(path) for path in Path(sessionfix.__file__).parent.rglob("*.py"))
    yield from sys.path


def _left(paths: Sequence[str], stats: Stats) -> set[str]:
    """The folders nearest to what is missing: one was changed if that was there a moment ago."""
    missing = {os.path.abspath(path) for path, each in zip(paths, by_file(stats), strict=True) if each == MISSING}
    return {next(filter(os.path.exists, upward(path)), path) for path in missing}
