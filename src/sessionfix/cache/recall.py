"""What of a record still holds, now that files may have changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sessionfix.cache.record import Record
from sessionfix.cache.stamps import Stats, stats_of
from sessionfix.files import FileError, read_bytes
from sessionfix.project.asked import Asked


def recalled(record: Record, files: tuple[str, ...], stats: Stats) -> Record:
    """The record with the files as they are now, and of what was said before all that still holds.

    All answers rest on the list of files, since that says which modules there are. The answers for some files rest on
    the contents of these and of others; on which ones is known for all of them together, so that they are given up
    together. A file that was passed over, and with which none of them has to do now either, is passed over again.
    """
    own = record.own.now(files, stats)
    beyond = record.beyond.now(record.beyond.files, stats_of(record.beyond.files))
    if own is record.own and beyond is record.beyond and are_where_they_were(record.asked):
        return record
    changed = set(own.changed(record.own))
    is_lost = (
        (own.files != record.own.files and set(own.files) != set(record.own.files))
        or bool(beyond.changed(record.beyond))
        or not are_where_they_were(record.asked)
        or _concern(changed, record.asked)
    )
    if is_lost:
        return Record(own)
    return replace(
        record,
        own=own,
        beyond=beyond,
        clean=record.clean - changed,
        found={file: result for file, result in record.found.items() if file not in changed},
    )


def are_where_they_were(asked: Asked) -> bool:
    """Whether installed packages have the same modules in the places in which some were looked for."""
    if not asked.modules:
        return True
    from sessionfix.project.packages import look, place_of  # 4 ms that not every project needs to pay

    return all(place_of(look(path)) == place for path, place in asked.modules.items())


def _concern(changed: Iterable[str], asked: Asked) -> bool:
    return any(asked.concerns(file, _content(file)) for file in changed)


def _content(file: str) -> bytes:
    try:
        return read_bytes(Path(file))
    except FileError:
        return b""
