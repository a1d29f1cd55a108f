"""What of a record still holds, now that files may have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sessionfix.cache.record import Record
from sessionfix.cache.stats import Stats, stats_of
from sessionfix.files import FileError, read_bytes


def recalled(record: Record, files: tuple[str, ...], stats: Stats) -> tuple[Record, tuple[str, ...]]:
    """The record with the files as they are now, and those of them that have changed since.

    All answers rest on the list of files, since that says which modules there are, and on installed packages: nothing
    is left where one of these has changed.
    """
    own = record.own.now(files, stats)
    beyond = record.beyond.now(record.beyond.files, stats_of(record.beyond.files))
    if own is record.own and beyond is record.beyond and are_where_they_were(record.modules, record.folders):
        return record, ()
    if (
        own.files != record.own.files
        or beyond.changed(record.beyond)
        or not are_where_they_were(record.modules, record.folders)
    ):
        return Record(own), ()
    return replace(record, own=own, beyond=beyond), tuple(own.changed(record.own))


def are_where_they_were(modules: Mapping[str, tuple[str | None, str | None]], folders: Mapping[str, int]) -> bool:
    """Whether installed packages have the same modules in the places in which some were looked for."""
    if not modules and not folders:
        return True
    from sessionfix.project import packages  # 4 ms that not every project needs to pay

    return all(packages.place_of(packages.look(path)) == place for path, place in modules.items()) and all(
        packages.mark_of(packages.names_in(folder)) == mark for folder, mark in folders.items()
    )


def content_of(file: str) -> bytes:
    """A file's content; nothing, if it can't be read."""
    try:
        return read_bytes(Path(file))
    except FileError:
        return b""
