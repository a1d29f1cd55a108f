"""Decorators of the project: does a call of the decorated function still return what the function returns?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.facts import Expr, FunctionFacts, Scope
from sessionfix.project.values import Function, Place

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver


@dataclass(frozen=True)
class Wrapping:
    """Reads the bodies of decorators."""

    resolver: Resolver

    def keeps_result(self, decorator: Expr, place: Place) -> bool:
        """Whether a decorator hands the function back, or a function that returns what a call of it returns."""
        found = self._decorator(decorator, place)
        wrapped = _parameter(self._scope(found), 0 if found.receiver is None else 1) if found else None
        if found is None or wrapped is None:
            return False
        return self._always_returns(
            found, lambda expr: expr == facts.Name(wrapped) or self._calls(expr, wrapped, found)
        )

    def _decorator(self, expr: Expr, place: Place) -> Function | None:
        """The function that is called with what `@expr` decorates."""
        return self._made_by(expr.func, place) if isinstance(expr, facts.Call) else self._undecorated(expr, place)

    def _scope(self, function: Function) -> Scope:
        return self.resolver.scope(function.file, function.scope)

    def _undecorated(self, expr: Expr, place: Place) -> Function | None:
        """The function that `expr` is, if nothing has changed it."""
        value = self.resolver.evaluate(expr, place).value
        if not isinstance(value, Function) or value.made or self.resolver.function(value).decorators:
            return None
        return value

    def _made_by(self, maker: Expr, place: Place) -> Function | None:
        """The decorator that `@maker(...)` applies: the one inner function that `maker` returns."""
        found = self._undecorated(maker, place)
        returns = set(self.resolver.function(found).returns) if found else set()
        inner = self._inner(returns.pop(), found) if found and len(returns) == 1 else None
        if found is None or inner is None or self.resolver.function(inner).decorators:
            return None
        return inner if _only_returns(self.resolver.function(found)) else None

    def _inner(self, expr: Expr, outer: Function) -> Function | None:
        """The function that is defined in `outer` under the name that `expr` is."""
        if not isinstance(expr, facts.Name):
            return None
        match self._scope(outer).bindings.get(expr.id):
            case (facts.Definition(scope=number),) if self.resolver.scope(outer.file, number).function:
                return Function(outer.file, number)
        return None

    def _always_returns(self, function: Function, fits: Callable[[Expr], bool]) -> bool:
        found = self.resolver.function(function)
        return _only_returns(found) and all(map(fits, found.returns))

    def _calls(self, expr: Expr, wrapped: str, decorator: Function) -> bool:
        """Whether `expr` is a function in the decorator that always returns what a call of `wrapped` returns."""
        inner = self._inner(expr, decorator)
        if inner is None or wrapped in self._scope(inner).bindings:
            return False
        place = Place(decorator.file, decorator.scope)
        names = (self.resolver.decorators.name_of(one, place) for one in self.resolver.function(inner).decorators)
        if not all(name == "functools.wraps" for name in names):
            return False
        return self._always_returns(inner, lambda result: _is_call_of(result, wrapped))


def _only_returns(function: FunctionFacts) -> bool:
    """Whether a call of the function gives what its returns say, and nothing else."""
    return bool(function.returns) and not (function.is_async or function.is_generator or function.falls_through)


def _parameter(scope: Scope, index: int) -> str | None:
    """The name of a positional parameter that is never given another value."""
    assert scope.function is not None
    names = scope.function.parameters[index : index + 1]
    return next((name for name in names if len(scope.bindings[name]) == 1), None)


def _is_call_of(expr: Expr, name: str) -> bool:
    return isinstance(expr, facts.Call) and expr.func == facts.Name(name)
