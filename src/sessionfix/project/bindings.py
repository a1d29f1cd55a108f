"""What a binding makes of its name: definitions, assignments, parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.facts import Binding, Expr, ScopeKind
from sessionfix.project.values import (
    GIVEN,
    NOTHING,
    Chosen,
    ClassValue,
    Either,
    Function,
    Instance,
    Nothing,
    Outside,
    Place,
    Resolved,
    Step,
    Unknown,
    Value,
    lacks_reason,
    unknown,
)
from sessionfix.project.why import Reason

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

_CLASS_FIRST = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


@dataclass(frozen=True)
class Bindings:
    """Reads single bindings."""

    resolver: Resolver

    def bound_by(self, binding: Binding, place: Place) -> Resolved:
        """What one binding of a name makes of it."""
        if isinstance(binding, facts.Import):
            return self.resolver.names.imported(binding, place.file)
        if isinstance(binding, facts.Definition):
            return self._defined(binding, place)
        if isinstance(binding, facts.Value):
            return self.assigned(binding, place)
        if isinstance(binding, facts.Parameter):
            return self._parameter(binding, place)
        return unknown(Reason.LOOSE, "", place.file, binding.row)

    def _defined(self, binding: facts.Definition, place: Place) -> Resolved:
        if self.resolver.scope(place.file, binding.scope).class_ is not None:
            return Resolved(ClassValue(place.file, binding.scope))
        return Resolved(Function(place.file, binding.scope, given=place.given if place.scope else None))

    def assigned(self, binding: facts.Value, place: Place) -> Resolved:
        """An assignment's value: what its annotation says if that is a class of the project, else its expression."""
        here = replace(place, scope=binding.scope)
        if binding.earlier:
            here = replace(here, chosen=Chosen(place.scope, binding.earlier.name, binding.earlier.rows))
        declared = self.resolver.instance_of(binding.annotation, here) if binding.annotation else Resolved(NOTHING)
        step = Step(place.file, binding.row)
        if binding.expr is None:
            return declared.after(step)
        if isinstance(declared.value, Instance | Either) and not self._is_made_there(
            binding.expr, declared.value, here
        ):
            return declared.after(step)
        if binding.annotation and self._is_field(binding.annotation, here):
            return unknown(Reason.FIELD, "", place.file, binding.row)
        found = self.resolver.evaluate(binding.expr, here)
        return found if isinstance(found.value, Nothing) else found.after(step)

    def _is_field(self, annotation: Expr, place: Place) -> bool:
        """Whether an annotated name of a class is a field of its objects, which the constructor may be given."""
        if self.resolver.scope(place.file, place.scope).kind is not ScopeKind.CLASS:
            return False
        type_ = annotation.value if isinstance(annotation, facts.Subscript) else annotation
        found = self.resolver.evaluate(type_, place).value
        is_class_variable = isinstance(found, Outside) and found.name.endswith("ClassVar")
        return not is_class_variable and self.resolver.classes.has_fields(ClassValue(place.file, place.scope))

    def _is_made_there(self, expr: Expr, declared: Value, place: Place) -> bool:
        """Whether `name: Class = expr` makes an object of the class; a field's default is only one of its values."""
        if not isinstance(declared, Instance) or self.resolver.scope(place.file, place.scope).kind is ScopeKind.CLASS:
            return False
        made = self.resolver.evaluate(expr, place).value
        return isinstance(made, Instance) and made.is_exact and declared.class_ in self.resolver.mro(made.class_)

    def _parameter(self, binding: facts.Parameter, place: Place) -> Resolved:
        owner = self._self_class(binding, place)
        if owner is not None:
            return Resolved(owner)
        if self.resolver.effects.parameter(binding.index, place):
            return Resolved(GIVEN)
        outside = replace(place, scope=self.resolver.scope(place.file, place.scope).parent)
        task = self._task(binding, place, outside)
        if task is not None:
            return Resolved(task)
        if binding.annotation is None:
            injected = self.resolver.dependencies.injected([binding.default or facts.Opaque()], outside)
            is_known = not isinstance(injected.value, Unknown)
            return injected if is_known else self.resolver.passed(binding, place)
        found = self.resolver.instance_of(binding.annotation, outside)
        if isinstance(found.value, Nothing) or (isinstance(found.value, Unknown) and lacks_reason(found.value)):
            return unknown(Reason.ANNOTATION, binding.name, place.file, binding.row)
        return found.after(Step(place.file, binding.row))

    def _task(self, binding: facts.Parameter, place: Place, outside: Place) -> Instance | None:
        """What Celery passes first to a function that is a task with `bind=True`: an object of the class `base`."""
        function = self.resolver.scope(place.file, place.scope).function
        for decorator in function.decorators if function and binding.index == 0 else ():
            match decorator:
                case facts.Call(func=facts.Attribute(attr="task") | facts.Name(id="shared_task")):
                    given = dict(decorator.keywords)
                    base = self.resolver.evaluate(given.get("base", facts.Opaque()), outside).value
                    if given.get("bind") == facts.Constant(True) and isinstance(base, ClassValue):
                        return Instance(base)
        return None

    def _self_class(self, binding: facts.Parameter, place: Place) -> Value | None:
        """What `self` or `cls` is, if this parameter is one."""
        method = self.resolver.scope(place.file, place.scope)
        owner = self.resolver.scope(place.file, method.parent)
        if binding.index != 0 or owner.kind is not ScopeKind.CLASS or method.function is None:
            return None
        kind = self.resolver.kind(Function(place.file, place.scope))
        if kind.is_static:
            return None
        own = ClassValue(place.file, method.parent)
        receiver = place.receiver if place.receiver and own in self.resolver.mro(place.receiver) else own
        return receiver if kind.is_class or method.name in _CLASS_FIRST else Instance(receiver)
