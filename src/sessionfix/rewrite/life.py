"""One session under rewriting: all that is known of it, and the block that it is to get."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sessionfix.project.calls import Calls
from sessionfix.project.factories import Factory
from sessionfix.rewrite.lifetime import Kind, Lifetime, Touch, statements_below
from sessionfix.rewrite.openings import Handed, Opening
from sessionfix.rewrite.scopes import Place, Tree
from sessionfix.rewrite.tags import Tag

NEEDS = (Kind.NAMED, Kind.USED, Kind.PART, Kind.COMMIT, Kind.ROLLBACK)
NAMED_NEEDS = (Kind.NAMED, Kind.COMMIT, Kind.ROLLBACK)


@dataclass
class Extent:
    """The statements that go into the block, those that go away, and the assumptions (none: the rewrite is safe)."""

    block: list[ast.stmt]
    removed: frozenset[ast.stmt]
    assumptions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Life:
    """All that is known of one session: where it starts, what it touches, what its factory does.

    `opening` tells more of a session that is bound to a name.
    """

    tree: Tree
    statement: ast.stmt
    call: ast.Call
    factory: Factory
    lifetime: Lifetime
    project: Calls  # what else of the project the module calls
    has_lazy_attributes: bool  # whether the project's models load anything only when it is read
    opening: Opening | None = None

    @property
    def handed(self) -> Handed | None:
        """How the session may have been handed in."""
        return self.opening.handed if self.opening is not None else None

    @property
    def calls(self) -> tuple[ast.Call, ...]:
        """The factory's calls that can make the session."""
        return self.opening.calls if self.opening is not None else (self.call,)

    def is_own(self, statement: ast.stmt) -> bool:
        """Whether a statement never runs for a session that was handed in."""
        return self.handed is None or self.handed.is_own(statement)

    @property
    def place(self) -> Place:
        return self.tree.place(self.statement)

    @property
    def name(self) -> str:
        """The name that the session is bound to."""
        return next((name for name, tag in self.lifetime.names.items() if tag & Tag.SESSION), "session")

    def needs(self, removed: frozenset[ast.stmt]) -> list[Touch]:
        """The uses that must be inside the block, once the statements `removed` are gone."""
        gone = set(below(list(removed)))
        return [
            touch
            for touch in self.lifetime.touches
            if touch.kind in NEEDS and touch.statement not in gone and touch.statement is not self.statement
        ]


def below(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, and all that stand in their suites."""
    for statement in statements:
        yield from statements_below(statement)
