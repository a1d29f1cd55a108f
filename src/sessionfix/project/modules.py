"""Which file does an import name? Paths and dotted names, without touching the disk."""

# ruff: noqa: PTH118, PTH119, PTH120 - paths are plain strings here: tens of thousands of look-ups, none on the disk
from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessionfix.project.packages import Packages

_INIT = "__init__.py"


@dataclass(frozen=True)
class Module:
    """A module of the project: a file, a package (both), or a folder without `__init__.py` (no file)."""

    file: str | None
    folder: str | None = None


class ModuleIndex:
    """Finds the modules of a project among its files.

    Takes the project's root, all its Python files and the source roots that the settings name, all absolute, and the
    installed packages, where they are at hand.
    """

    def __init__(
        self, root: str, files: Iterable[str], sources: Iterable[str] = (), packages: Packages | None = None
    ) -> None:
        self._root = root
        self._files = frozenset(files)
        self._folders = _folders(root, self._files)
        self._sources = tuple(sources)
        self._tails: dict[str, list[str]] | None = None
        self._packages = packages
        self._installed_tops: dict[str, bool] = {}

    def __contains__(self, file: str) -> bool:
        return file in self._files

    def at(self, path: str) -> Module | None:
        """The module or package that lies at `path` (without ending)."""
        init = os.path.join(path, _INIT)
        if init in self._files:
            return Module(init, path)
        if path + ".py" in self._files:
            return Module(path + ".py")
        if path in self._folders:
            return Module(None, path)
        return self._packages.at(path) if self._packages and self._packages.owns(path) else None

    def is_installed(self, file: str) -> bool:
        """Whether a file belongs to an installed package and not to the project."""
        return self._packages is not None and file not in self._files and self._packages.owns(file)

    def has_installed(self, top: str) -> bool:
        """Whether modules below this name are to be looked for among the installed packages."""
        if self._packages is None or top in sys.stdlib_module_names:
            return False
        if top not in self._installed_tops:
            own = self.find(os.path.join(self._root, _INIT), top, 0)
            is_own = own is not None and own.file is not None
            self._installed_tops[top] = not is_own and self._packages.find(top) is not None
        return self._installed_tops[top]

    def installed(self, dotted: str) -> Module | None:
        """The module of an installed package."""
        return self._packages.find(dotted) if self._packages else None

    def may_have(self, file: str, name: str) -> bool:
        """Whether it is worth while to read a file for a name: of the project, each is."""
        return self._packages is None or not self.is_installed(file) or self._packages.may_have(file, name)

    def shown(self, file: str) -> str:
        """A file's path for people: that of an installed package's without the folder of all packages."""
        return self._packages.shown(file) if self._packages and self.is_installed(file) else file

    def is_test(self, file: str) -> bool:
        """Whether a file belongs to the project's tests: what it puts in a place is not there when the program runs."""
        *folders, name = Path(file).relative_to(self._root).parts
        named = name.startswith(("test_", "conftest.")) or name.endswith("_test.py")
        return named or not {"test", "tests", "testing"}.isdisjoint(folders)

    def dotted(self, file: str) -> str:
        """A module's dotted name from the project's root: `src.pkg.module`; from the folder of all packages."""
        if self._packages and self.is_installed(file):
            return self._packages.dotted(file)
        path = os.path.relpath(file, self._root).removesuffix(".py")
        return path.replace(os.sep, ".").removesuffix(".__init__")

    def child(self, package: Module, name: str) -> Module | None:
        """A submodule of a package."""
        return self.at(os.path.join(package.folder, name)) if package.folder else None

    def find(self, importer: str, module: str, level: int, guarded: bool = False) -> Module | None:
        """The module that an import in the file `importer` names; None if it is not of the project.

        `guarded` says that the importer can be run as a script from its own folder.
        """
        if self._packages and self.is_installed(importer):
            return self._packages.imported(importer, module, level)
        if level:
            return self._relative(importer, module, level)
        parts = module.split(".")
        if parts[0] in sys.stdlib_module_names and len(parts) == 1:
            return None
        for folder in self._roots(importer, guarded):
            found = self.at(os.path.join(folder, *parts))
            if found is not None:
                return found
        return None if parts[0] in sys.stdlib_module_names else self._elsewhere(parts, importer)

    def _relative(self, importer: str, module: str, level: int) -> Module | None:
        folder = os.path.dirname(importer)
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return self.at(os.path.join(folder, *module.split("."))) if module else self.at(folder)

    def _roots(self, importer: str, guarded: bool) -> Iterator[str]:
        """Where Python may look, nearest first: what `sys.path` would hold for the ways to start this file."""
        folder = os.path.dirname(importer)
        top = self._outside_package(folder)
        if guarded and folder != top:
            yield folder
        yield top
        yield from self._sources
        while _is_within(top, self._root) and top != self._root:
            top = os.path.dirname(top)
            yield top
        yield os.path.join(self._root, "src")
        yield self._root

    def _outside_package(self, folder: str) -> str:
        """The folder that holds the outermost package around a file."""
        while os.path.join(folder, _INIT) in self._files:
            folder = os.path.dirname(folder)
        return folder

    def _elsewhere(self, parts: list[str], importer: str) -> Module | None:
        """A module of this name in some other folder of the project, if there is just one.

        A single name must be a package: a lone `redis.py` somewhere is no reason to think that `import redis` means it.
        Nor does it mean the package that the importer is in, `plugins/redis/`, which is named after what it wraps.
        """
        if self._tails is None:
            self._tails = _by_last_part(self._files)
        ending = os.sep + os.path.join(*parts)
        found = {self.at(path) for path in self._tails.get(parts[-1], ()) if path.endswith(ending)} - {None}
        module = found.pop() if len(found) == 1 else None
        if module is None or len(parts) > 1:
            return module
        return module if module.folder and not _is_within(importer, module.folder) else None


def _folders(root: str, files: Iterable[str]) -> frozenset[str]:
    """Every folder under `root` that holds a file, at any depth."""
    folders: set[str] = set()
    for folder in {os.path.dirname(file) for file in files}:
        while folder not in folders and _is_within(folder, root) and folder != root:
            folders.add(folder)
            folder = os.path.dirname(folder)
    return frozenset(folders)


def _is_within(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(root.rstrip(os.sep) + os.sep)


def _by_last_part(files: Iterable[str]) -> dict[str, list[str]]:
    """Last part of a module's dotted name -> the paths (without ending) of such modules."""
    tails: dict[str, list[str]] = {}
    for file in files:
        folder, name = os.path.split(file)
        path = folder if name == _INIT else file.removesuffix(".py")
        tails.setdefault(os.path.basename(path), []).append(path)
    return tails
