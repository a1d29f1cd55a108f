"""May a file enter a generator in a `with`, or take a value from one by hand? Told from its bytes."""

from __future__ import annotations

import re
from collections.abc import Collection

from sessionfix.project.sieve.functions import begins_line
from sessionfix.project.sieve.tokens import UnclearError, whole

ADVANCING_FUNCTIONS = frozenset({"next", "anext"})
ADVANCING_METHODS = frozenset({"__next__", "__anext__"})
SENDING_METHODS = frozenset({"send", "asend"})  # which take the next value where they send None

_ADVANCING = frozenset(map(str.encode, ADVANCING_FUNCTIONS | ADVANCING_METHODS | SENDING_METHODS))
_GAP = rb"(?:[\s\\]|#[^\n]*\n)*"
_WITH = re.compile(rb"with(?![\w\x80-\xff])")
_FUNCTION = re.compile(rb"next" + _GAP + rb"\(")  # and `anext`
_METHOD = re.compile(rb"\." + _GAP + rb"(?:a?send|__a?next__)" + _GAP + rb"\(")
_OWNER = re.compile(rb"([\w\x80-\xff]+|\))" + _GAP + rb"\Z")
_REACH = 2000  # bytes before the dot of a method in which its owner stands, and comments perhaps


def may_enter(text: bytes, names: frozenset[bytes]) -> bool:
    """Whether a file may have a `with` over the call of one of `names`."""
    try:
        return any(
            _calls(text, found.end(), names) for found in _WITH.finditer(text) if begins_line(text, found.start())
        )
    except UnclearError:
        return True


def advances(called: Collection[bytes]) -> bool:
    """Whether a file that calls these may take a value from a generator by hand."""
    return not _ADVANCING.isdisjoint(called)


def may_advance(text: bytes, names: frozenset[bytes]) -> bool:
    """Whether a file may take a value by hand from the call of one of `names`, or from a variable that is given it."""
    try:
        by_function = {one for found in _FUNCTION.finditer(text) for one in whole(text, found.end(), in_brackets=True)}
        if any(one.is_call and one.name in names for one in by_function):
            return True
        owners = {owner[1] for found in _METHOD.finditer(text) if (owner := _owner(text, found.start()))}
        variables = owners.union(one.name for one in by_function if not one.is_call)
        return b")" in owners or any(_is_given(text, variable, names) for variable in variables)
    except UnclearError:
        return True


def _owner(text: bytes, dot: int) -> re.Match[bytes] | None:
    """The name before a dot, or the closing bracket; of any other value it is no generator's method."""
    return _OWNER.search(text, max(0, dot - _REACH), dot)


def _is_given(text: bytes, variable: bytes, names: frozenset[bytes]) -> bool:
    """Whether a variable may be given the call of one of `names`, whatever its annotation."""
    given = re.compile(re.escape(variable) + rb"(?:[\s\\)]|#[^\n]*\n)*[=:]")
    return any(_calls(text, found.end(), names) for found in given.finditer(text))


def _calls(text: bytes, start: int, names: frozenset[bytes]) -> bool:
    return any(one.is_call and one.name in names for one in whole(text, start))
