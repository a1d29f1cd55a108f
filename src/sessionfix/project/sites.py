"""A site: one place where something is wrong with a factory or its session, and how it is known."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sessionfix.diagnostics import Certainty, ChainStep
from sessionfix.project.factories import Factory


class Use(enum.Enum):
    """What is wrong at a site: in most of them, what is done with the manager that a factory call returns."""

    BOUND = "bound to a name and used as the session"
    ATTRIBUTE = "an attribute is taken straight from the call"
    ARGUMENT = "passed where a session is meant"
    DISCARDED = "thrown away"
    STORED = "kept on an attribute, in a global or a container, and used there as the session"
    CLOSING = "wrapped in closing()"
    WRONG_WITH = "entered by the wrong kind of with"
    AWAITED = "awaited"
    DEPENDENCY = "given to a framework, which hands on the manager"
    BY_HAND = "entered by hand"
    GENERATOR = "entered, and the generator of a function without a decorator"
    NEXT = "advanced by hand, and nothing ends the generator"
    AFTER_EXIT = "the session is used after its block"
    LEAVES = "the session leaves its block"
    DOUBLE_CLOSE = "the session is closed by hand, too"
    UNPROTECTED = "its factory cleans up only where nothing raises"
    SEVERAL_YIELDS = "its factory yields again"
    SWALLOWED = "its factory hides what its block raises"
    ANNOTATED = "its factory is annotated with what it yields"


class AstSpan(NamedTuple):
    """A node's place as `ast` has it: rows from 1, columns from 0 in UTF-8 bytes."""

    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int


@dataclass(frozen=True)
class Site:
    """One wrong place.

    `place` is that of the factory call, `get_session()` in `get_session().query(...)`, without the `await` where there
    is one; or of another expression that is wrong.
    """

    place: AstSpan
    use: Use
    factory: Factory
    chain: tuple[ChainStep, ...]
    certainty: Certainty
    detail: str = ""  # what gave it away, such as ".query", for the message


def in_order(sites: Iterable[Site]) -> list[Site]:
    """Sites by their positions; of two that begin at one place the longer one first."""
    return sorted(sites, key=lambda site: (site.place[:2], (-site.place.end_lineno, -site.place.end_col_offset)))
