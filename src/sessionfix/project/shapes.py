"""In what kind of place does a call stand? Syntax alone, no names."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TypeAlias

from sessionfix.project.tells import Parents, Sense, tell


@dataclass(frozen=True)
class InWith:
    """A `with` item."""

    is_async: bool


@dataclass(frozen=True)
class Awaited:
    """`await call`; `names` are those that take the result."""

    names: tuple[ast.Name, ...]


@dataclass(frozen=True)
class Used:
    """`call.attr`, `call[...]`, `for x in call`."""

    text: str


@dataclass(frozen=True)
class Passed:
    """An argument of `call`."""

    call: ast.Call


@dataclass(frozen=True)
class Discarded:
    """An expression statement."""


@dataclass(frozen=True)
class Bound:
    """An assignment to names, and to other places."""

    names: tuple[ast.Name, ...]
    others: tuple[ast.expr, ...] = ()


Shape: TypeAlias = InWith | Awaited | Used | Passed | Discarded | Bound


def shape_of(call: ast.Call, parents: Parents) -> Shape | None:
    """The shape of the place of `call`; None if nothing can be wrong there."""
    parent = parents[call]
    if isinstance(parent, ast.withitem):
        return InWith(isinstance(parents[parent], ast.AsyncWith)) if parent.context_expr is call else None
    if isinstance(parent, ast.Expr):
        return Discarded()
    if isinstance(parent, ast.Await):
        bound = _bound(parent, parents)
        return Awaited(bound.names if bound else ())
    told = tell(call, parents)
    if told.sense is Sense.SESSION:
        return Used(told.text)
    if told.sense is Sense.PASSED and told.call is not None:
        return Passed(told.call)
    return _bound(call, parents)


def _bound(node: ast.expr, parents: Parents) -> Bound | None:
    """What an expression's value is assigned to, through conditional expressions, `or` and tuples."""
    parent = parents[node]
    if isinstance(parent, ast.IfExp) and parent.test is not node:
        return _bound(parent, parents)
    if isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or):
        return _bound(parent, parents)
    if isinstance(parent, ast.NamedExpr):
        return Bound((parent.target,))
    if isinstance(parent, ast.Assign):
        return _targets(parent.targets)
    if isinstance(parent, ast.AnnAssign) and parent.value is node:
        return _targets([parent.target])
    if isinstance(parent, ast.Tuple | ast.List):
        return _item_target(node, parent, parents[parent])
    return None


def _targets(targets: list[ast.expr]) -> Bound:
    names = tuple(target for target in targets if isinstance(target, ast.Name))
    return Bound(names, tuple(target for target in targets if isinstance(target, ast.Attribute | ast.Subscript)))


def _item_target(node: ast.expr, values: ast.Tuple | ast.List, statement: ast.AST) -> Bound | None:
    """`a, b = call, other`"""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    targets = statement.targets[0]
    if not isinstance(targets, ast.Tuple | ast.List) or len(targets.elts) != len(values.elts):
        return None
    if any(isinstance(item, ast.Starred) for item in (*targets.elts, *values.elts)):
        return None
    return _targets([targets.elts[values.elts.index(node)]])
