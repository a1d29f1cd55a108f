"""The functions of a file, told from its bytes: which one is around a place?"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator

WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_DEF = re.compile(rb"def[\s\\]+(" + WORD + rb")")
_DEFINITION = re.compile(rb"(?:def|class)[\s\\]+(" + WORD + rb")")
_BLANKS = re.compile(rb"[ \t\f]*")
_STATEMENT = re.compile(rb"^([ \t\f]*)[^\s#)\]}]", re.MULTILINE)
_TRIPLE_QUOTES = (b'"""', b"'''")
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))


def begins_line(text: bytes, keyword: int) -> bool:
    """Whether a keyword is the first word of its line, `async` aside, as it is where it begins a compound statement."""
    return text[text.rfind(b"\n", 0, keyword) + 1 : keyword].strip() in (b"", b"async")


def defines(text: bytes, names: Collection[bytes]) -> bool:
    """Whether a file defines a function of one of these names."""
    return any(found[1] in names for found in _DEF.finditer(text))


def declares(text: bytes, name: bytes) -> bool:
    """Whether a file may define a function or a class of this name."""
    return any(found[1] == name for found in _DEFINITION.finditer(text))


class Functions:
    """The `def`s of a text; group 1 of their matches is the name."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._all = [found for found in _DEF.finditer(text) if begins_line(text, found.start())]

    def around(self, position: int) -> Iterator[re.Match[bytes]]:
        """The function around a position, and others where a text or brackets hide which one that is.

        It is the nearest one above in the same line, or in one that is indented less, of those that have not ended.
        """
        line, indentation = self._line(position)
        hidden = indentation  # of those that are in a text, or seem to be, one of each indentation is enough
        above = bisect_left(self._all, position, key=lambda function: function.start())
        for function in reversed(self._all[:above]):
            start, own = self._line(function.start())
            if start == line:
                yield function
                return
            if own < max(hidden, indentation) and _cuts_text(self._text[function.end() : line]):
                if own < hidden:
                    hidden = own
                    yield function
            elif own < indentation:
                has_ended = self._has_ended(function, own, line)
                if not has_ended:
                    yield function
                if has_ended is False:
                    return
                if has_ended:
                    hidden = indentation = own

    def _has_ended(self, function: re.Match[bytes], indentation: int, line: int) -> bool | None:
        """Whether a function ends above a line; None if that is not clear."""
        statements = _STATEMENT.finditer(self._text, function.end(), line)
        end = next((found.start() for found in statements if len(found[1]) <= indentation), None)
        if end is None:
            return False
        return True if _is_plain(self._text[function.end() : end]) else None

    def _line(self, position: int) -> tuple[int, int]:
        """Where a line begins, and how far it is indented."""
        start = self._text.rfind(b"\n", 0, position) + 1
        blanks = _BLANKS.match(self._text, start)
        return start, blanks.end() - start if blanks else 0


def _cuts_text(part: bytes) -> bool:
    """Whether a text of several lines may reach over an end."""
    return any(part.count(quotes) % 2 for quotes in _TRIPLE_QUOTES)


def _is_plain(part: bytes) -> bool:
    """Whether no text and no bracket reaches over an end: their lines may be indented as they like."""
    return not _cuts_text(part) and all(part.count(opening) == part.count(closing) for opening, closing in _BRACKETS)
