"""Which classes, in whatever files, does a class derive from? Followed from file to file, and never by name alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from sessionfix.project import facts
from sessionfix.project.facts import Binding, Expr
from sessionfix.project.modules import Module
from sessionfix.project.sieve.named import original_names
from sessionfix.project.sieve.origins import Modules
from sessionfix.project.sieve.outline import Outline


class UnclearError(Exception):
    """It can't be told which class an expression gives."""


class Defined(NamedTuple):
    """A class or a function, by its file and its scope's number."""

    file: str
    scope: int


_Found: TypeAlias = Defined | Module
_OF_TYPES = frozenset({"type", "cast", "NewType", "TypeVar"})  # what gives a class that it is given


@dataclass(frozen=True)
class Lineage:
    """Follows the names of classes through the project's files; `outline` has what is told of a file."""

    modules: Modules
    outline: Callable[[str], Outline | None]

    def classes(self, expr: Expr, file: str, scope: int) -> frozenset[Defined]:
        """The classes of the project that an expression in a file may give. Raises UnclearError."""
        found = _Following(self, set()).of(expr, file, scope)
        return frozenset(one for one in found if isinstance(one, Defined) and self.is_class(one))

    def is_class(self, one: Defined) -> bool:
        outline = self.outline(one.file)
        return outline is not None and outline.facts.scopes[one.scope].class_ is not None


@dataclass(frozen=True)
class _Following:
    """One search; it has been at the names that were `seen`, with their files and scopes."""

    lineage: Lineage
    seen: set[tuple[str, str, int]]

    def of(self, expr: Expr, file: str, scope: int) -> Iterator[_Found]:
        if isinstance(expr, facts.Name):
            yield from self._named(expr.id, file, scope)
        elif isinstance(expr, facts.Attribute):
            for owner in list(self.of(expr.value, file, scope)):
                yield from self._attribute(owner, expr.attr)
        elif isinstance(expr, facts.Subscript):
            yield from self.of(expr.value, file, scope)
        elif isinstance(expr, facts.Choice):
            for option in expr.options:
                yield from self.of(option, file, scope)
        elif isinstance(expr, facts.Call):
            yield from self._called(expr.func, file, scope)
        elif not isinstance(expr, facts.Constant | facts.Opaque | facts.Lambda):
            raise UnclearError

    def _called(self, func: Expr, file: str, scope: int) -> Iterator[_Found]:
        if self._names(func, file, scope) & _OF_TYPES:
            raise UnclearError
        for callee in list(self.of(func, file, scope)):
            yield from self._returned(callee)

    def _returned(self, callee: _Found) -> Iterator[_Found]:
        """What a plain function returns."""
        if isinstance(callee, Module):
            raise UnclearError
        outline = self.lineage.outline(callee.file)
        function = outline.facts.scopes[callee.scope].function if outline else None
        if function is None or function.annotation is not None or function.decorators:
            raise UnclearError
        for expr in function.returns:
            yield from self.of(expr, callee.file, callee.scope)

    def _names(self, expr: Expr, file: str, scope: int) -> frozenset[str]:
        outline = self.lineage.outline(file)
        return original_names(expr, scope, outline.facts) if outline else frozenset()

    def _named(self, name: str, file: str, scope: int) -> Iterator[_Found]:
        outline = self.lineage.outline(file)
        home = outline.facts.home(name, scope) if outline else 0
        yield from self._bound(name, file, home or 0)

    def _bound(self, name: str, file: str, scope: int) -> Iterator[_Found]:
        """What a name is that is bound in a scope, or comes by a star."""
        outline = self.lineage.outline(file)
        if outline is None or (name, file, scope) in self.seen:
            return
        self.seen.add((name, file, scope))
        bindings = outline.facts.scopes[scope].bindings.get(name, ())
        for binding in bindings:
            yield from self._binding(binding, file)
        for star in outline.facts.stars if scope == 0 and not bindings else ():
            yield from self._members(self._modules(star, file), name)

    def _binding(self, binding: Binding, file: str) -> Iterator[_Found]:
        if isinstance(binding, facts.Import):
            modules = self._modules(binding, file)
            yield from modules if binding.name is None else self._members(modules, binding.name)
        elif isinstance(binding, facts.Definition):
            yield Defined(file, binding.scope)
        elif isinstance(binding, facts.Value) and binding.expr is not None:
            yield from self.of(binding.expr, file, binding.scope)
        elif not isinstance(binding, facts.Loose):
            raise UnclearError

    def _modules(self, binding: facts.Import, file: str) -> list[Module]:
        found = self.lineage.modules.module(file, binding.module, binding.level)
        return [one for one in found if one is not None]

    def _members(self, modules: Iterable[Module], name: str) -> Iterator[_Found]:
        for module in modules:
            if module.file is not None:
                yield from self._bound(name, module.file, 0)
            child = self.lineage.modules.child(module, name)
            yield from [child] if child is not None else []

    def _attribute(self, owner: _Found, attr: str) -> Iterator[_Found]:
        if isinstance(owner, Module):
            yield from self._members([owner], attr)
            return
        outline = self.lineage.outline(owner.file)
        if (
            outline is None
            or not self.lineage.is_class(owner)
            or attr not in outline.facts.scopes[owner.scope].bindings
        ):
            raise UnclearError
        yield from self._bound(attr, owner.file, owner.scope)
