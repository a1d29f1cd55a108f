"""Is the call of a name an item of a `with`, and nothing else? Told from the line of code that it stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WITH = re.compile(rb"[ \t\f]*(async[ \t\f]+)?with\b[ \t\f]*")
_PARTS = re.compile(rb"[()\[\]{}]|[,:]|[^()\[\]{},:]+")
_BRACKET = re.compile(rb"[()\[\]{}]")
_PLAIN = re.compile(rb"[ \t\f]*(?!(?:await|not|yield|lambda)\b)[\w.\x80-\xff]*")
_CALLED = re.compile(rb"[ \t\f]*\(")
_ENDED = re.compile(rb"[ \t\f]*(?:as[ \t\f]+([\w\x80-\xff]+)[ \t\f]*)?([,:)])")
_COLON = re.compile(rb"[ \t\f]*:")
_LONGEST = 4000  # bytes of a header that are looked at; a file may be one line of a megabyte
_DEPTH = {b"(": 1, b"[": 1, b"{": 1, b")": -1, b"]": -1, b"}": -1}


@dataclass(frozen=True)
class Entry:
    """Where the line of the `with` begins and the item ends; the name that is given to what is entered, if any."""

    start: int
    end: int
    is_async: bool
    name: bytes | None


def entry_of(code: bytes, start: int, end: int) -> Entry | None:
    """How a `with` enters what a call of the name at `start` to `end` returns; None if that is not plain."""
    line = code.rfind(b"\n", max(0, start - _LONGEST), start) + 1
    with_ = _WITH.match(code, line, start)
    if with_ is None or (line == 0 and start > _LONGEST):
        return None
    listed = _listed(code, with_.end())
    begin, limit = (with_.end() + 1, listed - 1) if listed else (with_.end(), None)
    call = _CALLED.match(code, end)
    closed = closing(code, call.end() - 1) if call else None
    ended = _ENDED.match(code, closed) if closed and _is_item(code, begin, start) else None
    if ended is None or (ended.start(2) == limit) != (ended[2] == b")") or (ended[2] == b":" and limit):
        return None
    return Entry(line, ended.end(), bool(with_[1]), ended[1])


def closing(code: bytes, opening: int) -> int | None:
    """Where the bracket that opens at `opening` is closed, and what follows begins."""
    depth = 0
    for bracket in _BRACKET.finditer(code, opening, opening + _LONGEST):
        depth += _DEPTH[bracket[0]]
        if depth == 0:
            return bracket.end()
    return None


def _listed(code: bytes, start: int) -> int | None:
    """The end of the brackets around all items, if there are any: `with (a() as b, c()):`"""
    end = closing(code, start) if code[start : start + 1] == b"(" else None
    return end if end and _COLON.match(code, end) else None


def _is_item(code: bytes, begin: int, start: int) -> bool:
    """Whether an item of the header that begins at `begin` calls the name at `start` with a plain receiver."""
    depth = 0
    flat = b""
    for part in _PARTS.finditer(code, begin, start):
        depth += _DEPTH.get(part[0], 0)
        if depth == 0 and part[0] == b":":
            return False
        if depth == 0 and part[0] not in _DEPTH:
            flat = b"" if part[0] == b"," else flat + part[0]
    return depth == 0 and _PLAIN.fullmatch(flat) is not None
