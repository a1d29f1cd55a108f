"""What a function yields, and the expressions that it may have come from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.syntax.compound import FunctionNode


def own_yields(node: FunctionNode) -> Iterator[ast.Yield]:
    """The yields of a function itself, without those of functions nested in it."""
    todo: list[ast.AST] = list(reversed(node.body))
    while todo:
        inner = todo.pop()
        if isinstance(inner, ast.Yield):
            yield inner
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            todo += reversed(list(ast.iter_child_nodes(inner)))


def sources(value: ast.expr | None, node: FunctionNode) -> Iterator[ast.expr]:
    """The expressions that a value of the function may have come from, over local names."""
    return _sources(value, node, set())


def _sources(value: ast.expr | None, node: FunctionNode, seen: set[str]) -> Iterator[ast.expr]:
    if isinstance(value, ast.Await | ast.NamedExpr):
        yield from _sources(value.value, node, seen)
    elif isinstance(value, ast.IfExp):
        yield from _sources(value.body, node, seen)
        yield from _sources(value.orelse, node, seen)
    elif isinstance(value, ast.BoolOp):
        for part in value.values:
            yield from _sources(part, node, seen)
    elif isinstance(value, ast.Name):
        yield from _name_sources(value, node, seen)
    elif value is not None and not _is_none(value):
        yield value


def _name_sources(name: ast.Name, node: FunctionNode, seen: set[str]) -> Iterator[ast.expr]:
    if name.id in seen:
        return
    seen.add(name.id)
    found = [source for inner in ast.walk(node) for source in _bound_to(inner, name.id)]
    for source in found:
        yield from _sources(source, node, seen)
    if not found:
        yield name


def _bound_to(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a node binds the name to, if it does."""
    if isinstance(node, ast.Assign):
        yield from (node.value for target in node.targets if is_name(target, name))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value and is_name(node.target, name):
        yield node.value
    elif isinstance(node, ast.withitem) and is_name(node.optional_vars, name):
        yield node.context_expr


def is_name(node: ast.AST | None, name: str) -> bool:
    """Whether a node is this plain name."""
    return isinstance(node, ast.Name) and node.id == name


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
