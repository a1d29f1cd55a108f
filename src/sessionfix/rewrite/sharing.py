"""Which names may stand for the same container, or for one inside another: what is put into one is in all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from sessionfix.project.tells import last_name
from sessionfix.rewrite.scopes import passed_values
from sessionfix.rewrite.tags import CONTAINER_CALLS, READING_CALLS


class Groups:
    """Names in groups; two that were linked once stay linked."""

    def __init__(self) -> None:
        self._of: dict[str, set[str]] = {}

    def link(self, names: Iterable[str]) -> None:
        """Put all `names`, with what they are linked to, into one group."""
        group = {other for name in names for other in self.of(name)}
        self._of.update(dict.fromkeys(group, group))

    def of(self, name: str) -> frozenset[str]:
        """The names linked to `name`, itself among them."""
        return frozenset(self._of.get(name, ())) | {name}


def shared_names(node: ast.expr) -> Iterator[str]:
    """The names whose value may be the value of `node`, or stand inside it."""
    if isinstance(node, ast.Name):
        yield node.id
    for part in _parts(node):
        yield from shared_names(part)


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return node.elts
    if isinstance(node, ast.Dict | ast.BoolOp):
        return node.values
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.NamedExpr):
        return [node.target, node.value]
    if isinstance(node, ast.Starred | ast.Subscript):
        return [node.value]
    if isinstance(node, ast.Call) and last_name(node.func) in CONTAINER_CALLS | READING_CALLS:
        return passed_values(node)
    return []
