"""What the project's own decorators make of a function: read from their bodies, with the function left open.

The decorated function stands as `GIVEN`. A decorator that hands over `GIVEN`, or a function that returns what a call of
`GIVEN` returns, changes nothing of what is asked here; `contextmanager(GIVEN)` makes a factory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionfix.project.values import (
    GIVEN,
    UNKNOWN,
    Closure,
    Function,
    Outside,
    Place,
    Resolved,
    Step,
    Value,
    applied_to_given,
)

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

_LAMBDA = -1


@dataclass(frozen=True)
class Effect:
    """What becomes of the function: it returns what it did, `maker` is applied to it, or it is replaced.

    `is_same`: it is handed over as it was, with nothing around it; `maker` is a dotted
    name; `wrapper` is a factory that is there instead; `steps` show the decorator.
    """

    is_same: bool = False
    maker: str = ""
    wrapper: Function | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Effects:
    """Reads own decorators."""

    resolver: Resolver

    def of(self, decorator: Value) -> Effect | None:
        """The effect of an own decorator; None if its body does not tell."""
        return self.resolver.search.once(("effect", decorator), lambda: self._read(decorator), circular=None, lost=None)

    def _read(self, decorator: Value) -> Effect | None:
        made = self._result(decorator)
        steps = self._steps(decorator)
        if made == GIVEN:
            return Effect(is_same=True, steps=steps)
        if isinstance(made, Function) and self.resolver.kind(made).manager:
            return Effect(wrapper=made, steps=steps)
        if isinstance(made, Function | Closure):
            made = _uncalled(self.resolver.called(Resolved(made)).value)
        if not isinstance(made, Outside):
            return None
        maker = applied_to_given(made)
        return Effect(steps=steps) if made == GIVEN else Effect(maker=maker, steps=steps) if maker else None

    def _result(self, decorator: Value) -> Value:
        """What a call of the decorator with a function returns."""
        if isinstance(decorator, Closure):
            place = replace(decorator.place, given=_LAMBDA)
            return self.resolver.evaluate(decorator.result, place).value
        if not isinstance(decorator, Function) or not self._is_plain(decorator):
            return UNKNOWN
        return self.resolver.returns.returned(replace(decorator, given=decorator.scope)).value

    def _is_plain(self, function: Function) -> bool:
        kind = self.resolver.kind(function)
        found = self.resolver.function(function)
        changed = kind.manager or kind.is_opaque or kind.is_property or kind.is_cached
        return not (changed or found.is_generator or found.is_async)

    def _steps(self, decorator: Value) -> tuple[Step, ...]:
        if not isinstance(decorator, Function):
            return ()
        scope = self.resolver.scope(decorator.file, decorator.scope)
        return (Step(decorator.file, scope.row, f"def {scope.name}"),)

    def parameter(self, index: int | None, place: Place) -> bool:
        """Whether the parameter `index` of the function at `place` takes what the decorator is given."""
        return place.given == place.scope and index == (0 if place.receiver is None else 1)

    def in_lambda(self, place: Place) -> Value:
        """What the first parameter of a lambda is."""
        return GIVEN if place.given == _LAMBDA else UNKNOWN


def _uncalled(value: Value) -> Value:
    """What was called to get this."""
    if isinstance(value, Outside) and value.name.endswith("()"):
        return Outside(value.name.removesuffix("()"))
    return UNKNOWN
