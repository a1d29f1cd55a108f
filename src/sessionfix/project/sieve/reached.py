"""Which files of installed packages can the project's names lead into? Told by the words in the files on the way.

A name leads from a package into a module of it, or from one package into another, only where that module's name is
written: in an import, or behind a dot. So a module whose name stands in no file that is reached is not reached either:
the tests of a package, for instance. 2,300 files of 17 packages take 0.4 s.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sessionfix.files import FileError, read_bytes
from sessionfix.project.asked import Asked
from sessionfix.project.modules import Module
from sessionfix.project.packages import Packages
from sessionfix.project.sieve.imports import imported
from sessionfix.project.sieve.sketch import searchable, words_in

_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_READ = re.compile(rb"\.(?:[\s\\]|#[^\n]*\n)*(" + _WORD + rb")")
_LONGEST = 300  # bytes of the name of a module, or of blanks before a statement
_FROM = re.compile(rb"from[\s\\]+(" + _WORD + rb")(?:[\s\\]*\.[\s\\]*" + _WORD + rb")*[\s\\]*$")
_BEGIN = re.compile(rb"(?:^|[:;\n])[\s\\]*$")
_KEYWORD = re.compile(rb"import(?![\w\x80-\xff])")
_LISTED = re.compile(rb"(?:[\w.,\x80-\xff \t\f]|\\\n)*")


@dataclass
class Reached:
    """The answer: each package's files, and the packages that it imports. It grows while files are gone through.

    A package goes by its top-level name; `has_installed` tells whether a name is one's. Those packages are `seeded` of
    which a file imports one of the `seeds`, or reads it from a module.
    """

    packages: Packages
    has_installed: Callable[[str], bool]
    seeds: frozenset[bytes]
    seeded: set[str] = field(default_factory=set)
    files: dict[str, set[str]] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=dict)
    _words: set[bytes] = field(default_factory=set)
    _tops: Mapping[bytes, str] = field(default_factory=dict)
    _beside: dict[bytes, list[tuple[str, str]]] = field(default_factory=dict)  # modules that nobody has named so far
    _new: list[tuple[str, str]] = field(default_factory=list)

    def follow(self, texts: Iterable[bytes]) -> None:
        """Find all files that names in these texts, those of the project, lead into."""
        self._tops = {top.encode(errors="surrogateescape"): top for top in self.packages.tops()}
        for text in texts:
            self._take(text, None)
        while self._new:
            package, file = self._new.pop()
            self._take(text_of(file), package)

    def _take(self, text: bytes, owner: str | None) -> None:
        """Enter what a text names, which may be of a package."""
        words = _modules_in(text)
        new = words - self._words
        self._words |= new  # first: a folder that is entered below may have modules of these names
        for word in new:
            for package, place in self._beside.pop(word, ()):
                self._enter(package, self.packages.at(place))
        packages = {self._tops[top] for top in self._tops.keys() & _tops_in(text)}
        for package in packages - self.files.keys():
            if self.has_installed(package):
                self.files[package], self.imports[package] = set(), set()
                for place in self.packages.places(package):
                    self._enter(package, self.packages.at(place))
        if owner is not None:
            self.imports[owner] |= packages & self.files.keys()
            self.seeded |= set() if self.seeds.isdisjoint(words) else {owner}

    def _enter(self, package: str, module: Module | None) -> None:
        if module is None:
            return
        if module.file is not None and module.file not in self.files[package]:
            self.files[package].add(module.file)
            self._new.append((package, module.file))
        for name in self.packages.modules_in(module.folder) if module.folder else ():
            place = os.path.join(module.folder or "", name)  # noqa: PTH118 - as in the project's index
            word = name.encode(errors="surrogateescape")
            if word in self._words:
                self._enter(package, self.packages.at(place))
            else:
                self._beside.setdefault(word, []).append((package, place))

    @property
    def size(self) -> int:
        """How many files there are."""
        return sum(map(len, self.files.values()))

    @property
    def asked(self) -> Asked:
        """What the answer depends on, beside the project: the files, and where they lie."""
        asked = Asked(beyond={file for each in self.files.values() for file in each})
        asked.add(self.packages.asked)
        return asked

    @property
    def beside(self) -> frozenset[str]:
        """The modules that would be reached if a file named them."""
        modules = {word.decode(errors="surrogateescape") for word in self._beside}
        return frozenset(modules | (set(self._tops.values()) - self.files.keys()))


def named_in(text: bytes) -> set[bytes]:
    """The names in a text that modules may go by."""
    return _modules_in(text) | _tops_in(text)


def text_of(file: str) -> bytes:
    """A file's content, as it can be searched; nothing of one that can't be read."""
    try:
        return searchable(read_bytes(file)) or b""
    except FileError:
        return b""


def _modules_in(text: bytes) -> set[bytes]:
    """The names that are imported, or read as attributes."""
    return {*_READ.findall(text), *(name for listed in imported(text) for name in words_in(listed))}


def _tops_in(text: bytes) -> set[bytes]:
    """The names that the modules in import statements begin with, and a few others."""
    found: set[bytes] = set()
    for keyword in _KEYWORD.finditer(text):
        before = text[max(0, keyword.start() - _LONGEST) : keyword.start()]
        origin = _FROM.search(before)
        if origin is not None:
            found.add(origin[1])
        elif _BEGIN.search(before):
            listed = _LISTED.match(text, keyword.end())
            found |= words_in(listed[0]) if listed else set()
    return found
