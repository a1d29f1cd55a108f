"""A name in a scope -> its definition, through the whole project, with the steps that led there."""

from __future__ import annotations

import builtins
import contextlib
import typing
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from sessionfix.project import facts
from sessionfix.project.facts import Binding, Expr, FunctionFacts, ModuleFacts, Scope, ScopeKind
from sessionfix.project.modules import Module, ModuleIndex
from sessionfix.project.values import (
    NOTHING,
    OUTSIDE,
    UNKNOWN,
    ClassValue,
    Closure,
    Coroutine,
    Either,
    Function,
    Instance,
    Manager,
    Method,
    ModuleValue,
    Nothing,
    Outside,
    Place,
    Resolved,
    Step,
    SubscriptedType,
    Super,
    Unknown,
    Value,
    combine,
)

_SYNC_DECORATORS = frozenset({"contextlib.contextmanager", "contextlib2.contextmanager"})
_ASYNC_DECORATORS = frozenset(
    {"contextlib.asynccontextmanager", "contextlib2.asynccontextmanager", "async_generator.asynccontextmanager"}
)
_TRANSPARENT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "abstractmethod",
        "abstractclassmethod",
        "abstractstaticmethod",
        "override",
        "overrides",
        "final",
        "wraps",
        "no_type_check",
        "deprecated",
    }
)
_CACHES = frozenset({"lru_cache", "cache"})
_PLAIN_CLASS_DECORATORS = frozenset(
    {"dataclass", "final", "total_ordering", "runtime_checkable", "define", "frozen", "mutable", "s", "attrs"}
)
_HARMLESS_BASES = ("abc.", "typing.", "typing_extensions.", "builtins.object", "enum.")
_FIRST_ITEM = frozenset(
    {"Optional", "Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar"}
)
_CLASS_FIRST = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
_SESSION_MAKERS = frozenset(
    {"sessionmaker", "async_sessionmaker", "Session", "AsyncSession", "scoped_session", "async_scoped_session"}
)
_STAR_MODULES = {"typing": frozenset(typing.__all__), "contextlib": frozenset(contextlib.__all__)}
_DEPTH = 60
NO_EXPIRY = "(expire_on_commit=False)"


@dataclass(frozen=True)
class Kind:
    """What the decorators make of a function. `manager` is None, "sync" or "async"; `opaque`: they can't be told."""

    manager: str | None = None
    is_property: bool = False
    is_static: bool = False
    is_class: bool = False
    is_opaque: bool = False
    is_overload: bool = False
    is_cached: bool = False  # every call returns the same object: no matter for a getter, but no use of a factory


