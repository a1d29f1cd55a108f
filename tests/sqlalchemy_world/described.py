"""What a caller sees of a value that a program hands back: all that can be read of it, and what can't."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import Result, Row
from sqlalchemy.exc import InvalidRequestError, MissingGreenlet, NoInspectionAvailable
from sqlalchemy.orm import Query
from sqlalchemy.orm.exc import DetachedInstanceError

UNREADABLE = "<can't be read>"
"""Stands for DetachedInstanceError and for MissingGreenlet: an object asks for a session that it no longer has."""


def name_of(error: BaseException) -> str:
    """The words for an exception; all that are for want of a session are the same."""
    if isinstance(error, DetachedInstanceError | MissingGreenlet):
        return UNREADABLE
    return f"raises {type(error).__name__}: {str(error).splitlines()[0]}"


def described(value: object) -> object:
    """A value as plain data, read as a caller would read it."""
    if isinstance(value, Row):
        return tuple(map(described, value))
    if isinstance(value, Mapping):
        return {str(key): described(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [described(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: described(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Query | Result | Iterator):
        return [described(part) for part in value]
    if (mapper := mapper_of(value)) is not None:
        return described_object(value, mapper)
    return repr(value)


def mapper_of(value: object) -> Any:
    try:
        return inspect(value).mapper
    except (NoInspectionAvailable, AttributeError, InvalidRequestError):
        return None


def described_object(value: object, mapper: Any) -> dict[str, object]:
    """The columns of an object, and which objects its relationships lead to."""
    seen: dict[str, object] = {"class": type(value).__name__}
    for attribute in mapper.column_attrs:
        seen[attribute.key] = read(value, attribute.key)
    for relationship in mapper.relationships:
        found = read(value, relationship.key)
        seen[relationship.key] = [identity(part) for part in found] if isinstance(found, list) else identity(found)
    return seen


def read(value: object, name: str) -> object:
    try:
        return getattr(value, name)
    except (DetachedInstanceError, MissingGreenlet):
        return UNREADABLE


def identity(value: object) -> object:
    mapper = mapper_of(value)
    return value if mapper is None else (type(value).__name__, inspect(value).identity)  # type: ignore[union-attr]
