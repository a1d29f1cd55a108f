"""What one run leaves for the next one, and how it stands in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TypeVar

from sessionfix.cache.plain import Maker, NotPlainError, checked, plain
from sessionfix.cache.stamps import DIGEST_LENGTH, WIDTH, Stamped
from sessionfix.diagnostics import FileResult
from sessionfix.project.asked import Asked

T = TypeVar("T")

_CLEAN = "c"
_PASSED_OVER = "p"
_OPEN = "."


@dataclass(frozen=True)
class Record:
    """The files that there were, and what was said of them.

    `own` are the project's; `beyond` are those of installed packages that were read. `clean` are the files of which
    there is nothing to say, `passed_over` those in which nothing can be found, though they may not even be Python.
    `found` has the results of others, without the text, which is in the file. `asked` is on what all that depends.
    """

    own: Stamped = field(default_factory=Stamped)
    beyond: Stamped = field(default_factory=Stamped)
    clean: frozenset[str] = frozenset()
    passed_over: frozenset[str] = frozenset()
    found: Mapping[str, FileResult] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)

    def is_nearly(self, since: Record) -> bool:
        """Whether it says the same as the one before, but for few stats."""
        return self.own.is_nearly(since.own) and replace(self, own=since.own) == since

    def trusted(self, moment: int) -> Record:
        """The same without the stats that are not to be trusted, as they were taken at this moment."""
        return replace(self, own=self.own.trusted(moment))


def packed(record: Record, key: str) -> bytes:
    """The record as JSON in bytes."""
    document = {
        "key": key,
        "own": _columns(record.own),
        "beyond": _columns(record.beyond),
        "marks": "".join(_mark(file, record) for file in record.own.files),
        "found": {file: plain(result) for file, result in record.found.items()},
        "asked": {
            "files": sorted(record.asked.files),
            "words": sorted(record.asked.words),
            "searches": sorted(record.asked.searches),
            "modules": record.asked.modules,
        },
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def unpacked(content: bytes, key: str) -> Record | None:
    """The record that was packed under this key; None if it is another one, or has not the shape of a record."""
    try:
        document = checked(dict, json.loads(content))
        return _record(document) if document.get("key") == key else None
    except (ValueError, KeyError, RecursionError):
        return None


def _record(document: Mapping[str, object]) -> Record:
    own = _stamped(checked(dict, document["own"]))
    marks = checked(str, document["marks"])
    if len(marks) != len(own.files):
        raise NotPlainError("the columns are not of one length")
    maker = Maker()
    found = {file: maker.made(FileResult, each) for file, each in checked(dict, document["found"]).items()}
    if (found and not found.keys() <= set(own.files)) or any(str(each.path) != file for file, each in found.items()):
        raise NotPlainError("a result is of another file")
    return Record(
        own,
        _stamped(checked(dict, document["beyond"])),
        frozenset(compress(own.files, map(_CLEAN.__eq__, marks))),
        frozenset(compress(own.files, map(_PASSED_OVER.__eq__, marks))),
        found,
        _asked(checked(dict, document["asked"])),
    )


def _mark(file: str, record: Record) -> str:
    if file in record.clean:
        return _CLEAN
    return _PASSED_OVER if file in record.passed_over else _OPEN


def _columns(stamped: Stamped) -> Mapping[str, object]:
    return {"files": stamped.files, "stats": stamped.stats, "digests": stamped.digests}


def _stamped(document: Mapping[str, object]) -> Stamped:
    files = _all(str, document["files"])
    stats = checked(list, document["stats"])
    digests = checked(str, document["digests"])
    if (len(stats), len(digests)) != (len(files) * WIDTH, len(files) * DIGEST_LENGTH):
        raise NotPlainError("the columns are not of one length")
    return Stamped(files, stats, digests)  # whatever is among the stats, it is no more than compared


def _asked(document: Mapping[str, object]) -> Asked:
    searches = [_all(str, each) for each in checked(list, document["searches"])]
    modules = checked(dict, document["modules"])
    return Asked(
        set(_all(str, document["files"])),
        set(_all(str, document["words"])),
        {(word, pattern) for word, pattern in searches},
        {path: _place(each) for path, each in modules.items()},
    )


def _place(value: object) -> tuple[str | None, str | None]:
    file, folder = checked(list, value)
    return (file if file is None else checked(str, file), folder if folder is None else checked(str, folder))


def _all(kind: type[T], value: object) -> tuple[T, ...]:
    items = checked(list, value)
    if not set(map(type, items)) <= {kind}:
        raise NotPlainError(f"a list of {kind.__name__} is expected")
    return tuple(items)