class Resolver:
    """Follows names. Reads other modules through `load`, as they are needed.

    `decorators` and `factories` are what the settings add: dotted names, and `module:qualname`.
    """

    def __init__(
        self,
        index: ModuleIndex,
        load: Callable[[str], ModuleFacts | None],
        decorators: Collection[str] = (),
        factories: Collection[str] = (),
    ) -> None:
        self._index = index
        self._load = load
        self._decorators = frozenset(decorators)
        self._factories = frozenset(name.replace(":", ".") for name in factories)
        self._active: set[object] = set()
        self._cuts = 0  # how often a way was cut short: what was found meanwhile holds for that way alone
        self._known: dict[object, Resolved] = {}
        self._orders: dict[ClassValue, list[ClassValue | None]] = {}
        self._kinds: dict[tuple[str, int], Kind] = {}

    @contextlib.contextmanager
    def _visiting(self, key: object) -> Iterator[bool]:
        """True unless `key` is being visited already, or the way is too long."""
        fresh = key not in self._active and len(self._active) < _DEPTH
        if fresh:
            self._active.add(key)
        else:
            self._cuts += 1
        try:
            yield fresh
        finally:
            if fresh:
                self._active.discard(key)

    def scope(self, file: str, number: int) -> Scope:
        found = self._load(file)
        assert found is not None  # a value of this module was made from its facts
        return found.scopes[number]

    def function(self, function: Function) -> FunctionFacts:
        found = self.scope(function.file, function.scope).function
        assert found is not None
        return found

    def qualname(self, function: Function) -> str:
        found = self._load(function.file)
        assert found is not None
        return found.qualname(function.scope)

    # expressions

    def evaluate(self, expr: Expr, place: Place) -> Resolved:
        """What `expr` is at `place`."""
        if isinstance(expr, facts.Name):
            return self.lookup(expr.id, place)
        if isinstance(expr, facts.Attribute):
            return self.attribute(self.evaluate(expr.value, place), expr.attr)
        if isinstance(expr, facts.Call):
            return self._call(expr, place)
        if isinstance(expr, facts.Await):
            return self._await(self.evaluate(expr.value, place))
        if isinstance(expr, facts.Choice):
            return combine([self.evaluate(option, place) for option in expr.options])
        if isinstance(expr, facts.Subscript):
            return self._subscript(expr, place)
        if isinstance(expr, facts.Constant):
            return Resolved(NOTHING if expr.value is None else OUTSIDE)
        return self._evaluate_rare(expr, place)

    def _evaluate_rare(self, expr: Expr, place: Place) -> Resolved:
        if isinstance(expr, facts.Lambda):
            return Resolved(Closure(expr.result, place))
        if isinstance(expr, facts.Typed):
            return self.instance_of(expr.annotation, place)
        if isinstance(expr, facts.Entered):
            return self._entered(self.evaluate(expr.value, place))
        return Resolved(UNKNOWN)

    def _entered(self, found: Resolved) -> Resolved:
        """What `with` on an object of the project hands over."""
        if not isinstance(found.value, Instance):
            return Resolved(UNKNOWN)
        enter = next(
            (method for name in ("__enter__", "__aenter__") if _is_known(method := self.attribute(found, name))), None
        )
        result = self.called(enter) if enter else Resolved(UNKNOWN)
        return self._await(result) if isinstance(result.value, Coroutine) else result

    def _await(self, found: Resolved) -> Resolved:
        value = found.value
        if isinstance(value, Coroutine):
            return Resolved(OUTSIDE if isinstance(value.result, Manager) else value.result, found.steps)
        return Resolved(value if isinstance(value, Unknown | Outside) else UNKNOWN)

    def _subscript(self, expr: facts.Subscript, place: Place) -> Resolved:
        if expr.value == facts.Name("|"):
            return Resolved(SubscriptedType(expr, place))
        base = self.evaluate(expr.value, place)
        if isinstance(base.value, ClassValue) or _is_typing(base.value):
            return Resolved(SubscriptedType(expr, place), base.steps)
        return Resolved(UNKNOWN)

    # names

    def lookup(self, name: str, place: Place) -> Resolved:
        """What the plain name `name` is at `place`."""
        home = self.home(name, place)
        if home is not None:
            return self._bound(name, replace(place, scope=home))
        return self._module_name(name, place.file)

    def home(self, name: str, place: Place) -> int | None:
        """The scope in which `name`, read at `place`, is bound; None if it is bound in none."""
        number = place.scope
        while True:
            scope = self.scope(place.file, number)
            visible = scope.kind is not ScopeKind.CLASS or number == place.scope
            if visible and name in scope.global_names:
                return 0 if name in self.scope(place.file, 0).bindings else None
            if visible and name in scope.bindings:
                return number
            if number == 0:
                return None
            number = scope.parent

    def _module_name(self, name: str, file: str) -> Resolved:
        found = self._member(Module(file), name)
        if found is not None:
            return found
        if hasattr(builtins, name):
            return Resolved(Outside(f"builtins.{name}"))
        return Resolved(self._starred_outside(name, file))

    def _starred_outside(self, name: str, file: str) -> Outside:
        """A name of a well-known module that the file imports by a star."""
        found = self._load(file)
        for star in found.stars if found else ():
            if name in _STAR_MODULES.get(star.module, ()):
                return Outside(f"{star.module}.{name}")
        return OUTSIDE

    def _bound(self, name: str, place: Place) -> Resolved:
        bindings = self.scope(place.file, place.scope).bindings[name]
        declared = tuple(binding for binding in bindings if _is_bare_annotation(binding))
        if place.chosen and place.chosen.name == name and place.chosen.scope == place.scope:
            bindings = tuple(binding for binding in bindings if binding.row in place.chosen.rows)
        return self._once((place, name), lambda: self._declared(declared, place) or self._all(bindings, place))

    def _once(self, key: object, find: Callable[[], Resolved]) -> Resolved:
        """What `find` finds, which is looked for once; `None` if it depends on itself."""
        if key in self._known:
            return self._known[key]
        cuts = self._cuts
        with self._visiting(key) as fresh:
            found = find() if fresh else Resolved(NOTHING)
        if cuts == self._cuts:
            self._known[key] = found
        return found

    def _all(self, bindings: tuple[Binding, ...], place: Place) -> Resolved:
        """The value that all bindings of a name agree on, overloads and bare annotations aside."""
        found = [self.bound_by(binding, place) for binding in bindings if not self._says_nothing(binding, place)]
        return combine(found)

    def _declared(self, declared: tuple[Binding, ...], place: Place) -> Resolved | None:
        """What a bare `name: Class` says of the name, if that is a class of the project."""
        found = combine([self.bound_by(binding, place) for binding in declared])
        return found if isinstance(found.value, Instance) else None

    def _says_nothing(self, binding: Binding, place: Place) -> bool:
        if isinstance(binding, facts.Definition):
            scope = self.scope(place.file, binding.scope)
            return scope.function is not None and self.kind(Function(place.file, binding.scope)).is_overload
        return False

    def bound_by(self, binding: Binding, place: Place) -> Resolved:
        """What one binding of a name makes of it."""
        if isinstance(binding, facts.Import):
            return self._imported(binding, place.file)
        if isinstance(binding, facts.Definition):
            return self._defined(binding, place)
        if isinstance(binding, facts.Value):
            return self._assigned(binding, place)
        if isinstance(binding, facts.Parameter):
            return self._parameter(binding, place)
        return Resolved(UNKNOWN)

    def _defined(self, binding: facts.Definition, place: Place) -> Resolved:
        if self.scope(place.file, binding.scope).class_ is not None:
            return Resolved(ClassValue(place.file, binding.scope))
        return Resolved(Function(place.file, binding.scope))

    def _assigned(self, binding: facts.Value, place: Place) -> Resolved:
        """An assignment's value: what its annotation says if that is a class of the project, else its expression."""
        here = replace(place, scope=binding.scope)
        declared = self.instance_of(binding.annotation, here) if binding.annotation else Resolved(NOTHING)
        step = Step(place.file, binding.row)
        if binding.expr is None:
            return declared.after(step)
        if isinstance(declared.value, Instance | Either) and not self._is_made_there(
            binding.expr, declared.value, here
        ):
            return declared.after(step)
        found = self.evaluate(binding.expr, here)
        return found if isinstance(found.value, Nothing) else found.after(step)

    def _is_made_there(self, expr: Expr, declared: Value, place: Place) -> bool:
        """Whether `name: Class = expr` makes an object of the class; a field's default is only one of its values."""
        if not isinstance(declared, Instance) or self.scope(place.file, place.scope).kind is ScopeKind.CLASS:
            return False
        made = self.evaluate(expr, place).value
        return isinstance(made, Instance) and made.is_exact and declared.class_ in self.mro(made.class_)

    # parameters

    def _parameter(self, binding: facts.Parameter, place: Place) -> Resolved:
        owner = self._self_class(binding, place)
        if owner is not None:
            return Resolved(owner)
        outside = replace(place, scope=self.scope(place.file, place.scope).parent)
        if binding.annotation is None:
            return self._injected(binding.default, outside)
        found = self.instance_of(binding.annotation, outside)
        return Resolved(UNKNOWN) if isinstance(found.value, Nothing) else found.after(Step(place.file, binding.row))

    def _injected(self, default: Expr | None, place: Place) -> Resolved:
        """What FastAPI passes for a parameter with a default of `Depends(function)`."""
        if not isinstance(default, facts.Call) or not default.args:
            return Resolved(UNKNOWN)
        callee = self.evaluate(default.func, place).value
        if not isinstance(callee, Outside) or not callee.name.endswith(".Depends"):
            return Resolved(UNKNOWN)
        result = self.called(self.evaluate(default.args[0], place))
        result = self._await(result) if isinstance(result.value, Coroutine) else result
        return result if isinstance(result.value, Instance) else Resolved(UNKNOWN)

    def _self_class(self, binding: facts.Parameter, place: Place) -> Value | None:
        """What `self` or `cls` is, if this parameter is one."""
        method = self.scope(place.file, place.scope)
        owner = self.scope(place.file, method.parent)
        if binding.index != 0 or owner.kind is not ScopeKind.CLASS or method.function is None:
            return None
        kind = self.kind(Function(place.file, place.scope))
        if kind.is_static:
            return None
        own = ClassValue(place.file, method.parent)
        receiver = place.receiver if place.receiver and own in self.mro(place.receiver) else own
        return receiver if kind.is_class or method.name in _CLASS_FIRST else Instance(receiver)

    # annotations

    def instance_of(self, annotation: Expr, place: Place) -> Resolved:
        """What a value with this type annotation is."""
        if isinstance(annotation, facts.Subscript):
            return self._instance_of_subscript(annotation, place)
        found = self.evaluate(annotation, place)
        value = found.value
        if isinstance(value, Either):
            options = [Instance(option) for option in value.options if isinstance(option, ClassValue)]
            whole = len(options) == len(value.options)
            return combine([Resolved(option, found.steps) for option in options]) if whole else Resolved(UNKNOWN)
        if isinstance(value, ClassValue):
            return Resolved(Instance(value), found.steps)
        if isinstance(value, SubscriptedType):
            return self._instance_of_subscript(value.expr, value.place)
        if isinstance(value, Outside):
            return self._instance_of_outside(value, place)
        return found if isinstance(value, Nothing) else Resolved(UNKNOWN)

    def _instance_of_outside(self, type_: Outside, place: Place) -> Resolved:
        last = type_.name.rpartition(".")[2]
        if _is_typing(type_) and last == "Any":
            return Resolved(UNKNOWN)
        if _is_typing(type_) and last == "Self":
            owner = self._enclosing_class(place)
            return Resolved(Instance(owner)) if owner else Resolved(UNKNOWN)
        return Resolved(Outside(f"{type_.name}()"))

    def _enclosing_class(self, place: Place) -> ClassValue | None:
        number = place.scope
        while number:
            scope = self.scope(place.file, number)
            if scope.kind is ScopeKind.CLASS:
                own = ClassValue(place.file, number)
                return place.receiver if place.receiver and own in self.mro(place.receiver) else own
            number = scope.parent
        return None

    def _instance_of_subscript(self, annotation: facts.Subscript, place: Place) -> Resolved:
        if annotation.value == facts.Name("|"):
            return combine([self.instance_of(item, place) for item in annotation.items])
        base = self.evaluate(annotation.value, place)
        if isinstance(base.value, ClassValue):
            return Resolved(Instance(base.value), base.steps)
        if not isinstance(base.value, Outside):
            return Resolved(UNKNOWN)
        last = base.value.name.rpartition(".")[2]
        if last in _FIRST_ITEM:
            return self.instance_of(annotation.items[0], place)
        if last == "Callable":
            return Resolved(Closure(facts.Typed(annotation.items[-1]), place))
        if last == "Union":
            return combine([self.instance_of(item, place) for item in annotation.items])
        if last in ("Type", "type"):
            found = self.instance_of(annotation.items[0], place).value
            return Resolved(found.class_ if isinstance(found, Instance) else UNKNOWN)
        return Resolved(Outside(f"{base.value.name}()"))

    # modules

    def _imported(self, binding: facts.Import, file: str) -> Resolved:
        step = Step(file, binding.row, binding.text)
        module = self._index.find(file, binding.module, binding.level, self._is_script(file))
        if module is None:
            dotted = binding.module if binding.name is None else f"{binding.module}.{binding.name}"
            return Resolved(OUTSIDE if binding.level else Outside(dotted))
        if binding.name is None:
            return Resolved(ModuleValue(module), (step,))
        child = self._index.child(module, binding.name) if module.file == file else None
        found = Resolved(ModuleValue(child)) if child else self._member(module, binding.name)
        return found.after(step) if found else Resolved(OUTSIDE)

    def imported_file(self, binding: facts.Import, file: str) -> str | None:
        """The file of the module that an import in `file` names."""
        module = self._index.find(file, binding.module, binding.level, self._is_script(file))
        return module.file if module else None

    def _is_script(self, file: str) -> bool:
        found = self._load(file)
        return found is not None and found.is_script

    def _member(self, module: Module, name: str) -> Resolved | None:
        """What `module.name` is; None if the module has no such name."""
        found = self._load(module.file) if module.file else None
        if module.file and found is None:
            return Resolved(UNKNOWN)
        if module.file and found and name in found.scopes[0].bindings:
            return self._bound(name, Place(module.file, 0))
        starred = self._starred(module.file, found, name) if module.file and found else None
        if starred is not None:
            return starred
        child = self._index.child(module, name)
        return Resolved(ModuleValue(child)) if child else None

    def _starred(self, file: str, found: ModuleFacts, name: str) -> Resolved | None:
        """A name that came by star imports, if all that may have brought it agree."""
        members: list[Resolved] = []
        for star in reversed(found.stars):
            module = self._index.find(file, star.module, star.level, found.is_script)
            with self._visiting((file, star, name)) as fresh:
                member = self._exported(module, name) if module and fresh else None
            if member is not None:
                members.append(member.after(Step(file, star.row, star.text)))
        return combine(members) if members else None

    def _exported(self, module: Module, name: str) -> Resolved | None:
        found = self._load(module.file) if module.file else None
        exports = found.exports if found else None
        if (exports is None and name.startswith("_")) or (exports is not None and name not in exports):
            return None
        return self._member(module, name)

    # attributes

    def attribute(self, owner: Resolved, attr: str) -> Resolved:
        """What `owner.attr` is."""
        found = self._attribute(owner.value, attr)
        return found.after(*owner.steps)

    def _attribute(self, owner: Value, attr: str) -> Resolved:
        if isinstance(owner, Either):
            return combine([self._attribute(option, attr) for option in owner.options])
        if isinstance(owner, Outside):
            return Resolved(Outside(f"{owner.name}.{attr}") if owner.name else OUTSIDE)
        if isinstance(owner, ModuleValue):
            return self._member(owner.module, attr) or Resolved(OUTSIDE)
        if isinstance(owner, Instance) and attr == "__class__":
            return Resolved(owner.class_)
        if isinstance(owner, Instance):
            found = self._class_member(self.mro(owner.class_), attr, owner.class_)
            return found if owner.is_exact else _virtual(found)
        if isinstance(owner, ClassValue):
            return self._unbound(self._class_member(self.mro(owner), attr, owner))
        if isinstance(owner, Super):
            mro = self.mro(owner.receiver)
            rest = mro[mro.index(owner.owner) + 1 :]
            return self._class_member(rest, attr, owner.receiver)
        return Resolved(UNKNOWN if isinstance(owner, Unknown | Nothing) else OUTSIDE)

    def _unbound(self, found: Resolved) -> Resolved:
        """A plain method that was read from its class and not from an instance."""
        if isinstance(found.value, Function) and not self.kind(found.value).is_class:
            return Resolved(replace(found.value, receiver=None), found.steps)
        return found

    def _class_member(self, mro: list[ClassValue | None], attr: str, receiver: ClassValue) -> Resolved:
        for class_ in mro:
            if class_ is None:
                return Resolved(OUTSIDE)
            found = self._own_member(class_, attr, receiver)
            if found is not None:
                return found
        return Resolved(UNKNOWN)

    def _own_member(self, class_: ClassValue, attr: str, receiver: ClassValue) -> Resolved | None:
        scope = self.scope(class_.file, class_.scope)
        assert scope.class_ is not None
        bindings = scope.bindings.get(attr, ())
        values = scope.class_.attributes.get(attr, ())
        if not bindings and not values:
            return None
        place = Place(class_.file, class_.scope, receiver)
        with self._visiting((class_, attr, receiver)) as fresh:
            if not fresh:
                return Resolved(NOTHING)
            found = [
                self._descriptor(self.bound_by(binding, place), receiver)
                for binding in bindings
                if not self._says_nothing(binding, place)
            ]
            found += [self._assigned(value, place) for value in values]
            return combine(_declared_first(found, bindings, values))

    def _descriptor(self, found: Resolved, receiver: ClassValue) -> Resolved:
        """A class's attribute as it is read from an instance: bound, or computed if it is a property."""
        if isinstance(found.value, Either):
            return combine([self._descriptor(Resolved(one, found.steps), receiver) for one in found.value.options])
        if not isinstance(found.value, Function):
            return found
        kind = self.kind(found.value)
        bound = replace(found.value, receiver=None if kind.is_static else receiver)
        if not kind.is_property:
            return Resolved(bound, found.steps)
        result = self._returned(bound)
        return Resolved(OUTSIDE) if isinstance(result.value, Manager) else result.after(*found.steps)

    def mro(self, class_: ClassValue) -> list[ClassValue | None]:
        """The class and its bases in the order of lookup; None stands for a base that is not of the project."""
        if class_ not in self._orders:
            cuts = self._cuts
            order = self._find_mro(class_)
            if cuts != self._cuts:
                return order
            self._orders[class_] = order
        return self._orders[class_]

    def _find_mro(self, class_: ClassValue) -> list[ClassValue | None]:
        order: list[ClassValue | None] = []
        with self._visiting(("mro", class_)) as fresh:
            if not fresh:
                return [None]
            order.append(class_)
            for base in self._bases(class_):
                order += [None] if base is None else self.mro(base)
        return [one for place, one in enumerate(order) if one is None or one not in order[place + 1 :]]

    def _bases(self, class_: ClassValue) -> list[ClassValue | None]:
        scope = self.scope(class_.file, class_.scope)
        assert scope.class_ is not None
        place = Place(class_.file, scope.parent)
        found = [self.evaluate(base, place).value for base in scope.class_.bases]
        found = [
            self.evaluate(one.expr.value, one.place).value if isinstance(one, SubscriptedType) else one for one in found
        ]
        return [one if isinstance(one, ClassValue) else None for one in found if not _is_harmless(one)]

    # calls

    def _call(self, expr: facts.Call, place: Place) -> Resolved:
        if expr.func == facts.Name("super"):
            return self._super(place)
        callee = self.evaluate(expr.func, place)
        if isinstance(callee.value, Outside):
            return self._call_outside(callee.value, expr, place)
        return self.called(callee)

    def called(self, callee: Resolved) -> Resolved:
        """What a call of `callee` returns."""
        return self._called(callee.value).after(*callee.steps)

    def _called(self, callee: Value) -> Resolved:
        if isinstance(callee, Either):
            return combine([self._called(option) for option in callee.options])
        if isinstance(callee, Function):
            return self._call_function(callee)
        if isinstance(callee, Closure):
            return self._once(callee, lambda: self.evaluate(callee.result, callee.place))
        if isinstance(callee, SubscriptedType):
            return self._called(self.evaluate(callee.expr.value, callee.place).value)
        if isinstance(callee, ClassValue):
            return self._construct(callee)
        if isinstance(callee, Instance):
            method = self._class_member(self.mro(callee.class_), "__call__", callee.class_).value
            return self._call_function(method) if isinstance(method, Function) else Resolved(UNKNOWN)
        return Resolved(UNKNOWN if isinstance(callee, Unknown | Nothing) else OUTSIDE)

    def _construct(self, class_: ClassValue) -> Resolved:
        scope = self.scope(class_.file, class_.scope)
        assert scope.class_ is not None
        place = Place(class_.file, scope.parent)
        decorators = [self._decorator_name(decorator, place) for decorator in scope.class_.decorators]
        plain = all(name.rpartition(".")[2] in _PLAIN_CLASS_DECORATORS for name in decorators)
        return Resolved(Instance(class_, is_exact=True) if plain else UNKNOWN)

    def _call_function(self, function: Function) -> Resolved:
        kind = self.kind(function)
        scope = self.scope(function.file, function.scope)
        if kind.manager:
            return Resolved(Manager((function,), kind.manager == "async"), (self.definition_step(function),))
        if kind.is_opaque:
            return Resolved(UNKNOWN)
        found = self._returned(function)
        if kind.is_cached and isinstance(found.value, Manager):
            return Resolved(OUTSIDE)
        return found.after(Step(function.file, scope.row, _signature(scope), self._method(function)))

    def definition_step(self, function: Function) -> Step:
        scope = self.scope(function.file, function.scope)
        assert scope.function is not None
        names = [_source(decorator) for decorator in scope.function.decorators]
        shown = "".join(f"@{name} " for name in names if name.rpartition(".")[2].endswith("contextmanager"))
        return Step(function.file, scope.row, shown + _signature(scope), self._method(function))

    def _method(self, function: Function) -> Method | None:
        """What a subclass may have another one of."""
        if function.receiver is None or not function.is_virtual:
            return None
        return Method(function.receiver, self.scope(function.file, function.scope).name)

    def _returned(self, function: Function) -> Resolved:
        """What an undecorated function returns; what its annotation says where its body does not tell."""
        found = self.function(function)
        if found.is_generator:
            return Resolved(OUTSIDE)
        result = self._once(function, lambda: self._return_value(function, found))
        return Resolved(Coroutine(result.value), result.steps) if found.is_async else result

    def _return_value(self, function: Function, found: FunctionFacts) -> Resolved:
        place = Place(function.file, function.scope, function.receiver)
        results = [self.evaluate(expr, place) for expr in found.returns]
        result = combine(results)
        if isinstance(result.value, Manager):
            whole = not found.falls_through and not any(isinstance(one.value, Nothing) for one in results)
            return result if whole else Resolved(OUTSIDE)
        if not isinstance(result.value, Instance) and found.annotation is not None:
            outside = replace(place, scope=self.scope(place.file, place.scope).parent)
            declared = self.instance_of(found.annotation, outside)
            if found.is_stub and not isinstance(declared.value, Instance | Either):
                return Resolved(UNKNOWN)
            return declared if _says_more(declared.value, result.value) else result
        return result

    def _super(self, place: Place) -> Resolved:
        owner = self._enclosing_class(replace(place, receiver=None))
        if owner is None:
            return Resolved(UNKNOWN)
        return Resolved(Super(owner, place.receiver if place.receiver and owner in self.mro(place.receiver) else owner))

    def _call_outside(self, callee: Outside, expr: facts.Call, place: Place) -> Resolved:
        last = callee.name.rpartition(".")[2]
        if last == "cast" and _is_typing(callee) and len(expr.args) == 2:
            return self.instance_of(expr.args[0], place)
        if callee.name == "functools.partial" and expr.args:
            found = self.evaluate(expr.args[0], place)
            return found if isinstance(found.value, Function | Closure) else Resolved(OUTSIDE)
        if callee.name == "builtins.staticmethod" and len(expr.args) == 1:
            return self.evaluate(expr.args[0], place)
        if _is_typing(callee) and last in ("NewType", "TypeVar"):
            return self._new_type(expr, place)
        if callee.name == "builtins.type" and len(expr.args) == 1:
            value = self.evaluate(expr.args[0], place).value
            return Resolved(value.class_ if isinstance(value, Instance) else UNKNOWN)
        if self._decorates(callee.name) and expr.args:
            return self._made(callee.name, self.evaluate(expr.args[0], place))
        if callee.name.replace("()", "") in self._factories:
            return Resolved(Manager((), False, callee.name.replace("()", "")))
        maker = _maker_for(callee.name, expr)
        return Resolved(Outside(maker + self._call_text(last, expr, place)) if callee.name else OUTSIDE)

    def _new_type(self, expr: facts.Call, place: Place) -> Resolved:
        """The class that `NewType("N", Class)` and `TypeVar("T", bound=Class)` stand for."""
        types = [*expr.args[1:], *(value for word, value in expr.keywords if word == "bound")]
        found = self.evaluate(types[0], place) if len(types) == 1 else Resolved(OUTSIDE)
        return found if isinstance(found.value, ClassValue) else Resolved(OUTSIDE)

    def _call_text(self, callee: str, expr: facts.Call, place: Place) -> str:
        """How a call is written in an outside name: it keeps `expire_on_commit=False` of session makers."""
        if ("expire_on_commit", facts.Constant(False)) in expr.keywords:
            return NO_EXPIRY
        if callee not in _SESSION_MAKERS:
            return "()"
        maker = self.evaluate(expr.args[0], place).value if callee.endswith("scoped_session") and expr.args else None
        return NO_EXPIRY if isinstance(maker, Outside) and NO_EXPIRY in maker.name else "()"

    def _made(self, decorator: str, found: Resolved) -> Resolved:
        value = found.value
        return (
            Resolved(replace(value, made=decorator), found.steps) if isinstance(value, Function) else Resolved(OUTSIDE)
        )

    # decorators

    def kind(self, function: Function) -> Kind:
        """What a function is, by its decorators."""
        if function.made:
            return self._manager_kind(function, function.made, Kind())
        key = (function.file, function.scope)
        if key not in self._kinds:
            self._kinds[key] = self._find_kind(function)
        return self._kinds[key]

    def _find_kind(self, function: Function) -> Kind:
        scope = self.scope(function.file, function.scope)
        assert scope.function is not None
        place = Place(function.file, scope.parent)
        kind = Kind()
        if self._is_listed(function):
            return Kind(manager="async" if scope.function.is_async else "sync")
        for decorator in scope.function.decorators:
            name = self._decorator_name(decorator, place)
            if self._decorates(name):
                return self._manager_kind(function, name, kind)
            kind = _decorated(kind, name)
        return kind

    def _decorator_name(self, decorator: Expr, place: Place) -> str:
        """The dotted name of a decorator, without its call's arguments; empty if it is not known."""
        plain = decorator.func if isinstance(decorator, facts.Call) else decorator
        if isinstance(plain, facts.Attribute) and plain.attr in ("setter", "getter", "deleter"):
            return "builtins.property.setter"
        value = self.evaluate(plain, place).value
        if isinstance(value, Outside):
            return value.name
        if isinstance(value, Function | ClassValue):
            return f"{self._dotted(value.file)}.{self.scope(value.file, value.scope).name}"
        return ""

    def _dotted(self, file: str) -> str:
        return self._index.dotted(file)

    def _decorates(self, name: str) -> bool:
        return name in _SYNC_DECORATORS or name in _ASYNC_DECORATORS or self._is_extra(name)

    def _is_extra(self, name: str) -> bool:
        return bool(name) and any(name == extra or name.endswith("." + extra) for extra in self._decorators)

    def _manager_kind(self, function: Function, decorator: str, kind: Kind) -> Kind:
        found = self.function(function)
        if kind.is_opaque or kind.is_property or kind.is_cached or not found.is_generator:
            return replace(kind, is_opaque=True)
        if self._is_extra(decorator):
            return replace(kind, manager="async" if found.is_async else "sync")
        fits = found.is_async == (decorator in _ASYNC_DECORATORS)
        return replace(kind, manager="async" if found.is_async else "sync") if fits else replace(kind, is_opaque=True)

    def _is_listed(self, function: Function) -> bool:
        """Whether the settings name this function as a factory."""
        if not self._factories:
            return False
        dotted = f"{self._dotted(function.file)}.{self.qualname(function)}"
        return any(dotted == name or dotted.endswith("." + name) for name in self._factories)


