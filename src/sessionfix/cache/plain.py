"""Frozen dataclasses as plain lists, and back: for JSON, and without trust in what comes back."""

from __future__ import annotations

import enum
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class NotPlainError(ValueError):
    """Data that do not have the shape of what is to be made of them."""


def plain(value: object) -> object:
    """A dataclass as the list of its fields; in it are dataclasses, tuples, enums, paths, text and whole numbers."""
    if is_dataclass(value):
        return [plain(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"no plain data: {type(value).__name__}")


class Maker:
    """Makes again what `plain` took apart, and checks every field by its annotation."""

    def __init__(self) -> None:
        self._fields: dict[type, Mapping[str, object]] = {}

    def made(self, kind: type[T], value: object) -> T:
        """The dataclass of which `plain` made `value`; raises NotPlainError if that is anything else."""
        return cast(T, self._made(kind, value))

    def _made(self, kind: object, value: object) -> object:
        if isinstance(kind, types.UnionType):
            (other,) = (each for each in get_args(kind) if each is not types.NoneType)
            return None if value is None else self._made(other, value)
        if get_origin(kind) is tuple:
            return tuple(self._made(get_args(kind)[0], item) for item in checked(list, value))
        assert isinstance(kind, type)
        if is_dataclass(kind):
            return self._dataclass(kind, checked(list, value))
        if issubclass(kind, enum.Enum):
            return _member(kind, value)
        return Path(checked(str, value)) if kind is Path else checked(kind, value)

    def _dataclass(self, kind: type, values: list[object]) -> object:
        if kind not in self._fields:
            hints = get_type_hints(kind)
            self._fields[kind] = {each.name: hints[each.name] for each in fields(kind)}
        kinds = self._fields[kind]
        if len(values) != len(kinds):
            raise NotPlainError(f"{kind.__name__} has {len(kinds)} fields, not {len(values)}")
        return kind(
            **{name: self._made(each, value) for (name, each), value in zip(kinds.items(), values, strict=True)}
        )


def checked(kind: type[T], value: object) -> T:
    """The value, if it is of this very type; raises NotPlainError."""
    if type(value) is not kind:
        raise NotPlainError(f"a {kind.__name__} is expected, not a {type(value).__name__}")
    return value


def all_of(kind: type[T], value: object) -> tuple[T, ...]:
    """A list's items, if all are of this very type; raises NotPlainError."""
    items = checked(list, value)
    if not set(map(type, items)) <= {kind}:
        raise NotPlainError(f"a list of {kind.__name__} is expected")
    return tuple(items)


def _member(kind: type[enum.Enum], value: object) -> enum.Enum:
    try:
        return kind(value)
    except ValueError as error:
        raise NotPlainError(str(error)) from error
