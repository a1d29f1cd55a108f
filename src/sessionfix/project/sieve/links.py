"""Under which names a file hands factories on: from its facts, as the resolver would follow them, but by name alone.

Values are told from names without asking of what object or module they are; but what plainly comes from outside of the
project is left out, as `open(path).read` would make a factory of half a project where one is called `read`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sessionfix.project import facts
from sessionfix.project.facts import Binding, ClassFacts, Expr, FunctionFacts, Scope, ScopeKind
from sessionfix.project.sieve.origins import BAGS, Origin, Origins
from sessionfix.project.sieve.outline import Outline
from sessionfix.project.sieve.roles import MOST_CALLS, NO_ROLES, Passing, Role, Roles
from sessionfix.project.sieve.settling import Settling
from sessionfix.room import with_room

# What comes from outside and hands over what it is given, or what that makes.
_ABOUT_ARGUMENT = frozenset({"staticmethod", "partial", "update_wrapper", "LocalProxy", "cast", "Callable", "Factory"})
_CONSTRUCTING = frozenset({"__init__", "__class__", "cls", "type", ""})
_NO_MODULES = (facts.Parameter, facts.Definition, facts.Loose)
_Key: TypeAlias = tuple[str, int]  # a name and the scope that it is bound in


@dataclass(frozen=True)
class Known:
    """What is known of names so far: their roles, and the roles of what is passed.

    `modules` are the names in modules, `members` the attributes of classes and objects. `foreign` are the names that
    have their roles although they come from outside, such as `contextmanager`. `origins` tells what imports in `file`,
    the outline's, may bring. `handed_out` are names that installed packages have for factories: they count where they
    are imported, and where they are called.
    """

    modules: Mapping[str, Roles]
    members: Mapping[str, Roles]
    passed: Mapping[Passing, Roles]
    foreign: frozenset[str]
    file: str
    origins: Origins
    handed_out: Mapping[str, Roles] = field(default_factory=dict)


def links_of(outline: Outline, known: Known, finds: Callable[[facts.Import, bool], bool]) -> Links:
    """The links of one outline; `finds` tells whether an import, of a script perhaps, leads to what may matter."""
    try:
        return _settled(Links(outline, known, finds))
    except RecursionError:  # hundreds of names, each of which is given the next
        return with_room(lambda: _settled(Links(outline, known, finds)))


def _settled(links: Links) -> Links:
    while not links.settles():
        links = replace(links, bound=links.bound.again(), outside=links.outside.again())
    return links


@dataclass(frozen=True)
class Links:
    """Reads one outline. What a name is may depend on itself; then all are read again from what was found."""

    outline: Outline
    known: Known
    finds: Callable[[facts.Import, bool], bool]
    bound: Settling[_Key, Roles] = field(default_factory=lambda: Settling(NO_ROLES))
    outside: Settling[_Key, bool] = field(default_factory=lambda: Settling(True))  # which depends on itself alone

    def settles(self) -> bool:
        """Look at every name; whether none depends on what turned out to be something else."""
        for number, scope in enumerate(self.outline.facts.scopes):
            for name in scope.bindings:
                self._bound_in(name, number)
        return self.bound.is_settled and self.outside.is_settled

    def names(self) -> Iterator[tuple[str, Roles]]:
        """What other modules can import from this one."""
        return ((name, self._bound_in(name, 0)) for name in self.outline.facts.scopes[0].bindings)

    def members(self) -> Iterator[tuple[str, Roles]]:
        """What can be read from classes and objects."""
        for number, scope in enumerate(self.outline.facts.scopes):
            if scope.class_ is not None:
                names = (*scope.bindings, *scope.class_.attributes)
                yield from ((name, self._member(number, name)) for name in names)
        yield from ((given.name, self._of(given.value, given.scope)) for given in self.outline.stored)

    def local(self) -> Iterator[str]:
        """The names in functions, of which a call may be one of a factory."""
        for number, scope in enumerate(self.outline.facts.scopes):
            if scope.kind in (ScopeKind.FUNCTION, ScopeKind.INNER):
                yield from (name for name in scope.bindings if _callable(self._bound_in(name, number)))

    def passed(self) -> Iterator[tuple[Passing, Roles]]:
        """What is passed, by the names of those that may take it."""
        for one in self.outline.passed:
            roles = _callable(self._of(one.value, one.scope))
            if roles and not self._comes_from_outside(one.callee, one.scope):
                names = self._constructed() if one.to.callee in _CONSTRUCTING else (one.to.callee,)
                yield from ((Passing(name, one.to.slot), roles) for name in names)
        for scope in self.outline.facts.scopes:
            if scope.class_ is not None and "__init__" not in scope.bindings:
                yield from self._inherited(scope.name, scope.class_)

    def _inherited(self, name: str, class_: ClassFacts) -> Iterator[tuple[Passing, Roles]]:
        """What the constructors of a class's bases are passed, as it has none of its own."""
        for passing, roles in self.known.passed.items():
            if passing.callee == name:
                yield from ((Passing(base, passing.slot), roles) for base in _last_names(class_))

    def _constructed(self) -> Iterator[str]:
        """The classes of which `cls(...)` or `super().__init__(...)` may be the construction."""
        for scope in self.outline.facts.scopes:
            if scope.class_ is not None:
                yield from (scope.name, *_last_names(scope.class_))

    # names

    def _home(self, name: str, number: int) -> int | None:
        """The scope in which a name, read in a scope, is bound."""
        scopes = self.outline.facts.scopes
        start = number
        while True:
            scope = scopes[number]
            is_visible = scope.kind is not ScopeKind.CLASS or number == start
            if is_visible and name in scope.global_names:
                return 0 if name in scopes[0].bindings else None
            if is_visible and name in scope.bindings:
                return number
            if number == 0:
                return None
            number = scope.parent

    def _named(self, name: str, scope: int) -> Roles:
        home = self._home(name, scope)
        if home is not None:
            return self._bound_in(name, home)
        return self.known.modules.get(name, NO_ROLES) if self.outline.facts.stars else NO_ROLES

    def _bound_in(self, name: str, scope: int) -> Roles:
        bindings = self.outline.facts.scopes[scope].bindings.get(name, ())
        return self.bound.once((name, scope), lambda: _union(self._binding(binding, scope) for binding in bindings))

    def _binding(self, binding: Binding, scope: int) -> Roles:
        if isinstance(binding, facts.Import):
            return self._imported(binding)
        if isinstance(binding, facts.Definition):
            return self._defined(binding)
        if isinstance(binding, facts.Value):
            return self._of(binding.expr, binding.scope) if binding.expr else NO_ROLES
        if isinstance(binding, facts.Parameter) and binding.annotation is None:
            default = self._of(binding.default, self._parent(scope)) if binding.default else NO_ROLES
            return default | self._given(binding, scope)
        return NO_ROLES

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
        return _union(self.known.passed.get(Passing(name, slot), NO_ROLES) for slot in slots)

    def _parent(self, scope: int) -> int:
        return self.outline.facts.scopes[scope].parent

    def _defined(self, binding: facts.Definition) -> Roles:
        scope = self.outline.facts.scopes[binding.scope]
        if scope.function is None:
            return NO_ROLES
        returned = self._returned(scope.function, binding.scope)
        declared = self._declared(scope.function, scope.parent) if self.outline.is_stub else NO_ROLES
        return _union((returned, declared, *(self._made(each, scope) for each in scope.function.decorators)))

    def _declared(self, function: FunctionFacts, scope: int) -> Roles:
        """What the annotation in a stub says: a subscript of a type whose objects are managers."""
        is_generic = isinstance(function.annotation, facts.Subscript)
        return (
            _callable(_called(self._of(function.annotation, scope))) if is_generic and function.annotation else NO_ROLES
        )

    def _made(self, decorator: Expr, scope: Scope) -> Roles:
        """What a decorator makes of a function."""
        assert scope.function is not None
        is_told = _last_name(decorator) in self.known.foreign and not self.outline.is_stub
        kinds = (scope.function.is_async,) if is_told else (True, False)
        made = _callable(_called(self._of(decorator, scope.parent)))
        return frozenset(Role(role.calls, is_async) for role in made for is_async in kinds)

    def _returned(self, function: FunctionFacts, scope: int) -> Roles:
        """The roles of a function by what it returns; a property is read as that, but never as a manager."""
        if function.is_generator or (self.outline.is_installed and not function.does_little):
            return NO_ROLES
        found = _union(self._of(expr, scope) for expr in function.returns)
        if any(_last_name(each).lower().endswith("property") for each in function.decorators):
            return _callable(found)
        return _uncalled(_callable(found) if function.is_async else found)

    # expressions

    def _of(self, expr: Expr, scope: int) -> Roles:
        if isinstance(expr, facts.Name):
            return self._named(expr.id, scope)
        if isinstance(expr, facts.Attribute):
            return self._read(expr, scope)
        if isinstance(expr, facts.Call):
            return _called(self._of(expr.func, scope) | self._handed_out(expr.func)) | self._passed_on(expr, scope)
        if isinstance(expr, facts.Await | facts.Subscript):
            return self._of(expr.value, scope)
        if isinstance(expr, facts.Choice):
            return _union(self._of(option, scope) for option in expr.options)
        return _uncalled(self._of(expr.result, scope)) if isinstance(expr, facts.Lambda) else NO_ROLES

    def _handed_out(self, func: Expr) -> Roles:
        """What is called by the name that a package has for a factory."""
        is_plain = isinstance(func, facts.Name | facts.Attribute)
        return self.known.handed_out.get(_last_name(func), NO_ROLES) if is_plain else NO_ROLES

    def _passed_on(self, call: facts.Call, scope: int) -> Roles:
        """The roles of a function that a call takes and hands over, as it is or with something around it."""
        is_known = _last_name(call.func) in _ABOUT_ARGUMENT
        if not is_known and (len(call.args) != 1 or call.keywords or self._comes_from_outside(call.func, scope)):
            return NO_ROLES
        return _callable(_union(self._of(arg, scope) for arg in call.args))

    def _read(self, expr: facts.Attribute, scope: int) -> Roles:
        roles = self.known.members.get(expr.attr, NO_ROLES)
        own = self._own_class(expr.value, scope)
        if own is not None:
            return self._member(own, expr.attr) if self._has(own, expr.attr) else roles
        if self._may_be_giver(expr.value, expr.attr, scope):
            roles |= self.known.modules.get(expr.attr, NO_ROLES)
        if not roles or expr.attr in self.known.foreign:
            return roles
        return NO_ROLES if self._comes_from_outside(expr.value, scope) else roles

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
        home = self._home(owner.id, scope)
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
        home = self._home(owner.id, scope)
        parent = self._parent(home) if home is not None else 0
        return parent if self.outline.facts.scopes[parent].class_ is not None else None

    def _has(self, class_: int, attr: str) -> bool:
        scope = self.outline.facts.scopes[class_]
        return attr in scope.bindings or (scope.class_ is not None and attr in scope.class_.attributes)

    def _member(self, class_: int, attr: str) -> Roles:
        """What a class itself gives an attribute; then no base is asked."""
        scope = self.outline.facts.scopes[class_]
        values = scope.class_.attributes.get(attr, ()) if scope.class_ else ()
        bindings = (*scope.bindings.get(attr, ()), *values)
        key = f".{attr}", class_
        return self.bound.once(key, lambda: _union(self._binding(binding, class_) for binding in bindings))

    # what is of no interest

    def _is_outside(self, binding: facts.Import) -> bool:
        return binding.name not in BAGS and not self.finds(binding, self.outline.facts.is_script)

    def _comes_from_outside(self, expr: Expr, scope: int) -> bool:
        """Whether an object is none of the project's, whoever calls what."""
        if isinstance(expr, facts.Name):
            return self._is_outside_name(expr.id, scope)
        if isinstance(expr, facts.Attribute):
            return expr.attr not in BAGS and self._comes_from_outside(expr.value, scope)
        if isinstance(expr, facts.Call):
            parts = (expr.func, *expr.args, *(value for _, value in expr.keywords))
            return all(self._comes_from_outside(part, scope) for part in parts)
        if isinstance(expr, facts.Await | facts.Entered):
            return self._comes_from_outside(expr.value, scope)
        if isinstance(expr, facts.Subscript):
            return all(self._comes_from_outside(part, scope) for part in (expr.value, *expr.items))
        if isinstance(expr, facts.Choice):
            return all(self._comes_from_outside(option, scope) for option in expr.options)
        return isinstance(expr, facts.Constant | facts.Opaque)

    def _is_outside_name(self, name: str, scope: int) -> bool:
        home = self._home(name, scope)
        if home is None:
            return name != "super" and not self.outline.facts.stars and not self.outline.is_installed
        return name not in BAGS and self._is_outside_in(name, home)

    def _is_outside_in(self, name: str, scope: int) -> bool:
        bindings = self.outline.facts.scopes[scope].bindings[name]
        return self.outside.once(
            (name, scope), lambda: all(self._is_bound_outside(binding, scope) for binding in bindings)
        )

    def _is_bound_outside(self, binding: Binding, scope: int) -> bool:
        if isinstance(binding, facts.Import):
            return self._is_outside(binding)
        if isinstance(binding, facts.Value):
            parts = (part for part in (binding.expr, binding.annotation) if part is not None)
            return all(self._comes_from_outside(part, binding.scope) for part in parts)
        if isinstance(binding, facts.Parameter):
            annotation = binding.annotation
            return annotation is not None and self._comes_from_outside(annotation, self._parent(scope))
        return isinstance(binding, facts.Loose)


def _origin(binding: facts.Import) -> Origin:
    return Origin(binding.module, binding.level, binding.name)


def _union(many: Iterable[Roles]) -> Roles:
    return NO_ROLES.union(*many)


def _called(roles: Roles) -> Roles:
    less = {Role(role.calls - 1, role.is_async) for role in roles if role.calls}
    return frozenset(less | {role for role in roles if role.calls == MOST_CALLS})


def _uncalled(roles: Roles) -> Roles:
    return frozenset(Role(min(role.calls + 1, MOST_CALLS), role.is_async) for role in roles)


def _callable(roles: Roles) -> Roles:
    return frozenset(role for role in roles if role.calls)


def _last_name(expr: Expr) -> str:
    expr = expr.func if isinstance(expr, facts.Call) else expr
    if isinstance(expr, facts.Attribute):
        return expr.attr
    return expr.id if isinstance(expr, facts.Name) else ""


def _last_names(class_: ClassFacts) -> Iterator[str]:
    return (_last_name(base.value if isinstance(base, facts.Subscript) else base) for base in class_.bases)
