"""Is a file still what it was? Its stat tells, or its content where the stat is not to be trusted."""

# ruff: noqa: PTH116 - paths are plain strings here: every file of a project, in every run
from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sessionfix.files import FileError, read_bytes

Stat = list[int]
"""Size, time of the last change of the content, that of the inode, and the inode; empty if there is none."""

UNREADABLE = ""
DIGEST_LENGTH = 32
MARGIN = 2_000_000_000  # nanoseconds: FAT counts two seconds as one moment; other file systems are finer


def stat_of(path: str) -> Stat:
    """The stat of a file, over links."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return []
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def digest_of(path: str) -> str:
    """What stands for a file's content: equal for equal contents, and for nothing else."""
    try:
        return digest(read_bytes(Path(path)))
    except FileError:
        return UNREADABLE


def digest(content: bytes) -> str:
    """The digest of a content, in `DIGEST_LENGTH` characters."""
    import hashlib  # 3 ms that a run which finds nothing changed need not pay

    # as fast as blake2b or faster (1.3 against 0.8 GB/s); half of it is enough
    return hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]


@dataclass(frozen=True)
class Moment:
    """When the files were looked at, by our clock and by one that nobody sets."""

    clock: int = field(default_factory=time.time_ns)
    _monotonic: int = field(default_factory=time.monotonic_ns)

    def by(self, clock_now: int) -> int:
        """The moment by our clock or by another one, which now shows `clock_now`: the earlier."""
        return min(self.clock, clock_now - (time.monotonic_ns() - self._monotonic))


def is_trusted(stat: Stat, moment: int) -> bool:
    """Whether a content that changes after `moment`, when the stat was taken, must bring about another stat.

    A file that was changed just before could be changed again within what its file system counts as one moment.
    """
    return bool(stat) and max(stat[1:3]) < moment - MARGIN


def stats_of(files: Iterable[str]) -> list[Stat]:
    """The stats of files, in their order."""
    return [stat_of(file) for file in files]


@dataclass(frozen=True)
class Stamped:
    """Files with their stats (None: not to be trusted) and digests."""

    files: tuple[str, ...] = ()
    stats: Sequence[Stat | None] = ()
    digests: tuple[str, ...] = ()

    def now(self, files: tuple[str, ...], stats: Sequence[Stat]) -> Stamped:
        """The files that there are now; a content is read only if the stat is another one, or not to be trusted."""
        if self.files == files and self.stats == stats:
            return self
        known = dict(zip(self.files, zip(self.stats, self.digests, strict=True), strict=True))
        unknown = (None, UNREADABLE)
        before = [known.get(file, unknown) for file in files]
        digests = (
            digest if old == new else digest_of(file)
            for file, new, (old, digest) in zip(files, stats, before, strict=True)
        )
        return Stamped(files, stats, tuple(digests))

    def changed(self, since: Stamped) -> list[str]:
        """The files that are new, or have other contents, since then."""
        if self is since:
            return []
        before = dict(zip(since.files, since.digests, strict=True))
        return [file for file, digest in zip(self.files, self.digests, strict=True) if before.get(file) != digest]

    def is_trusted(self, moment: int) -> bool:
        """Whether all stats are to be trusted, as they were taken at this moment."""
        return all(stat is not None and is_trusted(stat, moment) for stat in self.stats)

    def trusted(self, moment: int) -> Stamped:
        """The same without the stats that are not to be trusted, as they were taken at this moment."""
        stats = [stat if stat and is_trusted(stat, moment) else None for stat in self.stats]
        return Stamped(self.files, stats, self.digests)
