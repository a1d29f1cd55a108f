"""Installed packages: which file a module of theirs lies in. The disk is asked only for what somebody names."""

# ruff: noqa: PTH112, PTH113, PTH118, PTH120, PTH122 - paths are plain strings here, as in the project's own index
from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sessionfix.files import FileError, read_bytes
from sessionfix.project.asked import Asked
from sessionfix.project.modules import Module

_STUBS = "-stubs"
_STARRED = re.compile(rb"\bimport\s*\*")
_ENDINGS = ("py", "pyi")
_FILES = ("{}/__init__.py", "{}.py", "{}/__init__.pyi", "{}.pyi")


@dataclass(frozen=True)
class Packages:
    """The packages in `folders`, the first of a name first, and those that are `mapped` to a path elsewhere.

    `read` are the files that were looked into, `listed` the folders, with the names that `names_in` found there.
    """

    folders: tuple[str, ...] = ()
    mapped: Mapping[str, str] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    listed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _found: dict[str, Module | None] = field(default_factory=dict)

    @property
    def asked(self) -> Asked:
        """The files that were looked into, the places in which modules were looked for, and the folders listed."""
        modules = {path: place_of(module) for path, module in self._found.items()}
        return Asked(
            beyond=set(self.read),
            modules=modules,
            folders={path: mark_of(names) for path, names in self.listed.items()},
        )

    def owns(self, path: str) -> bool:
        """Whether a file or folder belongs to an installed package."""
        return self._home(path) is not None

    def find(self, dotted: str) -> Module | None:
        """The module of this dotted name: its source, or its stub where there is no source."""
        top, *rest = dotted.split(".")
        spaces: list[Module] = []
        for place in self.places(top):
            package = self.at(place)
            found = self.at(os.path.join(place, *rest)) if package else None
            if found is not None and found.file is not None:
                return found
            if package is not None and package.file is not None and not _is_stub(package):
                return found
            spaces += [found] if found is not None else []
        return spaces[0] if spaces else None

    def places(self, top: str) -> tuple[str, ...]:
        """Where a top-level module of this name may lie, in the order of search: its sources, then its stubs."""
        places = [self.mapped[top]] if top in self.mapped else [os.path.join(folder, top) for folder in self.folders]
        return (*places, *(place + _STUBS for place in places))

    def tops(self) -> frozenset[str]:
        """The names of all top-level modules."""
        found = {name.removesuffix(_STUBS) for folder in self.folders for name in self.modules_in(folder)}
        return frozenset(found | self.mapped.keys())

    def modules_in(self, folder: str) -> tuple[str, ...]:
        """The names that modules and packages in a folder may have."""
        if folder not in self.listed:
            self.listed[folder] = names_in(folder)
        return self.listed[folder]

    def imported(self, importer: str, module: str, level: int) -> Module | None:
        """The module that an import in a file of a package names, if it is of the same package."""
        if level:
            folder = importer
            for _ in range(level):
                folder = os.path.dirname(folder)
            return self.at(os.path.join(folder, *module.split("."))) if module else self.at(folder)
        own = self.dotted(importer).partition(".")[0]
        return self.find(module) if module.partition(".")[0] == own else None

    def at(self, path: str) -> Module | None:
        """The module or package that lies at `path` (without ending)."""
        if path not in self._found:
            self._found[path] = look(path)
        return self._found[path]

    def may_have(self, file: str, name: str) -> bool:
        """Whether a file's bytes hold a name, or a star import that may bring it: a look that saves most readings."""
        self.read.add(file)
        try:
            text = read_bytes(Path(file))
        except FileError:
            return True
        return name.encode(errors="surrogatepass") in text or _STARRED.search(text) is not None

    def shown(self, file: str) -> str:
        """A file's path from the folder that its package is in: `pkg/db.py`."""
        home = self._home(file)
        return file if home is None else os.path.relpath(file, home)

    def dotted(self, file: str) -> str:
        """The dotted name of the module that lies in a file."""
        parts = os.path.splitext(self.shown(file))[0].replace(os.sep, ".").removesuffix(".__init__")
        top, dot, rest = parts.partition(".")
        return top.removesuffix(_STUBS) + dot + rest

    def _home(self, path: str) -> str | None:
        """The folder that the package of `path` lies in: the innermost, as .pth files may add folders in folders."""
        tops = (os.path.dirname(place) for place in self.mapped.values() if _is_below(path, place))
        folders = (folder for folder in self.folders if _is_below(path, folder))
        return max((*tops, *folders), key=len, default=None)


def place_of(module: Module | None) -> tuple[str | None, str | None]:
    """The file and the folder of a module."""
    return (module.file, module.folder) if module else (None, None)


def look(path: str) -> Module | None:
    """What lies at `path` (without ending)."""
    for number, file in enumerate(_files_at(path)):
        if os.path.isfile(file):
            return Module(file, None if number % 2 else path)
    return Module(None, path) if os.path.isdir(path) else None


def looked_at(path: str, file: str | None) -> tuple[str, ...]:
    """The paths that were asked for to find the module at `path` in a file, or in none."""
    files = _files_at(path)
    return (*files, path) if file is None else (*files[: files.index(file)], file)


def _files_at(path: str) -> list[str]:
    return [os.path.normpath(pattern.format(path)) for pattern in _FILES]


def names_in(folder: str) -> tuple[str, ...]:
    """The names, in order, under which a folder's Python files, stubs and subfolders may be imported."""
    try:
        with os.scandir(folder) as entries:
            parts = [entry.name.rpartition(".") for entry in entries]
    except OSError:
        return ()
    found = {stem if dot else ending for stem, dot, ending in parts if not dot or ending in _ENDINGS}
    return tuple(sorted(found - {"__init__", "__pycache__"}))


def mark_of(names: Iterable[str]) -> int:
    """What stands for the names in a folder."""
    return zlib.crc32("/".join(names).encode(errors="surrogatepass"))


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("", os.sep, ".")


def _is_stub(module: Module) -> bool:
    return module.file is not None and module.file.endswith(".pyi")
