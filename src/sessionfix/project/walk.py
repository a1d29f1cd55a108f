"""Walk a syntax tree. Half of the time of a clean check is spent here, so it is done without generators in between."""

from __future__ import annotations

import ast


def children(node: ast.AST) -> list[ast.AST]:
    """The child nodes in order: `ast.iter_child_nodes` as a list, twice as fast."""
    found: list[ast.AST] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
    return found


def parents_of(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    """Each node's parent; every node but the root is a key, parents before their children."""
    parents: dict[ast.AST, ast.AST] = {}
    todo = [tree]
    while todo:
        node = todo.pop()
        below = children(node)
        parents.update(dict.fromkeys(below, node))
        todo += below
    return parents
