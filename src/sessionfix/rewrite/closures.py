"""What nested functions and lambdas do with what they read from around them."""

from __future__ import annotations

import abc
import ast

from sessionfix.rewrite.callees import Callees
from sessionfix.rewrite.lifetime import Leave, Lifetime, Source, Way
from sessionfix.rewrite.recorder import Env
from sessionfix.rewrite.scopes import Scope, captured_names
from sessionfix.rewrite.tags import CHANGING_METHODS, DEPTH, KEEPS, STRONG, UNBOUND, Tag, Tags, contained
from sessionfix.rewrite.values import Values
from sessionfix.syntax.compound import FunctionNode

Nested = FunctionNode | ast.Lambda


class Closures(Values):
    """Reads the bodies of nested functions, with what is known of the names that they capture."""

    def __init__(self, source: Source, scope: Scope | ast.Lambda, callees: Callees) -> None:
        super().__init__(source, scope, callees)
        self.given: dict[str, Tags] = {}  # what a call gives, by the function's name
        self.filled: set[str] = set()  # the names that a nested function binds or puts something into
        self.insides: dict[tuple[Nested, tuple[tuple[str, Tags], ...]], Lifetime] = {}

    @abc.abstractmethod
    def trace_inside(self, source: Source, node: Nested) -> Lifetime:
        """The life of what `source` captures, inside a nested function."""

    def get(self, env: Env, name: str) -> Tags:
        return super().get(env, name) | (Tag.CAME if name in self.filled else UNBOUND)

    def look_inside(self, node: Nested) -> None:
        name = "" if isinstance(node, ast.Lambda) else node.name
        for leave in self.inside(node).leaves:
            if leave.way in (Way.RETURNED, Way.YIELDED):
                result = _as_result(leave.tag)
                given = contained(result) if leave.way is Way.YIELDED and result & KEEPS else result
                self.given[name] = self.given.get(name, UNBOUND) | given
            elif leave.tag & KEEPS:
                self.result.leaves.append(leave)
            elif leave.way is Way.STORED:
                self.fill(node, leave)

    def fill(self, node: Nested, leave: Leave) -> None:
        """Objects are put where this scope, or others, may read them."""
        self.result.leaves.append(leave)
        self.filled |= _changed_names(node) & self.facts.locals
        for name in self.filled:
            self.result.names[name] = self.result.names.get(name, UNBOUND) | Tag.CAME

    def inside(self, node: Nested) -> Lifetime:
        names = self.result.names
        captured = tuple((name, names[name]) for name in sorted(captured_names(node)) if name in names)
        if (node, captured) not in self.insides:
            source = Source(self.source.is_async, captured=captured)
            self.insides[node, captured] = self.trace_inside(source, node)
        return self.insides[node, captured]

    def mapped_by(self, function: ast.expr) -> Tags:
        name = function.id if isinstance(function, ast.Name) else ""
        given = self.given.get(name, UNBOUND)
        return contained(given) if given & KEEPS else UNBOUND

    def given_by(self, function: ast.expr) -> Tags:
        name = function.id if isinstance(function, ast.Name) else ""
        result = Tag.LAZY if not name or name in self.facts.generators else UNBOUND
        for given in [self.given[name]] if name in self.given else self.given.values():
            result |= given
        return result


def _as_result(tag: Tags) -> Tags:
    """What the caller of a nested function has, if the function returns a value with `tag`."""
    return tag & (STRONG | DEPTH) & ~Tag.SESSION | (Tag.HOLDER if tag & Tag.SESSION else UNBOUND)


def _changed_names(function: ast.AST) -> set[str]:
    """The names that a nested function, or one inside it, declares nonlocal, or puts something into."""
    names: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Nonlocal):
            names.update(node.names)
        elif isinstance(node, ast.Attribute | ast.Subscript):
            changes = isinstance(node.ctx, ast.Store) or (
                isinstance(node, ast.Attribute) and node.attr in CHANGING_METHODS
            )
            if changes:
                names.add(_first_name(node))
    return names


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
