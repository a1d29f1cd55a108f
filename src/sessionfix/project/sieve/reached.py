"""Which files of installed packages can the project's names lead into? Told by the imports in the files on the way.

A module is reached where a file that is reached imports it, or reads its name from a package that it imports. What the
project's files read from anything counts for every package, as they may have one from another under any name. So the
tests of a package, say, are not reached, nor what they import.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise

from sessionfix.files import FileError, read_bytes
from sessionfix.project.asked import Asked
from sessionfix.project.modules import Module
from sessionfix.project.packages import Packages
from sessionfix.project.sieve.code import Codes
from sessionfix.project.sieve.imports import Import, imports_in
from sessionfix.project.sieve.sketch import DOTTED, searchable

_READ = re.compile(rb"\.(?:[\s\\]|#[^\n]*\n)*([A-Za-z_\x80-\xff][\w\x80-\xff]*)")


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
    _tops: frozenset[str] = frozenset()
    _read: set[bytes] = field(default_factory=set)  # what the project reads from anything
    _places: set[str] = field(default_factory=set)  # of the modules that are reached, without ending
    _inside: dict[str, Mapping[bytes, str]] = field(default_factory=dict)  # what lies in each of their folders
    _found: dict[str, tuple[Module, ...]] = field(default_factory=dict)
    _new: list[tuple[str, str]] = field(default_factory=list)
    _codes: Codes = field(default_factory=lambda: Codes(text_of))

    def follow(self, texts: Iterable[bytes]) -> None:
        """Find all files that names in these texts, those of the project, lead into."""
        self._tops = self.packages.tops()
        imports: set[Import] = set()
        for text in texts:
            self._read.update(_READ.findall(text))
            imports.update(one for one in imports_in(text) if not one.level)
        for one in imports:
            self._enter_imported(one, self._absolute(one.module))
        while self._new:
            self._take(*self._new.pop())

    def _take(self, owner: str, file: str) -> None:
        """Enter what a package's file imports, and what it reads from that."""
        code = self.code(file)
        imports = list(imports_in(text_of(file) if code is None else code))
        bound = frozenset[bytes]().union(*(one.bound for one in imports))
        read = _read_from(bound, code) if code is not None else frozenset(_READ.findall(text_of(file)))
        for one in imports:
            package, modules = self._relative(owner, file, one) if one.level else self._absolute(one.module)
            self.imports[owner] |= {package} if modules else set()
            for module in self._enter_imported(one, (package, modules)):
                self._enter_below(package, module, read)
        self.seeded |= set() if self.seeds.isdisjoint(bound | read) else {owner}

    def _absolute(self, dotted: str) -> tuple[str, tuple[Module, ...]]:
        """The package that an import is about, and the modules on the way to that of this name."""
        package = dotted.partition(".")[0]
        if dotted not in self._found:
            is_installed = package in self._tops and self.has_installed(package)
            parts = dotted.split(".") if is_installed else []
            ways = (self.packages.find(".".join(parts[: end + 1])) for end in range(len(parts)))
            self._found[dotted] = tuple(module for module in ways if module is not None)
        return package, self._found[dotted]

    def _relative(self, owner: str, file: str, one: Import) -> tuple[str, tuple[Module, ...]]:
        module = self.packages.imported(file, one.module, one.level)
        return owner, () if module is None else (module,)

    def _enter_imported(self, one: Import, found: tuple[str, tuple[Module, ...]]) -> list[Module]:
        """Enter the modules that an import leads to; those of which the importer has a name."""
        package, modules = found
        for module in modules:
            self._enter(package, module)
        if not modules or not one.names:
            return [*modules[:1]]
        inside = self._lying_in(modules[-1])
        named = [below for name in one.names & inside.keys() if (below := self.packages.at(inside[name]))]
        for below in named:
            self._enter(package, below)
        return named

    def _enter(self, package: str, module: Module) -> None:
        files = self.files.setdefault(package, set())
        self.imports.setdefault(package, set())
        if module.file is not None and module.file not in files:
            files.add(module.file)
            self._new.append((package, module.file))
        place = module.folder or os.path.splitext(module.file or "")[0]  # noqa: PTH122 - as in the project's index
        if place not in self._places:
            self._places.add(place)
            self._enter_below(package, module, self._read)

    def _enter_below(self, package: str, module: Module, read: AbstractSet[bytes]) -> None:
        """Enter the modules in a package of which the name is read."""
        inside = self._lying_in(module)
        for name in inside.keys() & read:
            below = self.packages.at(inside[name])
            if below is not None:
                self._enter(package, below)
                self._enter_below(package, below, read)

    def _lying_in(self, module: Module) -> Mapping[bytes, str]:
        """The places of the modules in a package, by name."""
        if module.folder is None:
            return {}
        if module.folder not in self._inside:
            self._inside[module.folder] = {
                name.encode(errors="surrogateescape"): os.path.join(module.folder, name)  # noqa: PTH118
                for name in self.packages.modules_in(module.folder)
            }
        return self._inside[module.folder]

    def code(self, file: str) -> bytes | None:
        """A file's code alone: what stands in its texts leads into many a package that it does not need."""
        return self._codes.of(file)

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
        """The modules that would be reached if a file of the project named them."""
        return frozenset(map(_as_text, self._not_reached())) | self._tops.difference(self.files)

    def _not_reached(self) -> Iterator[bytes]:
        for inside in self._inside.values():
            yield from (name for name, place in inside.items() if place not in self._places)


def _read_from(names: AbstractSet[bytes], code: bytes) -> AbstractSet[bytes]:
    """What code reads from these names, and from what it reads from them; rather too much."""
    parts = code.translate(DOTTED).split(b".")
    ends = ((before.rstrip().rpartition(b" ")[2], after.split(None, 1)) for before, after in pairwise(parts))
    pairs = {(owner, words[0]) for owner, words in ends if words}
    found: set[bytes] = set()
    while names:
        names = {name for owner, name in pairs if owner in names} - found
        found |= names
    return found


def named_in(text: bytes) -> set[bytes]:
    """The names in a text that modules may go by."""
    imports = set(imports_in(text))
    first = {one.module.partition(".")[0].encode(errors="surrogateescape") for one in imports}
    return {*_READ.findall(text), *first, *(name for one in imports for name in one.names)}


def text_of(file: str) -> bytes:
    """A file's content, as it can be searched; nothing of one that can't be read."""
    try:
        return searchable(read_bytes(file)) or b""
    except FileError:
        return b""


def _as_text(name: bytes) -> str:
    return name.decode(errors="surrogateescape")
