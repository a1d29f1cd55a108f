"""Which context managers may keep an exception of their block to themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from sessionfix.project.calls import Calls
from sessionfix.project.tells import last_name
from sessionfix.rewrite.scopes import parameters, stored_names, walk_scope
from sessionfix.rewrite.tags import swallows_by_name
from sessionfix.syntax.compound import FunctionNode

_LOCKS = ("lock", "mutex", "semaphore", "sem", "condition")
_HARMLESS = ("no_autoflush",)


class Swallowing:
    """Answers for the `with` statements of one module; each manager is looked into once."""

    DEPTH: ClassVar = 4  # what a manager is made from, over names and functions

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.known: dict[ast.expr, bool] = {}

    def hides_exceptions(self, node: ast.With | ast.AsyncWith) -> bool:
        """Whether a `with` statement may end normally although its body has raised an exception."""
        return any(self.may_hide(item.context_expr) for item in node.items)

    def may_hide(self, manager: ast.expr, depth: int = 0) -> bool:
        """Whether a manager may swallow: by what it is where that is known, by its name otherwise."""
        if depth > self.DEPTH:
            return True
        if manager not in self.known:
            self.known[manager] = False  # what a manager that is made from itself gets to see
            self.known[manager] = self._may_hide(manager, depth + 1)
        return self.known[manager]

    def _may_hide(self, manager: ast.expr, depth: int) -> bool:
        if isinstance(manager, ast.Name):
            return self._name(manager, depth)
        if isinstance(manager, ast.Call):
            return self._call(manager, depth)
        if isinstance(manager, ast.Attribute):
            hides = self.calls.hides_exceptions(manager)
            return hides if hides is not None else not _is_harmless(manager.attr)
        parts = (part for part in ast.iter_child_nodes(manager) if isinstance(part, ast.expr))
        return any(self.may_hide(part, depth) for part in parts if not isinstance(part, ast.Constant | ast.Compare))

    def _call(self, call: ast.Call, depth: int) -> bool:
        if any(map(swallows_by_name, (last_name(call.func), self.calls.outside_name(call)))):
            return True
        if last_name(call.func).endswith("ExitStack"):
            return self._stack_may_hide(call, depth)
        if (hides := self.calls.hides_exceptions(call)) is not None:
            return hides
        called = self.calls.called(call)
        if called is None or called.is_class:
            return False
        other = self if called.calls.target.file == self.calls.target.file else Swallowing(called.calls)
        returned = (node.value for node in walk_scope(called.function) if isinstance(node, ast.Return))
        return any(other.may_hide(value, depth) for value in returned if value is not None)

    def _stack_may_hide(self, stack: ast.Call, depth: int) -> bool:
        """An exit stack does what is entered in it, or pushed on it, wherever in its function."""
        nodes = list(walk_scope(self.calls.target.block(stack)))
        calls = [(node, last_name(node.func)) for node in nodes if isinstance(node, ast.Call)]
        if any(name in {"push", "push_async_exit"} for _, name in calls):
            return True
        entered = [call.args for call, name in calls if name in {"enter_context", "enter_async_context"}]
        names = {value.id for call, _ in calls for value in call.args if isinstance(value, ast.Name)}
        passed = any(stack in _values_for(node, name) for node in nodes for name in names)
        return passed or any(self.may_hide(argument, depth) for arguments in entered for argument in arguments)

    def _name(self, name: ast.Name, depth: int) -> bool:
        if swallows_by_name(name.id):
            return True
        if (hides := self.calls.hides_exceptions(name)) is not None:
            return hides
        for scope in self._scopes(name):
            if name.id in stored_names(scope):
                return self._bound_in(scope, name.id, depth)
        return False

    def _scopes(self, name: ast.Name) -> Iterator[ast.AST]:
        block: ast.AST = self.calls.target.block(name)
        yield block
        yield from (node for node in self.calls.target.ancestors(block) if isinstance(node, FunctionNode | ast.Module))

    def _bound_in(self, scope: ast.AST, name: str, depth: int) -> bool:
        if name in parameters(scope) and not _is_harmless(name):
            return True
        for node in walk_scope(scope):
            if isinstance(node, ast.For | ast.AsyncFor) and _binds(node.target, name):
                return not _is_harmless(name)
            if any(self.may_hide(value, depth) for value in _values_for(node, name)):
                return True
        return False


def _values_for(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a node binds `name` to, alone or together with other names."""
    targets: list[ast.expr | None] = []
    value: ast.expr | None = None
    if isinstance(node, ast.Assign):
        targets, value = [*node.targets], node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        targets, value = [node.target], node.value
    elif isinstance(node, ast.withitem):
        targets, value = [node.optional_vars], node.context_expr
    if value is not None and any(target is not None and _binds(target, name) for target in targets):
        yield value


def _binds(target: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(target))


def _is_harmless(name: str) -> bool:
    """Whether something of which nothing else is known is, by its name, a lock or the like."""
    return name in _HARMLESS or any(word in name.lower() for word in _LOCKS)
