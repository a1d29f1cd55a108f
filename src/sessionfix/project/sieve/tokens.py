"""Lines of code in bytes, token by token, without a parse: which of their calls and names may be whole expressions?

In `with a(b()) as c, (d()):` the calls of `a` and `d` are, and that of `b` is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LONGEST = 20_000  # bytes that are looked at for one line of code
_TOKEN = re.compile(
    rb"""
    (?P<blank> [ \t\f]+ | \\\n | \#[^\n]* )
  | (?P<text> (?: [rRbBuU]{0,2} | (?P<formatted>[rR]?[fFtT][rR]?) )
        (?: "{3}(?:[^\\"]|\\.|"(?!""))*"{3} | '{3}(?:[^\\']|\\.|'(?!''))*'{3}
          | "(?!"")(?:[^\\"\n]|\\.)*" | '(?!'')(?:[^\\'\n]|\\.)*' ) )
  | (?P<unclear> [rR]?[fFtT][rR]?["'] )
  | (?P<word> [A-Za-z_\x80-\xff][\w\x80-\xff]* )
  | (?P<number> \d[\w.]* )
  | (?P<opening> [(\[{] ) | (?P<closing> [)\]}] )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTES = (b'"', b"'")  # no code: it is a text already, or a comment
_GOES_ON = (b".", b"(", b"[")
_PLAIN = b""


class UnclearError(Exception):
    """Bytes do not tell: there is a text within a text, or the line is too long."""


class Token(NamedTuple):
    """A token that is no blank; its `kind` is the name of a group of the regular expression."""

    kind: str
    part: bytes


class Whole(NamedTuple):
    """What may be a whole expression: a name, the last one of `a.b.c`, or the call of one."""

    name: bytes
    is_call: bool


def tokens(text: bytes, start: int, *, in_brackets: bool = False) -> Iterator[Token]:
    """The tokens up to the end of the line of code; of the brackets, where `start` is in some. Raises UnclearError."""
    depth = 0
    for found in _TOKEN.finditer(text, start):
        kind, part = str(found.lastgroup), found[0]
        depth -= kind == "closing"
        if depth < 0 or (part == b"\n" and depth == 0 and not in_brackets) or part in _QUOTES:
            return
        is_open = found["formatted"] is not None and not _is_closed(part)
        if kind == "unclear" or is_open or found.end() > start + _LONGEST:
            raise UnclearError
        if kind != "blank" and part != b"\n":
            yield Token(kind, part)
        depth += kind == "opening"


def _is_closed(formatted: bytes) -> bool:
    """Whether all fields of an f-string end in it: else the quotes are those of a text in a field."""
    plain = formatted.replace(b"{{", b"").replace(b"}}", b"")
    return plain.count(b"{") == plain.count(b"}")


def whole(text: bytes, start: int, *, in_brackets: bool = False) -> Iterator[Whole]:
    """The whole expressions, brackets around them aside, up to where `tokens` ends; rather too many.

    Raises UnclearError.
    """
    around: list[bytes] = []  # of which name each open bracket is the call; `_PLAIN` where it only holds expressions
    last: Whole | None = None
    words = 0  # in a row: two make no name, as in `x for x in y`
    for kind, part in tokens(text, start, in_brackets=in_brackets):
        is_alone = words == 1 and kind != "word"
        if last and (last.is_call or is_alone) and not any(around) and part not in _GOES_ON:
            yield last
        words = words + 1 if kind == "word" else 0
        if kind == "opening":
            called = last.name if last and not last.is_call else _PLAIN
            around.append(called if part == b"(" else part)
            last = None
        elif kind == "closing":
            called = around.pop()
            last = Whole(called, is_call=True) if part == b")" and called != _PLAIN else None
        else:
            last = Whole(part, is_call=False) if kind == "word" else None
    if last and (last.is_call or words == 1) and not any(around):
        yield last
