"""Names that somebody gives another value while the program runs: then what was read is not what will be there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sessionfix.project import facts
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.modules import Module
from sessionfix.project.references import stores_in
from sessionfix.project.subclasses import Subclasses
from sessionfix.project.target import Target
from sessionfix.project.values import (
    ClassValue,
    Function,
    Instance,
    Manager,
    ModuleValue,
    Nothing,
    Outside,
    Read,
    Resolved,
    Unknown,
    Value,
)

_OVERRIDING = r"\bdependency_overrides\b[^\n]*\bNAME\b|\bNAME\s*\.\s*override\b|\boverride_providers\([^)]*\bNAME\b"


@dataclass(frozen=True)
class Rebound:
    """Answers for what the way to a factory reads."""

    known: Knowledge
    subclasses: Subclasses
    _answers: dict[Read, bool] = field(default_factory=dict)

    def is_rebound(self, read: Read) -> bool:
        """Whether a subclass, or an assignment from anywhere but a test, may have put something else there."""
        if read not in self._answers:
            self._answers[read] = self._find(read)
        return self._answers[read]

    def _find(self, read: Read) -> bool:
        if isinstance(read.owner, ClassValue) and self._computes_attributes(read.owner):
            return True
        if self._is_overridden(read):
            return True
        own = self._value(read)
        return any(not self._agree(own, other) for other in (*self._of_subclasses(read), *self._stored(read)))

    def _computes_attributes(self, class_: ClassValue) -> bool:
        """Whether objects of the class answer for their attributes themselves."""
        known = [one for one in self.known.resolver.mro(class_) if one is not None]
        scopes = (self.known.resolver.scope(one.file, one.scope) for one in known)
        return any("__getattribute__" in scope.bindings for scope in scopes)

    def _is_overridden(self, read: Read) -> bool:
        """Whether the program, its tests aside, overrides what a framework would inject: a dependency, a provider."""
        patterns, words = [_OVERRIDING], ["override"]
        if isinstance(read.owner, ClassValue) and None in self.known.resolver.mro(read.owner):
            class_ = self.known.resolver.scope(read.owner.file, read.owner.scope).name
            patterns.append(rf"\b{class_}\([^)]*\bNAME\s*=|\boverride\(\s*{class_}\b")
            words.append(class_)
        files = self.known.files_with(read.name, "|".join(patterns), words)
        return not all(map(self.known.resolver.index.is_test, files))

    def _value(self, read: Read) -> Value:
        resolver = self.known.resolver
        if isinstance(read.owner, ClassValue):
            return resolver.attribute(Resolved(Instance(read.owner, is_exact=True)), read.name).value
        found = resolver.names.member(Module(read.owner), read.name)
        return found.value if found else Unknown()

    def _of_subclasses(self, read: Read) -> Iterator[Value]:
        if isinstance(read.owner, ClassValue) and not read.is_exact:
            for class_ in self.subclasses.overriding(read.owner, read.name):
                yield self._value(replace(read, owner=class_))

    def _agree(self, own: Value, other: Value) -> bool:
        """Whether it makes no difference which of the two is there."""
        if isinstance(own, Nothing) or isinstance(other, Nothing) or _plain(own) == _plain(other):
            return True
        if not isinstance(own, Function) or not isinstance(other, Function):
            return False
        return self._same_manager(self._called(own), self._called(other))

    def _called(self, function: Function) -> Value:
        return self.known.resolver.called(Resolved(function)).value

    def _same_manager(self, own: Value, other: Value) -> bool:
        if isinstance(own, Manager) and isinstance(other, Manager):
            return (own.is_async, own.listed) == (other.is_async, other.listed)
        return _plain(own) == _plain(other)

    # assignments to attributes

    def _stored(self, read: Read) -> Iterator[Value]:
        """What the project assigns to the attribute, wherever it does so."""
        for file in self.known.files_storing(read.name):
            target = None if self.known.resolver.index.is_test(file) else self.known.target_of(file)
            if target is not None:
                yield from self._stored_in(target, read)

    def _stored_in(self, target: Target, read: Read) -> Iterator[Value]:
        for name, owner, value in stores_in(target):
            if name == read.name and self._may_be_of(target, owner, read):
                yield self._evaluated(target, value)

    def _evaluated(self, target: Target, value: ast.expr | None) -> Value:
        return self.known.resolver.evaluate(target.expression(value), target.place(value)).value if value else Unknown()

    def _may_be_of(self, target: Target, owner: ast.expr, read: Read) -> bool:
        """Whether `owner` may be what was read from."""
        value = self.known.resolver.evaluate(target.expression(owner), target.place(owner)).value
        if self.known.resolver.index.is_installed(read.owner if isinstance(read.owner, str) else read.owner.file):
            return isinstance(value, Outside | Unknown) and not self._is_self(target, owner)
        if isinstance(read.owner, str):
            return isinstance(value, ModuleValue) and value.module.file == read.owner
        class_ = value.class_ if isinstance(value, Instance) else value
        if isinstance(class_, ClassValue):
            mro = self.known.resolver.mro
            related = read.owner in mro(class_) or class_ in mro(read.owner)
            return related and not self._is_self(target, owner)
        return isinstance(class_, Unknown) or class_ == Outside()

    def _is_self(self, target: Target, owner: ast.expr) -> bool:
        """Whether this is the `self` of a method: what a class gives itself is looked up as its member."""
        home = self.known.resolver.home(owner.id, target.place(owner)) if isinstance(owner, ast.Name) else None
        if home is None or not isinstance(owner, ast.Name):
            return False
        method = target.facts.scopes[home]
        first, *others = method.bindings[owner.id]
        if method.name == "__init_subclass__":
            return False
        return isinstance(first, facts.Parameter) and first.index == 0 and not others


def _plain(value: Value) -> Value:
    """The value without what tells only from where it was read."""
    if isinstance(value, Function):
        return replace(value, receiver=None, is_virtual=False)
    return Instance(value.class_) if isinstance(value, Instance) else value
