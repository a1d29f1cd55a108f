"""An expression -> what it is, through the whole project, with the steps that led there.

`Resolver` understands expressions; it leaves names, bindings, attributes, annotations, calls and decorators to the
parts beside it, which ask it back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Protocol

from sessionfix.project import facts
from sessionfix.project.annotations import Annotations
from sessionfix.project.bindings import Bindings
from sessionfix.project.classes import Classes, Mro
from sessionfix.project.decorators import Decorators, Kind
from sessionfix.project.dependencies import Dependencies
from sessionfix.project.effects import Effects
from sessionfix.project.facts import Binding, Expr, FunctionFacts, ModuleFacts, Scope
from sessionfix.project.installed import Installed
from sessionfix.project.modules import ModuleIndex
from sessionfix.project.names import Names
from sessionfix.project.outside import OutsideCalls
from sessionfix.project.returns import Returns
from sessionfix.project.search import Search
from sessionfix.project.trail import Memo, Trail
from sessionfix.project.values import (
    GIVEN,
    NOTHING,
    OUTSIDE,
    UNKNOWN,
    ClassValue,
    Closure,
    Coroutine,
    Function,
    Instance,
    Manager,
    Nothing,
    Outside,
    Place,
    Resolved,
    Step,
    SubscriptedType,
    Unknown,
    Value,
    combine,
    is_typing,
    unknown,
)
from sessionfix.project.why import Reason, Why


class CallersOf(Protocol):
    """Knows who calls the functions of the project."""

    def passed(self, parameter: facts.Parameter, place: Place) -> Resolved:
        """What every call passes for a parameter; unknown if that is not plain."""


class AttributesGiven(Protocol):
    """Knows what the project assigns to the attributes of objects that are not of the project."""

    def given(self, read: facts.Attribute, owner: Value) -> Resolved | None:
        """What an attribute of the object `owner` was given; None if that is not plain."""


_UNFOLLOWED = Unknown(Why(Reason.UNFOLLOWED))


class Resolver:
    """Follows names. Reads other modules through `load`, as they are needed; `trail` notes what answers rest on.

    `decorators` and `factories` are what the settings add: dotted names, and `module:qualname`.
    """

    def __init__(
        self,
        index: ModuleIndex,
        load: Callable[[str], ModuleFacts | None],
        trail: Trail,
        decorators: Collection[str] = (),
        factories: Collection[str] = (),
    ) -> None:
        self.index = index
        self.load = load
        self.search = Search(trail)
        # with the expression, so that its id stays
        self._recent: Memo[tuple[int, Place], tuple[Expr, Resolved]] = Memo(trail)
        self.names = Names(self)
        self.bindings = Bindings(self)
        self.annotations = Annotations(self)
        self.classes = Classes(self)
        self.returns = Returns(self)
        self.decorators = Decorators(
            self, frozenset(decorators), frozenset(name.replace(":", ".") for name in factories)
        )
        self.dependencies = Dependencies(self)
        self.effects = Effects(self)
        self.outside = OutsideCalls(self)
        self.injected: AttributesGiven | None = None  # and this, where attributes are to be told by assignments
        self.callers: CallersOf | None = None  # set where parameters are to be told by their callers
        self.installed = Installed(self)

    # facts

    def scope(self, file: str, number: int) -> Scope:
        found = self.load(file)
        assert found is not None  # a value of this module was made from its facts
        return found.scopes[number]

    def function(self, function: Function) -> FunctionFacts:
        found = self.scope(function.file, function.scope).function
        assert found is not None
        return found

    def qualname(self, function: Function) -> str:
        found = self.load(function.file)
        assert found is not None
        return found.qualname(function.scope)

    # expressions

    def evaluate(self, expr: Expr, place: Place) -> Resolved:
        """What `expr` is at `place`; the same object is not evaluated twice in a row, nor the start of a chain."""
        if isinstance(expr, facts.Name) or not self.search.is_idle:
            return self._evaluate(expr, place)
        return self._recent.once((id(expr), place), lambda: (expr, self._evaluate(expr, place)))[1]

    def forget_recent(self) -> None:
        """Let go of the expressions that were evaluated."""
        self._recent.clear()

    def _evaluate(self, expr: Expr, place: Place) -> Resolved:
        if isinstance(expr, facts.Name):
            return self.names.lookup(expr.id, place)
        if isinstance(expr, facts.Attribute):
            return self._attribute_of(self.evaluate(expr.value, place), expr)
        if isinstance(expr, facts.Call):
            return self._call(expr, place)
        if isinstance(expr, facts.Await):
            return self.awaited(self.evaluate(expr.value, place))
        if isinstance(expr, facts.Choice):
            return combine([self.evaluate(option, place) for option in expr.options])
        if isinstance(expr, facts.Subscript):
            return self._subscript(expr, place)
        if isinstance(expr, facts.Constant):
            return Resolved(NOTHING if expr.value is None else OUTSIDE)
        return self._evaluate_rare(expr, place)

    def _attribute_of(self, owner: Resolved, expr: facts.Attribute) -> Resolved:
        found = self.attribute(owner, expr.attr)
        if self.injected is None or not isinstance(found.value, Unknown | Outside):
            return found
        return self.injected.given(expr, owner.value) or found

    def _evaluate_rare(self, expr: Expr, place: Place) -> Resolved:
        if isinstance(expr, facts.Lambda):
            return Resolved(Closure(expr.result, replace(place, chosen=None)))
        if isinstance(expr, facts.Typed):
            return self.instance_of(expr.annotation, place)
        if isinstance(expr, facts.Given):
            return Resolved(self.effects.in_lambda(place))
        if isinstance(expr, facts.Entered):
            return self._entered(self.evaluate(expr.value, place))
        return Resolved(_UNFOLLOWED)

    def _call(self, expr: facts.Call, place: Place) -> Resolved:
        if expr.func == facts.Name("super"):
            return self.classes.super_of(place)
        callee = self.evaluate(expr.func, place)
        if isinstance(callee.value, Outside):
            found = self.outside.called(callee.value, expr, place)
            return found.after(*callee.steps) if isinstance(found.value, Manager) else found
        return self._decorated(callee, expr, place) or self.called(callee)

    def _decorated(self, decorator: Resolved, expr: facts.Call, place: Place) -> Resolved | None:
        """What an own decorator makes of a function that it is called with: `scope = managed(_scope)`."""
        if len(expr.args) != 1 or expr.keywords:
            return None
        effect = self.effects.of(decorator.value)
        if effect is None and place.given is None:
            return None  # to tell what is passed may take all callers of a function
        found = self.evaluate(expr.args[0], place)
        if not isinstance(found.value, Function | Closure) and found.value != GIVEN:
            return None
        if effect is None:
            return Resolved(UNKNOWN)
        result = self.outside.made(effect.maker, found) if effect.maker else found
        return (Resolved(effect.wrapper) if effect.wrapper else result).after(*decorator.steps, *effect.steps)

    def _entered(self, found: Resolved) -> Resolved:
        """What `with` on an object of the project hands over."""
        if not isinstance(found.value, Instance):
            return Resolved(UNKNOWN)
        enter = next(
            (method for name in ("__enter__", "__aenter__") if _is_known(method := self.attribute(found, name))), None
        )
        result = self.called(enter) if enter else Resolved(UNKNOWN)
        return self.awaited(result) if isinstance(result.value, Coroutine) else result

    def awaited(self, found: Resolved) -> Resolved:
        """What `await` makes of a value."""
        value = found.value
        if isinstance(value, Coroutine):
            return Resolved(OUTSIDE if isinstance(value.result, Manager) else value.result, found.steps)
        return Resolved(value if isinstance(value, Unknown | Outside) else UNKNOWN)

    def _subscript(self, expr: facts.Subscript, place: Place) -> Resolved:
        if expr.value == facts.Name("|"):
            return Resolved(SubscriptedType(expr, place))
        base = self.evaluate(expr.value, place)
        if isinstance(base.value, ClassValue) or is_typing(base.value):
            return Resolved(SubscriptedType(expr, place), base.steps)
        return Resolved(_UNFOLLOWED)

    # what the parts answer

    def home(self, name: str, place: Place) -> int | None:
        """The scope in which `name`, read at `place`, is bound; None if it is bound in none."""
        return self.names.home(name, place)

    def imported_file(self, binding: facts.Import, file: str) -> str | None:
        """The file of the module that an import in `file` names."""
        return self.names.imported_file(binding, file)

    def bound_by(self, binding: Binding, place: Place) -> Resolved:
        """What one binding of a name makes of it."""
        return self.bindings.bound_by(binding, place)

    def passed(self, parameter: facts.Parameter, place: Place) -> Resolved:
        """What all calls of a function pass for a parameter without annotation."""
        if self.callers and not self.index.is_installed(place.file):
            return self.callers.passed(parameter, place)
        return unknown(Reason.PARAMETER, parameter.name, place.file, parameter.row)

    def instance_of(self, annotation: Expr, place: Place) -> Resolved:
        """What a value with this type annotation is."""
        return self.annotations.instance_of(annotation, place)

    def attribute(self, owner: Resolved, attr: str) -> Resolved:
        """What `owner.attr` is."""
        return self.classes.attribute(owner, attr)

    def mro(self, class_: ClassValue) -> Mro:
        """The class and its bases in the order of lookup; None stands for a base that is not of the project."""
        return self.classes.mro(class_)

    def called(self, callee: Resolved) -> Resolved:
        """What a call of `callee` returns."""
        return self.returns.called(callee)

    def definition_step(self, function: Function) -> Step:
        """The step of a chain that shows the definition of a factory."""
        return self.returns.definition_step(function)

    def kind(self, function: Function) -> Kind:
        """What a function is, by its decorators."""
        return self.decorators.kind(function)


def _is_known(found: Resolved) -> bool:
    return not isinstance(found.value, Unknown | Outside | Nothing)
