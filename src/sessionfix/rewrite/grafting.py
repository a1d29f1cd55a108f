"""A new expression of the syntax tree as LibCST: what it has of the file in it is written as the file has it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping

import libcst as cst

from sessionfix.rewrite import trivia

Find = Callable[[ast.expr], cst.BaseExpression | None]
"""The counterpart of an expression of the file; None for a new one."""

_PLACE = "_sessionfix_place_{}"
_CLOSED = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.BaseString, cst.List, cst.Dict, cst.Set)


def grafted(node: ast.expr, find: Find) -> cst.BaseExpression:
    """`node`, a new expression that may have expressions of the file in it."""
    parts: dict[str, cst.BaseExpression] = {}
    stock = _with_places(node, find, parts)
    assert isinstance(stock, ast.expr)
    written = cst.parse_expression(ast.unparse(stock)).visit(_Grafter(parts))
    assert isinstance(written, cst.BaseExpression)
    return written


def _with_places(node: ast.AST, find: Find, parts: dict[str, cst.BaseExpression]) -> ast.AST:
    """A copy of `node` with names for the parts that are of the file."""
    found = find(node) if isinstance(node, ast.expr) else None
    if found is not None:
        name = _PLACE.format(len(parts))
        parts[name] = found
        return ast.Name(name, ast.Load())
    copied = copy.copy(node)
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            setattr(copied, field, _with_places(value, find, parts))
        elif isinstance(value, list):
            copies = [_with_places(part, find, parts) if isinstance(part, ast.AST) else part for part in value]
            setattr(copied, field, copies)
    return copied


class _Grafter(cst.CSTTransformer):
    """Puts the parts in their places, in parentheses where they could fall apart."""

    def __init__(self, parts: Mapping[str, cst.BaseExpression]) -> None:
        super().__init__()
        self.parts = parts
        self.bracketed: set[cst.CSTNode] = set()

    def visit_Arg(self, node: cst.Arg) -> None:
        self.bracketed.add(node.value)

    def visit_Index(self, node: cst.Index) -> None:
        self.bracketed.add(node.value)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        part = self.parts.get(original_node.value)
        if part is None:
            return updated_node
        if original_node in self.bracketed or part.lpar:
            return part
        return trivia.as_item(part) if isinstance(part, _CLOSED) else trivia.in_parentheses(part)
