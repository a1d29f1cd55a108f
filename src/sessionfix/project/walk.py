"""Walk a syntax tree. Half of the time of a clean check is spent here, so it is done without generators in between."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TypeVar, cast

from sessionfix.syntax.nodes import KINDS

Node = TypeVar("Node", bound=ast.AST)

# An operator or `Load()` is one object for all its uses, so that it has no place in the tree of its own. Without these,
# and without a look at what is text or a number anyway, a walk takes less than half of the time.
_WITHOUT_NODES = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "asname", "module", "level", "lineno", "conversion", "is_async", "kind"}
    | {"type_comment", "type_ignores", "simple", "tag", "rest", "kwd_attrs"}
)
_LEAVES = (ast.Constant, ast.Global, ast.Nonlocal, ast.MatchSingleton)
_WITH_GAPS = ("keys", "kw_defaults")  # lists in which None stands for what is not there

_FIELDS = {
    kind: () if issubclass(kind, _LEAVES) else tuple(field for field in kind._fields if field not in _WITHOUT_NODES)
    for kind in (*vars(ast).values(), *KINDS)
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def children(node: ast.AST) -> list[ast.AST]:
    """The child nodes in order, operators and contexts left out."""
    found: list[ast.AST] = []
    for field in _FIELDS[type(node)]:
        value = getattr(node, field, None)
        if type(value) is list:
            found += filter(None, value) if field in _WITH_GAPS else value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def parts(node: ast.AST) -> list[ast.AST]:
    """The node and all that is in it, operators and contexts left out; what is nearer comes first."""
    found = [node]
    for inner in found:
        found += children(inner)
    return found


def parents_of(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    """Each node's parent; every node but the root is a key, parents before their children."""
    parents: dict[ast.AST, ast.AST] = {}
    todo = [tree]
    while todo:
        node = todo.pop()
        for field in _FIELDS[type(node)]:  # as `children` has it, whose calls would cost as much as all the rest
            value = getattr(node, field, None)
            if type(value) is list:
                below = [child for child in value if child] if field in _WITH_GAPS else value
                for child in below:
                    parents[child] = node
                todo += below
            elif isinstance(value, ast.AST):
                parents[value] = node
                todo.append(value)
    return parents


class Nodes:
    """All nodes of a tree but its root: the parent of each, and those of a kind."""

    def __init__(self, tree: ast.AST) -> None:
        self.parents = parents_of(tree)
        self._by_kind: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for node in self.parents:
            self._by_kind[type(node)].append(node)

    def of(self, *kinds: type[Node]) -> list[Node]:
        """The nodes of any of these kinds; of one kind, those around others before these."""
        found = [node for kind, nodes in self._by_kind.items() if issubclass(kind, kinds) for node in nodes]
        return cast("list[Node]", found)
