"""Does a call that returns a manager do nothing else? Then it is of no use by itself."""

from __future__ import annotations

from sessionfix.project import facts
from sessionfix.project.facts import Expr
from sessionfix.project.resolve import Resolver
from sessionfix.project.values import Closure, Either, Function, Outside, Place, Value

_DEPTH = 10


def only_makes_manager(resolver: Resolver, callee: Value, depth: int = 0) -> bool:
    """Whether `callee` is a factory, or a wrapper with no statement but `return factory()`."""
    if isinstance(callee, Either):
        return all(only_makes_manager(resolver, option, depth) for option in callee.options)
    if isinstance(callee, Closure):
        return _only_calls(resolver, callee.result, callee.place, depth)
    if not isinstance(callee, Function):
        return isinstance(callee, Outside)
    kind = resolver.kind(callee)
    if kind.manager or kind.is_wrapped:
        return not kind.is_wrapped
    function = resolver.function(callee)
    place = Place(callee.file, callee.scope, callee.receiver)
    return function.is_forwarding and _only_calls(resolver, function.returns[0], place, depth)


def _only_calls(resolver: Resolver, expr: Expr, place: Place, depth: int) -> bool:
    if not isinstance(expr, facts.Call) or depth > _DEPTH:
        return False
    return only_makes_manager(resolver, resolver.evaluate(expr.func, place).value, depth + 1)
