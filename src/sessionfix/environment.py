"""Where the project's environment keeps its installed packages; nothing of it is run to find out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sessionfix.errors import SessionfixError

_CONFIG = "pyvenv.cfg"
_FOLDERS = (".venv", "venv")
_VERSIONED = re.compile(r"(?:python|pypy)(\d+)(?:\.(\d+))?$")
_FINDER = re.compile(r"\bimport (__editable___\w+_finder)\b")


class NoEnvironmentError(SessionfixError):
    """An environment that was named and can't be used; the message says why."""


@dataclass(frozen=True)
class Environment:
    """The folders in which packages are looked for, in order, and top-level modules that lie elsewhere, by name."""

    folders: tuple[str, ...] = ()
    mapped: Mapping[str, str] = field(default_factory=dict)


def find_environment(
    root: Path, named: str | None, variables: Mapping[str, str], looked_at: set[str] | None = None
) -> Environment | None:
    """The environment of the project at `root`: the one that is `named`, else VIRTUAL_ENV, else a .venv or venv in it.

    `named` is an interpreter or a virtual environment's folder, relative to `root`. Raises NoEnvironmentError if there
    are no packages where it is. The files and folders that tell go into `looked_at`, whether they are there or not.
    """
    search = _Search(root, set() if looked_at is None else looked_at)
    if named is not None:
        found = search.at(root / named)
        if found is None:
            raise NoEnvironmentError(
                f"`python`: {root / named}: no Python environment (no site-packages) was found there"
            )
        return found
    active = variables.get("VIRTUAL_ENV")
    places = [*([Path(active)] if active else []), *(root / name for name in _FOLDERS)]
    environments = (search.at(place) for place in places if active or search.is_file(place / _CONFIG))
    return next((found for found in environments if found is not None), None)


@dataclass(frozen=True)
class _Search:
    """The search for the environment of the project at `root`, and what it has looked at so far."""

    root: Path
    looked_at: set[str]

    def at(self, place: Path) -> Environment | None:
        """The environment of an interpreter, or in a folder."""
        folders = tuple(dict.fromkeys(self._site_packages(place)))
        if not folders:
            return None
        linked = [one for folder in folders for one in self._linked(folder) if not self._is_own(one.path)]
        paths = (one.path for one in linked if one.name is None and self._is_dir(Path(one.path)))
        mapped = {one.name: one.path for one in linked if one.name is not None}
        return Environment(tuple(dict.fromkeys((*folders, *paths))), mapped)

    def is_file(self, path: Path) -> bool:
        """Whether this is a file."""
        self.looked_at.add(str(path))
        return path.is_file()

    def _is_dir(self, path: Path) -> bool:
        self.looked_at.add(str(path))
        return path.is_dir()

    def _names_in(self, folder: Path) -> list[str]:
        self.looked_at.add(str(folder))
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208
        except (OSError, ValueError):
            return []

    def _lines(self, path: Path) -> list[str]:
        self.looked_at.add(str(path))
        try:
            return path.read_bytes().decode("utf-8-sig", "surrogateescape").splitlines()
        except (OSError, ValueError):
            return []

    def _is_own(self, path: str) -> bool:
        """Whether a link leads back into the project, whose modules are known already."""
        real, real_root = self._realpath(Path(path)), Path(os.path.realpath(self.root))
        return real == real_root or real_root in real.parents

    def _realpath(self, path: Path) -> Path:
        self.looked_at.add(str(path))
        return Path(os.path.realpath(path))

    def _site_packages(self, place: Path) -> Iterator[str]:
        """The folders of packages of an interpreter, or of the environment in a folder."""
        prefix = place if self._is_dir(place) else self._prefix(place)
        config = self._configuration(prefix)
        version = config.get("version") or config.get("version_info") or self._version_of(place)
        yield from self._packages_below(prefix, version)
        if config.get("include-system-site-packages", "").lower() == "true" and config.get("home"):
            home = Path(config["home"])
            yield from self._packages_below(home if os.name == "nt" else home.parent, version)

    def _prefix(self, interpreter: Path) -> Path:
        """The folder of the environment that an interpreter belongs to; links are followed only out of none."""
        real = self._realpath(interpreter)
        for path in (interpreter, real):
            for folder in (path.parent.parent, path.parent):
                if self.is_file(folder / _CONFIG):
                    return folder
        return real.parent if self._is_dir(real.parent / "Lib") else real.parent.parent

    def _version_of(self, interpreter: Path) -> str:
        """`3.11` of an interpreter's name, over links; empty if it does not tell."""
        found = _VERSIONED.match(self._realpath(interpreter).name.removesuffix(".exe"))
        return ".".join(part for part in found.groups() if part) if found else ""

    def _configuration(self, prefix: Path) -> dict[str, str]:
        pairs = (line.partition("=") for line in self._lines(prefix / _CONFIG))
        return {key.strip().lower(): value.strip() for key, _, value in pairs}

    def _packages_below(self, prefix: Path, version: str) -> Iterator[str]:
        wanted = tuple(version.split(".")[:2])
        windows = prefix / "Lib" / "site-packages"
        candidates = [windows] if self._is_dir(windows) and not self._versions(prefix / "lib") else []
        for library in ("lib", "lib64"):
            every = self._versions(prefix / library)
            chosen = [folder for parts, folder in every if parts == wanted] or [folder for _, folder in every[-1:]]
            candidates += [folder / name for folder in chosen for name in ("site-packages", "dist-packages")]
        seen: set[Path] = set()
        for candidate in candidates:
            real = self._realpath(candidate)
            if self._is_dir(candidate) and real not in seen:
                seen.add(real)
                yield os.path.normpath(candidate)

    def _versions(self, library: Path) -> list[tuple[tuple[str, ...], Path]]:
        """The folders `python3.11` and the like, by their versions, the newest last."""
        names = self._names_in(library)
        found = [(match.groups(), library / name) for name in names if (match := _VERSIONED.match(name))]
        parts = [(tuple(part for part in groups if part), folder) for groups, folder in found]
        return sorted(parts, key=lambda pair: tuple(map(int, pair[0])))

    def _linked(self, folder: str) -> Iterator[_Link]:
        """What the .pth files in a folder link."""
        for path in (Path(folder, name) for name in self._names_in(Path(folder))):
            if path.suffix == ".pth":
                for line in self._lines(path):
                    yield from self._link(folder, line.strip())

    def _link(self, folder: str, line: str) -> Iterator[_Link]:
        """What one line links. One that begins with `import` is code: a well-known one is understood, none is run."""
        if line.startswith(("import ", "import\t")):
            from sessionfix.editable import mapping_in  # with `ast`: 7 ms that hardly any environment needs

            for finder in _FINDER.findall(line):
                mapping = mapping_in("\n".join(self._lines(Path(folder, f"{finder}.py"))))
                yield from (_Link(os.path.normpath(path), name) for name, path in mapping if _can_be(path))
        elif line and not line.startswith("#") and _can_be(line):
            yield _Link(os.path.normpath(Path(folder, line)))


@dataclass(frozen=True)
class _Link:
    """A folder that a .pth file adds, or the module of a `name` that an editable install maps to a path."""

    path: str
    name: str | None = None


def _can_be(path: str) -> bool:
    """Whether the system can have a file of this name: a file in UTF-16, say, has lines that are none."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False
