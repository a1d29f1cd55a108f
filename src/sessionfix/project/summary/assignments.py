"""What targets and parameters are given: a value that is followed through names, or something that is not."""

from __future__ import annotations

import ast

from sessionfix.project import facts
from sessionfix.project.expressions import bounded, expression, type_expression, type_parameters
from sessionfix.project.history import When
from sessionfix.project.summary.exports import Exports
from sessionfix.project.summary.scopes import Scopes
from sessionfix.project.tells import last_name
from sessionfix.project.walk import children


class Assignments:
    """Reads what binds names by a target, or as parameters, into the scopes; what is given to `__all__` is exported."""

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self.exports = Exports()

    def assign(self, target: ast.expr, value: ast.expr | None, type_: ast.expr | None, scope: int) -> None:
        """`target: type_ = value`, of which the value or the type may be missing."""
        if isinstance(target, ast.Name):
            self.assign_name(target, value, type_, scope)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, value, type_, scope)
        elif isinstance(target, ast.Tuple | ast.List):
            self._assign_items(target, value, scope)

    def assign_name(self, target: ast.Name, value: ast.expr | None, type_: ast.expr | None, scope: int) -> None:
        """The same for a name."""
        annotation = self.scopes.drafts[scope].annotation
        if last_name(type_) == "TypeAlias":
            found = facts.Value(target.lineno, scope, annotation(value))
        else:
            expr = expression(value) if value is not None else None
            found = facts.Value(target.lineno, scope, expr, annotation(type_), self._earlier(target.id, scope))
        self.scopes.bind(scope, target.id, found)
        if target.id == "__all__" and scope == 0:
            self.exports.add(value)

    def _earlier(self, name: str, scope: int) -> facts.Earlier | None:
        """What a name holds before it is bound in turn: `f = contextmanager(f)`."""
        history = self.scopes.drafts[scope].histories.get(name)
        if history is None or self.scopes.when is not When.IN_TURN:
            return None
        return facts.Earlier(name, frozenset(binding.row for binding in history.left))

    def _assign_attribute(
        self, target: ast.Attribute, value: ast.expr | None, type_: ast.expr | None, scope: int
    ) -> None:
        """`self.name = value` in a method, `Class.name = value` there."""
        drafts = self.scopes.drafts
        method = self.scopes.method(scope)
        if method is None or not isinstance(target.value, ast.Name):
            return
        owner = drafts[drafts[method].parent]
        if target.value.id in (drafts[method].self_name, owner.name):
            expr = expression(value) if value is not None else None
            found = facts.Value(target.lineno, scope, expr, drafts[scope].annotation(type_))
            owner.attributes.setdefault(target.attr, []).append(found)

    def _assign_items(self, target: ast.Tuple | ast.List, value: ast.expr | None, scope: int) -> None:
        items: list[ast.expr | None] = [None] * len(target.elts)
        starred = any(isinstance(item, ast.Starred) for item in target.elts)
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(items) and not starred:
            items = list(value.elts)
        for part, item in zip(target.elts, items, strict=True):
            if item is not None:
                self.assign(part, item, None, scope)
            else:
                self.loosen(part, scope)

    def augment(self, node: ast.AugAssign, scope: int) -> None:
        """`target += value`"""
        if isinstance(node.target, ast.Name) and node.target.id == "__all__" and scope == 0:
            self.exports.add(node.value)
        else:
            self.loosen(node.target, scope)

    def alias(self, node: ast.AST, scope: int) -> None:
        """`type Name[T] = value`"""
        name, value, names = children(node)[0], children(node)[-1], type_parameters(node)
        if isinstance(name, ast.Name) and isinstance(value, ast.expr):
            found = facts.Value(name.lineno, scope, bounded(type_expression(value), names))
            self.scopes.bind(scope, name.id, found)

    def enter(self, item: ast.withitem, scope: int) -> None:
        """`with manager as target`"""
        if isinstance(item.optional_vars, ast.Name):
            entered = facts.Entered(expression(item.context_expr))
            found = facts.Value(item.optional_vars.lineno, scope, entered)
            self.scopes.bind(scope, item.optional_vars.id, found)
        else:
            self.loosen(item.optional_vars, scope)

    def loosen(self, target: ast.AST | None, scope: int) -> None:
        """Bind every name in a target to something that is not followed."""
        if isinstance(target, ast.Name):
            self.scopes.bind(scope, target.id, facts.Loose(target.lineno))
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, ast.Tuple(elts=[], ctx=ast.Load()), None, scope)
        elif isinstance(target, ast.Tuple | ast.List | ast.Starred):
            for child in children(target):
                self.loosen(child, scope)

    def parameters(self, args: ast.arguments, scope: int) -> None:
        """The parameters of the function or lambda whose scope this is."""
        positional = (*args.posonlyargs, *args.args)
        defaults = (*[None] * (len(positional) - len(args.defaults)), *args.defaults)
        for index, (arg, default) in enumerate(zip(positional, defaults, strict=True)):
            self._parameter(arg, index, default, scope)
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            self._parameter(arg, None, default, scope)
        for star in (args.vararg, args.kwarg):
            if star:
                self.scopes.bind(scope, star.arg, facts.Loose(star.lineno))

    def _parameter(self, arg: ast.arg, index: int | None, default: ast.expr | None, scope: int) -> None:
        value = expression(default) if default else None
        annotation = self.scopes.drafts[scope].annotation(arg.annotation)
        self.scopes.bind(scope, arg.arg, facts.Parameter(arg.lineno, arg.arg, index, annotation, value))
