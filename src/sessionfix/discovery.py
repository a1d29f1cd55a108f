"""Which files a run looks at: the project's root, its Python files, and what is left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sessionfix.files import reason_of
from sessionfix.roots import marked_root

if TYPE_CHECKING:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_WHAT_IS_WITHIN = re.compile(r"[^/!]/\*\*/?$")
_MATCHES_NO_PYTHON_FILE = re.compile(r"[A-Za-xz0-9_/~]$")
DEFAULT_EXCLUDE = frozenset(
    {
        *(".bzr", ".git", ".hg", ".svn"),
        *(".direnv", ".pyenv", ".venv", "venv", "site-packages", "__pypackages__", "node_modules"),
        *(
            ".mypy_cache",
            ".pytest_cache",
            ".pytype",
            ".ruff_cache",
            ".sessionfix_cache",
            ".ipynb_checkpoints",
            "__pycache__",
            ".sessionfix",
        ),
        *(".eggs", ".nox", ".pants.d", ".tox", ".vscode", "_build", "buck-out", "build", "dist"),
    }
)


def find_root(target: Path, cwd: Path) -> Path:
    """The project that `target` belongs to: the nearest folder upward with a pyproject.toml or .git.

    Without one it is the working directory, if that holds `target`; otherwise the folder that `target` is or, past the
    packages that it belongs to, lies in.
    """
    folder = target if target.is_dir() else target.parent
    marked = marked_root(str(folder))
    if marked is not None:
        return Path(marked)
    if cwd in (folder, *folder.parents):
        return cwd
    while (folder / "__init__.py").exists():
        folder = folder.parent
    return folder


@dataclass(frozen=True)
class Ignores:
    """Patterns in gitignore syntax, and the folder that they are relative to."""

    folder: str
    patterns: tuple[GitIgnoreSpecPattern, ...]

    @classmethod
    def from_lines(cls, folder: Path, lines: Iterable[str]) -> Ignores:
        """Raises ValueError for a line that is no pattern."""
        from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern  # 15 ms that not every project needs to pay

        try:
            patterns = [GitIgnoreSpecPattern(line) for line in lines]
        except re.error as error:
            raise ValueError(str(error)) from error
        return cls(str(folder), tuple(pattern for pattern in patterns if pattern.include is not None))

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether `path` itself is ignored, as git has it: the last pattern that matches decides, None if none does.

        A folder that is ignored takes along what is in it; that is the caller's matter.
        """
        relative = self._relative(path)
        patterns = self._for_folders if is_folder else self._for_python_files
        return _verdict(patterns, f"{relative}/" if is_folder else relative)

    def ignore(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether `path`, or a folder on the way to it, is ignored."""
        relative = self._relative(path)
        way = (relative[: slash.end()] for slash in re.finditer("/", relative))
        itself = f"{relative}/" if is_folder else relative
        return any(_verdict(self._for_folders, step) for step in (*way, itself))

    def sparing(self, folder: Path) -> Ignores:
        """Without the patterns that ignore `folder` or a folder on the way to it."""
        if self.folder == str(folder) or Path(self.folder) not in folder.parents:
            return self
        way = f"{self._relative(str(folder))}/"
        return Ignores(
            self.folder, tuple(each for each in self.patterns if not (each.include and each.match_file(way)))
        )

    @cached_property
    def _for_folders(self) -> tuple[GitIgnoreSpecPattern, ...]:
        return self.patterns[::-1]

    @cached_property
    def _for_python_files(self) -> tuple[GitIgnoreSpecPattern, ...]:
        # on 2,000 files and 130 patterns this saves 40 of 45 ms
        return tuple(each for each in self._for_folders if not _MATCHES_NO_PYTHON_FILE.search(str(each.pattern)))

    def _relative(self, path: str) -> str:
        return path[len(self.folder) :].replace(os.sep, "/").lstrip("/")


def _verdict(patterns: Iterable[GitIgnoreSpecPattern], path: str) -> bool | None:
    for pattern in patterns:
        # all but a few patterns fail here, which makes 5,000 folders against 75 patterns a matter of 0.1 s, not of 0.3
        if pattern.regex is not None and pattern.regex.search(path) and _matches_itself(pattern, path):
            return pattern.include
    return None


def _matches_itself(pattern: GitIgnoreSpecPattern, path: str) -> bool:
    """Whether `pattern` matches `path`, and not only a folder on the way to it."""
    ends = [match.end() for match in pattern.regex.finditer(path)] if pattern.regex else []
    if not ends:
        return False
    end = ends[-1]
    if _WHAT_IS_WITHIN.search(str(pattern.pattern)):  # whatever is in the folder, but not the folder
        return end < len(path) or path[-1] != "/"
    return end == len(path) or path[end - 1] != "/"


@dataclass(frozen=True)
class Exclusion:
    """What discovery leaves out beside what git ignores: names of folders, and patterns."""

    names: frozenset[str] = DEFAULT_EXCLUDE
    patterns: Ignores | None = None

    def covers(self, path: str, *, is_folder: bool) -> bool:
        """Whether `path` itself is left out; the folders on the way to it are the caller's matter."""
        if is_folder and path.rpartition(os.sep)[2] in self.names:
            return True
        return self.patterns is not None and self.patterns.verdict(path, is_folder=is_folder) is True

    def sparing(self, folder: Path) -> Exclusion:
        """Without the patterns that exclude `folder` or a folder on the way to it."""
        return replace(self, patterns=self.patterns and self.patterns.sparing(folder))


@dataclass(frozen=True)
class Unlisted:
    """A folder that could not be listed, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Walk:
    """The paths of the Python files below a folder, sorted; those that are symbolic links apart.

    `listed` are the folders, and the files that say what is ignored in them; `has_links` tells of symbolic links that
    might lead to a Python file, whether they do or not.
    """

    files: tuple[str, ...]
    links: tuple[str, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    listed: tuple[str, ...] = ()
    has_links: bool = False


def walk(top: Path, root: Path, exclusion: Exclusion) -> Walk:
    """The Python files below `top`, which lies in the project at `root`.

    `top` itself counts as wanted, whatever excludes it. Folders behind symbolic links are not entered, so there is no
    way in circles.
    """
    exclusion = exclusion.sparing(top)
    found: dict[bool, list[str]] = {False: [], True: []}
    unlisted: list[Unlisted] = []
    listed: list[str] = []
    has_links = False
    pending = [(str(top), _ignores_above(top, root))]
    while pending:
        folder, ignores = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            unlisted.append(Unlisted(Path(folder), f"cannot be listed: {reason_of(error)}"))
            continue
        listed.append(folder)
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and folder != str(top):
            continue
        if ".gitignore" in names:
            ignores = (*_ignores_in(Path(folder)), *ignores)
            listed.append(os.path.join(folder, ".gitignore"))  # noqa: PTH118
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not _is_left_out(entry, exclusion, ignores, is_folder=True):
                    pending.append((entry.path, ignores))
            elif entry.name.endswith(".py"):
                has_links = has_links or entry.is_symlink()
                if _is_file(entry) and not _is_left_out(entry, exclusion, ignores, is_folder=False):
                    found[entry.is_symlink()].append(entry.path)
    return Walk(tuple(sorted(found[False])), tuple(sorted(found[True])), tuple(unlisted), tuple(listed), has_links)


def is_excluded(path: Path, root: Path, exclusion: Exclusion) -> bool:
    """Whether discovery from `root` would leave out the file or folder `path`."""
    way = [step for step in (path, *path.parents) if root in step.parents]
    is_by_name = any(step.name in exclusion.names for step in way[0 if path.is_dir() else 1 :])
    is_by_pattern = exclusion.patterns is not None and exclusion.patterns.ignore(str(path), is_folder=path.is_dir())
    return is_by_name or is_by_pattern or _is_ignored_on_the_way(way, root)


def _is_ignored_on_the_way(way: list[Path], root: Path) -> bool:
    ignores = _ignores_above(root, root)
    for step in reversed(way):
        ignores = (*_ignores_in(step.parent), *ignores)
        if _is_ignored(str(step), ignores, is_folder=step.is_dir()):
            return True
    return False


def _is_left_out(
    entry: os.DirEntry[str], exclusion: Exclusion, ignores: tuple[Ignores, ...], *, is_folder: bool
) -> bool:
    return exclusion.covers(entry.path, is_folder=is_folder) or _is_ignored(entry.path, ignores, is_folder=is_folder)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a symbolic link that leads in a circle: no more a file than one that leads nowhere
        return False


def _is_ignored(path: str, ignores: tuple[Ignores, ...], *, is_folder: bool) -> bool:
    for level in ignores:  # the nearest .gitignore that speaks of the path decides
        verdict = level.verdict(path, is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False


def _ignores_in(folder: Path) -> tuple[Ignores, ...]:
    try:
        lines = (folder / ".gitignore").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ()
    try:
        return (Ignores.from_lines(folder, lines),)
    except ValueError:  # git passes over a line that is no pattern
        return tuple(_one_by_one(folder, lines))


def _one_by_one(folder: Path, lines: list[str]) -> Iterator[Ignores]:
    for line in reversed(lines):
        try:
            yield Ignores.from_lines(folder, [line])
        except ValueError:
            continue


def _ignores_above(top: Path, root: Path) -> tuple[Ignores, ...]:
    """The .gitignore files above `top`, nearest first, without what ignores `top`."""
    folders = list(top.parents)
    repository = next((folder for folder in (top, *folders) if (folder / ".git").exists()), root)
    above = [folder for folder in folders if folder == repository or repository in folder.parents]
    levels = (level for folder in above for level in _ignores_in(folder))
    return tuple(level.sparing(top) for level in levels)
