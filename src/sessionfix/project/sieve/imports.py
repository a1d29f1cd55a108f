"""What a file's import statements name, told from its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_COMMENT = re.compile(rb"#[^\n]*")
_IMPORTED = re.compile(  # looks ahead, as the name of one import may be what another one in its line begins with
    rb"import(?![\w\x80-\xff])[\s\\]*"
    rb"(?=\(((?:[\w\s,\\\x80-\xff]+|#[^\n]*\n)*)|((?:[\w \t\f,.\x80-\xff]+|\\\n)*))"
)
_RENAMED = re.compile(rb"(" + _WORD + rb")[\s\\]+as[\s\\]+(" + _WORD + rb")")


def imported(text: bytes) -> Iterator[bytes]:
    """What stands behind each `import`, without brackets and comments around the names."""
    for found in _IMPORTED.finditer(text):
        in_brackets, in_line = found.groups()
        yield in_line if in_brackets is None else _COMMENT.sub(b"", in_brackets)


def renamed(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names that are imported `as` another one, each with that one."""
    for listed in imported(text):
        if b"as" in listed:
            yield from _RENAMED.findall(listed)
