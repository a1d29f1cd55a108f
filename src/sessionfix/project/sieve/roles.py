"""What becomes of a name: the role that it has on the way to a session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias, TypeVar

K = TypeVar("K")


class Role(NamedTuple):
    """A manager comes of it after this many calls (3: or more), which is async or not.

    `contextmanager` has 2, a factory 1, and so has a function that returns what the call of a factory returns. On the
    way `of_object`, an object of a class is called or entered: the class has 2, if a call of its object has 1. What
    `is_null` gives a `nullcontext`: no suspect, but a function may return either. Where `attr` is named, an object with
    this attribute has 1, which may give a manager, and its class 2.
    """

    calls: int
    is_async: bool
    of_object: bool = False
    is_null: bool = False
    attr: str = ""


Roles: TypeAlias = frozenset[Role]
NO_ROLES: Roles = frozenset()
MOST_CALLS = 3
MAKERS = ("contextmanager", "asynccontextmanager")
MADE: Roles = frozenset({Role(2, is_async=False), Role(2, is_async=True)})
NULL = "nullcontext"
NULLS: Roles = frozenset({Role(1, is_async=False, is_null=True)})
LISTED: Roles = frozenset({Role(1, is_async=False), Role(1, is_async=True)})
# An object that is called or entered is not called by the name of its method.
NAMELESS = frozenset({"__call__", "__enter__", "__aenter__"})
ITSELF = ""  # `self` in the place of an attribute of it


class Passing(NamedTuple):
    """An argument: the last name of what is called, and the argument's position or keyword."""

    callee: str
    slot: int | str


def union(many: Iterable[Roles]) -> Roles:
    return NO_ROLES.union(*many)


def holding(attr: str) -> Role:
    """The role of an object with an attribute."""
    return Role(1, is_async=False, of_object=True, attr=attr)


def called(roles: Roles) -> Roles:
    """The roles of what a call returns."""
    less = {role._replace(calls=role.calls - 1) for role in roles if role.calls > bool(role.attr)}
    return frozenset(less | {role for role in roles if role.calls == MOST_CALLS})


def uncalled(roles: Roles) -> Roles:
    """The roles of what was called to get this."""
    return frozenset(role._replace(calls=min(role.calls + 1, MOST_CALLS)) for role in roles)


def callables(roles: Roles) -> Roles:
    """The roles without those of managers themselves."""
    return frozenset(role for role in roles if role.calls)


def suspect(roles: Roles) -> Roles:
    """The roles of what may become a manager that matters."""
    return frozenset(role for role in roles if not role.is_null)


def giving(roles: Roles) -> Roles:
    """The roles of what may become a manager that matters, by calls alone."""
    return frozenset(role for role in roles if not role.is_null and not role.attr)


def no_holders(roles: Roles) -> Roles:
    """The roles without those of objects that have an attribute."""
    return frozenset(role for role in roles if not (role.attr and role.calls == 1))


def attributes(roles: Roles) -> frozenset[str]:
    """The attributes that an object which comes of it has, of those that are asked for by class."""
    return frozenset(role.attr for role in roles if role.attr)


def of_objects(roles: Roles) -> Roles:
    """The roles that objects of classes can have, and the classes."""
    return frozenset(role for role in roles if role.of_object)


def last_part(name: str) -> str:
    """The name itself of what the settings name."""
    return re.split("[.:]", name)[-1]


def grown(table: dict[K, Roles], found: Iterable[tuple[K, Roles]]) -> Iterator[K]:
    """Add what was found to a table; the keys that have more roles than before."""
    for key, roles in found:
        if not roles <= table.get(key, NO_ROLES):
            table[key] = table.get(key, NO_ROLES) | roles
            yield key
