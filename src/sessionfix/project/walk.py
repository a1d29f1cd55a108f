"""Walk a syntax tree. Half of the time of a clean check is spent here, so it is done without generators in between."""

from __future__ import annotations

import ast

from sessionfix.syntax.nodes import KINDS

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
        if isinstance(value, list):
            found += filter(None, value) if field in _WITH_GAPS else value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def parents_of(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    """Each node's parent; every node but the root is a key, parents before their children."""
    parents: dict[ast.AST, ast.AST] = {}
    todo = [tree]
    while todo:
        node = todo.pop()
        below = children(node)
        if below:
            parents.update(dict.fromkeys(below, node))
            todo += below
    return parents
