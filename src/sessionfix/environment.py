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


def find_environment(root: Path, named: str | None, variables: Mapping[str, str]) -> Environment | None:
    """The environment of the project at `root`: the one that is `named`, else VIRTUAL_ENV, else a .venv or venv in it.

    `named` is an interpreter or a virtual environment's folder, relative to `root`. Raises NoEnvironmentError if there
    are no packages where it is.
    """
    if named is not None:
        found = _at(root / named, root)
        if found is None:
            raise NoEnvironmentError(
                f"`python`: {root / named}: no Python environment (no site-packages) was found there"
            )
        return found
    active = variables.get("VIRTUAL_ENV")
    places = [*([Path(active)] if active else []), *(root / name for name in _FOLDERS)]
    environments = (_at(place, root) for place in places if active or (place / _CONFIG).is_file())
    return next((found for found in environments if found is not None), None)


def _at(place: Path, root: Path) -> Environment | None:
    folders = tuple(dict.fromkeys(_site_packages(place)))
    if not folders:
        return None
    linked = [one for folder in folders for one in _linked(folder) if not _is_of(one.path, root)]
    paths = (one.path for one in linked if one.name is None and os.path.isdir(one.path))  # noqa: PTH112
    mapped = {one.name: one.path for one in linked if one.name is not None}
    return Environment(tuple(dict.fromkeys((*folders, *paths))), mapped)


def _site_packages(place: Path) -> Iterator[str]:
    """The folders of packages of an interpreter, or of the environment in a folder."""
    prefix = place if place.is_dir() else _prefix(place)
    config = _configuration(prefix)
    version = config.get("version") or config.get("version_info") or _version_of(place)
    yield from _packages_below(prefix, version)
    if config.get("include-system-site-packages", "").lower() == "true" and config.get("home"):
        home = Path(config["home"])
        yield from _packages_below(home if os.name == "nt" else home.parent, version)


def _prefix(interpreter: Path) -> Path:
    """The folder of the environment that an interpreter belongs to; links are followed only out of none."""
    for path in (interpreter, Path(os.path.realpath(interpreter))):
        for folder in (path.parent.parent, path.parent):
            if (folder / _CONFIG).is_file():
                return folder
    real = Path(os.path.realpath(interpreter))
    return real.parent if (real.parent / "Lib").is_dir() else real.parent.parent


def _version_of(interpreter: Path) -> str:
    """`3.11` of an interpreter's name, over links; empty if it does not tell."""
    found = _VERSIONED.match(Path(os.path.realpath(interpreter)).name.removesuffix(".exe"))
    return ".".join(part for part in found.groups() if part) if found else ""


def _configuration(prefix: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in _lines(prefix / _CONFIG))
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _packages_below(prefix: Path, version: str) -> Iterator[str]:
    wanted = tuple(version.split(".")[:2])
    windows = prefix / "Lib" / "site-packages"
    candidates = [windows] if windows.is_dir() and not _versions(prefix / "lib") else []
    for library in ("lib", "lib64"):
        every = _versions(prefix / library)
        chosen = [folder for parts, folder in every if parts == wanted] or [folder for _, folder in every[-1:]]
        candidates += [folder / name for folder in chosen for name in ("site-packages", "dist-packages")]
    seen: set[str] = set()
    for candidate in candidates:
        real = os.path.realpath(candidate)
        if candidate.is_dir() and real not in seen:
            seen.add(real)
            yield os.path.normpath(candidate)


def _versions(library: Path) -> list[tuple[tuple[str, ...], Path]]:
    """The folders `python3.11` and the like, by their versions, the newest last."""
    try:
        names = [path.name for path in library.iterdir()]
    except OSError:
        return []
    found = [(match.groups(), library / name) for name in names if (match := _VERSIONED.match(name))]
    parts = [(tuple(part for part in groups if part), folder) for groups, folder in found]
    return sorted(parts, key=lambda pair: tuple(map(int, pair[0])))


# what .pth files link


@dataclass(frozen=True)
class _Link:
    """A folder that a .pth file adds, or the module of a `name` that an editable install maps to a path."""

    path: str
    name: str | None = None


def _linked(folder: str) -> Iterator[_Link]:
    for path in sorted(Path(folder).iterdir()):
        if path.suffix == ".pth":
            for line in _lines(path):
                yield from _link(folder, line.strip())


def _link(folder: str, line: str) -> Iterator[_Link]:
    """What one line links. One that begins with `import` is code: a well-known one is understood, none is run."""
    if line.startswith(("import ", "import\t")):
        from sessionfix.editable import mapping_in  # with `ast`: 7 ms that hardly any environment needs

        for finder in _FINDER.findall(line):
            mapping = mapping_in("\n".join(_lines(Path(folder, f"{finder}.py"))))
            yield from (_Link(os.path.normpath(path), name) for name, path in mapping)
    elif line and not line.startswith("#"):
        yield _Link(os.path.normpath(Path(folder, line)))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8-sig", "surrogateescape").splitlines()
    except OSError:
        return []


def _is_of(path: str, root: Path) -> bool:
    """Whether a link leads back into the project, whose modules are known already."""
    real, real_root = Path(os.path.realpath(path)), Path(os.path.realpath(root))
    return real == real_root or real_root in real.parents
