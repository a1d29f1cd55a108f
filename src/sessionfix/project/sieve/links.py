"""Under which names a file hands factories on: from its facts, as the resolver would follow them, but by name alone.

Values are told from names without asking of what object or module they are; but what plainly comes from outside of the
project is left out, as `open(path).read` would make a factory of half a project where one is called `read`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from sessionfix.project import facts
from sessionfix.project.dependencies import PROVIDERS
from sessionfix.project.facts import Binding, ClassFacts, Expr, FunctionFacts, Scope, ScopeKind
from sessionfix.project.sieve.lineage import Defined
from sessionfix.project.sieve.named import base_names, has_attribute, last_name, original_names
from sessionfix.project.sieve.objects import Objects
from sessionfix.project.sieve.origins import BAGS, Origin, Origins
from sessionfix.project.sieve.outline import Outline
from sessionfix.project.sieve.outsiders import Finds, Outsiders
from sessionfix.project.sieve.roles import (
    ITSELF,
    NAMELESS,
    NO_ROLES,
    Passing,
    Roles,
    attributes,
    callables,
    called,
    giving,
    no_holders,
    of_objects,
    uncalled,
    union,
)
from sessionfix.project.sieve.settling import Settling
from sessionfix.room import with_room_if_needed

# What comes from outside and hands over what it is given, or what that makes.
_ABOUT_ARGUMENT = frozenset({"staticmethod", "partial", "update_wrapper", "LocalProxy", "cast", *PROVIDERS})
_CONSTRUCTING = frozenset({"__init__", "__class__", "cls", "type", ""})
_NO_MODULES = (facts.Parameter, facts.Definition, facts.Loose)
_Key: TypeAlias = tuple[str, int]  # a name and the scope that it is bound in


@dataclass(frozen=True)
class Known:
    """What is known of names so far: their roles, and the roles of what is passed.

    `modules` are the names in modules, `members` the attributes of classes and objects. `foreign` are the names that
    have their roles although they come from outside, such as `contextmanager`. `origins` tells what imports in `file`,
    the outline's, may bring. `handed_out` are names that installed packages have for factories: they count where they
    are imported, and where they are called. `heirs` has the roles of what subclasses of a class have instead, by the
    names of attributes; where their bases are not told, `is_unclear`. `tells_nulls`: every factory, and `nullcontext`,
    has its role. The attributes `by_class` count only on objects that have them, and those that any object is `given`
    on applications and the like, but that all objects `are_open` to such gifts.
    """

    modules: Mapping[str, Roles]
    members: Mapping[str, Roles]
    passed: Mapping[Passing, Roles]
    foreign: frozenset[str]
    file: str
    origins: Origins
    handed_out: Mapping[str, Roles] = field(default_factory=dict)
    heirs: Mapping[Defined, Mapping[str, Roles]] = field(default_factory=dict)
    is_unclear: bool = False
    tells_nulls: bool = False
    by_class: Collection[str] = frozenset()
    given: Mapping[str, Roles] = field(default_factory=dict)
    are_open: bool = False


def links_of(outline: Outline, known: Known, finds: Finds) -> Links:
    """The links of one outline; `finds` tells whether an import, of a script perhaps, leads to what may matter."""
    # hundreds of names may each be given the next
    return with_room_if_needed(lambda: _settled(Links(outline, known, Outsiders(outline, finds))))


def _settled(links: Links) -> Links:
    while not links.settles():
        links = Links(links.outline, links.known, links.outsiders.again(), links.bound.again())
    return links


@dataclass(frozen=True)
class Links:
    """Reads one outline. What a name is may depend on itself; then all are read again from what was found."""

    outline: Outline
    known: Known
    outsiders: Outsiders
    bound: Settling[_Key, Roles] = field(default_factory=lambda: Settling(NO_ROLES))
    hiding: set[str] = field(default_factory=set)  # what classes have, that is something else in others
    mixing: set[int] = field(default_factory=set)  # functions that return managers, and what seems to be none

    @cached_property
    def objects(self) -> Objects:
        return Objects(self)

    def settles(self) -> bool:
        """Look at every name; whether none depends on what turned out to be something else."""
        for number, scope in enumerate(self.outline.facts.scopes):
            for name in scope.bindings:
                self._bound_in(name, number)
            for name in scope.class_.attributes if scope.class_ else ():
                self.member(number, name)
        return self.bound.is_settled and self.outsiders.is_settled

    def names(self) -> Iterator[tuple[str, Roles]]:
        """What other modules can import from this one."""
        return ((name, self._bound_in(name, 0)) for name in self.outline.facts.scopes[0].bindings)

    def members(self) -> Iterator[tuple[str, Roles]]:
        """What can be read from classes and objects."""
        for number, scope in enumerate(self.outline.facts.scopes):
            if scope.class_ is not None:
                yield from ((name, self.member(number, name)) for name in self.attributes(number))

    def given(self) -> Iterator[tuple[str, Roles]]:
        """What any objects are given for attributes."""
        return ((given.name, self.of(given.value, given.scope)) for given in self.outline.stored)

    def local(self) -> Iterator[str]:
        """The names in functions, of which a call may be one of a factory."""
        return (name for name, roles in self._in_functions() if giving(callables(roles)))

    def held(self) -> frozenset[str]:
        """The attributes `by_class` that objects in functions may have."""
        return frozenset[str]().union(*(attributes(roles) for _, roles in self._in_functions()))

    def _in_functions(self) -> Iterator[tuple[str, Roles]]:
        for number, scope in enumerate(self.outline.facts.scopes):
            if scope.kind in (ScopeKind.FUNCTION, ScopeKind.INNER):
                yield from ((name, self._bound_in(name, number)) for name in scope.bindings)

    def passed(self) -> Iterator[tuple[Passing, Roles]]:
        """What is passed, by the names of those that may take it."""
        for one in self.outline.passed:
            roles = callables(self.of(one.value, one.scope))
            if roles and not self.outsiders.has(one.callee, one.scope):
                names = self._constructed() if one.to.callee in _CONSTRUCTING else (one.to.callee,)
                yield from ((Passing(name, one.to.slot), roles) for name in names)
        for scope in self.outline.facts.scopes:
            if scope.class_ is not None and "__init__" not in scope.bindings:
                yield from self._inherited(scope, scope.class_)

    def _inherited(self, scope: Scope, class_: ClassFacts) -> Iterator[tuple[Passing, Roles]]:
        """What the constructors of a class's bases are passed, as it has none of its own."""
        for passing, roles in self.known.passed.items():
            if passing.callee == scope.name:
                yield from ((Passing(base, passing.slot), roles) for base in self._bases(scope, class_))

    def _bases(self, scope: Scope, class_: ClassFacts) -> Iterator[str]:
        """The names of a class's bases, but of those that come from outside."""
        return base_names(base for base in class_.bases if not self.outsiders.has(base, scope.parent))

    def handed_up(self, hiding: Collection[str]) -> Iterator[tuple[Expr, int, Mapping[str, Roles]]]:
        """The bases of classes, the scopes that name them, and the roles there of `self` and of attributes."""
        for number, scope in enumerate(self.outline.facts.scopes):
            is_derived = scope.class_ is not None and scope.class_.bases
            found = self._of_self(number, hiding) if is_derived else {}
            if scope.class_ is not None and found:
                yield from ((base, scope.parent, found) for base in scope.class_.bases)

    def _of_self(self, number: int, hiding: Collection[str]) -> dict[str, Roles]:
        found = {name: self.member(number, name) | self.in_heirs(number, name) for name in hiding}
        found[ITSELF] = self.objects.of_self(number)
        return {name: roles for name, roles in found.items() if roles}

    def in_heirs(self, class_: int, attr: str) -> Roles:
        """What subclasses have under an attribute's name."""
        return self.known.heirs.get(Defined(self.known.file, class_), {}).get(attr, NO_ROLES)

    def _constructed(self) -> Iterator[str]:
        """The classes of which `cls(...)` or `super().__init__(...)` may be the construction."""
        for scope in self.outline.facts.scopes:
            if scope.class_ is not None:
                yield from (scope.name, *self._bases(scope, scope.class_))

    # names

    def _named(self, name: str, scope: int) -> Roles:
        home = self.outline.facts.home(name, scope)
        if home is not None:
            return self._bound_in(name, home)
        return self.known.modules.get(name, NO_ROLES) if self.outline.facts.stars else NO_ROLES

    def _bound_in(self, name: str, scope: int) -> Roles:
        bindings = self.outline.facts.scopes[scope].bindings.get(name, ())
        return self.bound.once((name, scope), lambda: union(self._binding(binding, scope) for binding in bindings))

    def _binding(self, binding: Binding, scope: int) -> Roles:
        if isinstance(binding, facts.Import):
            return self._imported(binding)
        if isinstance(binding, facts.Definition):
            return self._defined(binding)
        if isinstance(binding, facts.Value):
            given = self.of(binding.expr, binding.scope) if binding.expr else NO_ROLES
            return given | self.objects.declared(binding.annotation, binding.scope)
        return self._filled(binding, scope) if isinstance(binding, facts.Parameter) else NO_ROLES

    def _filled(self, parameter: facts.Parameter, scope: int) -> Roles:
        """What a parameter may be: by its annotation, if it has any."""
        around = self.parent(scope)
        first = self.objects.first(scope) if parameter.index == 0 else NO_ROLES
        if parameter.annotation is not None:
            return first | self.objects.declared(parameter.annotation, around)
        default = self.of(parameter.default, around) if parameter.default else NO_ROLES
        injected = self.objects.injected(parameter.default, around)
        return first | default | injected | self._given(parameter, scope)

    def _imported(self, binding: facts.Import) -> Roles:
        if binding.name is None:
            return NO_ROLES
        is_known = binding.name in self.known.foreign or self.known.origins.may_bring(self.known.file, _origin(binding))
        found = self.known.modules.get(binding.name, NO_ROLES) if is_known else NO_ROLES
        return found | self.known.handed_out.get(binding.name, NO_ROLES)

    def _given(self, parameter: facts.Parameter, scope: int) -> Roles:
        """The roles of what a parameter may be passed; a method's first is filled already."""
        function = self.outline.facts.scopes[scope]
        parent = self.outline.facts.scopes[function.parent]
        name = parent.name if function.name == "__init__" else function.name
        slots = [parameter.name, *({parameter.index, parameter.index - 1} if parameter.index is not None else ())]
        return union(self.known.passed.get(Passing(name, slot), NO_ROLES) for slot in slots)

    def parent(self, scope: int) -> int:
        return self.outline.facts.scopes[scope].parent

    def _defined(self, binding: facts.Definition) -> Roles:
        scope = self.outline.facts.scopes[binding.scope]
        if scope.function is None:
            return self.objects.of_class(binding.scope)
        returned = self._returned(scope.function, binding.scope)
        declared = self._declared(scope.function, scope.parent) if self.outline.is_stub else NO_ROLES
        return union((returned, declared, *(self._made(each, scope) for each in scope.function.decorators)))

    def _declared(self, function: FunctionFacts, scope: int) -> Roles:
        """What the annotation in a stub says: a subscript of a type whose objects are managers."""
        is_generic = isinstance(function.annotation, facts.Subscript)
        return (
            callables(called(self.of(function.annotation, scope))) if is_generic and function.annotation else NO_ROLES
        )

    def _made(self, decorator: Expr, scope: Scope) -> Roles:
        """What a decorator makes of a function."""
        assert scope.function is not None
        is_told = last_name(decorator) in self.known.foreign and not self.outline.is_stub
        kinds = (scope.function.is_async,) if is_told else (True, False)
        made = callables(called(self.of(decorator, scope.parent)))
        return frozenset(role._replace(is_async=is_async) for role in made for is_async in kinds)

    def _returned(self, function: FunctionFacts, scope: int) -> Roles:
        """The roles of a function by what it returns; a property is read as that, but never as a manager."""
        if function.is_generator or (self.outline.is_installed and not function.does_little):
            return NO_ROLES
        declared = self.objects.declared(function.annotation, self.parent(scope))
        found = declared.union(*(self.of(expr, scope) for expr in function.returns))
        found = found if self._may_return_manager(function, scope) else callables(found)
        if any(last_name(each).lower().endswith("property") for each in function.decorators):
            return callables(found)
        return uncalled(callables(found) if function.is_async else found)

    def _may_return_manager(self, function: FunctionFacts, scope: int) -> bool:
        """Whether all that a function returns may be managers: where something else is, too, it is no factory."""
        if not self.known.tells_nulls:
            return True
        are_managers = [any(role.calls == 0 for role in self.of(expr, scope)) for expr in function.returns]
        if any(are_managers) and not all(are_managers):
            self.mixing.add(scope)
        return not function.falls_through and all(are_managers)

    # expressions

    def of(self, expr: Expr, scope: int) -> Roles:
        if isinstance(expr, facts.Name):
            return self._named(expr.id, scope)
        if isinstance(expr, facts.Attribute):
            return self._read(expr, scope)
        if isinstance(expr, facts.Call):
            return called(self.of(expr.func, scope) | self._handed_out(expr.func)) | self._passed_on(expr, scope)
        if isinstance(expr, facts.Await):
            return self.of(expr.value, scope)
        if isinstance(expr, facts.Subscript):
            return self.of(expr.value, scope) | self.objects.type_of(expr, scope)
        if isinstance(expr, facts.Entered):
            return self.objects.entered(self.of(expr.value, scope))
        if isinstance(expr, facts.Choice):
            return union(self.of(option, scope) for option in expr.options)
        return uncalled(self.of(expr.result, scope)) if isinstance(expr, facts.Lambda) else NO_ROLES

    def _handed_out(self, func: Expr) -> Roles:
        """What is called by the name that a package has for a factory."""
        is_plain = isinstance(func, facts.Name | facts.Attribute)
        return self.known.handed_out.get(last_name(func), NO_ROLES) if is_plain else NO_ROLES

    def _passed_on(self, call: facts.Call, scope: int) -> Roles:
        """The roles of a function that a call takes and hands over, as it is or with something around it."""
        names = original_names(call.func, scope, self.outline.facts)
        is_known = not names.isdisjoint(_ABOUT_ARGUMENT)
        if not is_known and (len(call.args) != 1 or call.keywords or self.outsiders.has(call.func, scope)):
            return self.objects.made_outside(call, names, scope)
        given = callables(union(self.of(arg, scope) for arg in call.args))
        handed_over = given if is_known else no_holders(given)  # what is wrapped is a function
        return handed_over | self.objects.made_outside(call, names, scope)

    def _read(self, expr: facts.Attribute, scope: int) -> Roles:
        if expr.attr == "__class__":
            return uncalled(of_objects(self.of(expr.value, scope)))
        if expr.attr in NAMELESS:
            return self.objects.method(expr.value, scope)
        own = self._own_class(expr.value, scope)
        roles = self._of_member(expr, scope)
        if own is not None:
            return (
                self._of_own(own, expr.attr, roles)
                if has_attribute(self.outline.facts.scopes[own], expr.attr)
                else roles
            )
        if self._may_be_giver(expr.value, expr.attr, scope):
            roles |= self.known.modules.get(expr.attr, NO_ROLES)
        if not roles or expr.attr in self.known.foreign:
            return roles
        return NO_ROLES if self.outsiders.has(expr.value, scope) else roles

    def _of_member(self, expr: facts.Attribute, scope: int) -> Roles:
        """What an attribute may be, by its name; or of those `by_class`, by what the object may have."""
        is_open = self.known.are_open or last_name(expr.value) in BAGS
        given = self.known.given.get(expr.attr, NO_ROLES) if is_open else NO_ROLES
        roles = self.known.members.get(expr.attr, NO_ROLES)
        if not roles or expr.attr not in self.known.by_class or last_name(expr.value) == "super":
            return roles | given
        return roles | given if expr.attr in attributes(self.of(expr.value, scope)) else given

    def _of_own(self, class_: int, attr: str, roles: Roles) -> Roles:
        """What `self.attr` may be in a class that has such an attribute: its own, or a subclass's."""
        if self.known.is_unclear:
            return roles | self.member(class_, attr)
        found = self.member(class_, attr) | self.in_heirs(class_, attr)
        if not roles <= found:
            self.hiding.add(attr)
        return found

    def _may_be_giver(self, owner: Expr, attr: str, scope: int) -> bool:
        """Whether an object may be a module that gives a name; a parameter is never followed to a module."""
        if attr in self.known.foreign:
            return True
        parts: list[str] = []
        while isinstance(owner, facts.Attribute):
            parts.insert(0, owner.attr)
            owner = owner.value
        if not isinstance(owner, facts.Name):
            return not isinstance(owner, facts.Constant | facts.Opaque | facts.Lambda)
        home = self.outline.facts.home(owner.id, scope)
        if home is None:
            return bool(self.outline.facts.stars)
        bindings = self.outline.facts.scopes[home].bindings[owner.id]
        origins = [_origin(binding) for binding in bindings if isinstance(binding, facts.Import)]
        if len(origins) == len(bindings):
            return self.known.origins.may_give(self.known.file, origins, parts, attr)
        return bool(parts) or not all(isinstance(binding, _NO_MODULES) for binding in bindings)

    def _own_class(self, owner: Expr, scope: int) -> int | None:
        """The class whose method `scope` is in, or belongs to, where `owner` is its `self`."""
        if not isinstance(owner, facts.Name) or owner.id not in ("self", "cls"):
            return None
        home = self.outline.facts.home(owner.id, scope)
        parent = self.parent(home) if home is not None else 0
        return parent if self.outline.facts.scopes[parent].class_ is not None else None

    def attributes(self, class_: int) -> Iterator[str]:
        """The names of all attributes that a class has itself."""
        scope = self.outline.facts.scopes[class_]
        yield from scope.bindings
        yield from scope.class_.attributes if scope.class_ else ()

    def member(self, class_: int, attr: str) -> Roles:
        """What a class itself gives an attribute; then no base is asked."""
        scope = self.outline.facts.scopes[class_]
        values = scope.class_.attributes.get(attr, ()) if scope.class_ else ()
        bindings = (*scope.bindings.get(attr, ()), *values)
        key = f".{attr}", class_
        return self.bound.once(key, lambda: union(self._binding(binding, class_) for binding in bindings))


def _origin(binding: facts.Import) -> Origin:
    return Origin(binding.module, binding.level, binding.name)
