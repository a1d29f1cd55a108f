"""Annotations that name nothing but classes: a generator is an object of none of them, nor of a subclass."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sessionfix.project import facts
from sessionfix.project.exits import DRIVERS
from sessionfix.project.facts import Expr
from sessionfix.project.resolve import Resolver
from sessionfix.project.values import ClassValue, Outside, Place, is_typing

_TOOLKITS = DRIVERS | {"sqlalchemy", "sqlmodel", "flask_sqlalchemy"}
_CLASSES = frozenset(
    "Session AsyncSession scoped_session async_scoped_session sessionmaker async_sessionmaker Connection "
    "AsyncConnection connection Engine AsyncEngine Inspector Redis".split()
)
_GENERIC = frozenset(
    "List Dict Set FrozenSet Tuple Type DefaultDict OrderedDict Counter Deque Callable Sequence MutableSequence "
    "Mapping MutableMapping".split()
)
_ABSTRACT = frozenset({"typing", "typing_extensions", "collections"})
_NOT_PLAIN = ("iterator", "iterable", "generator", "protocol", "cursor")  # a generator may pass for what is called so


@dataclass(frozen=True)
class PlainTypes:
    """Judges annotations at a place.

    `parameters` are the type parameters that are seen there; `made` gives the dotted names of classes of other packages
    that are known to be classes: something is seen to be made by calling them.
    """

    resolver: Resolver
    place: Place
    parameters: frozenset[str]
    made: Callable[[], frozenset[str]]

    def are_all(self, annotation: Expr) -> bool:
        """Whether an annotation is a class, or a choice of classes or None, that no generator is an object of."""
        members = [member for member in self._members(annotation) if member != facts.Constant(None)]
        return bool(members) and all(map(self._is_plain, members))

    def _members(self, annotation: Expr) -> Iterator[Expr]:
        """What a union is made of; the annotation itself where it is none."""
        if not isinstance(annotation, facts.Subscript):
            yield annotation
            return
        name = "" if annotation.value == facts.Name("|") else self._outside(annotation.value)
        if annotation.value == facts.Name("|") or name in ("Optional", "Union"):
            for item in annotation.items:
                yield from self._members(item)
        elif name == "Annotated":
            yield from self._members(annotation.items[0])
        else:
            yield annotation

    def _outside(self, expr: Expr) -> str:
        """The last name of something of `typing`; empty for everything else."""
        value = self.resolver.evaluate(expr, self.place).value
        return value.name.rpartition(".")[2] if isinstance(value, Outside) and is_typing(value) else ""

    def _is_plain(self, annotation: Expr) -> bool:
        expr = annotation.value if isinstance(annotation, facts.Subscript) else annotation
        if not isinstance(expr, facts.Name | facts.Attribute):
            return False
        if isinstance(expr, facts.Name) and expr.id in self.parameters:
            return False
        value = self.resolver.evaluate(expr, self.place).value
        if isinstance(value, ClassValue):
            return self._is_class(value, expr)
        return isinstance(value, Outside) and self._is_class_outside(value)

    def _is_class(self, class_: ClassValue, expr: facts.Name | facts.Attribute) -> bool:
        """Whether this is the class itself (a type variable with a bound, say, has another name), and no protocol."""
        if self.resolver.scope(class_.file, class_.scope).name not in self._names(expr):
            return False
        return not any(_may_be_iterator(name) for name in self._bases(class_))

    def _names(self, expr: facts.Name | facts.Attribute) -> Iterator[str]:
        """The names that an expression may have where it comes from."""
        if isinstance(expr, facts.Attribute):
            yield expr.attr
            return
        yield expr.id
        home = self.resolver.home(expr.id, self.place)
        bindings = self.resolver.scope(self.place.file, home).bindings[expr.id] if home is not None else ()
        yield from (binding.name for binding in bindings if isinstance(binding, facts.Import) and binding.name)

    def _bases(self, class_: ClassValue) -> Iterator[str]:
        """The last names of a class and of all that it derives from, as far as it is known."""
        for one in self.resolver.mro(class_):
            if one is not None:
                scope = self.resolver.scope(one.file, one.scope)
                yield scope.name
                yield from map(_last, scope.class_.bases if scope.class_ is not None else ())
                yield from ("iterator" for name in ("__next__", "__anext__") if name in scope.bindings)

    def _is_class_outside(self, value: Outside) -> bool:
        root, _, rest = value.name.partition(".")
        last = value.name.rpartition(".")[2]
        if root == "builtins":
            return _is_builtin_class(rest)
        if root in _ABSTRACT:
            return last in _GENERIC or (last == "Self" and is_typing(value))
        if not last or _may_be_iterator(last) or "(" in value.name:
            return False
        return (root in _TOOLKITS and last in _CLASSES) or value.name in self._made

    @cached_property
    def _made(self) -> frozenset[str]:
        return self.made()


def _last(base: Expr) -> str:
    if isinstance(base, facts.Subscript):
        return _last(base.value)
    if isinstance(base, facts.Attribute):
        return base.attr
    return base.id if isinstance(base, facts.Name) else "iterator"  # a call, say: nobody knows


def _may_be_iterator(name: str) -> bool:
    return any(word in name.lower() for word in _NOT_PLAIN)


def _is_builtin_class(name: str) -> bool:
    value = getattr(builtins, name, None)
    return isinstance(value, type) and value is not object and not hasattr(value, "__next__")
