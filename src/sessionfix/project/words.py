"""Where does a word stand in a syntax tree, whatever it means there?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.project.tells import last_name


def words_of(node: ast.AST) -> Iterator[str]:
    """The words of a node: what it binds, names, takes from something, or writes as text."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name | ast.Attribute):
        yield last_name(node)
    elif isinstance(node, ast.arg | ast.keyword):
        yield node.arg or ""
    elif isinstance(node, ast.alias):
        yield from (*node.name.split("."), node.asname or "")
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value.rpartition(".")[2]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        yield node.name or ""
    elif isinstance(node, ast.MatchMapping):
        yield node.rest or ""
