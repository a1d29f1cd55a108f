"""Compound statements: their kinds, the suites and clauses that they are made of, and the statements in these."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, TypeGuard

from sessionfix.syntax.nodes import TryStar

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.For | ast.AsyncFor | ast.While
Suite = list[ast.stmt]

SUITES: Final = ("body", "orelse", "finalbody")
"""The fields of suites, in the order of the text."""

CLAUSES: Final = ("handlers", "cases")
"""The fields of parts that are no statements and have a suite in their body."""


def is_try(node: ast.AST | None) -> TypeGuard[ast.Try]:
    """Whether a node is a `try`, with `except` or with `except*`, whose nodes are alike (and new in Python 3.11)."""
    return isinstance(node, ast.Try | TryStar)


def suites(owner: ast.AST) -> Iterator[Suite]:
    """The suites directly in a node, without its clauses': of an `if`, its body and its orelse; none that is empty."""
    for field in SUITES:
        suite = getattr(owner, field, None)
        if suite and isinstance(suite, list):  # the body of a lambda is an expression
            yield suite


def clauses(owner: ast.AST) -> Iterator[ast.ExceptHandler | ast.match_case]:
    """The handlers of a `try`, the cases of a `match`."""
    for field in CLAUSES:
        yield from getattr(owner, field, ())


def siblings(part: ast.AST, owner: ast.AST) -> tuple[Suite, Suite]:
    """The statements before `part`, and those behind it, in its suite directly in `owner`; none if it is in none."""
    for suite in suites(owner):
        if part in suite:
            index = suite.index(part)
            return suite[:index], suite[index + 1 :]
    return [], []


def child_statements(owner: ast.AST) -> Iterator[ast.stmt]:
    """The statements directly in the suites of a node and of its clauses."""
    for suite in suites(owner):
        yield from suite
    for clause in clauses(owner):
        yield from clause.body


def statements_in(root: ast.AST) -> Iterator[ast.stmt]:
    """All statements in a node, those of nested functions too, in no order.

    To walk through their expressions, too, takes five times as long.
    """
    pending = list(child_statements(root))
    while pending:
        statement = pending.pop()
        yield statement
        pending += child_statements(statement)
