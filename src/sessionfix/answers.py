"""Keep the answer to a command, with all files that it rests on: `replay` gives it again while these are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sessionfix
from sessionfix.cache.folder import CacheFolder
from sessionfix.cache.record import Record
from sessionfix.cache.replay import ANSWER, Command, as_bytes, packed, shown
from sessionfix.cache.stamps import Moment, are_old
from sessionfix.cache.stats import stats_of
from sessionfix.outcomes import ExitCode, Mode, Report
from sessionfix.project import packages
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
    if job.looked_at is None or not _is_plain(command, job, answer):
        return
    if not {str(folder) for path in asked_for for folder in _way(job.root, path)} <= job.looked_at:
        return  # a folder that was not looked at could become a project of its own
    folder = CacheFolder.of(job.root, job.settings.cache_dir)
    looked_at = job.looked_at - {str(folder.path)}  # in which the answer itself will be new
    paths = [*job.files, *sorted({str(config), *looked_at, *_above(job.root), *_beyond(record), *_own()})]
    kept = [shown(path, command) for path in paths]
    stats = stats_of(kept)
    given = Moment(command.clock, command.monotonic)

    def content_at(clock: int) -> bytes | None:
        """The answer, if no file can have been another when the answer was found."""
        if not are_old(stats, given.by(clock)):
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
    """The folders from the root to a path in it."""
    return (folder for folder in path.parents if folder == root or root in folder.parents)


def _above(root: Path) -> Iterator[str]:
    """What may say above the project what is ignored in it."""
    return (str(folder / ".gitignore") for folder in root.parents)


def _beyond(record: Record) -> Iterator[str]:
    """The files of installed packages that were read, and the places in which modules of these were looked for."""
    yield from record.beyond.files
    yield from record.folders
    for path, (file, _) in record.modules.items():
        yield from packages.looked_at(path, file)


def _own() -> Iterator[str]:
    """The modules of sessionfix: two states of a repository can have one version."""
    return (str(path) for path in Path(sessionfix.__file__).parent.rglob("*.py"))
