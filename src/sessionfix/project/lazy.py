"""Attributes that ask the database when they are read: what the project's models say of them.

Names as SQLAlchemy and SQLModel document them. An attribute is known by its name alone: which class a value has is not
asked. So one model's relationship makes the rewriter careful with every attribute of that name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_RELATIONSHIPS = frozenset({"relationship", "Relationship", "dynamic_loader", "association_proxy", "backref"})
_QUERIES = frozenset({"DynamicMapped", "WriteOnlyMapped"})
_QUERY_KINDS = frozenset({"dynamic", "write_only"})
RELATIONSHIP_CALLS = tuple((word, r"\bNAME\s*\(") for word in sorted(_RELATIONSHIPS))
UNLOADED_COLUMNS = (
    ("deferred", r"\bNAME\s*\(|\bNAME\s*=\s*True\b"),
    ("onupdate", r"\bNAME\s*=\s*[\w.]*\b(?:func|text)\b"),
    ("server_onupdate", r"\bNAME\s*="),
    ("FetchedValue", r"\bNAME\s*\("),
    ("Computed", r"\bNAME\s*\("),
    ("load_only", r"\bNAME\s*\("),
    ("defer", r"\bNAME\s*\("),
    ("expire_all", r"\.NAME\s*\("),
    ("expire", r"\b\w*(?:session|db)\w*\.NAME\s*\("),
)
"""Words with the patterns (`NAME` stands for the word) of columns that queries, flushes or programs leave unloaded."""


@dataclass(frozen=True)
class LazyAttributes:
    """`relationships` lead to objects; `queries`, some of them, to a query. `exist`: there is any, or such a column."""

    relationships: frozenset[str] = frozenset()
    queries: frozenset[str] = frozenset()
    exist: bool = False


def lazy_attributes(trees: Iterable[ast.Module], *, exist: bool) -> LazyAttributes:
    """The attributes that the modules' classes, mappings and backrefs define."""
    found = [one for tree in trees for node in ast.walk(tree) for one in _defined(node)]
    relationships = frozenset(name for name, _ in found)
    return LazyAttributes(relationships, frozenset(name for name, is_query in found if is_query), exist)


def _defined(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """The names that a node gives to relationships, and whether each is a query."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        is_query = _names(node.annotation, _QUERIES)
        if is_query or _is_relationship(node.value):
            yield node.target.id, is_query or _is_query(node.value)
    elif isinstance(node, ast.Assign) and _is_relationship(node.value):
        yield from ((name, _is_query(node.value)) for name in map(_name, node.targets) if name)
    elif isinstance(node, ast.FunctionDef):
        returned = [inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return)]
        if any(map(_is_relationship, returned)):
            yield node.name, any(map(_is_query, returned))
    elif isinstance(node, ast.Dict):
        yield from ((key, _is_query(value)) for key, value in _by_text(node) if _is_relationship(value))
    elif isinstance(node, ast.Call):
        yield from _backrefs(node)


def _name(target: ast.expr) -> str:
    return target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""


def _by_text(node: ast.Dict) -> Iterator[tuple[str, ast.expr]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, value


def _backrefs(call: ast.Call) -> Iterator[tuple[str, bool]]:
    """`backref="name"`, `backref("name", ...)` and what is added to a mapper: `add_property("name", ...)`."""
    named = [word.value for word in call.keywords if word.arg == "backref"]
    if _called(call) == "backref" or any(map(_is_relationship, call.args[1:])):
        named += call.args[:1]
    for name in named:
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value, _is_query(call)


def _called(call: ast.Call) -> str:
    return _name(call.func)


def _is_relationship(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and _called(node) in _RELATIONSHIPS


def _is_query(node: ast.expr | None) -> bool:
    """Whether a relationship is said to give a query: `lazy="dynamic"`."""
    if not isinstance(node, ast.Call):
        return False
    kinds = [word.value for word in node.keywords if word.arg == "lazy"]
    return _called(node) == "dynamic_loader" or any(
        isinstance(kind, ast.Constant) and kind.value in _QUERY_KINDS for kind in kinds
    )


def _names(annotation: ast.expr, words: frozenset[str]) -> bool:
    """Whether an annotation, or the text that it is written as, holds one of these names."""
    parts = list(ast.walk(annotation))
    return any(_name(part) in words for part in parts if isinstance(part, ast.expr)) or any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.partition("[")[0] in words
        for part in parts
    )
