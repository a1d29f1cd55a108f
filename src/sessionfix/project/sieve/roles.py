"""What becomes of a name: the role that it has on the way to a session."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Role(NamedTuple):
    """A manager comes of it after this many calls (3: or more), which is async or not.

    `contextmanager` has 2, a factory 1, and so has a function that returns what the call of a factory returns.
    """

    calls: int
    is_async: bool


Roles: TypeAlias = frozenset[Role]
NO_ROLES: Roles = frozenset()
MOST_CALLS = 3


class Passing(NamedTuple):
    """An argument: the last name of what is called, and the argument's position or keyword."""

    callee: str
    slot: int | str
