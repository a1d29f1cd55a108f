"""Is a session's name read where its `with` has ended? Told from the indentation of the lines around it.

What is read in other functions does not count: the name is another one there. In doubt, the answer is yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(rb"^([ \t]*)([^\s#][^\n]*)", re.MULTILINE)
_FUNCTION = re.compile(rb"(?:async[ \t]+)?def\b")
_LOOP = re.compile(rb"(?:(?:async[ \t]+)?for|while)\b")
_FETCHED = re.compile(rb"query|\.get\b")  # queries, and objects whose relationships may be read later
_ASSIGNED = re.compile(rb"([\w\x80-\xff]+)\s*=(?!=)")
_TARGET = rb"(?:%s[ \t]*(?::[^=]*)?=(?!=)|(?:async[ \t]+)?with\b.*\bas[ \t]+%s[ \t]*[:,)])"
_LONGEST = 20_000  # bytes before a `with` in which its function is looked for


@dataclass(frozen=True)
class _Home:
    """The function around a `with`: its indentation (-1 for a module), and where a loop around the `with` begins."""

    indentation: int
    loop: int | None


def is_read_after(code: bytes, start: int, end: int, name: bytes) -> bool:
    """Whether `name`, or what is bound in the block, may be read outside of the `with` statement.

    Its first line, in which a statement is one line, holds the bytes from `start` (its indentation included) to `end`.
    """
    statement = code[start:end]
    indentation = len(statement) - len(statement.lstrip())
    home = _home(code, start, indentation)
    block_end = _first_line(code, end, indentation)
    function_end = _first_line(code, end, home.indentation)
    before = code[home.loop : start] if home.loop is not None else b""
    block = code[start:block_end]
    for each in {name, *(_ASSIGNED.findall(block) if _FETCHED.search(block) else ())}:
        # what stands above a module's `with` may be functions, which run later
        is_read_before = _has_word(before, each) if home.indentation < 0 else _is_read_in(before, each)
        if is_read_before or _is_read_in(code[block_end:function_end], each):
            return True
    return False


def _home(code: bytes, start: int, indentation: int) -> _Home:
    """Goes from line to line upward, always to one that is indented less."""
    loop = None
    for line in reversed(list(_LINE.finditer(code, max(0, start - _LONGEST), start))):
        own = len(line[1])
        if own < indentation:
            indentation = own
            if _FUNCTION.match(line[2]):
                return _Home(own, loop)
            loop = line.start() if _LOOP.match(line[2]) else loop
        if indentation == 0:
            break
    return _Home(-1, 0)


def _first_line(code: bytes, position: int, indentation: int) -> int:
    """The first line after a position that is indented no more than this."""
    return next((line.start() for line in _lines(code, position) if len(line[1]) <= indentation), len(code))


def _lines(code: bytes, position: int) -> Iterator[re.Match[bytes]]:
    begin = code.find(b"\n", position) + 1
    return _LINE.finditer(code, begin) if begin else iter(())


def _is_read_in(part: bytes, name: bytes) -> bool:
    """Whether some of these lines may read what the name held before them.

    Once a line has given the name another value, those below it that are indented no less come after it, always.
    """
    if not _has_word(part, name):
        return False
    word = _word(name)
    target = re.compile(_TARGET % (name, name))
    rebound: int | None = None
    for line in _LINE.finditer(part):
        rebound = rebound if rebound is not None and len(line[1]) >= rebound else None
        found = word.findall(line[2]) if rebound is None else []
        if len(found) == 1 and target.match(line[2]):
            rebound = len(line[1])
        elif found:
            return True
    return False


def _has_word(part: bytes, name: bytes) -> bool:
    return name in part and _word(name).search(part) is not None


def _word(name: bytes) -> re.Pattern[bytes]:
    return re.compile(name + rb"(?<![\w\x80-\xff]" + name + rb")(?![\w\x80-\xff])")
