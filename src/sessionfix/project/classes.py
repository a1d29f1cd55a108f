"""Attributes of objects and classes, and the order in which bases are asked for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from sessionfix.project import facts
from sessionfix.project.facts import Binding
from sessionfix.project.values import (
    NOTHING,
    OUTSIDE,
    UNKNOWN,
    ClassValue,
    Either,
    Function,
    Instance,
    Manager,
    ModuleValue,
    Nothing,
    Outside,
    Place,
    Read,
    Resolved,
    Step,
    SubscriptedType,
    Super,
    Unknown,
    Value,
    combine,
    lacks_reason,
    outside,
    unknown,
)
from sessionfix.project.why import Reason, Why

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

Mro: TypeAlias = tuple[ClassValue | None, ...]

_HARMLESS_BASES = ("abc.", "typing.", "typing_extensions.", "builtins.object", "enum.")


@dataclass(frozen=True)
class Classes:
    """Looks attributes up."""

    resolver: Resolver

    def attribute(self, owner: Resolved, attr: str) -> Resolved:
        """What `owner.attr` is."""
        found = self._attribute(owner.value, attr)
        return found.after(*owner.steps)

    def _attribute(self, owner: Value, attr: str) -> Resolved:
        if isinstance(owner, Either):
            return combine([self._attribute(option, attr) for option in owner.options])
        if isinstance(owner, Outside):
            return Resolved(Outside(f"{owner.name}.{attr}") if owner.name else owner)
        if isinstance(owner, ModuleValue):
            found = self.resolver.names.member(owner.module, attr)
            return found or outside(Reason.NO_MEMBER, attr, owner.module.file or "", 1)
        if isinstance(owner, Instance) and attr == "__class__":
            return Resolved(owner.class_)
        if isinstance(owner, Instance):
            found = self._member_of(owner.class_, attr).after(Step.reading(Read(owner.class_, attr, owner.is_exact)))
            return found if owner.is_exact else _virtual(found)
        if isinstance(owner, ClassValue):
            found = self._unbound(self.member(self.mro(owner), attr, owner))
            return found.after(Step.reading(Read(owner, attr)))
        if isinstance(owner, Super):
            return self.member(self._after(owner), attr, owner.receiver)
        if isinstance(owner, Unknown):
            return Resolved(owner)
        return Resolved(UNKNOWN if isinstance(owner, Nothing) else OUTSIDE)

    def _after(self, owner: Super) -> Mro:
        """The classes that `super()` asks; not the project's where the way to them was too long."""
        mro = self.mro(owner.receiver)
        return mro[mro.index(owner.owner) + 1 :] if owner.owner in mro else (None,)

    def _unbound(self, found: Resolved) -> Resolved:
        """A plain method that was read from its class and not from an instance."""
        if isinstance(found.value, Function) and not self.resolver.kind(found.value).is_class:
            return Resolved(replace(found.value, receiver=None), found.steps)
        return found

    def _member_of(self, class_: ClassValue, attr: str) -> Resolved:
        """What `attr` is for an object of a class; its bases are looked for only if it has no such name itself."""
        return self._own_member(class_, attr, class_) or self.member(self.mro(class_), attr, class_)

    def member(self, mro: Mro, attr: str, receiver: ClassValue) -> Resolved:
        """What `attr` is for an object of `receiver`, where `mro` are the classes that are asked."""
        for class_ in mro:
            if class_ is None:
                return outside(Reason.FOREIGN_BASE, attr, receiver.file, self._row(receiver))
            found = self._own_member(class_, attr, receiver)
            if found is not None:
                return found
        return unknown(Reason.NO_ATTRIBUTE, attr, receiver.file, self._row(receiver))

    def _row(self, class_: ClassValue) -> int:
        return self.resolver.scope(class_.file, class_.scope).row

    def _own_member(self, class_: ClassValue, attr: str, receiver: ClassValue) -> Resolved | None:
        scope = self.resolver.scope(class_.file, class_.scope)
        assert scope.class_ is not None
        bindings = scope.left.get(attr) or scope.bindings.get(attr, ())
        values = scope.class_.attributes.get(attr, ())
        if not bindings and not values:
            return None
        place = Place(class_.file, class_.scope, receiver)
        found = self.resolver.search.once(
            (class_, attr, receiver),
            lambda: self._given(bindings, values, place, receiver),
            circular=Resolved(NOTHING),
            lost=Resolved(UNKNOWN),
        )
        if lacks_reason(found.value) and len(bindings) + len(values) > 1:
            rows = (one.row for one in (*bindings, *values))
            return replace(found, value=replace(found.value, why=Why(Reason.SEVERAL, attr, class_.file, tuple(rows))))
        return found

    def _given(
        self, bindings: tuple[Binding, ...], values: tuple[facts.Value, ...], place: Place, receiver: ClassValue
    ) -> Resolved:
        """What the body of a class and its methods give an attribute."""
        found = [
            self._descriptor(self.resolver.bound_by(binding, place), receiver)
            for binding in bindings
            if not self.resolver.names.says_nothing(binding, place)
        ]
        found += [self.resolver.bindings.assigned(value, place) for value in values]
        return combine(_declared_first(found, bindings, values))

    def _descriptor(self, found: Resolved, receiver: ClassValue) -> Resolved:
        """A class's attribute as it is read from an instance: bound, or computed if it is a property."""
        if isinstance(found.value, Either):
            return combine([self._descriptor(Resolved(one, found.steps), receiver) for one in found.value.options])
        if not isinstance(found.value, Function):
            return found
        kind = self.resolver.kind(found.value)
        bound = replace(found.value, receiver=None if kind.is_static else receiver)
        if not kind.is_property:
            return Resolved(bound, found.steps)
        result = self.resolver.returns.returned(bound)
        if isinstance(result.value, Manager):
            scope = self.resolver.scope(bound.file, bound.scope)
            return outside(Reason.PROPERTY, scope.name, bound.file, scope.row)
        return result.after(*found.steps)

    def mro(self, class_: ClassValue) -> Mro:
        """The class and its bases in the order of lookup; None stands for a base that is not of the project."""
        return self.resolver.search.once(
            ("mro", class_), lambda: self._find_mro(class_), circular=(None,), lost=(None,)
        )

    def _find_mro(self, class_: ClassValue) -> Mro:
        order: list[ClassValue | None] = [class_]
        for base in self._bases(class_):
            order += (None,) if base is None else self.mro(base)
        return tuple(one for place, one in enumerate(order) if one is None or one not in order[place + 1 :])

    def has_fields(self, class_: ClassValue) -> bool:
        """Whether annotated names in the class's body may be fields: dataclasses, named tuples, models of any kind."""
        return any(one is None or self._is_decorated(one) for one in self.mro(class_))

    def _is_decorated(self, class_: ClassValue) -> bool:
        scope = self.resolver.scope(class_.file, class_.scope)
        assert scope.class_ is not None
        return bool(scope.class_.decorators)

    def _bases(self, class_: ClassValue) -> list[ClassValue | None]:
        scope = self.resolver.scope(class_.file, class_.scope)
        assert scope.class_ is not None
        place = Place(class_.file, scope.parent)
        found = [self.resolver.evaluate(base, place).value for base in scope.class_.bases]
        found = [
            self.resolver.evaluate(one.expr.value, one.place).value if isinstance(one, SubscriptedType) else one
            for one in found
        ]
        return [one if isinstance(one, ClassValue) else None for one in found if not _is_harmless(one)]

    def super_of(self, place: Place) -> Resolved:
        """What `super()` is at `place`."""
        owner = self.resolver.annotations.enclosing_class(replace(place, receiver=None))
        if owner is None:
            return Resolved(UNKNOWN)
        return Resolved(Super(owner, place.receiver if place.receiver and owner in self.mro(place.receiver) else owner))


def _virtual(found: Resolved) -> Resolved:
    """A method that was read from an object which may be of a subclass."""
    value = found.value
    if isinstance(value, Function) and value.receiver is not None:
        return Resolved(replace(value, is_virtual=True), found.steps)
    return found


def _declared_first(
    found: list[Resolved], bindings: tuple[Binding, ...], values: tuple[facts.Value, ...]
) -> list[Resolved]:
    """Only what annotations say, where one of an attribute's bindings has one that names a class of the project."""
    declared = [
        one
        for one, binding in zip(found, (*bindings, *values), strict=False)
        if isinstance(binding, facts.Value) and binding.annotation is not None and isinstance(one.value, Instance)
    ]
    return declared or found


def _is_harmless(base: Value) -> bool:
    return isinstance(base, Outside) and base.name.startswith(_HARMLESS_BASES) and not base.name.endswith("NamedTuple")