def _maker_for(name: str, call: facts.Call) -> str:
    """The name of what is called, without a promise (of a session maker) that the call itself may take back."""
    given = {word for word, _ in call.keywords}
    return name.replace(NO_EXPIRY, "()") if given & {"expire_on_commit", "**"} else name


def _virtual(found: Resolved) -> Resolved:
    """A method that was read from an object which may be of a subclass."""
    value = found.value
    if isinstance(value, Function) and value.receiver is not None:
        return Resolved(replace(value, is_virtual=True), found.steps)
    return found


def _decorated(kind: Kind, name: str) -> Kind:
    last = name.rpartition(".")[2]
    if last == "overload" or name == "builtins.property.setter":
        return replace(kind, is_overload=True)
    if last.lower().endswith("property"):
        return replace(kind, is_property=True)
    if last in ("staticmethod", "abstractstaticmethod"):
        return replace(kind, is_static=True)
    if last in ("classmethod", "abstractclassmethod"):
        return replace(kind, is_class=True)
    if last in _CACHES:
        return replace(kind, is_cached=True)
    return kind if last in _TRANSPARENT else replace(kind, is_opaque=True)


def _says_more(declared: Value, found: Value) -> bool:
    """Whether a function's annotation tells more than what its body was seen to return."""
    if isinstance(declared, Instance | Either):
        return True
    return isinstance(declared, Outside) and isinstance(found, Unknown | Nothing)


