"""What a plan is made from, beside its site."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sessionfix.project.calls import Calls
from sessionfix.project.sites import AstSpan, Site
from sessionfix.project.target import span
from sessionfix.rewrite.callees import Callees
from sessionfix.rewrite.scopes import Tree

Node = TypeVar("Node", bound=ast.expr)


@dataclass(frozen=True, eq=False)
class Context:
    """A file's tree, all its sites by their places, and the functions that its calls reach."""

    tree: Tree
    callees: Callees
    sites: Mapping[AstSpan, Site]

    @classmethod
    def of(cls, tree: Tree, calls: Calls, sites: Sequence[Site]) -> Context:
        """The context of `sites`, which were found in `tree`."""
        return cls(tree, Callees(calls), {site.place: site for site in sites})

    @cached_property
    def _nodes(self) -> dict[AstSpan, list[ast.expr]]:
        found: dict[AstSpan, list[ast.expr]] = {}
        for node in self.tree.parents:
            if isinstance(node, ast.expr) and (place := span(node)) in self.sites:
                found.setdefault(place, []).append(node)
        return found

    def node(self, site: Site, kind: type[Node]) -> Node:
        """The expression at the place of a site, the outermost of this kind. Raises KeyError for another tree's."""
        found = (node for node in self._nodes[site.place] if isinstance(node, kind))
        try:
            return next(found)
        except StopIteration:
            raise KeyError(site.place) from None
