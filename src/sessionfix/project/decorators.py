"""What the decorators make of a function: a factory, a property, a static method, something unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.effects import Effect
from sessionfix.project.facts import Expr
from sessionfix.project.stubs import declared_manager, is_stub_file
from sessionfix.project.values import ClassValue, Closure, Function, Outside, Place, Step

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

_SYNC_DECORATORS = frozenset({"contextlib.contextmanager"})
_ASYNC_DECORATORS = frozenset({"contextlib.asynccontextmanager"})
_TRANSPARENT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "abstractmethod",
        "abstractclassmethod",
        "abstractstaticmethod",
        "override",
        "overrides",
        "final",
        "wraps",
        "no_type_check",
        "deprecated",
    }
)
# Of libraries: they call the function, perhaps again, and hand over what it returns.
_WRAPPING = frozenset(
    {
        "tenacity.retry",
        "backoff.on_exception",
        "retrying.retry",
        "stamina.retry",
        "typeguard.typechecked",
        "beartype.beartype",
    }
)
_CACHES = frozenset({"lru_cache", "cache"})


@dataclass(frozen=True)
class Kind:
    """What the decorators make of a function. `manager` is None, "sync" or "async"; `opaque`: they can't be told."""

    manager: str | None = None
    is_property: bool = False
    is_static: bool = False
    is_class: bool = False
    is_opaque: bool = False
    is_overload: bool = False
    is_wrapped: bool = False  # own decorators are around it, which return what it returns, but may do more
    wrapper: Function | None = None  # the factory that an own decorator put in its place
    maker: Expr | None = None  # the decorator that makes it a factory
    steps: tuple[Step, ...] = ()  # of own decorators
    is_cached: bool = False  # every call returns the same object: no matter for a getter, but no use of a factory


