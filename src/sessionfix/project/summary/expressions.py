"""What expressions do but have a value: lambdas and comprehensions make scopes, `:=` binds, `yield` yields."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from sessionfix.project.drafts import Draft
from sessionfix.project.facts import ScopeKind
from sessionfix.project.summary.assignments import Assignments
from sessionfix.project.summary.scopes import Scopes
from sessionfix.project.walk import Nodes, children

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_DOING = (
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda),
    *(ast.NamedExpr, ast.Yield, ast.YieldFrom),
)


class Expressions:
    """Reads expressions into the scopes. `doing` are those that do something, with all that is around them."""

    def __init__(self, nodes: Nodes, scopes: Scopes, assignments: Assignments) -> None:
        self.scopes = scopes
        self.assignments = assignments
        self.doing = _around(nodes.of(*_DOING), nodes)

    def read(self, node: ast.AST, scope: int) -> None:
        """Look at an expression; with a list and no recursion, as a sum may have thousands of terms."""
        todo = [node]
        while todo:
            inner = todo.pop()
            if inner not in self.doing:
                continue
            if isinstance(inner, Comprehension):
                self._comprehension(inner, scope)
            elif isinstance(inner, ast.Lambda):
                self._lambda(inner, scope)
            else:
                self._inline(inner, scope)
                todo += reversed(children(inner))

    def _inline(self, node: ast.AST, scope: int) -> None:
        if isinstance(node, ast.NamedExpr):
            self.assignments.assign_name(node.target, node.value, None, self.scopes.around_inner(scope))
        elif isinstance(node, ast.Yield | ast.YieldFrom):
            self.scopes.drafts[scope].is_generator = True

    def _lambda(self, node: ast.Lambda, scope: int) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.read(default, scope)
        own = self.scopes.open(node, Draft(ScopeKind.INNER, "<lambda>", node.lineno, scope))
        self.assignments.parameters(node.args, own)
        self.read(node.body, own)

    def _comprehension(self, node: Comprehension, scope: int) -> None:
        self.read(node.generators[0].iter, scope)
        own = self.scopes.open(node, Draft(ScopeKind.INNER, "<comprehension>", node.lineno, scope))
        for number, generator in enumerate(node.generators):
            self.assignments.loosen(generator.target, own)
            for part in generator.ifs if number == 0 else (generator.iter, *generator.ifs):
                self.read(part, own)
        for item in children(node):
            if isinstance(item, ast.expr):
                self.read(item, own)


def _around(found: Iterable[ast.AST], nodes: Nodes) -> set[ast.AST]:
    """These expressions with all that is around them, their statements included."""
    around: set[ast.AST] = set()
    for node in found:
        part = node
        while part not in around and not isinstance(part, ast.stmt):
            around.add(part)
            part = nodes.parents[part]
        around.add(part)
    return around
