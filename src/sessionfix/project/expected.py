"""Places where a manager's misuse is expected to fail: what stands there is no mistake."""

from __future__ import annotations

import ast
from collections.abc import Collection

from sessionfix.project.paths import BROAD
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name
from sessionfix.syntax.compound import is_try

_RAISING = frozenset({"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns"})
_MISUSE = frozenset({"AttributeError", "TypeError", "RuntimeError"})
_FAILING_TESTS = frozenset({"xfail", "expectedFailure"})


def is_expected_to_fail(target: Target, node: ast.AST, *, any_error: bool = False) -> bool:
    """Whether `node` stands in a `pytest.raises(...)` or the like that means a misuse's error, or any error at all.

    So does all that a test holds that is marked as failing.
    """
    inside = node
    for outer in target.ancestors(node):
        calls: list[ast.expr] = []
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _is_failing_test(outer):
            return True
        if isinstance(outer, ast.With | ast.AsyncWith):
            before = outer.items.index(inside) if isinstance(inside, ast.withitem) else len(outer.items)
            calls = [item.context_expr for item in outer.items[:before]]
        elif isinstance(outer, ast.Call) and inside is not outer.func:
            calls = [outer]
        if any(_expects(call, any_error) for call in calls):
            return True
        inside = outer
    return False


def is_probed(target: Target, node: ast.AST, use: str) -> bool:
    """Whether a use, such as ".query", stands in a try that is ready for an object that does not have it."""
    error = "AttributeError" if use.startswith(".") else "TypeError"
    inside = node
    for outer in target.ancestors(node):
        handlers = outer.handlers if is_try(outer) and inside in outer.body else []
        if any(_names_one_of(handler.type, {error}) for handler in handlers):
            return True
        inside = outer
    return False


def _is_failing_test(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether it stands under `@pytest.mark.xfail`, with or without a condition, or `@unittest.expectedFailure`."""
    marks = (mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list)
    return any(last_name(mark) in _FAILING_TESTS for mark in marks)


def _expects(call: ast.expr, any_error: bool) -> bool:
    name = last_name(call.func) if isinstance(call, ast.Call) else ""
    if not isinstance(call, ast.Call) or name not in (*_RAISING, "suppress"):
        return False
    wanted = _MISUSE if name == "suppress" else _MISUSE | BROAD
    return (any_error and name in _RAISING) or any(_names_one_of(arg, wanted) for arg in call.args)


def _names_one_of(types: ast.expr | None, names: Collection[str]) -> bool:
    """Whether an exception type, or one of a tuple of them, is among these."""
    each = types.elts if isinstance(types, ast.Tuple) else [types] if types else []
    return any(last_name(one) in names for one in each)
