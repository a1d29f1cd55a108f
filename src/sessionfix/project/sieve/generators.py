"""Under which names may the calls of undecorated generator functions stand? Told from bytes.

Begins with the names of functions with a `yield` that no loop repeats, less those of factories; a function that
returns the call of one, and another name that an import gives it, are added until there is no more. No generator is
looked for under other names.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from sessionfix.project.asked import Asked
from sessionfix.project.sieve.sketch import FileSketch

ADVANCING_FUNCTIONS = frozenset({"next", "anext"})
ADVANCING_METHODS = frozenset({"__next__", "__anext__"})
SENDING_METHODS = frozenset({"send", "asend"})  # which take the next value where they send None

_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_DEF = re.compile(rb"\bdef[\s\\]+(" + _WORD + rb")")
_YIELD = re.compile(rb"\byield\b(?![\s\\]*from\b)")
_CODE = re.compile(rb"^([ \t\f]*)(?:((?:async[ \t]+)?for\b|while\b)|[^\s#])", re.MULTILINE)  # a line, which may loop
_RETURNED = re.compile(rb"\breturn[\s(\\]+(?:[\w\x80-\xff]+\s*\.\s*){0,2}(" + _WORD + rb")[\s\\]*\(")
_RENAMED = re.compile(rb"\b(" + _WORD + rb")[\s\\]+as[\s\\]+(" + _WORD + rb")")
_BLANKS = re.compile(rb"[ \t\f]*")
_DECORATED = re.compile(rb"@[^\n]*contextmanager[^\n]*\n(?:[ \t\f]*(?:@[^\n]*|#[^\n]*)?\n)*[ \t\f]*(?:async[\s\\]+)?$")
_WORDS = re.compile(_WORD)
_WITH = re.compile(rb"\bwith\b(.*?)(?::[ \t]*(?:#[^\n]*)?\n|\Z)", re.DOTALL)  # up to a colon that ends a line
_ADVANCING = frozenset(map(str.encode, ADVANCING_FUNCTIONS | ADVANCING_METHODS | SENDING_METHODS))
_REACH = 400  # bytes above a `def` in which its decorators are


@dataclass(frozen=True)
class GeneratorNames:
    """The names, and the files whose content tells them."""

    names: frozenset[bytes]
    files: frozenset[str]

    @property
    def asked(self) -> Asked:
        """What the names depend on: they may become more with each function that yields."""
        words = {name.decode(errors="surrogateescape") for name in self.names}
        return Asked(files=set(self.files), words={*words, "yield"})


def generator_names(
    files: Collection[str], read: Callable[[str], bytes], sketch: Callable[[str], FileSketch]
) -> GeneratorNames:
    """The names that calls of undecorated generator functions may have; `read` gives a text that can be searched."""
    told = {file: set(_yielding(read(file))) for file in files}
    told = {file: found for file, found in told.items() if found}
    names = frozenset().union(*told.values())
    new = names
    while new:
        handing = {file for file in files if not new.isdisjoint(sketch(file).names.split(b" "))}
        found = {file: set(_others(read(file), new)) for file in handing}
        told |= found
        new = frozenset().union(*found.values()) - names
        names |= new
    return GeneratorNames(names, frozenset(told))


def may_enter(text: bytes, names: frozenset[bytes]) -> bool:
    """Whether a file may have a `with` over a generator of one of `names`."""
    return any(not names.isdisjoint(_WORDS.findall(found[1])) for found in _WITH.finditer(text))


def may_advance(called: Collection[bytes]) -> bool:
    """Whether a file that calls these may take a value from a generator by hand."""
    return not _ADVANCING.isdisjoint(called)


def _yielding(text: bytes) -> Iterator[bytes]:
    """The functions with a `yield` that no loop repeats, less those under a decorator that makes factories."""
    functions = list(_DEF.finditer(text)) if b"yield" in text else []
    yields: dict[re.Match[bytes], list[int]] = {}
    for found in _YIELD.finditer(text):
        if owner := _owner(text, functions, found.start()):
            yields.setdefault(owner, []).append(found.start())
    for owner, positions in yields.items():
        if not all(_is_repeated(text, owner, each) for each in positions) and not _is_factory(text, owner):
            yield owner[1]


def _is_repeated(text: bytes, function: re.Match[bytes], position: int) -> bool:
    """Whether a loop is around a position in a function."""
    start, indentation = _line(text, position)
    for line in reversed(list(_CODE.finditer(text, function.end(), start))):
        if len(line[1]) < indentation:
            indentation = len(line[1])
            if line[2]:
                return True
    return False


def _others(text: bytes, names: frozenset[bytes]) -> Iterator[bytes]:
    """The functions that return a call of one of `names`, and the names that imports give these."""
    returned = [found for found in _RETURNED.finditer(text) if found[1] in names]
    functions = list(_DEF.finditer(text)) if returned else []
    yield from (owner[1] for found in returned if (owner := _owner(text, functions, found.start())))
    yield from (renamed[2] for renamed in _RENAMED.finditer(text) if renamed[1] in names)


def _owner(text: bytes, functions: list[re.Match[bytes]], position: int) -> re.Match[bytes] | None:
    """The function around a position: the nearest `def` above in the same line, or in one that is indented less."""
    line, indentation = _line(text, position)
    above = bisect_left(functions, position, key=lambda function: function.start())
    for function in reversed(functions[:above]):
        start, own = _line(text, function.start())
        if start == line or own < indentation:
            return function
    return None


def _line(text: bytes, position: int) -> tuple[int, int]:
    """Where a line begins, and how far it is indented."""
    start = text.rfind(b"\n", 0, position) + 1
    blanks = _BLANKS.match(text, start)
    return start, blanks.end() - start if blanks else 0


def _is_factory(text: bytes, function: re.Match[bytes]) -> bool:
    return _DECORATED.search(text[max(0, function.start() - _REACH) : function.start()]) is not None
