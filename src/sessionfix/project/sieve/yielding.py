"""The generator functions that a file defines, told from its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword

from sessionfix.project.sieve.functions import WORD, Functions
from sessionfix.project.sieve.tokens import UnclearError, whole

_YIELD = re.compile(rb"yield(?![\w\x80-\xff])(?![\s\\]*from\b)")
_CODE = re.compile(rb"^([ \t\f]*)(?:((?:async[ \t]+)?for\b|while\b)|[^\s#])", re.MULTILINE)  # a line, which may loop
_DECORATED = re.compile(rb"@[^\n]*contextmanager[^\n]*\n(?:[ \t\f]*(?:@[^\n]*|#[^\n]*)?\n)*[ \t\f]*(?:async[\s\\]+)?$")
_ALONE = re.compile(rb"(?:.*[:;])?[ \t\f(]*")  # what stands in a line before a `yield` that is a statement
_TWO_WORDS = re.compile(rb"[ \t]+(" + WORD + rb")[ \t]+(" + WORD + rb")")
_BEFORE = (b"(", b"=", b":", b";", b"{", b"\\")
_REACH = 400  # bytes above a `def` in which its decorators are


@dataclass(frozen=True)
class Yielding:
    """A function with a `yield` that no loop repeats. `may_lend`: one of these may hand out a name or an attribute."""

    name: bytes
    may_lend: bool


def yielding(text: bytes) -> Iterator[Yielding]:
    """The functions with a `yield` that no loop repeats, less those under a decorator that makes factories."""
    functions = Functions(text)
    lending: dict[re.Match[bytes], bool] = {}
    for found in filter(_is_code, _YIELD.finditer(text)):
        for owner in functions.around(found.start()):
            if not _is_repeated(text, owner, found.start()):
                lending[owner] = lending.get(owner, False) or _may_lend(text, found)
    yield from (Yielding(owner[1], lends) for owner, lends in lending.items() if not _is_factory(text, owner))


def _is_code(found: re.Match[bytes]) -> bool:
    """Whether a `yield` stands where one can: most others are words in a text or a comment."""
    text = found.string
    before = text[text.rfind(b"\n", 0, found.start()) + 1 : found.start()].rstrip()
    words = _TWO_WORDS.match(text, found.end())
    is_prose = words is not None and not any(iskeyword(word.decode(errors="replace")) for word in words.groups())
    return not is_prose and (not before or before.endswith(_BEFORE))


def _is_repeated(text: bytes, function: re.Match[bytes], position: int) -> bool:
    """Whether a loop is around a position in a function."""
    line = text.rfind(b"\n", 0, position) + 1
    indentation = len(text[line:position]) - len(text[line:position].lstrip())
    for found in reversed(list(_CODE.finditer(text, function.end(), line))):
        if len(found[1]) < indentation:
            indentation = len(found[1])
            if found[2]:
                return True
    return False


def _may_lend(text: bytes, found: re.Match[bytes]) -> bool:
    """Whether a `yield` may stand alone, with a name or an attribute behind it."""
    if not _ALONE.fullmatch(text, text.rfind(b"\n", 0, found.start()) + 1, found.start()):
        return False
    try:
        return any(not one.is_call for one in whole(text, found.end()))
    except UnclearError:
        return True


def _is_factory(text: bytes, function: re.Match[bytes]) -> bool:
    return _DECORATED.search(text[max(0, function.start() - _REACH) : function.start()]) is not None
