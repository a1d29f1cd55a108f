"""What the decorators make of a function: a factory, a property, a static method, something unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.facts import Expr
from sessionfix.project.stubs import declared_manager, is_stub_file
from sessionfix.project.values import ClassValue, Function, Outside, Place

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
                return self._manager_kind(function, name, kind)
            if not self.is_own(decorator, place):
                kind = _decorated(kind, name)
            elif self.changes(decorator, place):
                kind = replace(kind, is_opaque=True)
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
        return self.is_own(decorator, place) and not self.resolver.wrapping.keeps_result(decorator, place)

    def is_own(self, decorator: Expr, place: Place) -> bool:
        """Whether a decorator is the project's own: then its name alone says nothing."""
        return isinstance(self.resolver.evaluate(_without_call(decorator), place).value, Function | ClassValue)

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
    return kind if last in _TRANSPARENT else replace(kind, is_opaque=True)
