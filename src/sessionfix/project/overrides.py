"""Methods that a subclass has another one of: then the class alone does not tell what a call returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from sessionfix.project.factories import Exit, either
from sessionfix.project.facts import Subscript
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.rebound import Rebound
from sessionfix.project.subclasses import Subclasses
from sessionfix.project.values import (
    UNKNOWN,
    ClassValue,
    Function,
    Generator,
    Instance,
    Manager,
    Method,
    Outside,
    Place,
    Resolved,
    Value,
    any_of,
    combine,
)

_MANAGER_TYPES = frozenset(
    {"ContextManager", "AbstractContextManager", "AsyncContextManager", "AbstractAsyncContextManager"}
)


_ANY = Exit(swallows=True, keeps_on_error=True, locks=True)


@dataclass(frozen=True)
class Overrides:
    """Answers for the methods that the way to a factory leads over."""

    known: Knowledge
    _answers: dict[Method, bool] = field(default_factory=dict)

    @cached_property
    def _subclasses(self) -> Subclasses:
        return Subclasses(self.known)

    @cached_property
    def _rebound(self) -> Rebound:
        return Rebound(self.known, self._subclasses)

    def agree(self, resolved: Resolved) -> bool:
        """Whether every method on the way returns the same kind of thing in all subclasses of the project."""
        reads = dict.fromkeys(step.read for step in resolved.steps if step.read)
        return all(map(self._is_settled, self._methods_on(resolved))) and not any(map(self._rebound.is_rebound, reads))

    def completed(self, resolved: Resolved) -> Resolved:
        """The same with the factories of all subclasses, where `agree` says that each returns a manager, too."""
        if not isinstance(resolved.value, Manager):
            return resolved
        results = (self._result(class_, name) for class_, name in self._overriding(resolved))
        others = [result for result in results if isinstance(result, Manager)]
        return replace(resolved, value=any_of([resolved.value, *others])) if others else resolved

    def exit_of(self, resolved: Resolved) -> Exit:
        """What a manager may do at exit, if a subclass may have another one, too."""
        completed = self.completed(resolved).value
        assert isinstance(completed, Manager)
        found = self.known.factory_of(completed).exit
        return found if self.agree(resolved) else either((found, _ANY))

    def _overriding(self, resolved: Resolved) -> Iterator[tuple[ClassValue, str]]:
        for method in self._methods_on(resolved):
            for class_ in self._subclasses.overriding(method.class_, method.name):
                yield class_, method.name

    def _methods_on(self, resolved: Resolved) -> dict[Method, None]:
        """The methods on the way, the factories themselves among them."""
        functions = resolved.value.functions if isinstance(resolved.value, Manager) else ()
        methods = (step.method for step in resolved.steps if step.method)
        return dict.fromkeys((*methods, *self._methods_of(functions)))

    def implemented(self, owner: Value, name: str) -> Resolved | None:
        """What a method returns that the owner's class leaves to its subclasses, if all of them return managers."""
        if not isinstance(owner, Instance) or not self._is_stub(owner, name):
            return None
        overriding = self._subclasses.overriding(owner.class_, name)
        found = combine(
            [self._called(class_, name) for class_ in overriding if not self._is_stub(Instance(class_), name)]
        )
        return found if isinstance(found.value, Manager) else None

    def promised(self, owner: Value, name: str) -> Resolved | None:
        """The same for a method that says itself that it returns a manager: then there is no doubt left."""
        found = self.implemented(owner, name)
        stub = self.known.resolver.attribute(Resolved(owner), name).value
        return found if found and isinstance(stub, Function) and self._promises_manager(stub) else None

    def _promises_manager(self, stub: Function) -> bool:
        """Whether the decorators of a method without a body, or its annotation, name a manager."""
        resolver = self.known.resolver
        function = resolver.function(stub)
        place = Place(stub.file, resolver.scope(stub.file, stub.scope).parent)
        if any(
            resolver.decorators.makes_manager(resolver.decorators.name_of(one, place)) for one in function.decorators
        ):
            return True
        declared = function.annotation.value if isinstance(function.annotation, Subscript) else function.annotation
        type_ = resolver.evaluate(declared, place).value if declared is not None else UNKNOWN
        return isinstance(type_, Outside) and type_.name.rpartition(".")[2] in _MANAGER_TYPES

    def _is_stub(self, owner: Instance, name: str) -> bool:
        method = self.known.resolver.attribute(Resolved(owner), name).value
        return isinstance(method, Function) and self.known.resolver.function(method).is_stub

    def _methods_of(self, functions: Iterable[Function]) -> Iterator[Method]:
        made = (self.known.resolver.definition_step(function).method for function in functions)
        return (method for method in made if method is not None)

    def _is_settled(self, method: Method) -> bool:
        if method not in self._answers:
            own = self._result(method.class_, method.name)
            others = (
                self._result(class_, method.name) for class_ in self._subclasses.overriding(method.class_, method.name)
            )
            self._answers[method] = all(_is_same_kind(own, other) for other in others)
        return self._answers[method]

    def _result(self, class_: ClassValue, name: str) -> Value:
        return self._called(class_, name).value

    def _called(self, class_: ClassValue, name: str) -> Resolved:
        """What the method returns for an object of the very class."""
        resolver = self.known.resolver
        return resolver.called(resolver.attribute(Resolved(Instance(class_, is_exact=True)), name))


def _is_same_kind(own: Value, other: Value) -> bool:
    if isinstance(own, Manager) and isinstance(other, Manager):
        return (own.is_async, own.listed) == (other.is_async, other.listed)
    if isinstance(own, Generator) and isinstance(other, Generator):
        return own.is_async == other.is_async
    return own == other
