"""The command: options -> settings -> run -> report -> exit code. Nothing else prints."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sessionfix.discovery import find_root, is_excluded
from sessionfix.errors import SessionfixError
from sessionfix.files import printed_path, reason_of, shown_path, source_of
from sessionfix.options import LATEST, Options, parsed_options, with_options
from sessionfix.outcomes import ExitCode, KeptBackup, Mode, Outcome, Report
from sessionfix.settings import Settings

if TYPE_CHECKING:
    from sessionfix.backup import Run
    from sessionfix.cache.record import Record
    from sessionfix.targets import Job

STDIN = "-"


class Abort(click.ClickException):
    """Ends the command with a message."""

    exit_code = int(ExitCode.ERROR)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@with_options
@click.pass_context
def main(context: click.Context, /, **_: object) -> None:
    """Find session factories called without `with`, and rewrite the calls.

    PATHS are files, folders, or `-` for standard input. The default is the settings' src, else the working directory.
    """
    try:
        code = _action(parsed_options(context))
    except SessionfixError as error:
        raise Abort(str(error)) from error
    except KeyboardInterrupt:
        _say("interrupted; every file is whole, as it was or rewritten (--list-backups shows what can be undone)")
        code = ExitCode.ERROR
    context.exit(int(code))


def _action(options: Options) -> ExitCode:
    if options.explain is not None:
        return _explain(options.explain)
    if options.explain_site is not None:
        return _explain_site(options.explain_site, options)
    if options.list_backups:
        return _list_backups(options)
    if options.undo is not None:
        return _undo(options)
    if options.stdin_filename is not None or STDIN in options.paths:
        return _run_stdin(options)
    return _run(options)


def _run(options: Options) -> ExitCode:
    from sessionfix.targets import plan

    by_root = _by_root(options)
    jobs = [plan(root, options.settings(root), named) for root, named in by_root.items()]
    for note in _notes(jobs):
        _say(note)
    records: list[Record] = []
    done = [_do(job, options, records.append) for job in jobs]
    outcomes = [outcome for outcomes, _ in done for outcome in outcomes]
    settings = jobs[0].settings
    report = Report(
        outcomes=tuple(sorted(outcomes, key=_path_of)),
        mode=options.mode,
        cwd=options.cwd,
        backups=tuple(backup for _, backups in done for backup in backups),
        color=_wants_color(settings),
        quiet=settings.quiet,
        silent=sum(job.size for job in jobs) - len(outcomes),
    )
    content = _rendered(report, settings)
    _deliver(content, report, settings, jobs[0].root)
    code = _exit_code(report, settings)
    if options.command is not None and len(jobs) == len(records) == 1:
        from sessionfix.answers import Answer, keep

        (root, named), *_ = by_root.items()
        keep(options.command, jobs[0], records[0], Answer(content, code, report), named, options.config_of(root))
    return code


def _by_root(options: Options) -> dict[Path, list[Path]]:
    """The named paths, or the default ones, by the project that they belong to."""
    named = [options.absolute(path) for path in options.paths] or _default_paths(options)
    by_root: dict[Path, list[Path]] = {}
    for path in named:
        by_root.setdefault(find_root(path, options.cwd), []).append(path)
    return by_root


def _default_paths(options: Options) -> list[Path]:
    root = find_root(options.cwd, options.cwd)
    return [root / path for path in options.settings(root).src] or [options.cwd]


def _notes(jobs: list[Job]) -> Iterator[str]:
    for job in jobs:
        if job.settings.verbose:
            yield f"{job.root}: {len(job.files)} Python files, {len(job.targets)} of them to check"
            yield from job.notes
    if not jobs[0].settings.quiet and not any(job.targets for job in jobs):
        yield "no Python files to check"


def _do(
    job: Job, options: Options, all_known: Callable[[Record], None]
) -> tuple[tuple[Outcome, ...], list[KeptBackup]]:
    from sessionfix.incremental import check_all

    say = _say if job.settings.verbose else _keep_silent
    outcomes = tuple(_with_progress(check_all(job, say, all_known), len(job.targets), job.settings))
    if options.mode is not Mode.WRITE:
        return outcomes, []
    from sessionfix.runner import write_all

    folder = None if job.settings.no_backup else _backup_folder(job.root, job.settings)
    outcomes, run = write_all(job.root, outcomes, folder)
    return outcomes, [KeptBackup(run.folder, _undo_command(run, options))] if run else []


def _run_stdin(options: Options) -> ExitCode:
    if options.paths not in ((), (STDIN,)):
        raise click.UsageError("standard input can't be checked together with files")
    path = options.absolute(options.stdin_filename or STDIN)
    root = find_root(path, options.cwd)
    settings = options.settings(root)
    content = _read_stdin()
    outcome = _check_stdin(path, root, settings, content)
    report = Report((outcome,), options.mode, options.cwd, color=_wants_color(settings), quiet=settings.quiet)
    if options.mode is Mode.WRITE:
        _emit(content if outcome.after is None else outcome.after)
        _say_left(report)
    else:
        _deliver(_rendered(report, settings), report, settings, root)
    return _exit_code(report, settings)


def _read_stdin() -> bytes:
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise Abort(f"standard input cannot be read: {reason_of(error)}") from error


def _check_stdin(path: Path, root: Path, settings: Settings, content: bytes) -> Outcome:
    from sessionfix.checking import Checker
    from sessionfix.diagnostics import FileResult
    from sessionfix.files import FileError
    from sessionfix.targets import plan

    if settings.force_exclude and is_excluded(path, root, settings.exclusion(root)):
        return Outcome(FileResult(path))
    checker = Checker(plan(root, settings, [path] if path.exists() else []))
    try:
        return checker.check_source(source_of(path, content))
    except FileError as error:
        return Outcome(FileResult(path, error=str(error)))


def _deliver(content: bytes, report: Report, settings: Settings, root: Path) -> None:
    """The report to where it goes, and to stderr what has no place in it."""
    if settings.output_file:
        _write_report(root / settings.output_file, content)
    else:
        _emit(content)
    if report.mode is Mode.DIFF:
        _say_left(report)
    elif settings.output_format != "text" and not settings.quiet:
        for backup in report.backups:
            _say(f"backups: {printed_path(backup.folder, report.cwd)}; to undo: {backup.undo_command}")


def _rendered(report: Report, settings: Settings) -> bytes:
    from sessionfix.reporters import REPORTERS, diff

    if report.mode is Mode.DIFF:
        return diff.render(report)
    return _encoded(REPORTERS[settings.output_format](report))


def _write_report(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Abort(f"{path}: cannot be written: {reason_of(error)}") from error


def _say_left(report: Report) -> None:
    from sessionfix.reporters import text, wording

    if not report.quiet:
        _emit(wording.revived(report), err=True)
    _emit(text.render_findings(replace(report, color=False)), err=True)


def _exit_code(report: Report, settings: Settings) -> ExitCode:
    for outcome in report.outcomes:
        if outcome.result.error is not None:
            _say(f"error: {printed_path(outcome.result.path, report.cwd)}: {outcome.result.error}")
        for note in () if settings.quiet else outcome.notes:
            _say(note)
    return report.exit_code(exit_zero=settings.exit_zero, exit_non_zero_on_fix=settings.exit_non_zero_on_fix)


def _explain(name: str) -> ExitCode:
    from sessionfix.rules import RULES
    from sessionfix.selection import unknown_code

    rules = [rule for rule in RULES if name.upper() in ("ALL", rule.code) or name.lower() == rule.name]
    if not rules:
        raise unknown_code(name)
    _emit("\n".join(rule.explain() for rule in rules))
    return ExitCode.CLEAN


def _explain_site(site: str, options: Options) -> ExitCode:
    from sessionfix.checking import setup_of
    from sessionfix.explaining import explain_site, parsed_site
    from sessionfix.project import Project
    from sessionfix.targets import plan

    file, row = parsed_site(site)
    path = options.absolute(file)
    root = find_root(path, options.cwd)
    job = plan(root, options.settings(root), [path])
    _emit(explain_site(Project(setup_of(job)), path, row, options.cwd))
    return ExitCode.CLEAN


def _list_backups(options: Options) -> ExitCode:
    from sessionfix import backup
    from sessionfix.reporters.wording import counted

    root, folder = _backup_place(options)
    kept = backup.runs(folder, root)
    for run in kept:
        files, sites = len(run.entries), sum(len(entry.findings) for entry in run.entries)
        undone = f", undone {run.undone}" if run.undone else ""
        _emit(f"{run.name}  {run.time}  {counted(files, 'file')}, {counted(sites, 'site')}{undone}\n")
    if not kept:
        _say(f"no backups in {printed_path(folder, options.cwd)}")
    return ExitCode.CLEAN


def _undo(options: Options) -> ExitCode:
    from sessionfix import backup

    root, folder = _backup_place(options)
    undone = backup.undo(folder, root, None if options.undo == LATEST else options.undo)
    for path in undone.restored:
        _emit(f"restored {printed_path(path, options.cwd)}\n")
    for path, reason in undone.refused:
        _say(f"error: {printed_path(path, options.cwd)}: {reason}")
    return ExitCode.ERROR if undone.refused else ExitCode.CLEAN


def _backup_place(options: Options) -> tuple[Path, Path]:
    """The project's root, and the folder of its backups."""
    root = find_root(options.absolute(options.paths[0]) if options.paths else options.cwd, options.cwd)
    return root, _backup_folder(root, options.settings(root))


