"""Methods that a subclass has another one of: then the class alone does not tell what a call returns."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sessionfix.project.expressions import expression
from sessionfix.project.facts import ModuleFacts
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.values import (
    ClassValue,
    Function,
    Instance,
    Manager,
    Method,
    ModuleValue,
    Resolved,
    Value,
    combine,
)

_DEFINED = r"\bdef\s+NAME\b|\bNAME\s*(?::[^\n=]*)?=[^=]"


@dataclass(frozen=True)
class Overrides:
    """Answers for the methods that the way to a factory leads over."""

    known: Knowledge
    _answers: dict[Method, bool] = field(default_factory=dict)
    _overwritten: dict[Function, bool] = field(default_factory=dict)

    def agree(self, resolved: Resolved) -> bool:
        """Whether every method on the way returns the same kind of thing in all subclasses of the project."""
        methods = dict.fromkeys(step.method for step in resolved.steps if step.method)
        functions = resolved.value.functions if isinstance(resolved.value, Manager) else ()
        if any(self._is_overwritten(function) for function in functions):
            return False
        return all(map(self._is_settled, (*methods, *self._methods_of(functions))))

    def implemented(self, owner: Value, name: str) -> Resolved | None:
        """What a method returns that the owner's class leaves to its subclasses, if all of them return managers."""
        if not isinstance(owner, Instance) or not self._is_stub(owner, name):
            return None
        found = combine([self._called(class_, name) for class_ in self._overriding(Method(owner.class_, name))])
        return found if isinstance(found.value, Manager) else None

    def _is_stub(self, owner: Instance, name: str) -> bool:
        method = self.known.resolver.attribute(Resolved(owner), name).value
        return isinstance(method, Function) and self.known.resolver.function(method).is_stub

    def _methods_of(self, functions: Iterable[Function]) -> Iterator[Method]:
        made = (self.known.resolver.definition_step(function).method for function in functions)
        return (method for method in made if method is not None)

    def _is_settled(self, method: Method) -> bool:
        if method not in self._answers:
            own = self._result(method.class_, method.name)
            others = (self._result(class_, method.name) for class_ in self._overriding(method))
            self._answers[method] = all(_is_same_kind(own, other) for other in others)
        return self._answers[method]

    def _result(self, class_: ClassValue, name: str) -> Value:
        return self._called(class_, name).value

    def _called(self, class_: ClassValue, name: str) -> Resolved:
        """What the method returns for an object of the very class."""
        resolver = self.known.resolver
        return resolver.called(resolver.attribute(Resolved(Instance(class_, is_exact=True)), name))

    def _overriding(self, method: Method) -> Iterator[ClassValue]:
        """The subclasses that have a method of this name themselves."""
        for file in self.known.files_with(method.name, _DEFINED):
            module = self.known.facts_of(file)
            for class_ in _classes_with(file, module, method.name) if module else ():
                if class_ != method.class_ and method.class_ in self.known.resolver.mro(class_):
                    yield class_

    # functions that another module puts something else in the place of

    def _is_overwritten(self, function: Function) -> bool:
        if function not in self._overwritten:
            name = self.known.resolver.scope(function.file, function.scope).name
            files = self.known.files_with(name, r"\.\s*NAME\s*=[^=]")
            found = any(not _is_test(file) and self._overwrites(file, name, function) for file in files)
            self._overwritten[function] = found
        return self._overwritten[function]

    def _overwrites(self, file: str, name: str, function: Function) -> bool:
        """Whether a file has `owner.name = ...`, where the owner is the function's module or its class."""
        target = self.known.target_of(file)
        for node in ast.walk(target.tree) if target else ():
            if target and isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store):
                owner = self.known.resolver.evaluate(expression(node.value), target.place(node)).value
                if self._is_owner(owner, function):
                    return True
        return False

    def _is_owner(self, owner: Value, function: Function) -> bool:
        if isinstance(owner, ModuleValue):
            return owner.module.file == function.file
        return isinstance(owner, ClassValue) and owner in (function.receiver, self._class_of(function))

    def _class_of(self, function: Function) -> ClassValue:
        scope = self.known.resolver.scope(function.file, function.scope)
        return ClassValue(function.file, scope.parent)


def _is_test(file: str) -> bool:
    """What tests put in a function's place is not there when the program runs."""
    path = Path(file)
    return path.name.startswith(("test_", "conftest.")) or not {"test", "tests"}.isdisjoint(path.parts)


def _classes_with(file: str, module: ModuleFacts, name: str) -> Iterator[ClassValue]:
    for number, scope in enumerate(module.scopes):
        if scope.class_ is not None and (name in scope.bindings or name in scope.class_.attributes):
            yield ClassValue(file, number)


def _is_same_kind(own: Value, other: Value) -> bool:
    if isinstance(own, Manager) and isinstance(other, Manager):
        return (own.is_async, own.listed) == (other.is_async, other.listed)
    return own == other
