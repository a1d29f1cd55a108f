"""The folder that holds caches: whole files, replaced in one step, few and not too large."""

from __future__ import annotations

import contextlib
import os
import stat
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sessionfix.files import reason_of

DEFAULT_FOLDER = ".sessionfix_cache"
LARGEST = 64 * 2**20  # bytes; 15,000 files without findings take 3 MB
LARGEST_SUM = 256 * 2**20
MOST = 32  # caches: one for each set of settings that is in use, and for each project if they share a folder
_NAMES = "sessionfix-*.cache"
_TEMPORARY_NAMES = "sessionfix-*.tmp"
_ABANDONED = 3600  # seconds after which another run's temporary file is nobody's any more
_MARKS = {
    ".gitignore": b"# made by sessionfix\n*\n",
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n# See https://bford.info/cachedir/\n",
}
_HEAD = b"sessionfix cache %08x\n"


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
        return CacheFolder(root / named, is_ours=False) if named else CacheFolder(root / DEFAULT_FOLDER)

    def load(self, key: str) -> bytes | None:
        """What was stored; None if there is nothing, or what there is was damaged."""
        try:
            if self._is_off_limits():
                return None
            status = self._file(key).stat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
                return None
            return _unpacked(self._file(key).read_bytes())
        except (OSError, MemoryError):
            return None

    def store(self, key: str, content_at: Callable[[int], bytes]) -> str | None:
        """Store what `content_at` gives for the time of the file system; the reason if nothing was stored."""
        try:
            if self._is_off_limits():
                return "it is a symbolic link"
            self._make()
            stored = self._replace(self._file(key), content_at)
            with contextlib.suppress(OSError):  # another run was faster
                self._clear()
        except OSError as error:
            return reason_of(error)
        return stored

    def _file(self, key: str) -> Path:
        """Two keys may share a file, by chance: what is in it names its own."""
        return self.path / _NAMES.replace("*", f"{zlib.crc32(key.encode()):08x}")

    def _is_off_limits(self) -> bool:
        return self.is_ours and self.path.is_symlink()

    def _make(self) -> None:
        if self.path.is_dir() and not self.is_ours:
            return  # what else the user keeps there is not ours to hide
        self.path.mkdir(parents=True, exist_ok=True)
        for name, content in _MARKS.items():
            if not (self.path / name).exists():
                (self.path / name).write_bytes(content)

    def _replace(self, file: Path, content_at: Callable[[int], bytes]) -> str | None:
        """Not seen on the disk with fsync: what a power cut leaves damaged is known by its checksum."""
        temporary = self.path / _TEMPORARY_NAMES.replace("*", f"{os.getpid()}-{time.monotonic_ns()}")
        try:
            with temporary.open("xb") as stream:
                packed = _packed(content_at(os.fstat(stream.fileno()).st_mtime_ns))
                if len(packed) > LARGEST:
                    return f"it would take more than {LARGEST // 2**20} MiB"
                stream.write(packed)
            temporary.replace(file)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        return None

    def _clear(self) -> None:
        """Remove the oldest caches, and what runs that were killed have left."""
        size = 0
        for number, (_, path) in enumerate(sorted(self._ages(_NAMES))):
            size += path.stat().st_size
            if number >= MOST or size > LARGEST_SUM:
                path.unlink(missing_ok=True)
        for age, path in self._ages(_TEMPORARY_NAMES):
            if age > _ABANDONED:
                path.unlink(missing_ok=True)

    def _ages(self, names: str) -> list[tuple[float, Path]]:
        return [(time.time() - path.lstat().st_mtime, path) for path in self.path.glob(names)]


def _packed(content: bytes) -> bytes:
    return _HEAD % zlib.crc32(content) + content


def _unpacked(packed: bytes) -> bytes | None:
    """The content, if it is whole: a bit that has tipped over could turn a row's number into another."""
    head, end, content = packed.partition(b"\n")
    return content if head + end == _HEAD % zlib.crc32(content) else None