def _backup_folder(root: Path, settings: Settings) -> Path:
    from sessionfix.backup import DEFAULT_FOLDER

    return root / (settings.backup_dir or DEFAULT_FOLDER)


def _undo_command(run: Run, options: Options) -> str:
    words = ["sessionfix", "--undo", run.name]
    if "backup_dir" in options.overrides:
        words += ["--backup-dir", shown_path(run.folder.parent, options.cwd)]
    if find_root(options.cwd, options.cwd) != run.root:
        words.append(shown_path(run.root, options.cwd))
    return shlex.join(words)


def _with_progress(outcomes: Iterable[Outcome], total: int, settings: Settings) -> Iterator[Outcome]:
    """The same outcomes; a run of more than a second says on a terminal how far it is."""
    if settings.quiet or not sys.stderr.isatty():
        yield from outcomes
        return
    last = time.monotonic() + 1
    shown = False
    for number, outcome in enumerate(outcomes, start=1):
        if time.monotonic() - last > 0.1:
            last, shown = time.monotonic(), True
            click.echo(f"\r{number} of {total} files", nl=False, err=True)
        yield outcome
    if shown:
        click.echo("\r" + " " * 40 + "\r", nl=False, err=True)


def _wants_color(settings: Settings) -> bool:
    if settings.color != "auto":
        return settings.color == "always"
    if os.environ.get("NO_COLOR") or settings.output_file:
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _path_of(outcome: Outcome) -> str:
    return str(outcome.result.path)


def _keep_silent(_message: str) -> None:
    return


def _say(message: str) -> None:
    _emit(f"{message}\n", err=True)


def _emit(content: str | bytes, *, err: bool = False) -> None:
    # as bytes: a console's code page can neither break the words nor turn the newlines of a diff
    try:
        click.echo(content if isinstance(content, bytes) else _encoded(content), nl=False, err=err)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Abort(f"the report cannot be written: {reason_of(error)}") from error


def _encoded(content: str) -> bytes:
    return content.encode("utf-8", "backslashreplace")
