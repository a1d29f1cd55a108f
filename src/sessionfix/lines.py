"""Lines of a source as Python counts them: form feeds and the like, at which `str.splitlines` splits, end none."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def split_lines(text: str) -> list[str]:
    """The lines of `text`, each with its line ending."""
    return _LINE.findall(text)


def character_column(line: str, byte_offset: int) -> int:
    """The column, from 1 in characters, of an offset, from 0 in UTF-8 bytes."""
    if line.isascii():
        return byte_offset + 1
    return len(line.encode("utf-8", "surrogatepass")[:byte_offset].decode("utf-8", "ignore")) + 1


def next_code(lines: Sequence[str], index: int) -> int:
    """The first index, from `index` on, of a line that is neither blank nor a comment."""
    while index < len(lines) and (not lines[index].strip() or lines[index].lstrip().startswith("#")):
        index += 1
    return index


def next_written(lines: Sequence[str], index: int) -> int:
    """The first index, from `index` on, of a line that is not blank."""
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index
