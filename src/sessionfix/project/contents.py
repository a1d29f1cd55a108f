"""What the files of a project hold on the disk: each is asked for several times, by the sieve and by searches."""

from __future__ import annotations

from sessionfix.files import read_bytes

_KEPT_BYTES = 32 << 20  # a file beyond that is read each time


class Contents:
    """Reads files, and keeps as many as there is room for; these stay what they were when they were first read."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._room = _KEPT_BYTES

    def of(self, file: str) -> bytes:
        """A file's bytes; raises FileError."""
        if file in self._kept:
            return self._kept[file]
        content = read_bytes(file)
        if len(content) <= self._room:
            self._kept[file] = content
            self._room -= len(content)
        return content
