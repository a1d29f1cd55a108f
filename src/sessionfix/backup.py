"""Keep what `--write` replaces, and bring it back.

A run's folder holds the old bytes under `files/`, and a manifest. Both are on the disk before the first file is
replaced, so that a run which dies half-way can be undone too.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path, PurePath

from sessionfix import __version__
from sessionfix.diagnostics import Finding
from sessionfix.errors import SessionfixError
from sessionfix.files import FileError, reason_of, replace_file, require_replaceable, sync_folder, write_new

DEFAULT_FOLDER = ".sessionfix/backups"
MANIFEST = "manifest.json"


class BackupError(SessionfixError):
    """A backup that can't be written, found or read; the message says which and why."""


@dataclass(frozen=True)
class Replacement:
    """What is about to happen to a file."""

    path: Path
    before: bytes
    after: bytes
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Mended:
    """A finding as the manifest keeps it."""

    code: str
    row: int
    column: int
    message: str


@dataclass(frozen=True)
class Entry:
    """One file of a run. `path` is relative to the project's root where the file lies in it."""

    path: str
    backup: str
    mode: int
    sha256_before: str
    sha256_after: str
    findings: tuple[Mended, ...] = ()


@dataclass(frozen=True)
class Run:
    """One `--write`, as its manifest tells it."""

    name: str
    folder: Path
    root: Path
    version: str
    time: str
    entries: tuple[Entry, ...]
    undone: str | None = None

    def path_of(self, entry: Entry) -> Path:
        """Where the file lies."""
        return self.root / entry.path


@dataclass(frozen=True)
class Undone:
    """What `undo` did: the files that it brought back, and those that it refused to touch with the reasons."""

    run: Run
    restored: tuple[Path, ...]
    refused: tuple[tuple[Path, str], ...]


def save(folder: Path, root: Path, replacements: Sequence[Replacement]) -> Run:
    """Put what `replacements` will replace into a new run's folder below `folder`; raises BackupError."""
    now = datetime.now(timezone.utc)
    name = f"{now:%Y%m%d-%H%M%S-%f}"
    entries = tuple(_entry(replacement, root, number) for number, replacement in enumerate(replacements, start=1))
    run = Run(name, folder / name, root, __version__, now.isoformat(timespec="seconds"), entries)
    try:
        _write_run(run, replacements)
    except OSError as error:
        raise BackupError(
            f"no backup can be written to {run.folder}: {reason_of(error)}; nothing is replaced"
        ) from error
    return run


def settle(run: Run) -> Run | None:
    """Take out of the manifest the files that were not replaced after all; None if that is all of them.

    Raises BackupError.
    """
    entries = tuple(entry for entry in run.entries if not _holds_old_bytes(run, entry))
    if not entries:
        shutil.rmtree(run.folder, ignore_errors=True)
        return None
    return run if entries == run.entries else _rewritten(replace(run, entries=entries))


def runs(folder: Path, root: Path) -> tuple[Run, ...]:
    """The runs kept below `folder`, oldest first; raises BackupError for a manifest that can't be read."""
    manifests = sorted(folder.glob(f"*/{MANIFEST}"))
    return tuple(_read_run(manifest, root) for manifest in manifests)


def undo(folder: Path, root: Path, name: str | None = None) -> Undone:
    """Bring back the bytes and modes of the run `name`, or of the latest one that is not undone yet.

    A file that has changed since is refused, the others are restored; the run counts as undone when none was refused.
    Raises BackupError if there is no such run, or it is undone already.
    """
    run = _chosen(runs(folder, root), folder, name)
    restored: list[Path] = []
    refused: list[tuple[Path, str]] = []
    for entry in run.entries:
        path = run.path_of(entry)
        try:
            _restore(run, entry)
            restored.append(path)
        except FileError as error:
            refused.append((path, str(error)))
    if not refused:
        run = _rewritten(replace(run, undone=datetime.now(timezone.utc).isoformat(timespec="seconds")))
    return Undone(run, tuple(restored), tuple(refused))


