"""What frameworks pass for a parameter that says where it comes from: `Depends(function)`, `Provide[Container.db]`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.facts import Expr
from sessionfix.project.values import UNKNOWN, Coroutine, Instance, Outside, Place, Resolved

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

PROVIDERS = frozenset(
    {"Callable", "Factory", "Singleton", "ThreadSafeSingleton", "ThreadLocalSingleton", "ContextLocalSingleton"}
)
_PROVIDERS = frozenset(f"dependency_injector.providers.{name}" for name in PROVIDERS)


def makes_provider(name: str) -> bool:
    """Whether what a call of `name` returns gives, when it is called, what the first argument of the call makes."""
    return name in _PROVIDERS


@dataclass(frozen=True)
class Dependencies:
    """Reads the marks of dependencies."""

    resolver: Resolver

    def injected(self, marks: Iterable[Expr], place: Place) -> Resolved:
        """The object that is passed for a parameter with these marks, which are evaluated at `place`."""
        found = (self._marked(mark, place) for mark in marks)
        return next((one for one in found if isinstance(one.value, Instance)), Resolved(UNKNOWN))

    def _marked(self, mark: Expr, place: Place) -> Resolved:
        if isinstance(mark, facts.Subscript) and self._is_called(mark.value, ".Provide", place):
            return self._made(mark.items[0], place)
        if not isinstance(mark, facts.Call) or not self._is_called(mark.func, ".Depends", place):
            return Resolved(UNKNOWN)
        given = [*mark.args[:1], *(value for word, value in mark.keywords if word == "dependency")]
        if len(given) != 1:
            return Resolved(UNKNOWN)
        return self._marked(given[0], place) if isinstance(given[0], facts.Subscript) else self._made(given[0], place)

    def _is_called(self, func: Expr, ending: str, place: Place) -> bool:
        value = self.resolver.evaluate(func, place).value
        return isinstance(value, Outside) and value.name.endswith(ending)

    def _made(self, provider: Expr, place: Place) -> Resolved:
        result = self.resolver.called(self.resolver.evaluate(provider, place))
        return self.resolver.awaited(result) if isinstance(result.value, Coroutine) else result
