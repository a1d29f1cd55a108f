"""What was asked of a project's files while some of them were checked: on that, and no more, the answers depend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sessionfix.project.sieve.sketch import searchable

WORD = re.compile(rb"[\w\x80-\xff]+")
_ASCII_WORD = re.compile(rb"\w+")


def as_bytes(word: str) -> bytes:
    """A word as it stands in files; one that was no UTF-8 there is so here."""
    return word.encode(errors="surrogateescape")


def search_for(word: str, pattern: str) -> re.Pattern[bytes]:
    """A regular expression in which `NAME` stands for `word`, if there is one."""
    return re.compile(as_bytes(pattern.replace("NAME", re.escape(word)) if word else pattern))


@dataclass
class Asked:
    """The record is kept for all files together: what was concluded for one of them is used for the next.

    `files` were read, or found by a search, be they of the project or of installed packages. `words` and `searches`
    (a word and a pattern, see `search_for`) were looked for in all files of the project. `modules` are the places in
    which modules of installed packages were looked for, and what was there: a file, a folder, or neither.
    """

    files: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    searches: set[tuple[str, str]] = field(default_factory=set)
    modules: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)

    def add(self, other: Asked) -> None:
        """Take over what was asked elsewhere."""
        self.files |= other.files
        self.words |= other.words
        self.searches |= other.searches
        self.modules |= other.modules

    def found(self, files: Iterable[str]) -> Iterator[str]:
        """The same files, noted one by one as they are found."""
        for file in files:
            self.files.add(file)
            yield file

    def concerns(self, file: str, content: bytes) -> bool:
        """Whether an answer may depend on a file that was changed and now has this content.

        What it held before needs no look: if a search found something in it, the file is among `files`.
        """
        return file in self.files or self._would_find(content)

    def _would_find(self, content: bytes) -> bool:
        text = searchable(content)
        return text is None or self._finds_in(content) or (text != content and self._finds_in(text))

    def _finds_in(self, content: bytes) -> bool:
        words = {*WORD.findall(content), *_ASCII_WORD.findall(content)}
        if not words.isdisjoint(as_bytes(word) for word in self.words):
            return True
        return any(
            as_bytes(word) in content and search_for(word, pattern).search(content) for word, pattern in self.searches
        )
