"""What a block should not reach over without need: a long wait, an endless loop, the same factory again."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from sessionfix.rewrite import reasons
from sessionfix.rewrite.life import Life, below
from sessionfix.rewrite.scopes import own_expressions
from sessionfix.rewrite.tags import WAITING_CALLS, last_name


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
    """Whether the statement itself calls the same factory by the same words."""
    wanted = ast.dump(life.call.func)
    return any(
        isinstance(part, ast.Call) and part not in life.calls and ast.dump(part.func) == wanted
        for header in own_expressions(statement)
        for part in ast.walk(header)
    )
