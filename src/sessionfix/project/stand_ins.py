"""Calls of which a test, or the file itself, may put something else in the place of what is called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sessionfix.project.facts import Import
from sessionfix.project.injected import holder_of
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.replaced import patched_names, replaced_for_tests, replaced_names
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name
from sessionfix.project.values import Function, Generator, Manager, Nothing, Outside, Resolved, Unknown, Value


@dataclass(frozen=True)
class StandIns:
    """Answers for the calls of one file."""

    target: Target
    known: Knowledge

    def may_replace(self, call: ast.Call, resolved: Resolved) -> bool:
        """Whether something else may stand for the callee of `call`, or for anything on the way to `resolved`."""
        return self.may_replace_named(call.func, resolved)

    def may_replace_named(self, function: ast.expr, resolved: Resolved) -> bool:
        """The same for a function that is not called where it is named."""
        attributes = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and not self._is_own(node)}
        if not (self._replaced.isdisjoint(attributes) and self._patched.isdisjoint(names)):
            return True
        on_the_way = self._names_on_the_way(resolved)
        return not self._replaced_for_tests.isdisjoint((*attributes, *names, *on_the_way))

    def may_replace_inside(self, manager: Manager) -> bool:
        """Whether a test may have something else stand for what a factory's own body names, such as its session."""
        replaced = self._replaced_for_tests
        return bool(replaced) and any(not replaced.isdisjoint(self._named_in(one)) for one in manager.functions)

    def _named_in(self, function: Function) -> Iterator[str]:
        """The attributes that a function's body names, and the names that it has from elsewhere."""
        target = self.known.target_of(function.file)
        node = target.function(function.scope) if target else None
        own = target.facts.scopes[function.scope].bindings if target else {}
        for inner in ast.walk(node) if node else ():
            if isinstance(inner, ast.Attribute) or (isinstance(inner, ast.Name) and inner.id not in own):
                yield last_name(inner)

    @cached_property
    def _replaced_for_tests(self) -> frozenset[str]:
        return replaced_for_tests(self.target, self.known)

    @cached_property
    def _replaced(self) -> frozenset[str]:
        is_test = self.known.resolver.index.is_test(self.target.file)
        return frozenset(replaced_names(self.target, None if is_test else self._is_followed))

    def _is_followed(self, given: ast.Attribute) -> bool:
        """Whether what an attribute is given is known wherever it is read, as an application's is."""
        owner, place = self.target.expression(given.value), self.target.place(given)
        if holder_of(owner, self.known.resolver.evaluate(owner, place).value) is None:
            return False
        found = self.known.in_depth.resolver.evaluate(self.target.expression(given), place).value
        return not isinstance(found, Unknown | Outside | Nothing)

    @cached_property
    def _patched(self) -> frozenset[str]:
        return frozenset(patched_names(self.target))

    def _is_own(self, name: ast.Name) -> bool:
        """Whether a name is a variable of a function, and no import there."""
        home = self.known.resolver.home(name.id, self.target.place(name))
        bindings = self.target.facts.scopes[home].bindings[name.id] if home else ()
        return bool(bindings) and not any(isinstance(binding, Import) for binding in bindings)

    def _names_on_the_way(self, resolved: Resolved) -> Iterator[str]:
        yield from (step.read.name for step in resolved.steps if step.read)
        for function in _functions(resolved.value):
            yield self.known.resolver.scope(function.file, function.scope).name


def _functions(value: Value) -> tuple[Function, ...]:
    if isinstance(value, Manager):
        return value.functions
    if isinstance(value, Generator):
        return (value.function,)
    return (value,) if isinstance(value, Function) else ()
