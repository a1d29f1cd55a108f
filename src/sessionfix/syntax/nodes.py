"""Nodes of newer syntax trees: the running Python's own, or stand-ins of the same name for those that it lacks.

What reads trees asks by name for nodes that its oldest Python lacks, and walks `_fields`: it sees no difference.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


def _node(name: str, base: type[Node], *fields: str) -> type[Node]:
    """The class of that name with at least these fields, which may be one of `ast`."""
    known: type[Node] = getattr(ast, name, base)
    every = (*known._fields, *(field for field in fields if field not in known._fields))
    if known is not base and every == known._fields:
        return known
    types = dict.fromkeys(every, object)
    return type(name, (known,), {"_fields": every, "_field_types": types, "__match_args__": every})


_PARAMETER: type[ast.AST] = getattr(ast, "type_param", ast.AST)

TryStar = _node("TryStar", ast.stmt, *ast.Try._fields)
TypeAlias = _node("TypeAlias", ast.stmt, "name", "type_params", "value")
TemplateStr = _node("TemplateStr", ast.expr, "values")
Interpolation = _node("Interpolation", ast.expr, "value", "str", "conversion", "format_spec")
FunctionDef = _node("FunctionDef", ast.stmt, "type_params")
AsyncFunctionDef = _node("AsyncFunctionDef", ast.stmt, "type_params")
ClassDef = _node("ClassDef", ast.stmt, "type_params")


_TYPE_PARAMETERS = {
    (stars, has_default): _node(
        name, _PARAMETER, "name", *(() if stars else ("bound",)), *(("default_value",) if has_default else ())
    )
    for stars, name in (("", "TypeVar"), ("*", "TypeVarTuple"), ("**", "ParamSpec"))
    for has_default in (False, True)  # which is newer than the rest
}
KINDS: tuple[type[ast.AST], ...] = (
    *(TryStar, TypeAlias, TemplateStr, Interpolation, FunctionDef, AsyncFunctionDef, ClassDef),
    *_TYPE_PARAMETERS.values(),
)


def type_parameter(stars: str, *, has_default: bool) -> type[ast.AST]:
    """The class of type parameters that are written with so many stars."""
    return _TYPE_PARAMETERS[stars, has_default]


def made(kind: Callable[..., Node], **fields: object) -> Node:
    """A node with these fields."""
    return kind(**fields)


def remade(node: ast.AST, kind: type[Node], **changes: object) -> Node:
    """A node of another kind that has the fields and the place of `node`, but for the changes."""
    kept = {name: getattr(node, name) for name in node._fields if name in kind._fields}
    return ast.copy_location(made(kind, **{**kept, **changes}), node)
