"""What the call of something of the project returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.facts import Expr, FunctionFacts, Scope
from sessionfix.project.values import (
    GIVEN,
    NOTHING,
    OUTSIDE,
    UNKNOWN,
    ClassValue,
    Closure,
    Coroutine,
    Either,
    Function,
    Generator,
    Instance,
    Manager,
    Method,
    Nothing,
    Outside,
    Place,
    Resolved,
    Step,
    SubscriptedType,
    Unknown,
    Value,
    combine,
    outside,
    unknown,
)
from sessionfix.project.why import Reason

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

_PLAIN_CLASS_DECORATORS = frozenset(
    {"dataclass", "final", "total_ordering", "runtime_checkable", "define", "frozen", "mutable", "s", "attrs"}
)


@dataclass(frozen=True)
class Returns:
    """Calls functions, classes and objects, without running them."""

    resolver: Resolver

    def called(self, callee: Resolved) -> Resolved:
        """What a call of `callee` returns."""
        return self._called(callee.value).after(*callee.steps)

    def _called(self, callee: Value) -> Resolved:
        if isinstance(callee, Either):
            return combine([self._called(option) for option in callee.options])
        if isinstance(callee, Function):
            return self._call_function(callee)
        if isinstance(callee, Closure):
            return self.resolver.search.once(
                callee,
                lambda: self.resolver.evaluate(callee.result, callee.place),
                circular=Resolved(NOTHING),
                lost=Resolved(UNKNOWN),
            )
        if isinstance(callee, SubscriptedType):
            return self._called(self.resolver.evaluate(callee.expr.value, callee.place).value)
        if isinstance(callee, ClassValue):
            return self._construct(callee)
        if isinstance(callee, Instance):
            method = self.resolver.attribute(Resolved(callee), "__call__")
            is_known = isinstance(method.value, Function)
            return self._called(method.value).after(*method.steps) if is_known else Resolved(UNKNOWN)
        if isinstance(callee, Unknown) or callee == OUTSIDE:
            return Resolved(callee)
        return Resolved(UNKNOWN if isinstance(callee, Nothing) else OUTSIDE)

    def _construct(self, class_: ClassValue) -> Resolved:
        scope = self.resolver.scope(class_.file, class_.scope)
        assert scope.class_ is not None
        place = Place(class_.file, scope.parent)
        plain = all(self._keeps_class(decorator, place) for decorator in scope.class_.decorators)
        return Resolved(Instance(class_, is_exact=True) if plain else UNKNOWN)

    def _keeps_class(self, decorator: Expr, place: Place) -> bool:
        """Whether a call of the decorated class makes an object of it."""
        decorators = self.resolver.decorators
        if decorators.is_own(decorator, place):
            return not decorators.changes(decorator, place)
        return decorators.name_of(decorator, place).rpartition(".")[2] in _PLAIN_CLASS_DECORATORS

    def _call_function(self, function: Function) -> Resolved:
        kind = self.resolver.kind(function)
        scope = self.resolver.scope(function.file, function.scope)
        if kind.manager:
            return Resolved(
                Manager((function,), kind.manager == "async"), (*kind.steps, self.definition_step(function))
            )
        if kind.is_opaque:
            return unknown(Reason.DECORATED, scope.name, function.file, scope.row)
        found = self.returned(function)
        if kind.is_cached and isinstance(found.value, Manager):
            return outside(Reason.CACHED, scope.name, function.file, scope.row)
        return found.after(*kind.steps, Step(function.file, scope.row, _signature(scope), self._method(function)))

    def definition_step(self, function: Function) -> Step:
        scope = self.resolver.scope(function.file, function.scope)
        assert scope.function is not None
        if self.resolver.index.is_installed(function.file):
            dotted = f"{self.resolver.index.dotted(function.file)}.{self.resolver.qualname(function)}"
            return Step(function.file, scope.row, dotted, self._method(function))
        maker = self.resolver.kind(function).maker
        shown = f"@{_source(maker)} " if maker else ""
        return Step(function.file, scope.row, shown + _signature(scope), self._method(function))

    def _method(self, function: Function) -> Method | None:
        """What a subclass may have another one of."""
        if function.receiver is None or not function.is_virtual:
            return None
        return Method(function.receiver, self.resolver.scope(function.file, function.scope).name)

    def returned(self, function: Function) -> Resolved:
        """What an undecorated function returns; what its annotation says where its body does not tell."""
        found = self.resolver.function(function)
        if found.is_generator:
            return Resolved(Generator(function, found.is_async))
        result = self.resolver.search.once(
            function, lambda: self._return_value(function, found), circular=Resolved(NOTHING), lost=Resolved(UNKNOWN)
        )
        return Resolved(Coroutine(result.value), result.steps) if found.is_async else result

    def _return_value(self, function: Function, found: FunctionFacts) -> Resolved:
        place = Place(function.file, function.scope, function.receiver, given=function.given)
        if not self._is_followed(function, found):
            return self._declared(found, place)
        results = [self.resolver.evaluate(expr, place) for expr in found.returns]
        result = combine(results)
        if isinstance(result.value, Manager | Generator) or _is_of_given(result.value):
            whole = not found.falls_through and not any(isinstance(one.value, Nothing) for one in results)
            scope = self.resolver.scope(function.file, function.scope)
            return result if whole else outside(Reason.MAY_BE_NONE, scope.name, function.file, scope.row)
        if not isinstance(result.value, Instance) and found.annotation is not None:
            declared = self._declared(found, place)
            if found.is_stub and not isinstance(declared.value, Instance | Either):
                return Resolved(UNKNOWN)
            return declared if _says_more(declared.value, result.value) else result
        return Resolved(UNKNOWN) if found.is_stub and function.receiver else result

    def _declared(self, found: FunctionFacts, place: Place) -> Resolved:
        """What the annotation of a function says that it returns."""
        if found.annotation is None:
            return Resolved(UNKNOWN)
        outside = replace(place, scope=self.resolver.scope(place.file, place.scope).parent)
        return self.resolver.instance_of(found.annotation, outside)

    def _is_followed(self, function: Function, found: FunctionFacts) -> bool:
        """Whether the body is worth a look. Of an installed function that does a lot, only the annotation is read:

        what it calls would lead through the whole package.
        """
        return found.does_little or not self.resolver.index.is_installed(function.file)


def _is_of_given(value: Value) -> bool:
    """Whether a value depends on what a decorator was given."""
    return isinstance(value, Outside) and GIVEN.name in value.name


def _says_more(declared: Value, found: Value) -> bool:
    """Whether a function's annotation tells more than what its body was seen to return."""
    if isinstance(declared, Instance | Either):
        return True
    return isinstance(declared, Outside) and isinstance(found, Unknown | Nothing)


def _signature(scope: Scope) -> str:
    return f"{'async ' if scope.function and scope.function.is_async else ''}def {scope.name}"


def _source(expr: Expr) -> str:
    if isinstance(expr, facts.Name):
        return expr.id
    if isinstance(expr, facts.Attribute):
        return f"{_source(expr.value)}.{expr.attr}"
    if isinstance(expr, facts.Call):
        return f"{_source(expr.func)}(...)"
    return ""
