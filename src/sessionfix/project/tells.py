"""What the place of an expression says about it: is it used as a session, or as the manager that it is?"""

from __future__ import annotations

import ast
import enum
from collections.abc import Mapping
from dataclasses import dataclass

Parents = Mapping[ast.AST, ast.AST]

MANAGER_ATTRIBUTES = frozenset({"gen", "args", "kwds", "func"})
ENTERING = frozenset(
    {
        "enter_context",
        "enter_async_context",
        "enterContext",
        "enterAsyncContext",
        "enterClassContext",
        "enterModuleContext",
        "push",
        "push_async_exit",
        "callback",
    }
)
_TESTS = frozenset({"isinstance", "issubclass", "hasattr", "getattr", "type", "callable", "setattr", "iscoroutine"})
_ITERATING = frozenset(
    {"list", "tuple", "set", "sorted", "dict", "sum", "min", "max", "any", "all", "enumerate", "zip"}
)
_IS = (ast.Is, ast.IsNot)


class Sense(enum.Enum):
    SESSION = "used as the session"
    MANAGER = "used as the manager"
    PASSED = "passed to a call"
    NEUTRAL = "says nothing"


@dataclass(frozen=True)
class Tell:
    """`text` is the use in source form, such as ".query"; `call` the call that the expression is passed to."""

    sense: Sense
    text: str = ""
    call: ast.Call | None = None


NEUTRAL = Tell(Sense.NEUTRAL)
MANAGER = Tell(Sense.MANAGER)


def tell(node: ast.expr, parents: Parents) -> Tell:
    """What the use of `node` at its place says."""
    parent = parents[node]
    if isinstance(parent, ast.Attribute):
        return _attribute(parent)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        return Tell(Sense.SESSION, "[...]")
    if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension) and parent.iter is node:
        return Tell(Sense.SESSION, "async for" if _is_async(parent) else "for")
    if isinstance(parent, ast.withitem) and parent.context_expr is node:
        return MANAGER
    if isinstance(parent, ast.Compare):
        return NEUTRAL if all(isinstance(op, _IS) for op in parent.ops) else MANAGER
    if isinstance(parent, ast.YieldFrom):
        return MANAGER
    if isinstance(parent, ast.keyword):
        call = parents[parent]
        return _argument(call, node) if isinstance(call, ast.Call) else NEUTRAL
    return _argument(parent, node) if isinstance(parent, ast.Call) else NEUTRAL


def _attribute(parent: ast.Attribute) -> Tell:
    if is_manager_attribute(parent.attr):
        return MANAGER
    return Tell(Sense.SESSION, f".{parent.attr}") if isinstance(parent.ctx, ast.Load) else NEUTRAL


def is_manager_attribute(attr: str) -> bool:
    """Whether the manager itself has this attribute (or the use is about the manager, as all dunders are)."""
    return attr in MANAGER_ATTRIBUTES or attr == "_recreate_cm" or (attr.startswith("__") and attr.endswith("__"))


def _argument(call: ast.Call, node: ast.expr) -> Tell:
    if call.func is node:
        return MANAGER
    name = last_name(call.func)
    if name in ENTERING or (name in _TESTS and isinstance(call.func, ast.Name)):
        return MANAGER
    if (isinstance(call.func, ast.Name) and name == "len") or (name in _ITERATING and call.args[:1] == [node]):
        return Tell(Sense.SESSION, f"{name}()") if isinstance(call.func, ast.Name) else Tell(Sense.PASSED, call=call)
    return Tell(Sense.PASSED, call=call)


def first_name(node: ast.expr) -> ast.Name | None:
    """`a` of `a.b().c`"""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node if isinstance(node, ast.Name) else None


def last_name(node: ast.expr | None) -> str:
    """`c` of `a.b.c`, or the plain name; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def lone_call(statement: ast.stmt) -> ast.Call | None:
    """The call that a statement is, `f()` or `await f()`; None if it is anything else."""
    return awaited_call(statement.value) if isinstance(statement, ast.Expr) else None


def awaited_call(value: ast.expr | None) -> ast.Call | None:
    """The call that a value is, with or without an `await`; None if it is anything else."""
    call = value.value if isinstance(value, ast.Await) else value
    return call if isinstance(call, ast.Call) else None


def _is_async(node: ast.For | ast.AsyncFor | ast.comprehension) -> bool:
    return isinstance(node, ast.AsyncFor) or (isinstance(node, ast.comprehension) and bool(node.is_async))
