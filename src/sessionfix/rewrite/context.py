"""What a plan is made from, beside its site."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sessionfix.project.calls import Calls
from sessionfix.project.sites import AstSpan, Site
from sessionfix.project.target import span
from sessionfix.rewrite.callees import Callees
from sessionfix.rewrite.scopes import Scope, Tree, walk_scope

Node = TypeVar("Node", bound=ast.expr)

_MOST_STEPS = 1_000_000  # some ten seconds


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

    def is_crowded(self, scope: Scope) -> bool:
        """Whether to follow each session of a scope through all its statements would take minutes."""
        return scope in self._crowded

    @cached_property
    def _crowded(self) -> frozenset[ast.AST]:
        counts = Counter(self.tree.scope(self.tree.statement(nodes[0])) for nodes in self._nodes.values())
        return frozenset(
            scope
            for scope, count in counts.items()
            if count > 1 and count * sum(isinstance(node, ast.stmt) for node in walk_scope(scope)) > _MOST_STEPS
        )

    def node(self, site: Site, kind: type[Node]) -> Node:
        """The expression at the place of a site, the outermost of this kind. Raises KeyError for another tree's."""
        found = (node for node in self._nodes[site.place] if isinstance(node, kind))
        try:
            return next(found)
        except StopIteration:
            raise KeyError(site.place) from None
