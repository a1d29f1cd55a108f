"""A file whose calls are looked at: its tree, its facts, and where each node stands in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sessionfix.project.expressions import expression
from sessionfix.project.facts import Attribute, Call, Expr, ModuleFacts
from sessionfix.project.flow import NameFlow, flow_of
from sessionfix.project.sites import AstSpan
from sessionfix.project.summary.summary import Summary, summarise
from sessionfix.project.tells import Parents
from sessionfix.project.values import Place
from sessionfix.project.walk import Nodes
from sessionfix.syntax.compound import FunctionNode

BlockNode = ast.Module | ast.ClassDef | FunctionNode


@dataclass(frozen=True)
class Target:
    """One parsed module with everything that is asked about its nodes."""

    file: str
    tree: ast.Module
    summary: Summary
    _flows: dict[tuple[ast.AST, str], NameFlow] = field(default_factory=dict)
    _expressions: dict[ast.AST, Expr] = field(default_factory=dict)

    @staticmethod
    def of(file: str, tree: ast.Module) -> Target:
        """Raises RecursionError if the tree is too deep."""
        return Target(file, tree, summarise(tree))

    @cached_property
    def facts(self) -> ModuleFacts:
        return self.summary.facts

    @cached_property
    def scope_of(self) -> Mapping[ast.AST, int]:
        return self.summary.scope_of

    @cached_property
    def nodes(self) -> Nodes:
        return self.summary.nodes

    @cached_property
    def parents(self) -> Parents:
        return self.nodes.parents

    def place(self, node: ast.AST) -> Place:
        """The scope in which `node` is evaluated."""
        return Place(self.file, self.summary.scope(node))

    def expression(self, node: ast.expr) -> Expr:
        """What names can be followed through in `node`: one object, of which that of a chain's beginning is a part."""
        if node not in self._expressions:
            self._keep(node, expression(node))
        return self._expressions[node]

    def _keep(self, node: ast.expr, expr: Expr) -> None:
        while node not in self._expressions:
            self._expressions[node] = expr
            if isinstance(node, ast.Call) and isinstance(expr, Call):
                node, expr = node.func, expr.func
            elif isinstance(node, ast.Attribute) and isinstance(expr, Attribute):
                node, expr = node.value, expr.value
            else:
                return

    def block(self, node: ast.AST) -> BlockNode:
        """The function, class or module whose statements `node` belongs to."""
        while True:
            parent = self.parents[node]
            if isinstance(node, ast.stmt) and isinstance(parent, BlockNode):
                return parent
            node = parent

    def binding_block(self, name: ast.Name | ast.arg) -> ast.AST:
        """The function, class or module in which a name is bound; a parameter is bound in its function."""
        return self.parents[self.parents[name]] if isinstance(name, ast.arg) else self.block(name)

    def binding_row(self, node: ast.AST) -> int:
        """The row that a binding node of the flow has in the facts."""
        node = self.parents[node] if isinstance(node, ast.alias) else node
        row: int = getattr(node, "lineno", 0)
        return row

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while node in self.parents:
            node = self.parents[node]
            yield node

    def around(self, node: ast.AST, function: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """What is around a node in its function, innermost first, each with its child that is or holds the node."""
        while node is not function:
            outer = self.parents[node]
            yield outer, node
            node = outer

    def calls(self) -> list[ast.Call]:
        """All calls, those around others before these."""
        return self.nodes.of(ast.Call)

    def function(self, scope: int) -> FunctionNode | None:
        """The `def` that has this scope."""
        for node, number in self.scope_of.items():
            if number == scope and isinstance(node, FunctionNode):
                return node
        return None

    def flow(self, scope: ast.AST, name: str) -> NameFlow:
        """The flow of a name in a function, class or module of this file."""
        if (scope, name) not in self._flows:
            self._flows[scope, name] = flow_of(scope, name)
        return self._flows[scope, name]


def span(node: ast.expr) -> AstSpan:
    """The place of an expression, which `ast` always knows."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return AstSpan(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
