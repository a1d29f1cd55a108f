"""Statements that were patched to be read, turned into what they are."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Final

from sessionfix.syntax import nodes
from sessionfix.syntax.constructs import Constructs, TypeParameter
from sessionfix.syntax.literals import syntax_error
from sessionfix.syntax.places import Places

GONE: Final = object()
"""What stands for a statement that is not in the text."""

_DEFINITIONS: tuple[tuple[type[ast.stmt], type[ast.stmt]], ...] = (
    (ast.FunctionDef, nodes.FunctionDef),
    (ast.AsyncFunctionDef, nodes.AsyncFunctionDef),
    (ast.ClassDef, nodes.ClassDef),
)


class Statements:
    """Knows by their places which statements these are; `expression` reads the expression between two offsets."""

    def __init__(
        self, text: str, places: Places, found: Constructs, expression: Callable[[int, int], ast.expr]
    ) -> None:
        place = places.place
        self.text = text
        self.places = places
        self.expression = expression
        self.parameters = {place(start): parameters for start, parameters in found.parameters.items()}
        self.aliases = set(map(place, found.aliases))
        self.starred_handlers = set(map(place, found.starred_handlers))
        self.lazy_imports = {place(start): place(before) for start, before in found.lazy_imports.items()}
        self.lazy_marks = set(self.lazy_imports.values())

    def mended(self, node: ast.stmt) -> object:
        """The statement that `node` stands for, or GONE; raises SyntaxError."""
        place = (node.lineno, node.col_offset)
        if place in self.aliases and isinstance(node, ast.Assign):
            return self.alias(node, self.parameters.get(place, ()))
        if place in self.parameters:
            return self.definition(node, self.parameters[place])
        if place in self.lazy_marks and isinstance(node, ast.Pass):
            return GONE
        if place in self.lazy_imports:
            node.lineno, node.col_offset = self.lazy_imports[place]
        return self.attempt(node) if isinstance(node, ast.Try) else node

    def definition(self, node: ast.stmt, parameters: Sequence[TypeParameter]) -> ast.stmt:
        for old, new in _DEFINITIONS:
            if isinstance(node, old):
                return nodes.remade(node, new, type_params=[self.parameter(each) for each in parameters])
        raise self.error(node)

    def alias(self, node: ast.Assign, parameters: Sequence[TypeParameter]) -> ast.stmt:
        """`_ = Name = value` or `_ = Name[0] = value`, which is how `type Name = value` was read."""
        if len(node.targets) != 2 or _is_no_type(node.value):
            raise self.error(node)
        target = node.targets[1]
        name = target.value if isinstance(target, ast.Subscript) else target
        if not isinstance(name, ast.Name):
            raise self.error(node)
        name.ctx = ast.Store()
        type_params = [self.parameter(each) for each in parameters]
        alias = nodes.made(nodes.TypeAlias, name=name, type_params=type_params, value=node.value)
        return ast.copy_location(alias, node)

    def parameter(self, parameter: TypeParameter) -> ast.AST:
        fields: dict[str, object] = {"name": parameter.name}
        if parameter.default:
            fields["default_value"] = self.expression(*parameter.default)
        if not parameter.stars:
            fields["bound"] = self.expression(*parameter.bound) if parameter.bound else None
        elif parameter.bound:
            raise syntax_error("a starred type parameter has no bound", self.text, parameter.start)
        kind = nodes.type_parameter(parameter.stars, has_default=bool(parameter.default))
        return self.places.at(parameter.start, parameter.end, nodes.made(kind, **fields))

    def attempt(self, node: ast.Try) -> ast.stmt:
        """A `try`, whose handlers are all starred or none is."""
        places = self.starred_handlers
        starred = [handler for handler in node.handlers if (handler.lineno, handler.col_offset) in places]
        if not starred:
            return node
        if len(starred) < len(node.handlers) or not all(handler.type for handler in starred):
            raise self.error(node)
        return nodes.remade(node, nodes.TryStar)

    def error(self, node: ast.stmt) -> SyntaxError:
        return SyntaxError("invalid syntax", ("<unknown>", node.lineno, node.col_offset + 1, None))


def _is_no_type(value: ast.expr) -> bool:
    """Whether a value can be assigned, but not be that of a `type` statement."""
    if isinstance(value, ast.Tuple) and value.elts:
        first = value.elts[0]
        return (first.lineno, first.col_offset) == (value.lineno, value.col_offset)
    return isinstance(value, ast.Yield | ast.YieldFrom | ast.Starred)