def _entry(replacement: Replacement, root: Path, number: int) -> Entry:
    path = replacement.path
    is_inside = root in path.parents
    relative = path.relative_to(root).as_posix() if is_inside else str(path)
    return Entry(
        path=relative,
        backup=f"files/{relative}" if is_inside else f"elsewhere/{number}-{path.name}",
        mode=stat.S_IMODE(path.stat().st_mode),
        sha256_before=_hash(replacement.before),
        sha256_after=_hash(replacement.after),
        findings=tuple(_mended(finding) for finding in replacement.findings),
    )


def _holds_old_bytes(run: Run, entry: Entry) -> bool:
    try:
        return _hash(run.path_of(entry).read_bytes()) == entry.sha256_before
    except OSError:
        return False  # rather an entry too many than one too few


def _mended(finding: Finding) -> Mended:
    start = finding.span.start
    return Mended(finding.code, start.row, start.column, finding.message)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_run(run: Run, replacements: Sequence[Replacement]) -> None:
    run.folder.mkdir(parents=True)
    write_new(run.folder / ".gitignore", b"*\n")
    folders = {run.folder, run.folder.parent}
    for entry, replacement in zip(run.entries, replacements, strict=True):
        copy = run.folder / entry.backup
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_new(copy, replacement.before)
        copy.chmod(entry.mode)
        folders.update(copy.parents[: len(PurePath(entry.backup).parts)])
    _write_manifest(run)
    for folder in folders:
        sync_folder(folder)


def _write_manifest(run: Run) -> None:
    record = {
        "run": run.name,
        "version": run.version,
        "time": run.time,
        "undone": run.undone,
        "files": [asdict(entry) for entry in run.entries],
    }
    temporary = run.folder / f"{MANIFEST}.tmp"
    write_new(temporary, json.dumps(record, indent=2).encode() + b"\n")
    temporary.replace(run.folder / MANIFEST)
    sync_folder(run.folder)


def _rewritten(run: Run) -> Run:
    try:
        _write_manifest(run)
    except OSError as error:
        raise BackupError(f"{run.folder / MANIFEST}: cannot be written: {reason_of(error)}") from error
    return run


def _read_run(manifest: Path, root: Path) -> Run:
    try:
        record = json.loads(manifest.read_bytes())
        entries = tuple(_read_entry(each) for each in record["files"])
        return Run(
            manifest.parent.name, manifest.parent, root, record["version"], record["time"], entries, record["undone"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{manifest}: cannot be read: {reason_of(error)}") from error


def _read_entry(record: Mapping[str, object]) -> Entry:
    values = {**record, "findings": tuple(Mended(**each) for each in record["findings"])}  # type: ignore[attr-defined]
    return Entry(**values)  # type: ignore[arg-type]  # a manifest of another shape ends in TypeError


def _chosen(kept: Sequence[Run], folder: Path, name: str | None) -> Run:
    if name is None:
        open_runs = [run for run in kept if run.undone is None]
        if not open_runs:
            raise BackupError(f"there is nothing to undo in {folder}")
        return open_runs[-1]
    for run in kept:
        if run.name == name:
            if run.undone is not None:
                raise BackupError(f"the run {name} was undone already, at {run.undone}")
            return run
    raise BackupError(f"there is no run {name} in {folder}; --list-backups shows those that are")


def _restore(run: Run, entry: Entry) -> None:
    """Raises FileError."""
    path = run.path_of(entry)
    try:
        current = path.read_bytes()
        before = (run.folder / entry.backup).read_bytes()
    except OSError as error:
        raise FileError(f"cannot be read: {reason_of(error)}") from error
    if _hash(before) != entry.sha256_before:
        raise FileError("its backup is damaged; left as it is")
    if _hash(current) not in (entry.sha256_after, entry.sha256_before):
        raise FileError("has changed since; left as it is")
    require_replaceable(path)
    replace_file(path, current, before, mode=entry.mode)
