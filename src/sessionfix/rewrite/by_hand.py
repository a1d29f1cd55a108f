"""The rewrite of a manager that is entered by hand: a `with` in its place."""

from __future__ import annotations

import ast

from sessionfix.project.by_hand import ByHand, entered_by_hand
from sessionfix.project.sites import Site
from sessionfix.rewrite import extent, reasons
from sessionfix.rewrite.closing import check_closes
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.exits import check_exit
from sessionfix.rewrite.flow import trace
from sessionfix.rewrite.life import Extent, Life, below
from sessionfix.rewrite.lifetime import Source
from sessionfix.rewrite.nesting import is_too_deep
from sessionfix.rewrite.openings import Opening
from sessionfix.rewrite.plan import Block, Plan, RefusalError, promise, rows_of
from sessionfix.rewrite.planner import CallPlanner
from sessionfix.rewrite.scopes import Tree


def of_entering(site: Site, context: Context) -> Plan:
    """The plan for a manager that is entered by hand. Raises RefusalError and UnknownSyntaxError."""
    call = context.node(site, ast.Call)
    one = next(each for each in entered_by_hand(context.callees.calls.target) if each.made is call)
    statement = context.tree.statement(one.enter)
    if context.tree.statement(one.made) is statement:
        return _EnteredAtOnce(context, site).plan()
    made = _made_before(one, statement, context.tree)
    life = _life(site, one, statement, context)
    reached = _inside_try(life, one) if one.exits else extent.of_binding(life)
    if not reached.block or is_too_deep(context.tree, reached.block[0], reached.block[-1]):
        raise RefusalError(reasons.TOO_DEEP if reached.block else reasons.BY_HAND.format(call=ast.unparse(call)))
    return _plan(life, reached, reached.removed | {made, statement})


class _EnteredAtOnce(CallPlanner):
    """Plans for `f().__enter__()`."""

    def entering(self) -> ast.expr:
        entering = self.tree.parents[self.tree.parents[self.call]]
        assert isinstance(entering, ast.Call)
        return entering

    def opening(self, statement: ast.Assign | ast.AnnAssign) -> Opening:
        return self.plain_opening(statement)


def _made_before(one: ByHand, statement: ast.stmt, tree: Tree) -> ast.stmt:
    """The statement that makes the manager, directly before the one that gives its session a name."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    value = statement.value if isinstance(statement, ast.Assign) else None
    is_plain = isinstance(target, ast.Name) and one.enter in (value, getattr(value, "value", None))
    place = tree.place(statement)
    before = place.suite[place.index - 1] if place.index else None
    if not is_plain or before is None or tree.statement(one.made) is not before:
        raise RefusalError(reasons.BY_HAND.format(call=ast.unparse(one.made)))
    return before


def _life(site: Site, one: ByHand, statement: ast.stmt, context: Context) -> Life:
    assert isinstance(statement, ast.Assign)
    (target,) = statement.targets
    assert isinstance(target, ast.Name)
    calls = context.callees.calls
    lifetime = trace(
        Source(site.factory.is_async, node=statement.value), context.tree.scope(statement), context.callees
    )
    opening = Opening(statement, frozenset({statement}), target.id, one.made, (one.made,))
    lazy = calls.known.lazy.exist
    return Life(context.tree, statement, one.made, site.factory, lifetime, calls, lazy, opening)


def _inside_try(life: Life, one: ByHand) -> Extent:
    """The block in the place of the try that follows, whose finally leaves the manager and does nothing else."""
    check_closes(life)
    place = life.place
    following = place.suite[place.index + 1] if place.index + 1 < len(place.suite) else None
    exits = [life.tree.statement(call) for call in one.exits]
    if not isinstance(following, ast.Try) or following.handlers or following.orelse or following.finalbody != exits:
        raise RefusalError(reasons.BY_HAND.format(call=ast.unparse(life.call)))
    inside = set(below(following.body))
    if any(touch.statement not in inside for touch in life.needs(frozenset())):
        raise RefusalError(reasons.BY_HAND.format(call=ast.unparse(life.call)))
    reached = Extent(list(following.body), frozenset(exits))
    reached.assumptions.append(reasons.ASSUME_TOLD.format(factory=life.factory.qualname))
    check_exit(life, reached)
    return reached


def _plan(life: Life, reached: Extent, removed: frozenset[ast.stmt]) -> Plan:
    is_async = life.factory.is_async
    first, last = reached.block[0], reached.block[-1]
    use = f"Use `{'async with' if is_async else 'with'} {ast.unparse(life.call)} as {life.name}:`"
    applicability, message = promise(use, reached.assumptions)
    return Plan(
        applicability,
        message,
        rows_of([*removed, first, last]),
        removed=removed,
        block=Block(life.call, life.name, is_async, first, last, replaces=life.statement),
    )
