"""The roles of classes and their objects: of those that are called or entered to get a factory.

Such an object is called by its own name, not by that of its method. So a class whose `__call__` has a role has one
itself, of one call more; and where an object of it is known to be, by its construction or an annotation, so has that.
The three methods are not told apart. In the same way attributes are followed whose names are too common (see `common`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.annotations import OF_FIRST_ITEM
from sessionfix.project.facts import Expr
from sessionfix.project.sieve.named import original_names
from sessionfix.project.sieve.roles import (
    ITSELF,
    NAMELESS,
    NO_ROLES,
    Roles,
    attributes,
    callables,
    called,
    giving,
    holding,
    of_objects,
    suspect,
    uncalled,
    union,
)

if TYPE_CHECKING:
    from sessionfix.project.sieve.links import Links

# Types of `typing` and the like: a value is an object of what stands in their brackets, or that, called, gives one.
_OF_ITEMS = OF_FIRST_ITEM | {"Annotated", "Union", "|"}
_OF_CALLS = frozenset({"Callable", "Type", "type"})
_OF_CLASSES = frozenset({"classmethod", "abstractclassmethod"})
_CLASS_FIRST = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


@dataclass(frozen=True)
class Objects:
    """Reads classes and annotations of one outline; `links` knows the names."""

    links: Links

    @cached_property
    def matter(self) -> bool:
        """Whether any object of the project may give a factory, by its class: else nothing here matters."""
        return bool(self.links.known.by_class) or not NAMELESS.isdisjoint(self.links.known.members)

    # classes

    def of_class(self, number: int) -> Roles:
        """The roles of a class's name."""
        return uncalled(self.of_object(number))

    def of_object(self, number: int) -> Roles:
        """The roles of an object of the very class."""
        scope = self.links.outline.facts.scopes[number]
        if scope.class_ is None or not self.matter:
            return NO_ROLES
        own = callables(union(self.links.member(number, name) for name in NAMELESS))
        bases = union(self.links.of(base, scope.parent) for base in scope.class_.bases)
        return frozenset(role._replace(of_object=True) for role in own) | called(of_objects(bases)) | self._held(number)

    def _held(self, number: int) -> Roles:
        """The roles for the attributes of a class that may be factories, in the class itself or in a subclass."""
        heirs = attributes(self.links.in_heirs(number, ITSELF))
        names = (name for name in self.links.attributes(number) if name in self.links.known.by_class)
        return frozenset(holding(name) for name in names if name in heirs or suspect(self.links.member(number, name)))

    def of_self(self, number: int) -> Roles:
        """The roles of `self` in a class's methods, which may be an object of a subclass."""
        return self.of_object(number) | self.links.in_heirs(number, ITSELF)

    def method(self, owner: Expr, scope: int) -> Roles:
        """The roles of one of the three methods, read from an object or a class."""
        is_super = isinstance(owner, facts.Call) and owner.func == facts.Name("super")
        found = self._super(scope) if is_super else giving(of_objects(self.links.of(owner, scope)))
        return found | called(found)

    def _super(self, scope: int) -> Roles:
        """The roles of what `super()` stands for: a base, or a class that a subclass has beside."""
        scopes = self.links.outline.facts.scopes
        while scope and scopes[scope].class_ is None:
            scope = scopes[scope].parent
        class_ = scopes[scope].class_
        bases = class_.bases if class_ else ()
        found = union(self.links.of(base, scopes[scope].parent) for base in bases)
        return giving(called(of_objects(found)) | self.links.in_heirs(scope, ITSELF))

    def first(self, scope: int) -> Roles:
        """The roles of the first parameter of a function: `self`, `cls`, or a task of Celery's."""
        function = self.links.outline.facts.scopes[scope].function
        around = self.links.parent(scope)
        if function is None or not self.matter:
            return NO_ROLES
        own = self.of_self(around) if self.links.outline.facts.scopes[around].class_ is not None else NO_ROLES
        names = frozenset[str]().union(*(self._names(one, around) for one in function.decorators))
        is_class = self.links.outline.facts.scopes[scope].name in _CLASS_FIRST or not names.isdisjoint(_OF_CLASSES)
        given = (dict(one.keywords).get("base") for one in function.decorators if isinstance(one, facts.Call))
        tasks = union(called(of_objects(self.links.of(base, around))) for base in given if base is not None)
        return own | (uncalled(own) if is_class else NO_ROLES) | tasks

    def entered(self, roles: Roles) -> Roles:
        """The roles of what a `with` on an object gives: mostly the object itself."""
        return called(of_objects(roles)) | frozenset(role for role in roles if role.attr)

    # annotations

    def declared(self, annotation: Expr | None, scope: int) -> Roles:
        """The roles of what an annotation names an object of."""
        if annotation is None or not self.matter:
            return NO_ROLES
        if isinstance(annotation, facts.Subscript):
            return called(of_objects(self.links.of(annotation.value, scope))) | self._items(annotation, scope)
        own = self._enclosing(scope) if "Self" in self._names(annotation, scope) else NO_ROLES
        return own | called(of_objects(self.links.of(annotation, scope)))

    def type_of(self, expr: facts.Subscript, scope: int) -> Roles:
        """The roles of a subscripted type, which may be the value of an alias."""
        return uncalled(self._items(expr, scope)) if self.matter else NO_ROLES

    def _items(self, type_: facts.Subscript, scope: int) -> Roles:
        """What the brackets of a type tell of its objects; nothing for a list's and the like."""
        names = self._names(type_.value, scope)
        is_told = type_.value == facts.Name("|") or self.links.outsiders.has(type_.value, scope)
        found = NO_ROLES
        if not is_told or not names.isdisjoint(_OF_ITEMS):
            found |= union(self.declared(item, scope) for item in type_.items)
            found |= union(self.injected(item, scope) for item in type_.items[1:])
        if not is_told or not names.isdisjoint(_OF_CALLS):
            found |= uncalled(union(self.declared(item, scope) for item in type_.items))
        return found

    def _enclosing(self, scope: int) -> Roles:
        """The roles of an object of the class around a scope."""
        scopes = self.links.outline.facts.scopes
        while scope and scopes[scope].class_ is None:
            scope = scopes[scope].parent
        return self.of_self(scope)

    def _names(self, expr: Expr, scope: int) -> frozenset[str]:
        return original_names(expr, scope, self.links.outline.facts)

    # what frameworks make

    def injected(self, mark: Expr | None, scope: int) -> Roles:
        """The roles of what a framework passes for a mark: `Depends(function)`, `Provide[Container.object]`."""
        if mark is None or not self.matter:
            return NO_ROLES
        if isinstance(mark, facts.Subscript):
            return union(self._provided(item, scope) for item in mark.items[:1])
        if not isinstance(mark, facts.Call):
            return NO_ROLES
        given = (*mark.args[:1], *(value for word, value in mark.keywords if word == "dependency"))
        nested = union(self.injected(one, scope) for one in given if isinstance(one, facts.Subscript))
        return nested.union(*(self._provided(one, scope) for one in given))

    def _provided(self, provider: Expr, scope: int) -> Roles:
        return called(of_objects(self.links.of(provider, scope)))

    def made_outside(self, call: facts.Call, names: frozenset[str], scope: int) -> Roles:
        """The roles of what a well-known function (of one of these names) makes of a class, or of an object."""
        if not self.matter:
            return NO_ROLES
        if "cast" in names:
            return self.declared(call.args[0], scope) if call.args else NO_ROLES
        bounds = tuple(value for word, value in call.keywords if word == "bound")
        given = of_objects(union(self.links.of(arg, scope) for arg in (*call.args, *bounds)))
        if "type" in names:
            return uncalled(given)
        if "LocalProxy" in names:
            return called(given)
        return given if not names.isdisjoint({"NewType", "TypeVar"}) else NO_ROLES
