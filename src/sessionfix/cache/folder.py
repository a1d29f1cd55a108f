"""The folder that holds caches: whole files, replaced in one step, few and not too large."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sessionfix.cache import packing
from sessionfix.cache.packing import FOLDER
from sessionfix.cache.replay import ANSWER
from sessionfix.files import reason_of

LARGEST_SUM = 256 * 2**20
RECORD = "cache"  # how files end that hold records
MOST = {RECORD: 32, ANSWER: 8}
"""Records: one for each set of settings that is in use, and for each project if they share a folder. Answers: one for
each command that is given again and again."""
_TEMPORARY_NAMES = "sessionfix-*.tmp"
_ABANDONED = 3600  # seconds after which another run's temporary file is nobody's any more
_MARKS = {
    ".gitignore": b"# made by sessionfix\n*\n",
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n# See https://bford.info/cachedir/\n",
}


@dataclass(frozen=True)
class CacheFolder:
    """The caches below a folder, which `is_ours` if no user named it.

    A folder of ours that turns out to be a symbolic link is left alone: it may have come with the project, and lead
    anywhere.
    """

    path: Path
    is_ours: bool = True

    @staticmethod
    def of(root: Path, named: str | None) -> CacheFolder:
        """The folder that was named, relative to the project's root, or the one that is ours."""
        return CacheFolder(root / named, is_ours=False) if named else CacheFolder(root / FOLDER)

    def load(self, key: str) -> bytes | None:
        """The record that was stored; None if there is nothing, or what there is was damaged."""
        return None if self._is_off_limits() else packing.load(str(self.path / packing.name_of(key, RECORD)))

    def store(self, key: str, content_at: Callable[[int], bytes | None], ending: str = RECORD) -> str | None:
        """Store what `content_at` gives, if anything, for the time of the file system; the reason if nothing was."""
        try:
            if self._is_off_limits():
                return "it is a symbolic link"
            self._make()
            stored = self._replace(self.path / packing.name_of(key, ending), content_at)
            with contextlib.suppress(OSError):  # another run was faster
                self._clear(ending)
        except OSError as error:
            return reason_of(error)
        return stored

    def ignores_itself(self) -> bool:
        """Whether it has the .gitignore that it is made with: one that was there before may hold Python files."""
        try:
            return (self.path / ".gitignore").read_bytes() == _MARKS[".gitignore"]
        except OSError:
            return False

    def _is_off_limits(self) -> bool:
        return self.is_ours and self.path.is_symlink()

    def _make(self) -> None:
        if self.path.is_dir() and not self.is_ours:
            return  # what else the user keeps there is not ours to hide
        self.path.mkdir(parents=True, exist_ok=True)
        for name, content in _MARKS.items():
            if not (self.path / name).exists():
                (self.path / name).write_bytes(content)

    def _replace(self, file: Path, content_at: Callable[[int], bytes | None]) -> str | None:
        """Not seen on the disk with fsync: what a power cut leaves damaged is known by its checksum."""
        temporary = self.path / _TEMPORARY_NAMES.replace("*", f"{os.getpid()}-{time.monotonic_ns()}")
        try:
            with temporary.open("xb") as stream:
                content = content_at(os.fstat(stream.fileno()).st_mtime_ns)
                if content is None:
                    return "files were changed a moment ago"
                packed = packing.packed(content)
                if len(packed) > packing.LARGEST:
                    return f"it would take more than {packing.LARGEST // 2**20} MiB"
                stream.write(packed)
            temporary.replace(file)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        return None

    def _clear(self, ending: str) -> None:
        """Remove the oldest of the files with this ending, and what runs that were killed have left."""
        size = 0
        for number, (_, path) in enumerate(sorted(self._ages(f"sessionfix-*.{ending}"))):
            size += path.stat().st_size
            if number >= MOST[ending] or size > LARGEST_SUM:
                path.unlink(missing_ok=True)
        for age, path in self._ages(_TEMPORARY_NAMES):
            if age > _ABANDONED:
                path.unlink(missing_ok=True)

    def _ages(self, names: str) -> list[tuple[float, Path]]:
        return [(time.time() - path.lstat().st_mtime, path) for path in self.path.glob(names)]
