"""A function's decorators changed: the comments of those that go stay above what follows them."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from sessionfix.rewrite import trivia
from sessionfix.rewrite.orders import NewDecorators


def redecorated(function: cst.FunctionDef, order: NewDecorators) -> cst.FunctionDef:
    """`function` with its decorators changed as the order says."""
    kept: list[cst.Decorator] = []
    carry: trivia.Lines = ()
    for index, decorator in enumerate(function.decorators):
        if index in order.dropped:
            carry += trivia.comments_within(decorator)
        else:
            kept.append(decorator.with_changes(leading_lines=(*carry, *decorator.leading_lines)))
            carry = ()
    if order.added is not None:
        kept.append(cst.Decorator(order.added, leading_lines=carry))
        carry = ()
    if kept:
        below = (*carry, *function.lines_after_decorators)
        return function.with_changes(decorators=kept, lines_after_decorators=below)
    above = (*function.leading_lines, *carry, *_comment_lines(function.lines_after_decorators))
    return function.with_changes(decorators=(), leading_lines=above, lines_after_decorators=())


def _comment_lines(lines: Sequence[cst.EmptyLine]) -> trivia.Lines:
    return tuple(line for line in lines if line.comment is not None)
