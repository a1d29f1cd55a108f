"""From statement to statement through a module: in which scope each runs, and what it binds there."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from sessionfix.project.drafts import Draft, evaluated_outside, first_parameter, freeze
from sessionfix.project.expressions import expression, type_parameters
from sessionfix.project.facts import Constant, Definition, Loose, ModuleFacts, ScopeKind
from sessionfix.project.history import BRANCHING, When, checker_branches, continues
from sessionfix.project.summary.assignments import Assignments
from sessionfix.project.summary.expressions import Expressions
from sessionfix.project.summary.imports import Imports
from sessionfix.project.summary.scopes import Scopes
from sessionfix.project.walk import Nodes, children
from sessionfix.syntax.compound import FunctionNode
from sessionfix.syntax.nodes import TypeAlias

_WITH = (ast.With, ast.AsyncWith)
_FOR = (ast.For, ast.AsyncFor)


class Statements:
    """Reads statements into the scopes; `scope_at` has the scope that each runs in."""

    def __init__(self, nodes: Nodes) -> None:
        self.scopes = Scopes()
        self.imports = Imports(self.scopes)
        self.assignments = Assignments(self.scopes)
        self.expressions = Expressions(nodes, self.scopes, self.assignments)
        self.scope_at: dict[ast.AST, int] = {}

    def module(self, tree: ast.Module) -> None:
        """Read a whole module."""
        self._suite(tree.body, self.scopes.open(tree, Draft(ScopeKind.MODULE, "", 1, 0)))

    def facts(self, tree: ast.Module) -> ModuleFacts:
        """The facts of a module that was read."""
        is_script = any(isinstance(node, ast.If) and _is_main_guard(node.test) for node in tree.body)
        scopes = tuple(map(freeze, self.scopes.drafts))
        return ModuleFacts(scopes, tuple(self.imports.stars), self.assignments.exports.names, is_script)

    def _suite(self, body: Iterable[ast.stmt], scope: int) -> None:
        for statement in body:
            self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: int) -> None:
        self.scope_at[node] = scope
        if isinstance(node, FunctionNode):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, BRANCHING):
            self._branching(node, scope)
        elif isinstance(node, _WITH):
            for item in node.items:
                self.assignments.enter(item, scope)
            self._parts(node, scope)
        else:
            self._simple(node, scope)
            if node in self.expressions.doing or isinstance(node, TypeAlias):
                self._parts(node, scope)

    # what is in a statement

    def _parts(self, node: ast.AST, scope: int) -> None:
        for child in children(node):
            self._part(child, scope)

    def _part(self, node: ast.AST, scope: int) -> None:
        if isinstance(node, ast.stmt):
            self._statement(node, scope)
        elif isinstance(node, ast.expr):
            self.expressions.read(node, scope)
        else:
            self._clause(node, scope)

    def _clause(self, node: ast.AST, scope: int) -> None:
        """Exception handlers, match cases and their patterns, with items, keywords, slices."""
        name = getattr(node, "rest", None) if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
        if isinstance(name, str):
            self.scopes.bind(scope, name, Loose(getattr(node, "lineno", 0)))
        self._parts(node, scope)

    def _branching(self, node: ast.stmt, scope: int) -> None:
        branches = checker_branches(node) if isinstance(node, ast.If) else None
        around = self.scopes.enter_body(When.PERHAPS if branches is None else When.NEVER)
        if isinstance(node, _FOR):
            self.assignments.loosen(node.target, scope)
        if branches is None:
            self._parts(node, scope)
            self.scopes.when = around
        else:
            self._suite(branches[0], scope)
            self.scopes.when = around
            self._suite(branches[1], scope)

    # simple statements

    def _simple(self, node: ast.stmt, scope: int) -> None:
        if isinstance(node, ast.Expr):
            if scope == 0:
                self.assignments.exports.see(node.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self.assignments.assign(target, node.value, None, scope)
        elif isinstance(node, ast.Return):
            self.scopes.drafts[scope].returns.append(expression(node.value) if node.value else Constant(None))
        elif isinstance(node, ast.AnnAssign):
            self.assignments.assign(node.target, node.value, node.annotation, scope)
        elif isinstance(node, ast.AugAssign):
            self.assignments.augment(node, scope)
        else:
            self._declaration(node, scope)

    def _declaration(self, node: ast.stmt, scope: int) -> None:
        if isinstance(node, ast.Import):
            self.imports.modules(node, scope)
        elif isinstance(node, ast.ImportFrom):
            self.imports.members(node, scope)
        elif isinstance(node, ast.Global):
            self.scopes.drafts[scope].global_names.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            self.scopes.drafts[scope].nonlocal_names.update(node.names)
        elif isinstance(node, TypeAlias):
            self.assignments.alias(node, scope)

    # definitions

    def _function(self, node: FunctionNode, scope: int) -> None:
        scopes = self.scopes
        for outside in evaluated_outside(node):
            self.expressions.read(outside, scope)
        own_types = type_parameters(node)
        types = scopes.types(own_types, scope)
        draft = Draft(ScopeKind.FUNCTION, node.name, node.lineno, scope, node=node, type_names=types)
        own = scopes.open(node, draft)
        for name in own_types:
            scopes.bind(own, name, Loose(node.lineno))
        when = When.PERHAPS if scopes.when is When.IN_TURN and continues(node) else scopes.when
        scopes.bind(scope, node.name, Definition(node.lineno, own), when)
        if scopes.drafts[scope].kind is ScopeKind.CLASS:
            draft.self_name = first_parameter(node)
        around = scopes.enter_body(When.PERHAPS)
        self.assignments.parameters(node.args, own)
        self._suite(node.body, own)
        scopes.when = around

    def _class(self, node: ast.ClassDef, scope: int) -> None:
        for outside in (*node.decorator_list, *node.bases, *(word.value for word in node.keywords)):
            self.expressions.read(outside, scope)
        types = self.scopes.types(type_parameters(node), scope)
        draft = Draft(ScopeKind.CLASS, node.name, node.lineno, scope, node=node, type_names=types)
        own = self.scopes.open(node, draft)
        self.scopes.bind(scope, node.name, Definition(node.lineno, own))
        around = self.scopes.enter_body(When.IN_TURN)
        self._suite(node.body, own)
        self.scopes.when = around


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
