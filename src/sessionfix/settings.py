"""What a project, or the command line, sets: `[tool.sessionfix]`, checked and frozen."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sessionfix.discovery import DEFAULT_EXCLUDE, Exclusion, Ignores
from sessionfix.errors import SessionfixError
from sessionfix.files import FileError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = "tool.sessionfix"
OUTPUT_FORMATS = ("text", "concise", "json")
COLORS = ("auto", "always", "never")


class SettingsError(SessionfixError):
    """Settings that can't be used; the message names file and key."""


@dataclass(frozen=True)
class Settings:
    """One field for each key, which is the field's name in kebab case. Patterns are relative to the project's root."""

    src: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    unsafe_fixes: bool = False
    factories: tuple[str, ...] = ()
    contextmanager_decorators: tuple[str, ...] = ()
    python: str | None = None
    output_format: str = "text"
    output_file: str | None = None
    backup_dir: str | None = None
    no_backup: bool = False
    cache_dir: str | None = None
    no_cache: bool = False
    exit_zero: bool = False
    exit_non_zero_on_fix: bool = False
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    jobs: int | None = None

    def exclusion(self, root: Path) -> Exclusion:
        """What discovery leaves out in the project at `root`; raises SettingsError for a line that is no pattern."""
        names = DEFAULT_EXCLUDE if self.exclude is None else frozenset[str]()
        lines = (*(self.exclude or ()), *self.extend_exclude)
        return Exclusion(names, _patterns(root, lines, "exclude") if lines else None)

    def file_ignores(self, root: Path) -> tuple[tuple[Ignores, tuple[str, ...]], ...]:
        """`per-file-ignores` for the project at `root`; raises SettingsError for a key that is no pattern."""
        return tuple(
            (_patterns(root, (pattern,), "per-file-ignores"), prefixes)
            for pattern, prefixes in self.per_file_ignores.items()
        )


def load(path: Path, *, is_required: bool = False) -> Settings:
    """The settings in a pyproject.toml, the defaults where it has none.

    Raises SettingsError, also for a missing file or table where it `is_required`.
    """
    if not is_required and not path.exists():
        return Settings()
    table = _table(path, _document(path))
    if table is None and is_required:
        raise SettingsError(f"{path}: has no [{TABLE}]")
    return _checked(path, table or {})


def _patterns(root: Path, lines: tuple[str, ...], key: str) -> Ignores:
    try:
        return Ignores.from_lines(root, lines)
    except ValueError as error:
        raise SettingsError(f"`{key}`: {error}") from error


def _document(path: Path) -> Mapping[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: Mapping[str, object] = tomllib.loads(read_bytes(path).decode("utf-8-sig"))
    except FileError as error:
        raise SettingsError(f"{path}: {error}") from error
    except ValueError as error:
        raise SettingsError(f"{path}: is no TOML in UTF-8: {error}") from error
    return document


def _table(path: Path, document: Mapping[str, object]) -> Mapping[str, object] | None:
    table: object = document
    for name in TABLE.split("."):
        if not isinstance(table, Mapping):
            raise SettingsError(f"{path}: [{TABLE}] is not a table")
        if name not in table:
            return None
        table = table[name]
    if not isinstance(table, Mapping):
        raise SettingsError(f"{path}: [{TABLE}] is not a table")
    return table


def _checked(path: Path, table: Mapping[str, object]) -> Settings:
    types = {each.name.replace("_", "-"): str(each.type) for each in fields(Settings)}
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in types:
            raise SettingsError(f"{path}: unknown key `{key}` in [{TABLE}]{_nearest(key, types)}")
        try:
            values[key.replace("-", "_")] = _CHECKS[types[key]](value)
        except TypeError as error:
            raise SettingsError(f"{path}: `{key}` must be {error}, not {value!r}") from error
    return _with_choices(path, replace(Settings(), **values))  # type: ignore[arg-type]  # checked just above


def _with_choices(path: Path, settings: Settings) -> Settings:
    for key, value, choices in (
        ("output-format", settings.output_format, OUTPUT_FORMATS),
        ("color", settings.color, COLORS),
    ):
        if value not in choices:
            raise SettingsError(f"{path}: `{key}` must be one of {', '.join(choices)}, not {value!r}")
    return settings


def _nearest(key: str, known: Mapping[str, str]) -> str:
    from difflib import get_close_matches  # only for a message: start-up is short

    nearest = get_close_matches(key, known, n=1, cutoff=0.0)
    return f"; the nearest is `{nearest[0]}`" if nearest else ""


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number")
    if value < 1:
        raise TypeError("at least 1")
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a string")
    if "\0" in value:
        raise TypeError("without null bytes")
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("a list of strings")
    return tuple(map(_string, value))


def _strings_by_name(value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise TypeError("a table of lists of strings")
    return {name: _strings(item) for name, item in value.items()}


_CHECKS: Mapping[str, Callable[[object], object]] = {
    "bool": _boolean,
    "int | None": _number,
    "str": _string,
    "str | None": _string,
    "tuple[str, ...]": _strings,
    "tuple[str, ...] | None": _strings,
    "Mapping[str, tuple[str, ...]]": _strings_by_name,
}
