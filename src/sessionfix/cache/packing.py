"""How a cache lies on the disk: its name, and a head that tells whether it is whole."""

# ruff: noqa: PTH116, PTH123 - plain strings: see `replay`, which needs this before all else
from __future__ import annotations

import os
import stat
import zlib

FOLDER = ".sessionfix_cache"
LARGEST = 64 * 2**20  # bytes; 15,000 files without findings take 3 MB
_HEAD = b"sessionfix cache %08x\n"


def name_of(key: str, ending: str) -> str:
    """The name of the file for a key. Two keys may share one, by chance: what is in it names its own."""
    return f"sessionfix-{zlib.crc32(key.encode(errors='surrogatepass')):08x}.{ending}"


def packed(content: bytes) -> bytes:
    """What is to lie in a file."""
    return _HEAD % zlib.crc32(content) + content


def load(path: str) -> bytes | None:
    """The content that was packed; None if there is nothing, or what there is was damaged, or can be no cache."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        with open(path, "rb") as stream:
            return _unpacked(stream.read())
    except (OSError, MemoryError):
        return None


def _unpacked(content: bytes) -> bytes | None:
    """The content, if it is whole: a bit that has tipped over could turn a row's number into another."""
    head, end, rest = content.partition(b"\n")
    return rest if head + end == _HEAD % zlib.crc32(rest) else None
