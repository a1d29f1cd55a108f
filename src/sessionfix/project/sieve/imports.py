"""What a file's import statements name, told from its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_DOTTED = _WORD + rb"(?:[\s\\]*\.[\s\\]*" + _WORD + rb")*"
_COMMENT = re.compile(rb"#[^\n]*")
_IMPORTED = re.compile(  # looks ahead, as the name of one import may be what another one in its line begins with
    rb"import(?![\w\x80-\xff])[\s\\]*"
    rb"(?=\(((?:[\w\s,\\\x80-\xff]+|#[^\n]*\n)*)|((?:[\w \t\f,.\x80-\xff]+|\\\n)*))"
)
_RENAMED = re.compile(rb"(" + _WORD + rb")[\s\\]+as[\s\\]+(" + _WORD + rb")")
_FROM = re.compile(rb"(?<![\w\x80-\xff])from(?![\w\x80-\xff])([.\s\\]*)(" + _DOTTED + rb")?[\s\\]*$")
_BEGIN = re.compile(rb"(?:^|[:;\n])[\s\\]*$")
_MODULE = re.compile(rb"[\s\\]*(" + _DOTTED + rb")")
_BLANKS = re.compile(rb"[\s\\]+")
_NAME = re.compile(_WORD)
_LONGEST = 300  # bytes of the name of a module, or of blanks before a statement


class Import(NamedTuple):
    """`from module import names`, or `import module`, without names; `level` counts the dots before the module.

    Among the names are those that are given to what is imported, and `as`; so they are in `bound`, by which the file
    may know what it imports.
    """

    module: str
    level: int
    names: frozenset[bytes]
    bound: frozenset[bytes]


def imports_in(text: bytes) -> Iterator[Import]:
    """The imports; rather too many, such as those in a text."""
    for found in _IMPORTED.finditer(text):
        listed, before = _listed(found), text[max(0, found.start() - _LONGEST) : found.start()]
        origin = _FROM.search(before)
        if origin is not None:
            names = frozenset(_NAME.findall(listed))
            yield Import(_dotted(origin[2] or b""), origin[1].count(b"."), names, names)
        elif _BEGIN.search(before):
            for part in listed.split(b","):
                if module := _MODULE.match(part):
                    yield Import(_dotted(module[1]), 0, frozenset(), frozenset(_NAME.findall(part)))


def imported(text: bytes) -> Iterator[bytes]:
    """What stands behind each `import`, without brackets and comments around the names."""
    return map(_listed, _IMPORTED.finditer(text))


def renamed(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names that are imported `as` another one, each with that one."""
    for listed in imported(text):
        if b"as" in listed:
            yield from _RENAMED.findall(listed)


def _listed(found: re.Match[bytes]) -> bytes:
    in_brackets, in_line = found.groups()
    return in_line if in_brackets is None else _COMMENT.sub(b"", in_brackets)


def _dotted(name: bytes) -> str:
    return _BLANKS.sub(b"", name).decode(errors="surrogateescape")
