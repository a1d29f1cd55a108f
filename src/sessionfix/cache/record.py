"""What one run leaves for the next one, and how it stands in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import compress

from sessionfix.cache.plain import Maker, NotPlainError, all_of, checked, plain
from sessionfix.cache.stamps import DIGEST_LENGTH, Stamped
from sessionfix.cache.stats import WIDTH
from sessionfix.diagnostics import FileResult

_CLEAN = "c"
_PASSED_OVER = "p"
_FEW = "f"
_OPEN = "."


@dataclass(frozen=True)
class Record:
    """The files that there were, and what was said of them.

    `own` are the project's; `beyond` are those of installed packages that were read, and `modules` the places in which
    modules of these were looked for, with the file and the folder that were there; `folders` of them were gone through,
    and have a mark that stands for the names in them. `clean` are the files of which
    there is nothing to say, `passed_over` those in which nothing can be found, though they may not even be Python.
    `found` has the results of others, without the text, which is in the file; those of `few` were looked at only since
    they were few, could not be parsed, and may be passed over among many. `grounds` are what all that rests on, packed
    (see there) with the own files.
    """

    own: Stamped = field(default_factory=Stamped)
    beyond: Stamped = field(default_factory=Stamped)
    clean: frozenset[str] = frozenset()
    passed_over: frozenset[str] = frozenset()
    found: Mapping[str, FileResult] = field(default_factory=dict)
    few: frozenset[str] = frozenset()
    modules: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    grounds: str = ""
    folders: Mapping[str, int] = field(default_factory=dict)

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
        "modules": record.modules,
        "grounds": record.grounds,
        "folders": record.folders,
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
        frozenset(compress(own.files, map(_FEW.__eq__, marks))).intersection(found),
        {path: _place(each) for path, each in checked(dict, document["modules"]).items()},
        checked(str, document["grounds"]),
        {path: checked(int, mark) for path, mark in checked(dict, document["folders"]).items()},
    )


def _mark(file: str, record: Record) -> str:
    if file in record.clean:
        return _CLEAN
    if file in record.passed_over:
        return _PASSED_OVER
    return _FEW if file in record.few else _OPEN


def _columns(stamped: Stamped) -> Mapping[str, object]:
    return {"files": stamped.files, "stats": stamped.stats, "digests": stamped.digests}


def _stamped(document: Mapping[str, object]) -> Stamped:
    files = all_of(str, document["files"])
    stats = checked(list, document["stats"])
    digests = checked(str, document["digests"])
    if (len(stats), len(digests)) != (len(files) * WIDTH, len(files) * DIGEST_LENGTH):
        raise NotPlainError("the columns are not of one length")
    return Stamped(files, stats, digests)  # whatever is among the stats, it is no more than compared


def _place(value: object) -> tuple[str | None, str | None]:
    file, folder = checked(list, value)
    return (file if file is None else checked(str, file), folder if folder is None else checked(str, folder))
