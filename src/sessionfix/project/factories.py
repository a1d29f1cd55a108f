"""What makes a definition a session factory, and what the factory does at exit."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import reduce
from pathlib import Path


class Ended(enum.Enum):
    """What is seen of the object that a factory yields, once a block has ended normally."""

    NOT = "it may live on: it is not closed on every path, others have it, or it is something else than a session"
    UNKNOWN = "it is closed; what it is, is not known"
    SESSION = "it is an ORM's session, and closed: used again, it begins a transaction that is nobody's"
    CONNECTION = "it is a driver's connection or cursor, and closed: used again, it raises"


@dataclass(frozen=True)
class Exit:
    """What a factory does once the block of its `with` has ended, read from its body.

    Where the body does not tell, the fields hold what asks for more care.
    """

    commits: bool = True  # a commit (or the end of a `begin()` block) can follow a block that ends normally
    closes: bool = True  # the yielded object is closed, by close() or by an enclosing `with`
    rolls_back: bool = False  # an exception from the block leads to a rollback, and is raised again
    drops_on_error: bool = False  # after a block that raised, the yielded object is closed: a finally, or a `with`
    swallows: bool = False  # an exception from the block may not be raised again
    begins: bool = False  # the yield stands inside `with ....begin()`
    shared: bool = False  # what is yielded was not made by this call (an attribute, a global): it outlives the block
    keeps_on_error: bool = False  # a commit can follow a block that raised (a commit in a finally, say)
    locks: bool = (
        False  # a lock or the like is held while the block runs (`with self._lock:` around the yield, acquire())
    )
    is_orm: bool = False  # what is yielded is seen to be an ORM's session
    expires: bool = True  # ORM objects can expire at commit: no `expire_on_commit=False` was seen for it
    resets: bool = False  # a rollback or the like, which expires ORM objects, can follow a block that ends normally
    ended: Ended = Ended.NOT  # what is certain of the end; here alone the doubt says that nothing happens


UNTOUCHED = Exit(commits=False, closes=False, shared=True)
"""What `nullcontext` does at exit: nothing, to an object that others have too."""


@dataclass(frozen=True)
class Factory:
    """A function under `@contextmanager` or `@asynccontextmanager`."""

    qualname: str  # in its module, such as "DatabaseManager.get_session"
    path: Path
    row: int  # of the `def`
    is_async: bool
    yields: str | None  # the name that it yields, where it yields a plain name
    exit: Exit


def either(exits: tuple[Exit, ...]) -> Exit:
    """What can be said if any one of several exits may be meant."""
    return reduce(_either, exits)


def _either(one: Exit, other: Exit) -> Exit:
    return Exit(
        commits=one.commits or other.commits,
        closes=one.closes and other.closes,
        rolls_back=one.rolls_back and other.rolls_back,
        drops_on_error=one.drops_on_error and other.drops_on_error,
        swallows=one.swallows or other.swallows,
        begins=one.begins or other.begins,
        shared=one.shared or other.shared,
        keeps_on_error=one.keeps_on_error or other.keeps_on_error,
        locks=one.locks or other.locks,
        is_orm=one.is_orm or other.is_orm,
        expires=one.expires or other.expires,
        resets=one.resets or other.resets,
        ended=common_end({one.ended, other.ended}),
    )


def common_end(ends: set[Ended]) -> Ended:
    """What can be said if any one of several ends may be meant."""
    if not ends or Ended.NOT in ends:
        return Ended.NOT
    return ends.pop() if len(ends) == 1 else Ended.UNKNOWN