def _declared_first(
    found: list[Resolved], bindings: tuple[Binding, ...], values: tuple[facts.Value, ...]
) -> list[Resolved]:
    """Only what annotations say, where one of an attribute's bindings has one that names a class of the project."""
    declared = [
        one
        for one, binding in zip(found, (*bindings, *values), strict=False)
        if isinstance(binding, facts.Value) and binding.annotation is not None and isinstance(one.value, Instance)
    ]
    return declared or found


def _is_bare_annotation(binding: Binding) -> bool:
    return isinstance(binding, facts.Value) and binding.annotation is not None and binding.expr is None


def _is_known(found: Resolved) -> bool:
    return not isinstance(found.value, Unknown | Outside | Nothing)


def _is_typing(value: Value) -> bool:
    return isinstance(value, Outside) and value.name.partition(".")[0] in ("typing", "typing_extensions")


def _is_harmless(base: Value) -> bool:
    return isinstance(base, Outside) and base.name.startswith(_HARMLESS_BASES)


def _signature(scope: Scope) -> str:
    return f"{'async ' if scope.function and scope.function.is_async else ''}def {scope.name}"


def _source(expr: Expr) -> str:
    if isinstance(expr, facts.Name):
        return expr.id
    if isinstance(expr, facts.Attribute):
        return f"{_source(expr.value)}.{expr.attr}"
    return ""
