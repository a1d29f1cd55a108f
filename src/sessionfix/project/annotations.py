"""What a value is by its type annotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.facts import Expr, ScopeKind
from sessionfix.project.values import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    Closure,
    Either,
    Instance,
    Nothing,
    Outside,
    Place,
    Resolved,
    SubscriptedType,
    Unknown,
    combine,
    is_typing,
)

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

OF_FIRST_ITEM = frozenset({"Optional", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar", "Mapped"})


@dataclass(frozen=True)
class Annotations:
    """Reads type annotations."""

    resolver: Resolver

    def instance_of(self, annotation: Expr, place: Place) -> Resolved:
        """What a value with this type annotation is."""
        if isinstance(annotation, facts.Subscript):
            return self._instance_of_subscript(annotation, place)
        found = self.resolver.evaluate(annotation, place)
        value = found.value
        if isinstance(value, Either):
            options = [Instance(option) for option in value.options if isinstance(option, ClassValue)]
            whole = len(options) == len(value.options)
            return combine([Resolved(option, found.steps) for option in options]) if whole else Resolved(UNKNOWN)
        if isinstance(value, ClassValue):
            return Resolved(Instance(value), found.steps)
        if isinstance(value, SubscriptedType):
            return self.resolver.search.once(  # an alias may name itself: `Tree = list["Tree"] | None`
                ("instance", value),
                lambda: self._instance_of_subscript(value.expr, value.place),
                circular=Resolved(NOTHING),
                lost=Resolved(UNKNOWN),
            )
        if isinstance(value, Outside):
            return self._instance_of_outside(value, place)
        return found if isinstance(value, Nothing) else Resolved(UNKNOWN)

    def _instance_of_outside(self, type_: Outside, place: Place) -> Resolved:
        last = type_.name.rpartition(".")[2]
        if is_typing(type_) and last == "Any":
            return Resolved(UNKNOWN)
        if is_typing(type_) and last == "Self":
            owner = self.enclosing_class(place)
            return Resolved(Instance(owner)) if owner else Resolved(UNKNOWN)
        return Resolved(Outside(f"{type_.name}()"))

    def enclosing_class(self, place: Place) -> ClassValue | None:
        """The class whose body, or whose method, `place` is in."""
        number = place.scope
        while number:
            scope = self.resolver.scope(place.file, number)
            if scope.kind is ScopeKind.CLASS:
                own = ClassValue(place.file, number)
                return place.receiver if place.receiver and own in self.resolver.mro(place.receiver) else own
            number = scope.parent
        return None

    def _instance_of_subscript(self, annotation: facts.Subscript, place: Place) -> Resolved:
        if annotation.value == facts.Name("|"):
            return combine([self.instance_of(item, place) for item in annotation.items])
        base = self.resolver.evaluate(annotation.value, place)
        if isinstance(base.value, ClassValue):
            return Resolved(Instance(base.value), base.steps)
        if not isinstance(base.value, Outside):
            return Resolved(UNKNOWN)
        last = base.value.name.rpartition(".")[2]
        if last == "Annotated":
            injected = self.resolver.dependencies.injected(annotation.items[1:], place)
            declared = self.instance_of(annotation.items[0], place)
            return declared if isinstance(injected.value, Unknown) else injected
        if last in OF_FIRST_ITEM:
            return self.instance_of(annotation.items[0], place)
        if last == "Callable":
            return Resolved(Closure(facts.Typed(annotation.items[-1]), place))
        if last == "Union":
            return combine([self.instance_of(item, place) for item in annotation.items])
        if last in ("Type", "type"):
            found = self.instance_of(annotation.items[0], place).value
            return Resolved(found.class_ if isinstance(found, Instance) else UNKNOWN)
        return Resolved(Outside(f"{base.value.name}()"))