@dataclass(frozen=True)
class Decorators:
    """Reads decorators; knows those that the settings add."""

    resolver: Resolver
    names: frozenset[str]  # of decorators that the settings add
    factories: frozenset[str]  # dotted names of functions that the settings call factories

    def kind(self, function: Function) -> Kind:
        """What a function is, by its decorators."""
        if function.made:
            return self._manager_kind(function, function.made, Kind())
        key = ("kind", function.file, function.scope)
        return self.resolver.search.once(
            key, lambda: self._find_kind(function), circular=Kind(is_opaque=True), lost=Kind(is_opaque=True)
        )

    def _find_kind(self, function: Function) -> Kind:
        scope = self.resolver.scope(function.file, function.scope)
        assert scope.function is not None
        place = Place(function.file, scope.parent)
        kind = Kind()
        if self._is_listed(function):
            return Kind(manager="async" if scope.function.is_async else "sync")
        for decorator in scope.function.decorators:
            name = self.name_of(decorator, place)
            if self.makes_manager(name):
                return self._manager_kind(function, name, replace(kind, maker=decorator))
            effect = self._effect(decorator, place) if self.is_own(decorator, place) else None
            if effect and (effect.maker or effect.wrapper):
                return self._made(function, effect, replace(kind, maker=decorator))
            kind = self._wrapped(kind, effect) if self.is_own(decorator, place) else _decorated(kind, name)
        return self._declared_kind(function, kind) if is_stub_file(function.file) else kind

    def _declared_kind(self, function: Function, kind: Kind) -> Kind:
        """A function of a stub, whose annotation may say that it returns a manager."""
        annotation = self.resolver.function(function).annotation
        if not isinstance(annotation, facts.Subscript) or kind.is_opaque or kind.is_property or kind.is_overload:
            return kind
        place = Place(function.file, self.resolver.scope(function.file, function.scope).parent)
        item = annotation.items[0]
        last = item.attr if isinstance(item, facts.Attribute) else item.id if isinstance(item, facts.Name) else ""
        manager = declared_manager(self.resolver.evaluate(annotation.value, place).value, annotation, last)
        return replace(kind, manager=manager) if manager and not self.resolver.function(function).is_async else kind

    def changes(self, decorator: Expr, place: Place) -> bool:
        """Whether a decorator of the project may have a call return something else."""
        if not self.is_own(decorator, place):
            return False
        effect = self._effect(decorator, place)
        return effect is None or bool(effect.maker or effect.wrapper)

    def _effect(self, decorator: Expr, place: Place) -> Effect | None:
        return self.resolver.effects.of(self.resolver.evaluate(decorator, place).value)

    def _made(self, function: Function, effect: Effect, kind: Kind) -> Kind:
        """What an own decorator that makes factories makes of a function."""
        kind = self._wrapped(kind, effect)
        if effect.wrapper is None:
            return self._manager_kind(function, effect.maker, kind)
        if kind.is_opaque or kind.is_property or kind.is_cached:
            return replace(kind, is_opaque=True)
        return replace(kind, manager=self.kind(effect.wrapper).manager, wrapper=effect.wrapper)

    def _wrapped(self, kind: Kind, effect: Effect | None) -> Kind:
        if effect is None:
            return replace(kind, is_opaque=True)
        is_wrapped = kind.is_wrapped or not effect.is_same
        return replace(kind, is_wrapped=is_wrapped, steps=(*kind.steps, *effect.steps))

    def is_own(self, decorator: Expr, place: Place) -> bool:
        """Whether a decorator is the project's own: then its name alone says nothing."""
        return isinstance(
            self.resolver.evaluate(_without_call(decorator), place).value, Function | ClassValue | Closure
        )

    def name_of(self, decorator: Expr, place: Place) -> str:
        """The dotted name of a decorator, without its call's arguments; empty if it is not known."""
        plain = _without_call(decorator)
        if isinstance(plain, facts.Attribute) and plain.attr in ("setter", "getter", "deleter"):
            return "builtins.property.setter"
        value = self.resolver.evaluate(plain, place).value
        if isinstance(value, Outside):
            return value.name
        if isinstance(value, Function | ClassValue):
            return f"{self.resolver.index.dotted(value.file)}.{self.resolver.scope(value.file, value.scope).name}"
        return ""

    def makes_manager(self, name: str) -> bool:
        """Whether a decorator of this name makes a factory of a generator."""
        return name in _SYNC_DECORATORS or name in _ASYNC_DECORATORS or self._is_extra(name)

    def _is_extra(self, name: str) -> bool:
        return bool(name) and any(name == extra or name.endswith("." + extra) for extra in self.names)

    def _manager_kind(self, function: Function, decorator: str, kind: Kind) -> Kind:
        found = self.resolver.function(function)
        if is_stub_file(function.file) and found.is_stub:
            return replace(kind, manager="async" if decorator in _ASYNC_DECORATORS else "sync")
        if kind.is_opaque or kind.is_property or kind.is_cached or not found.is_generator:
            return replace(kind, is_opaque=True)
        if self._is_extra(decorator):
            return replace(kind, manager="async" if found.is_async else "sync")
        fits = found.is_async == (decorator in _ASYNC_DECORATORS)
        return replace(kind, manager="async" if found.is_async else "sync") if fits else replace(kind, is_opaque=True)

    def lists(self, name: str) -> bool:
        """Whether the settings name something outside of the project as a factory."""
        return name.replace("()", "") in self.factories

    def _is_listed(self, function: Function) -> bool:
        """Whether the settings name this function as a factory."""
        if not self.factories:
            return False
        dotted = f"{self.resolver.index.dotted(function.file)}.{self.resolver.qualname(function)}"
        return any(dotted == name or dotted.endswith("." + name) for name in self.factories)


def _without_call(decorator: Expr) -> Expr:
    return decorator.func if isinstance(decorator, facts.Call) else decorator


def _decorated(kind: Kind, name: str) -> Kind:
    last = name.rpartition(".")[2]
    if last == "overload" or name == "builtins.property.setter":
        return replace(kind, is_overload=True)
    if last.lower().endswith("property"):
        return replace(kind, is_property=True)
    if last in ("staticmethod", "abstractstaticmethod"):
        return replace(kind, is_static=True)
    if last in ("classmethod", "abstractclassmethod"):
        return replace(kind, is_class=True)
    if last in _CACHES:
        return replace(kind, is_cached=True)
    if name in _WRAPPING:
        return replace(kind, is_wrapped=True)
    return kind if last in _TRANSPARENT else replace(kind, is_opaque=True)
