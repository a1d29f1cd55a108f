"""Find closes of a session that its factory closes, too: inside its block, or behind it.

A close inside the block may be there for a reason: to give the connection back before something that takes its time, or
to begin anew. Where anything of that kind follows, nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.diagnostics import Certainty
from sessionfix.project.blocks import (
    Entered,
    entered,
    is_close,
    is_within,
    named_items,
    reached_only,
    scope_of,
    takes_time_after,
)
from sessionfix.project.factories import Ended
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import BlockNode, Target, span
from sessionfix.project.tells import first_name
from sessionfix.syntax.compound import Loop


@dataclass(frozen=True, eq=False)
class DoubleClose:
    """`statement` closes the session of `block`; `call` is the call in it."""

    block: Entered
    call: ast.Call
    statement: ast.stmt

    def is_inside(self, target: Target) -> bool:
        """Whether the close stands inside the block."""
        return is_within(target, self.statement, self.block.statement)


def sites_of_closes(target: Target, known: Knowledge) -> Iterator[Site]:
    """The closes that the factory makes needless, or that make its exit miss something."""
    for found in double_closes(target, known):
        block = found.block
        detail = "inside" if found.is_inside(target) else "after"
        is_known = block.factory.exit.ended is not Ended.UNKNOWN
        certainty = Certainty.CERTAIN if is_known else Certainty.PROBABLE
        yield Site(span(found.call), Use.DOUBLE_CLOSE, block.factory, block.chain, certainty, detail)


def double_closes(target: Target, known: Knowledge) -> Iterator[DoubleClose]:
    """The same as nodes of the target's tree."""
    closed = {name.id for node in target.calls() if is_close(node) and (name := first_name(node))}
    items = [item for item in named_items(target, known) if item.name.id in closed] if closed else []
    for block in entered(target, known, items):
        scope = scope_of(target, block)
        if block.factory.exit.ended is not Ended.NOT and scope is not None:
            yield from _closes_of(target, block, scope)


def _closes_of(target: Target, block: Entered, scope: BlockNode) -> Iterator[DoubleClose]:
    uses = list(reached_only(target, scope, block.name.id, {block.name}))
    for use in uses:
        found = _close_at(target, block, use)
        if found is not None and not _has_reason(target, found, uses):
            yield found


def _close_at(target: Target, block: Entered, use: ast.Name) -> DoubleClose | None:
    method = target.parents[use]
    call = target.parents[method]
    statement = target.parents[call]
    if isinstance(statement, ast.Await):
        statement = target.parents[statement]
    if is_close(call) and call.func is method and isinstance(statement, ast.Expr):
        return DoubleClose(block, call, statement)
    return None


def _has_reason(target: Target, close: DoubleClose, uses: list[ast.Name]) -> bool:
    """Whether the session is used again after the close, or something that may take its time follows in the block."""
    loops = [node for node in target.ancestors(close.statement) if isinstance(node, Loop)]
    if any(is_within(target, loop, close.block.statement) for loop in loops):
        return True
    others = [use for use in uses if not is_close(_called(target, use)) and not _is_tested(target, use)]
    if any(use.lineno > close.statement.lineno for use in others):
        return True
    if not close.is_inside(target) and any(not is_within(target, use, close.block.statement) for use in others):
        return True
    return close.is_inside(target) and takes_time_after(target, close.block, close.statement)


def _is_tested(target: Target, use: ast.Name) -> bool:
    """Whether it is only asked whether there is a session."""
    parent = target.parents[use]
    if isinstance(parent, ast.Compare):
        return all(isinstance(operator, ast.Is | ast.IsNot) for operator in parent.ops)
    return isinstance(parent, ast.If | ast.UnaryOp)


def _called(target: Target, use: ast.Name) -> ast.AST:
    return target.parents[target.parents[use]]
