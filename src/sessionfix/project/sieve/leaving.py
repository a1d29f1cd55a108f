"""Is a session's name read where its `with` has ended? Told from the indentation of the lines around it.

What is read in other functions does not count: the name is another one there. In doubt, the answer is yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(rb"^([ \t]*)([^\s#][^\n]*)", re.MULTILINE)  # with more in it than a comment
_FUNCTION = re.compile(rb"(?:async[ \t]+)?def\b")
_LOOP = re.compile(rb"(?:(?:async[ \t]+)?for|while)\b")
_FETCHED = re.compile(rb"query|\.get\b")  # queries, and objects whose relationships may be read later
_ASSIGNED = re.compile(rb"([\w\x80-\xff]+)\s*=(?!=)")
_TRIPLE_QUOTES = (b'"""', b"'''")
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
_LONGEST = 20_000  # bytes before a `with` in which its function is looked for


@dataclass(frozen=True)
class _Home:
    """The function around a `with`: its indentation (-1 for a module), and where a loop around the `with` begins."""

    indentation: int
    loop: int | None


def is_read_after(text: bytes, start: int, end: int, name: bytes) -> bool:
    """Whether `name`, or what is bound in the block, may be read outside of the `with` statement.

    Its first line holds the bytes from `start` (its indentation included) to `end`.
    """
    statement = text[start:end]
    indentation = len(statement) - len(statement.lstrip())
    home = _home(text, start, indentation)
    block_end = _first_line(text, end, indentation)
    function_end = _first_line(text, end, home.indentation)
    if not _is_plain(text[start:function_end]):
        return True
    outside = text[block_end:function_end]
    if home.loop is not None:
        outside += text[home.loop : start]
    block = text[start:block_end]
    names = {name, *(_ASSIGNED.findall(block) if _FETCHED.search(block) else ())}
    return any(_has_word(outside, each) for each in names)


def _home(text: bytes, start: int, indentation: int) -> _Home:
    """Goes from line to line upward, always to one that is indented less."""
    loop = None
    for line in reversed(list(_LINE.finditer(text, max(0, start - _LONGEST), start))):
        own = len(line[1])
        if own < indentation:
            indentation = own + line[2].startswith(b")")  # the end of a header of several lines
            if _FUNCTION.match(line[2]):
                return _Home(own if _is_plain(text[line.end() : start]) else -1, loop)
            loop = line.start() if _LOOP.match(line[2]) else loop
        if indentation == 0:
            break
    return _Home(-1, 0)


def _first_line(text: bytes, position: int, indentation: int) -> int:
    """The first line after a position that is indented no more than this."""
    return next((line.start() for line in _lines(text, position) if len(line[1]) <= indentation), len(text))


def _lines(text: bytes, position: int) -> Iterator[re.Match[bytes]]:
    begin = text.find(b"\n", position) + 1
    return _LINE.finditer(text, begin) if begin else iter(())


def _is_plain(part: bytes) -> bool:
    """Whether no text and no bracket reaches over an end: their lines may be indented as they like."""
    return all(part.count(quotes) % 2 == 0 for quotes in _TRIPLE_QUOTES) and all(
        part.count(opening) == part.count(closing) for opening, closing in _BRACKETS
    )


def _has_word(text: bytes, word: bytes) -> bool:
    return word in text and re.search(rb"(?<![\w\x80-\xff])" + word + rb"(?![\w\x80-\xff])", text) is not None
