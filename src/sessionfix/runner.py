"""The whole way over a project's targets: read, check, rewrite, back up, replace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sessionfix.checking import Checker
from sessionfix.collector import without_collector
from sessionfix.diagnostics import FileResult
from sessionfix.files import FileError, other_names, replace_file, require_replaceable
from sessionfix.outcomes import Outcome
from sessionfix.targets import Job
from sessionfix.width import width_of

if TYPE_CHECKING:
    from sessionfix import backup


def check_all(job: Job, checker: Checker | None = None, say: Callable[[str], None] | None = None) -> Iterator[Outcome]:
    """The outcomes of the job's targets, in their order; raises SettingsError and SelectionError before the first.

    Once all are told, `say` is told how far the files were looked into. The `checker` is one of the same project.
    """
    checker = checker or Checker(job)
    yield from (Outcome(FileResult(each.path, error=each.reason)) for each in job.unlisted)
    with without_collector():
        yield from _checked(job, checker)
    if say is not None:
        say(str(checker.counts))


def _checked(job: Job, checker: Checker) -> Iterator[Outcome]:
    width = width_of(job, checker)
    if width <= 1:
        return map(checker.check, map(Path, job.targets))
    from sessionfix.workers import check_in_parallel  # what processes need takes its time to be imported

    return check_in_parallel(job, checker, width)


def write_all(
    root: Path, outcomes: Sequence[Outcome], backup_folder: Path | None
) -> tuple[tuple[Outcome, ...], backup.Run | None]:
    """Replace the files that have a rewrite, after backing all of them up (unless the folder is None).

    A file that can't be replaced becomes an outcome with an error. Raises BackupError, and then nothing is replaced.
    """
    from sessionfix import backup

    ready = [_ready(outcome) for outcome in outcomes]
    replacements = [_replacement(outcome) for outcome in ready if outcome.after is not None]
    if not replacements:
        return tuple(ready), None
    run = backup.save(backup_folder, root, replacements) if backup_folder else None
    try:
        done = tuple(_write(outcome) for outcome in ready)
    finally:  # also when the run is interrupted: the manifest names what was replaced, and nothing else
        run = backup.settle(run) if run else None
    return done, run


def _ready(outcome: Outcome) -> Outcome:
    """The outcome with what can be known before the first file is replaced."""
    if outcome.after is None:
        return outcome
    path = outcome.result.path
    try:
        require_replaceable(path)
        links = other_names(path)
    except FileError as error:
        return outcome.not_written(str(error))
    except OSError as error:
        return outcome.not_written(f"cannot be written: {error.strerror}")
    if not links:
        return outcome
    note = f"{path}: has {links} more hard link(s), which keep the old content"
    return replace(outcome, notes=(*outcome.notes, note))


def _replacement(outcome: Outcome) -> backup.Replacement:
    from sessionfix import backup

    return backup.Replacement(outcome.result.path, outcome.before, outcome.after or b"", outcome.mended)


def _write(outcome: Outcome) -> Outcome:
    if outcome.after is None:
        return outcome
    try:
        replace_file(outcome.result.path, outcome.before, outcome.after)
    except FileError as error:
        return outcome.not_written(str(error))
    return outcome
