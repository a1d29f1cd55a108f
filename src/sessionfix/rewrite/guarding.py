"""A `try` made around statements of a suite, in LibCST: the clean-up below them goes into its `finally`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from sessionfix.rewrite import trivia


@dataclass(frozen=True)
class NewGuard:
    """The last statement of the new `try`, and the last of its `finally`, in LibCST nodes of the unchanged tree."""

    last: cst.CSTNode
    end: cst.CSTNode
    is_there: bool


class SharedLineError(Exception):
    """A statement that is to move shares its line with another one."""


def guarded(
    guards: Mapping[cst.CSTNode, NewGuard], original: cst.IndentedBlock, updated: cst.IndentedBlock
) -> cst.IndentedBlock:
    """The suite with its `try`; as it is where there is to be none. Raises SharedLineError."""
    for line in original.body:
        check_shared(guards, line)
    nodes = [_only_statement(line) for line in original.body]
    start = next((index for index, node in enumerate(nodes) if node in guards), None)
    if start is None:
        return updated
    order = guards[nodes[start]]
    if order.last not in nodes or order.end not in nodes:
        raise SharedLineError
    middle, end = nodes.index(order.last) + 1, nodes.index(order.end) + 1
    lines = list(updated.body)
    clean_up = [trivia.at_start(lines[middle]), *lines[middle + 1 : end]]
    final = cst.Finally(cst.IndentedBlock(clean_up, indent=original.indent))
    attempt = _attempt(lines[start:middle], final, original.indent, is_there=order.is_there)
    return updated.with_changes(body=[*lines[:start], attempt, *lines[end:]])


def check_shared(guards: Mapping[cst.CSTNode, NewGuard], line: cst.CSTNode) -> None:
    """Raises SharedLineError where a `try` is to begin within a line, or in a suite that has no line of its own."""
    parts = line.body if isinstance(line, cst.SimpleStatementLine | cst.SimpleStatementSuite) else ()
    is_own = isinstance(line, cst.SimpleStatementLine) and len(parts) == 1
    if not is_own and any(part in guards for part in parts):
        raise SharedLineError


def _attempt(
    lines: Sequence[cst.BaseStatement], final: cst.Finally, indent: str | None, *, is_there: bool
) -> cst.BaseStatement:
    if is_there:
        return lines[0].with_changes(finalbody=final)
    body = cst.IndentedBlock([trivia.with_leading(lines[0], ()), *lines[1:]], indent=indent)
    return cst.Try(body, finalbody=final, leading_lines=trivia.leading(lines[0]))


def _only_statement(line: cst.CSTNode) -> cst.CSTNode:
    """The statement of a line; the line itself where it has several."""
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        return line.body[0]
    return line
