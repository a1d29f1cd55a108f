"""A module's facts together with its tree: in which scope each node of it stands."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from sessionfix.project.facts import ModuleFacts
from sessionfix.project.summary.expressions import Comprehension
from sessionfix.project.summary.statements import Statements
from sessionfix.project.walk import Nodes


@dataclass(frozen=True)
class Summary:
    """A module's facts, and (while its tree is at hand) its nodes with their scopes.

    `scope_of` has the scope that each scope-making node makes, `scope_at` the one that each statement runs in.
    """

    facts: ModuleFacts
    nodes: Nodes
    scope_of: dict[ast.AST, int]
    scope_at: dict[ast.AST, int]

    def scope(self, node: ast.AST) -> int:
        """The scope in which a node is evaluated."""
        below: ast.AST | None = None
        while node not in self.scope_at:
            parent = self.nodes.parents[node]
            if parent in self.scope_of and _is_inside(parent, node, below):
                return self.scope_of[parent]
            node, below = parent, node
        return self.scope_at[node]


def summarise(tree: ast.Module) -> Summary:
    """The facts of a parsed module. Raises RecursionError if it is nested too deeply."""
    nodes = Nodes(tree)
    statements = Statements(nodes)
    statements.module(tree)
    return Summary(statements.facts(tree), nodes, statements.scopes.made_by, statements.scope_at)


def _is_inside(parent: ast.AST, node: ast.AST, below: ast.AST | None) -> bool:
    """Whether `node`, a child of the scope-making `parent`, is evaluated in its scope and not around it."""
    if isinstance(parent, ast.Lambda):
        return node is parent.body
    if isinstance(parent, Comprehension):
        first = parent.generators[0]
        return not (node is first and (below is first.iter))
    return isinstance(node, ast.stmt)
