"""Who mentions what in one file: its calls, what it passes on as a value, and what it gives to attributes.

Plain data like the facts, but read only from files that a question about the callers of something leads to.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sessionfix.project import facts
from sessionfix.project.expressions import expression
from sessionfix.project.facts import Expr
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name

T = TypeVar("T")

_DOTTED = re.compile(r"(?:[\w.]+[.:])?(\w+)[.:](\w+)")
_MENTIONS = (ast.Call, ast.Name, ast.Attribute)
_LOOKING = (ast.Attribute, ast.Compare, ast.ExceptHandler)
_CHECKS = frozenset({"isinstance", "issubclass", "cast", "hasattr"})


@dataclass(frozen=True, slots=True)
class Reference:
    """`expr` is mentioned at a place; `call` is the call of it, None where it is read as a value.

    `spreads`: the call has `*args` or `**kwargs`.
    """

    row: int
    scope: int
    expr: Expr
    call: facts.Call | None = None
    spreads: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """`owner.name = value`; no value where it is not plain."""

    row: int
    scope: int
    owner: Expr
    value: Expr | None


@dataclass(frozen=True, slots=True)
class References:
    """`named` are the references by their last name, `stored` what attributes are given, by the attribute.

    `computed`: objects from which attributes are read by names that are computed. `texts`: the last two parts of
    dotted names that are written as text. `renamed`: names that are imported under another one.
    """

    named: Mapping[str, tuple[Reference, ...]]
    stored: Mapping[str, tuple[Store, ...]]
    computed: tuple[Reference, ...]
    texts: frozenset[tuple[str, str]]
    renamed: frozenset[str]


def references_in(target: Target) -> References:
    """The references in a parsed file."""
    reader = _Reader(target)
    named = _grouped(one for node in target.parents if isinstance(node, _MENTIONS) for one in reader.references(node))
    stored = _grouped(reader.stores())
    computed = tuple(reader.computed())
    return References(named, stored, computed, frozenset(reader.texts()), frozenset(reader.renamed()))


def stores_in(target: Target) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    """Name, owner and (if plain) value of each `owner.name = value` and `setattr(owner, "name", value)`."""
    for node in target.nodes.of(ast.Attribute):
        if isinstance(node.ctx, ast.Store):
            statement = target.parents[node]
            yield node.attr, node.value, statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    for call in target.calls():
        if last_name(call.func) == "setattr" and len(call.args) == 3:
            owner, attr, value = call.args
            if isinstance(attr, ast.Constant) and isinstance(attr.value, str):
                yield attr.value, owner, value


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return {name: tuple(many) for name, many in found.items()}


@dataclass(frozen=True)
class _Reader:
    target: Target

    def references(self, node: ast.Call | ast.Name | ast.Attribute) -> Iterator[tuple[str, Reference]]:
        if isinstance(node, ast.Call):
            yield last_name(node.func), self._call(node)
            yield from self._by_text(node)
        elif self._is_handed_on(node):
            yield last_name(node), Reference(node.lineno, self._scope(node), self.target.expression(node))

    def _call(self, node: ast.Call) -> Reference:
        call = self.target.expression(node)
        assert isinstance(call, facts.Call)
        spreads = any(isinstance(arg, ast.Starred) for arg in node.args) or any(
            word.arg is None for word in node.keywords
        )
        return Reference(node.lineno, self._scope(node), call.func, call, spreads)

    def _by_text(self, node: ast.Call) -> Iterator[tuple[str, Reference]]:
        """What `getattr(owner, "name")` and `methodcaller("name")` read."""
        name = last_name(node.func)
        texts = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name in ("getattr", "methodcaller", "attrgetter") and texts:
            owner = expression(node.args[0]) if name == "getattr" else facts.Opaque()
            yield texts[0], Reference(node.lineno, self._scope(node), facts.Attribute(owner, texts[0]))

    def _scope(self, node: ast.AST) -> int:
        return self.target.place(node).scope

    def _is_handed_on(self, node: ast.Name | ast.Attribute) -> bool:
        """Whether a name is read as a value, and not called, looked into, compared, checked or used as a type."""
        parent = self.target.parents[node]
        if not isinstance(node.ctx, ast.Load) or isinstance(parent, _LOOKING):
            return False
        if isinstance(parent, ast.Call):
            return parent.func is not node and last_name(parent.func) not in _CHECKS
        if isinstance(parent, ast.ClassDef):
            return node not in parent.bases
        return not self._is_annotation(node)

    def _is_annotation(self, node: ast.AST) -> bool:
        parent = self.target.parents.get(node)
        while isinstance(parent, ast.expr):
            if isinstance(parent, ast.Call | ast.Lambda):
                return False
            node, parent = parent, self.target.parents.get(parent)
        fields = ("annotation", "returns")
        return any(getattr(parent, field, None) is node for field in fields)

    def stores(self) -> Iterator[tuple[str, Store]]:
        return ((name, self._store(owner, value)) for name, owner, value in stores_in(self.target))

    def _store(self, owner: ast.expr, value: ast.expr | None) -> Store:
        return Store(owner.lineno, self._scope(owner), expression(owner), expression(value) if value else None)

    def computed(self) -> Iterator[Reference]:
        """`owner` of each `getattr(owner, name)`; for `globals()` and the like, the call."""
        for node in self.target.calls():
            name = last_name(node.func)
            if name == "getattr" and len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
                yield Reference(node.lineno, self._scope(node), expression(node.args[0]))
            elif name in ("globals", "locals", "vars", "getmembers", "dir"):
                yield Reference(node.lineno, self._scope(node), expression(node.args[0] if node.args else None))

    def texts(self) -> Iterator[tuple[str, str]]:
        for node in self.target.nodes.of(ast.Constant):
            if isinstance(node.value, str) and len(node.value) < 200:
                found = _DOTTED.fullmatch(node.value)
                if found:
                    yield found[1], found[2]

    def renamed(self) -> Iterator[str]:
        for node in self.target.nodes.of(ast.alias):
            if node.asname not in (None, node.name):
                yield node.name
