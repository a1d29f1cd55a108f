"""Which classes of the project derive from a class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sessionfix.project.knowledge import Knowledge
from sessionfix.project.trail import Memo
from sessionfix.project.values import ClassValue


@dataclass(frozen=True)
class Subclasses:
    """Finds the subclasses, at any depth, of classes of the project."""

    known: Knowledge

    @cached_property
    def _found(self) -> Memo[ClassValue, tuple[ClassValue, ...]]:
        return Memo(self.known.trail)

    def of(self, class_: ClassValue) -> tuple[ClassValue, ...]:
        """All subclasses of a class, itself not among them."""
        return self._found.once(class_, lambda: tuple(self._search(class_)))

    def _search(self, class_: ClassValue) -> Iterator[ClassValue]:
        seen = {class_}
        files: set[str] = set()
        todo = [class_]
        while todo:
            one = todo.pop()
            name = self.known.resolver.scope(one.file, one.scope).name
            new = [file for file in self.known.files_deriving(name) if file not in files]
            files.update(new)
            for subclass in (found for file in new for found in self._deriving(file, class_)):
                if subclass not in seen:
                    seen.add(subclass)
                    todo.append(subclass)
                    yield subclass

    def _deriving(self, file: str, base: ClassValue) -> Iterator[ClassValue]:
        """The classes of a file that have `base` among their bases."""
        module = self.known.facts_of(file)
        for number, scope in enumerate(module.scopes if module else ()):
            if scope.class_ is not None and self._derives(ClassValue(file, number), base):
                yield ClassValue(file, number)

    def _derives(self, class_: ClassValue, base: ClassValue) -> bool:
        """Whether a class has `base` among its bases, or an unknown one where `base` is of an installed package."""
        mro = self.known.resolver.mro(class_)
        return base in mro or (None in mro and self.known.resolver.index.is_installed(base.file))

    def overriding(self, class_: ClassValue, name: str) -> Iterator[ClassValue]:
        """The subclasses in which the name means something else than in the class itself."""
        own = self._definer(class_, name)
        is_installed = self.known.resolver.index.is_installed(class_.file)
        for one in self.of(class_):
            definer = self._definer(one, name)
            if definer != own and not (is_installed and definer is None):
                yield one

    def _definer(self, class_: ClassValue, name: str) -> ClassValue | None:
        """The class in which an object of `class_` finds the name; None if that is not of the project."""
        for one in self.known.resolver.mro(class_):
            scope = self.known.resolver.scope(one.file, one.scope) if one else None
            if scope is None or scope.class_ is None or name in scope.bindings or name in scope.class_.attributes:
                return one
        return None
