"""Relationships of a session's objects that are read once the session is closed, and were not loaded before.

Only of objects that are fetched by their class and used for nothing but their attributes: whatever is handed on may be
loaded there. What an attribute is, the class itself must say, and nothing of how it is loaded. Sessions that are
awaited load nothing when it is read, in their block or behind it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sessionfix.project.blocks import Entered, is_within, reached_only
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import BlockNode, Target
from sessionfix.project.tells import last_name
from sessionfix.project.values import ClassValue

_FETCHING = frozenset({"first", "one", "one_or_none", "get"})
_CHOOSING = frozenset({"filter", "filter_by", "where", "order_by", "limit"})
_RELATIONSHIPS = frozenset({"relationship", "Relationship"})
_LOADING = frozenset({"lazy", "sa_relationship_kwargs", "sa_relationship"})


@dataclass(frozen=True)
class Unloaded:
    """Looks for the objects of one session, by the readings of its name."""

    target: Target
    known: Knowledge
    block: Entered
    scope: BlockNode
    session: frozenset[ast.Name]

    def reads(self) -> Iterator[tuple[ast.Name, str]]:
        """The readings after the block, by the object's name, and in source form."""
        for name, class_ in self._objects():
            uses = list(reached_only(self.target, self.scope, name.id, {name}))
            relationships = self._relationships(class_)
            if relationships and all(self._attribute(use) for use in uses):
                yield from self._late(uses, relationships)

    def _objects(self) -> Iterator[tuple[ast.Name, ClassValue]]:
        """The names that are given one object in the block, with its class."""
        for node in ast.walk(self.block.statement):
            name = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
            if isinstance(node, ast.Assign) and isinstance(name, ast.Name):
                fetched = self._fetched(node.value)
                value = self._class(fetched) if fetched is not None else None
                if value is not None:
                    yield name, value

    def _fetched(self, node: ast.expr) -> ast.expr | None:
        """What is named by `session.get(User, 1)`, or `session.query(User).filter(...).first()`."""
        calls = list(_chain(node))
        root = calls[0].func if calls else None
        if not isinstance(root, ast.Attribute) or root.value not in self.session:
            return None
        first, *rest = [last_name(call.func) for call in calls]
        is_get = first == "get" and not rest and len(calls[0].args) == 2 and not calls[0].keywords
        is_query = first == "query" and rest and rest[-1] in _FETCHING and _CHOOSING.issuperset(rest[:-1])
        return calls[0].args[0] if is_get or (is_query and len(calls[0].args) == 1) else None

    def _class(self, node: ast.expr) -> ClassValue | None:
        value = self.known.resolver.evaluate(self.target.expression(node), self.target.place(node)).value
        return value if isinstance(value, ClassValue) else None

    def _relationships(self, class_: ClassValue) -> frozenset[str]:
        """The attributes of a class that are loaded when they are read, as its body says."""
        target = self.known.target_of(class_.file)
        node = (
            next((node for node, scope in target.scope_of.items() if scope == class_.scope), None) if target else None
        )
        return frozenset(_lazy(node.body)) if isinstance(node, ast.ClassDef) else frozenset()

    def _attribute(self, use: ast.Name) -> ast.Attribute | None:
        parent = self.target.parents[use]
        return parent if isinstance(parent, ast.Attribute) else None

    def _late(self, uses: Iterable[ast.Name], relationships: frozenset[str]) -> Iterator[tuple[ast.Name, str]]:
        read = [(use, attribute) for use in uses if (attribute := self._attribute(use)) is not None]
        known = {attribute.attr for use, attribute in read if self._is_inside(use) or _is_set(attribute)}
        for use, attribute in read:
            if attribute.attr in relationships - known:
                yield use, f"{use.id}.{attribute.attr}"

    def _is_inside(self, use: ast.Name) -> bool:
        return is_within(self.target, use, self.block.statement)


def _is_set(attribute: ast.Attribute) -> bool:
    return not isinstance(attribute.ctx, ast.Load)


def _chain(node: ast.expr) -> Iterator[ast.Call]:
    """The calls of `a.b().c()`, in their order."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _chain(node.func.value)
        yield node


def _lazy(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        names = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        words = {word.arg or "lazy" for word in value.keywords} if isinstance(value, ast.Call) else set()
        is_relationship = isinstance(value, ast.Call) and last_name(value.func) in _RELATIONSHIPS
        if is_relationship and _LOADING.isdisjoint(words):
            yield from (name.id for name in names if isinstance(name, ast.Name))
