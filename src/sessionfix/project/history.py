"""In which order a scope binds a name: what it holds once the scope's statements have run."""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass

from sessionfix.project.facts import Binding
from sessionfix.project.tells import last_name
from sessionfix.project.walk import parts
from sessionfix.syntax.compound import FunctionNode
from sessionfix.syntax.nodes import TryStar

BRANCHING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, TryStar, ast.Match)


class When(enum.Enum):
    """When a statement runs, as the scope around it sees it."""

    IN_TURN = "once, after all that stands before it"
    PERHAPS = "in a branch or a loop"
    LATER = "at any time, in a function"
    NEVER = "for type checkers alone"


@dataclass(slots=True)
class History:
    """What one name may hold, told in the order of the text."""

    live: tuple[Binding, ...] = ()
    later: tuple[Binding, ...] = ()
    unread: tuple[Binding, ...] = ()

    def add(self, binding: Binding, when: When) -> None:
        """Go on to the next binding."""
        if when is When.LATER:
            self.later += (binding,)
        elif when is When.NEVER:
            self.unread += (binding,)
        else:
            self.live = (binding,) if when is When.IN_TURN else (*self.live, binding)

    @property
    def left(self) -> tuple[Binding, ...]:
        """All that the name may hold after the last statement; what type checkers see if there is nothing else."""
        return self.live + self.later or self.unread


def continues(node: FunctionNode) -> bool:
    """Whether a definition adds to what its name held before: `@x.setter`, `@overload`, `@x.register`."""
    return any(
        last_name(decorator) == "overload" or (isinstance(inner, ast.Name) and inner.id == node.name)
        for decorator in node.decorator_list
        for inner in parts(decorator)
    )


def checker_branches(node: ast.If) -> tuple[list[ast.stmt], list[ast.stmt]] | None:
    """What `if TYPE_CHECKING` has for type checkers, and what it has for the program; None if it is another test."""
    test, is_negated = node.test, False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, is_negated = test.operand, True
    if not isinstance(test, ast.Name | ast.Attribute) or last_name(test) != "TYPE_CHECKING":
        return None
    return (node.orelse, node.body) if is_negated else (node.body, node.orelse)
