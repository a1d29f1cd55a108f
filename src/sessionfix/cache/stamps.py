"""Is a file still what it was? Its stat tells, or its content where the stat is not to be trusted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sessionfix.cache.stats import MISSING, WIDTH, Stats
from sessionfix.files import FileError, read_bytes

_UNTRUSTED = (-1, -1, -1, -1)
DIGEST_LENGTH = 32
_UNREADABLE = "-" * DIGEST_LENGTH
_UNKNOWN = "?" * DIGEST_LENGTH
_FEW = 100  # to read one file takes as long as to write a hundred stats
MARGIN = 2_000_000_000  # nanoseconds: FAT counts two seconds as one moment; other file systems are finer


def digest_of(file: str) -> str:
    """What stands for a file's content: equal for equal contents, and for nothing else."""
    try:
        return digest(read_bytes(Path(file)))
    except FileError:
        return _UNREADABLE


def digest(content: bytes) -> str:
    """The digest of a content, in `DIGEST_LENGTH` characters."""
    import hashlib  # 3 ms that a run which finds nothing changed need not pay

    # as fast as blake2b or faster (1.3 against 0.8 GB/s); half of it is enough
    return hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]


@dataclass(frozen=True)
class Moment:
    """When the files were looked at, by our clock and by one that nobody sets."""

    clock: int = field(default_factory=time.time_ns)
    monotonic: int = field(default_factory=time.monotonic_ns)

    def by(self, clock_now: int) -> int:
        """The moment by our clock or by another one, which now shows `clock_now`: the earlier."""
        return min(self.clock, clock_now - (time.monotonic_ns() - self.monotonic))


@dataclass(frozen=True)
class Stamped:
    """Files with their stats and digests; the digests, of one length, stand one behind the other."""

    files: tuple[str, ...] = ()
    stats: Stats = field(default_factory=list)
    digests: str = ""

    def now(self, files: tuple[str, ...], stats: Stats) -> Stamped:
        """The files that there are now; a content is read only if the stat is another one, or was not to be trusted."""
        if self.files == files and self.stats == stats:
            return self
        digests = (
            digest if old == new else digest_of(file)
            for file, new, (old, digest) in zip(files, by_file(stats), self._each_of(files), strict=True)
        )
        return Stamped(files, stats, "".join(digests))

    def _each_of(self, files: tuple[str, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
        """The stats and digests of some files, in their order, as far as they are known."""
        pairs = zip(by_file(self.stats), self.each_digest(), strict=True)
        if files == self.files:
            return pairs
        known = dict(zip(self.files, pairs, strict=True))
        return (known.get(file, (_UNTRUSTED, _UNKNOWN)) for file in files)

    def changed(self, since: Stamped) -> list[str]:
        """The files that are new, or have other contents, since then."""
        if self is since:
            return []
        pairs = zip(self.files, self.each_digest(), since._each_of(self.files), strict=True)
        return [file for file, digest, (_, before) in pairs if digest != before]

    def is_nearly(self, since: Stamped) -> bool:
        """Whether so few stats are others since then that to read these files costs less than to keep their stats."""
        others = sum(old != new for old, new in zip(by_file(since.stats), by_file(self.stats), strict=False))
        return self.files == since.files and others * _FEW < len(self.files)

    def digest_by_file(self) -> dict[str, str]:
        """The digest of each file."""
        return dict(zip(self.files, self.each_digest(), strict=True))

    def each_digest(self) -> Iterator[str]:
        """The digests in the order of the files."""
        starts = range(0, len(self.digests), DIGEST_LENGTH)
        return (self.digests[start : start + DIGEST_LENGTH] for start in starts)

    def is_trusted(self, moment: int) -> bool:
        """Whether all stats are to be trusted, as they were taken at this moment."""
        return all(_is_trusted(stat, moment) for stat in by_file(self.stats))

    def trusted(self, moment: int) -> Stamped:
        """The same without the stats that are not to be trusted, as they were taken at this moment."""
        stats = [
            number for stat in by_file(self.stats) for number in (stat if _is_trusted(stat, moment) else _UNTRUSTED)
        ]
        return Stamped(self.files, stats, self.digests)


def by_file(stats: Stats) -> Iterator[tuple[int, ...]]:
    """The stats of each file, apart."""
    numbers = iter(stats)
    return zip(*[numbers] * WIDTH, strict=True)


def _is_trusted(stat: tuple[int, ...], moment: int) -> bool:
    """Whether a content that changes after `moment`, when the stat was taken, must bring about another stat.

    A file that was changed just before could be changed again within what its file system counts as one moment.
    """
    return stat not in (MISSING, _UNTRUSTED) and _is_old(stat, moment)


def are_old(stats: Stats, moment: int) -> bool:
    """Whether none of these files was changed in the moment before, or after it."""
    return all(_is_old(stat, moment) for stat in by_file(stats))


def _is_old(stat: tuple[int, ...], moment: int) -> bool:
    _, changed, inode_changed, _ = stat
    return max(changed, inode_changed) < moment - MARGIN
