"""What a plain name means: scopes, imports, star imports, members of modules."""

from __future__ import annotations

import builtins
import contextlib
import typing
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.facts import Binding, ScopeKind
from sessionfix.project.modules import Module
from sessionfix.project.values import (
    NOTHING,
    OUTSIDE,
    UNKNOWN,
    Function,
    Instance,
    ModuleValue,
    Outside,
    Place,
    Read,
    Resolved,
    Step,
    combine,
    lacks_reason,
    outside,
    unknown,
)
from sessionfix.project.why import Reason, Why

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

# Backports that have the same names as what they stand in for.
_ORIGINS = {"contextlib2": "contextlib", "async_generator": "contextlib", "typing_extensions": "typing"}
_STAR_MODULES = {"typing": frozenset(typing.__all__), "contextlib": frozenset(contextlib.__all__)}


@dataclass(frozen=True)
class Names:
    """Follows names through the scopes and modules of the project."""

    resolver: Resolver

    def lookup(self, name: str, place: Place) -> Resolved:
        """What the plain name `name` is at `place`."""
        home = self.home(name, place)
        if home is not None:
            return self._bound(name, replace(place, scope=home), is_late=self._is_late(place, home))
        return self._module_name(name, place.file)

    def home(self, name: str, place: Place) -> int | None:
        """The scope in which `name`, read at `place`, is bound; None if it is bound in none."""
        module = self.resolver.load(place.file)
        assert module is not None  # a place is made from facts
        return module.home(name, place.scope)

    def _is_late(self, place: Place, home: int) -> bool:
        """Whether code at `place` runs when the statements of the scope `home` around it have run: in a function."""
        number = place.scope
        while number != home and number:
            scope = self.resolver.scope(place.file, number)
            if scope.kind is ScopeKind.FUNCTION:
                return self.resolver.scope(place.file, home).kind is not ScopeKind.FUNCTION
            number = scope.parent
        return False

    def _module_name(self, name: str, file: str) -> Resolved:
        found = self.member(Module(file), name)
        if found is not None:
            return found
        if hasattr(builtins, name):
            return Resolved(Outside(f"builtins.{name}"))
        found_outside = self._starred_outside(name, file)
        return Resolved(found_outside) if found_outside.name else outside(Reason.NOT_FOUND, name, file)

    def _starred_outside(self, name: str, file: str) -> Outside:
        """A name of a well-known module that the file imports by a star."""
        found = self.resolver.load(file)
        for star in found.stars if found else ():
            if name in _STAR_MODULES.get(star.module, ()):
                return Outside(f"{star.module}.{name}")
        return OUTSIDE

    def _bound(self, name: str, place: Place, *, is_late: bool) -> Resolved:
        scope = self.resolver.scope(place.file, place.scope)
        bindings = scope.left.get(name, scope.bindings[name]) if is_late else scope.bindings[name]
        found = self.resolver.search.once(
            (place, name, is_late),
            lambda: self._found(name, bindings, place),
            circular=Resolved(NOTHING),
            lost=Resolved(UNKNOWN),
        )
        if lacks_reason(found.value) and len(bindings) > 1:
            why = Why(Reason.SEVERAL, name, place.file, tuple(binding.row for binding in bindings))
            found = replace(found, value=replace(found.value, why=why))
        return found if place.scope else found.after(Step.reading(Read(place.file, name)))

    def _found(self, name: str, bindings: tuple[Binding, ...], place: Place) -> Resolved:
        declared = tuple(binding for binding in bindings if _is_bare_annotation(binding))
        if place.chosen and place.chosen.name == name and place.chosen.scope == place.scope:
            bindings = tuple(binding for binding in bindings if binding.row in place.chosen.rows)
        return self._declared(declared, place) or self._agreed(bindings, place)

    def _agreed(self, bindings: tuple[Binding, ...], place: Place) -> Resolved:
        """The value that all bindings of a name agree on, overloads and bare annotations aside."""
        found = [
            self.resolver.bound_by(binding, place) for binding in bindings if not self.says_nothing(binding, place)
        ]
        return combine(found)

    def _declared(self, declared: tuple[Binding, ...], place: Place) -> Resolved | None:
        """What a bare `name: Class` says of the name, if that is a class of the project."""
        found = combine([self.resolver.bound_by(binding, place) for binding in declared])
        return found if isinstance(found.value, Instance) else None

    def says_nothing(self, binding: Binding, place: Place) -> bool:
        """Whether a binding is an overload's, or a property's setter: others tell what the name means."""
        if not isinstance(binding, facts.Definition):
            return False
        scope = self.resolver.scope(place.file, binding.scope)
        return scope.function is not None and self.resolver.kind(Function(place.file, binding.scope)).is_overload

    def imported(self, binding: facts.Import, file: str) -> Resolved:
        """What an import in `file` binds."""
        step = Step(file, binding.row, binding.text)
        module = self.resolver.index.find(file, binding.module, binding.level, self._is_script(file))
        if module is None:
            origin = _ORIGINS.get(binding.module, binding.module)
            dotted = origin if binding.name is None else f"{origin}.{binding.name}"
            return Resolved(OUTSIDE) if binding.level else Resolved(Outside(dotted), (step,))
        if binding.name is None:
            return Resolved(ModuleValue(module), (step,))
        child = self.resolver.index.child(module, binding.name) if module.file == file else None
        found = Resolved(ModuleValue(child)) if child else self.member(module, binding.name)
        return (found or outside(Reason.NO_MEMBER, binding.name, module.file or file, 1)).after(step)

    def imported_file(self, binding: facts.Import, file: str) -> str | None:
        """The file of the module that an import in `file` names."""
        module = self.resolver.index.find(file, binding.module, binding.level, self._is_script(file))
        return module.file if module else None

    def _is_script(self, file: str) -> bool:
        found = self.resolver.load(file)
        return found is not None and found.is_script

    def member(self, module: Module, name: str) -> Resolved | None:
        """What `module.name` is; None if the module has no such name."""
        own = self._own(module, name)
        if own is not None:
            return own
        starred = self._starred(module, name)
        if starred is not None:
            return starred
        child = self.resolver.index.child(module, name)
        return Resolved(ModuleValue(child)) if child else None

    def _own(self, module: Module, name: str) -> Resolved | None:
        """What a module's own statements bind the name to; None if they don't."""
        if module.file is not None and not self._may_have(module.file, name):
            return None
        if module.file is not None and self.resolver.load(module.file) is None:
            return unknown(Reason.NO_MODULE, self.resolver.index.dotted(module.file), module.file, 1)
        own = module.file and self._has(module, name)
        return self._bound(name, Place(module.file, 0), is_late=True) if module.file and own else None

    def _starred(self, module: Module, name: str) -> Resolved | None:
        """A name that came by star imports, if all that may have brought it agree; at last, a submodule."""
        ways = list(self._ways(module, name))
        found = [member.after(*steps) for starred, steps in ways if (member := self._own(starred, name))]
        if not found:
            children = ((self.resolver.index.child(starred, name), steps) for starred, steps in ways)
            found = [Resolved(ModuleValue(child), steps) for child, steps in children if child]
        return combine(found) if found else None

    def _ways(self, module: Module, name: str) -> Iterator[tuple[Module, tuple[Step, ...]]]:
        """Each module that star imports lead to, over all that do not have the name themselves, with the steps."""
        seen = {module}
        todo: list[tuple[Module, tuple[Step, ...]]] = [(module, ())]
        while todo:
            importer, before = todo.pop()
            for starred, step in self._stars(importer, name):
                if starred not in seen:
                    seen.add(starred)
                    yield starred, (*before, step)
                    todo += [] if self._has(starred, name) else [(starred, (*before, step))]

    def _stars(self, importer: Module, name: str) -> Iterator[tuple[Module, Step]]:
        """The modules of which `importer` has star imports that would bring the name, the last one first."""
        file = importer.file
        found = self.resolver.load(file) if file else None
        for star in reversed(found.stars) if found else ():
            assert file is not None  # it has facts
            module = self.resolver.index.find(file, star.module, star.level, self._is_script(file))
            if module is not None and self._may_have(module.file, name) and self._exports(module, name):
                yield module, Step(file, star.row, star.text)

    def _may_have(self, file: str | None, name: str) -> bool:
        return file is None or self.resolver.index.may_have(file, name)

    def _has(self, module: Module, name: str) -> bool:
        found = self.resolver.load(module.file) if module.file else None
        return found is not None and name in found.scopes[0].bindings

    def _exports(self, module: Module, name: str) -> bool:
        found = self.resolver.load(module.file) if module.file else None
        exports = found.exports if found else None
        return not name.startswith("_") if exports is None else name in exports


def _is_bare_annotation(binding: Binding) -> bool:
    return isinstance(binding, facts.Value) and binding.annotation is not None and binding.expr is None
