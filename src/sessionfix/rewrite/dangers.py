"""What a block should not reach over without need: a long wait, an endless loop, the same factory again."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from sessionfix.project.calls import Calls
from sessionfix.project.tells import last_name
from sessionfix.rewrite import reasons
from sessionfix.rewrite.life import Life, below
from sessionfix.rewrite.scopes import own_expressions
from sessionfix.rewrite.tags import WAITING_CALLS
from sessionfix.syntax.same import is_same

DEPTH = 2  # how far calls are followed to one of the same factory


def dangers(life: Life, statements: Sequence[ast.stmt]) -> list[str]:
    """The statements that a block should not reach over: a long wait, an endless loop, the same factory again."""
    return [
        reasons.ASSUME_SHORT.format(row=statement.lineno, factory=life.factory.qualname)
        for statement in below(statements)
        if _waits(statement) or opens(life, statement)
    ]


def _waits(statement: ast.stmt) -> bool:
    return _is_endless(statement) or any(
        isinstance(part, ast.Call) and last_name(part.func) in WAITING_CALLS and not _joins_strings(part)
        for header in own_expressions(statement)
        for part in ast.walk(header)
    )


def _is_endless(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.While) and isinstance(statement.test, ast.Constant) and bool(statement.test.value)


def _joins_strings(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant)


def opens(life: Life, statement: ast.stmt) -> bool:
    """Whether the statement calls the same factory by the same words, or a function of the project that calls it."""
    name = life.factory.qualname.rpartition(".")[2]
    return any(
        is_same(call.func, life.call.func)
        or _opens_inside(life.project, call, lambda _, inner: last_name(inner.func) == name, DEPTH)
        for call in _calls_in(life, statement)
    )


def opens_any(life: Life, statement: ast.stmt) -> bool:
    """Whether the statement calls a factory, or a function of the project that calls one."""
    return any(
        life.project.may_make_manager(call) or _opens_inside(life.project, call, Calls.may_make_manager, DEPTH)
        for call in _calls_in(life, statement)
    )


def _calls_in(life: Life, statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls in a statement's own expressions, less those that make the session."""
    parts = (part for header in own_expressions(statement) for part in ast.walk(header))
    return (part for part in parts if isinstance(part, ast.Call) and part not in life.calls)


def _opens_inside(project: Calls, call: ast.Call, is_wanted: Callable[[Calls, ast.Call], bool], depth: int) -> bool:
    """Whether a call reaches a function that makes a wanted call, itself or by `depth` more calls."""
    called = project.called(call)
    if called is None:
        return False
    inner = [part for part in ast.walk(called.function) if isinstance(part, ast.Call)]
    if any(is_wanted(called.calls, part) for part in inner):
        return True
    return depth > 0 and any(_opens_inside(called.calls, part, is_wanted, depth - 1) for part in inner)
