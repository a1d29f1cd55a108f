"""What a parameter is by the calls of its function, where the project shows them all and all pass the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sessionfix.project import facts
from sessionfix.project.facts import Expr, ScopeKind
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.references import Reference, References
from sessionfix.project.subclasses import Subclasses
from sessionfix.project.values import (
    NOTHING,
    OUTSIDE,
    UNKNOWN,
    ClassValue,
    Closure,
    Either,
    Function,
    Instance,
    ModuleValue,
    Nothing,
    Outside,
    Place,
    Resolved,
    Step,
    Unknown,
    Value,
    combine,
    unknown,
)
from sessionfix.project.why import Reason

# So common a name tells nothing, and to follow it through all these files and mentions would take long.
_MANY_FILES = 40
_MANY_MENTIONS = 200
_CONSTRUCTING = ("cls", "__class__", "__init__", "")  # last names of `cls(...)`, `type(self)(...)` and the like


@dataclass(frozen=True)
class _Passing:
    """A call that reaches the function; `filled` parameters are filled by the object that the method is of."""

    place: Place
    row: int
    call: facts.Call
    filled: int


@dataclass(frozen=True)
class _Callee:
    """A function whose callers are looked for; `class_` is the one that it is a method of."""

    function: Function
    name: str
    class_: ClassValue | None
    is_static: bool

    @property
    def is_constructor(self) -> bool:
        return self.class_ is not None and self.name == "__init__"


class _OutOfSightError(Exception):
    """The function may be called from where the calls are not seen."""


@dataclass(frozen=True)
class Callers:
    """Looks for the callers of functions of the project; `known` has a resolver that asks back here."""

    known: Knowledge

    @cached_property
    def _subclasses(self) -> Subclasses:
        return Subclasses(self.known)

    def passed(self, parameter: facts.Parameter, place: Place) -> Resolved:
        """What every call passes for a parameter of the function at `place`; unknown if that is not plain."""
        return self.known.resolver.search.once(
            ("passed", place.file, place.scope, parameter.name),
            lambda: self._agreed(parameter, place),
            circular=Resolved(NOTHING),
            lost=Resolved(UNKNOWN),
        )

    def _agreed(self, parameter: facts.Parameter, place: Place) -> Resolved:
        function = Function(place.file, place.scope)
        if self.known.resolver.scope(place.file, place.scope).function is None:  # a lambda
            return Resolved(UNKNOWN)
        try:
            found = combine([self._argument(call, parameter, function) for call in self._calls(function)])
        except _OutOfSightError:
            return unknown(Reason.HIDDEN_CALLERS, parameter.name, place.file, parameter.row)
        if not isinstance(found.value, Instance | Function | ClassValue | Closure):
            reason = Reason.NO_CALLERS if isinstance(found.value, Nothing) else Reason.CALLERS_DIFFER
            return unknown(reason, parameter.name, place.file, parameter.row)
        return found.after(Step(place.file, parameter.row))

    def _argument(self, passing: _Passing, parameter: facts.Parameter, function: Function) -> Resolved:
        """What a call passes, or the default where it passes nothing."""
        expr = _passed(passing, parameter)
        if expr is not None:
            found = self.known.resolver.evaluate(expr, passing.place)
            return found.after(Step(passing.place.file, passing.row))
        if parameter.default is None:
            raise _OutOfSightError
        scope = self.known.resolver.scope(function.file, function.scope)
        return self.known.resolver.evaluate(parameter.default, Place(function.file, scope.parent))

    # which calls reach the function

    def _calls(self, function: Function) -> tuple[_Passing, ...]:
        found = self.known.resolver.search.once(
            ("calls", function.file, function.scope),
            lambda: self._find_calls(function),
            circular=None,
            lost=None,
        )
        if found is None:
            raise _OutOfSightError
        return found

    def _find_calls(self, function: Function) -> tuple[_Passing, ...] | None:
        callee = self._callee(function)
        if not self._is_plain(callee):
            return None
        try:
            return tuple(self._search(callee))
        except _OutOfSightError:
            return None

    def _callee(self, function: Function) -> _Callee:
        scope = self.known.resolver.scope(function.file, function.scope)
        parent = self.known.resolver.scope(function.file, scope.parent)
        class_ = ClassValue(function.file, scope.parent) if parent.kind is ScopeKind.CLASS else None
        kind = self.known.resolver.kind(function)
        return _Callee(function, scope.name, class_, kind.is_static)

    def _is_plain(self, callee: _Callee) -> bool:
        """Whether nobody but those who name the function calls it, and no other one is called in its place."""
        if self._is_for_pytest(callee):
            return False
        kind = self.known.resolver.kind(callee.function)
        if kind.is_opaque or kind.is_property or kind.is_overload:
            return False
        return callee.class_ is None or self._is_plain_method(callee, callee.class_)

    def _is_for_pytest(self, callee: _Callee) -> bool:
        is_test = self.known.resolver.index.is_test(callee.function.file)
        return is_test and callee.name.startswith(("test", "pytest_", "setup", "teardown"))

    def _is_plain_method(self, callee: _Callee, class_: ClassValue) -> bool:
        resolver = self.known.resolver
        mro = resolver.mro(class_)
        if any(one is None or self._registers_itself(one) for one in mro):
            return False
        if not isinstance(resolver.called(Resolved(class_)).value, Instance):
            return False
        if callee.is_constructor:
            return True
        if callee.name.startswith("__") and callee.name.endswith("__"):
            return False
        others = [one for one in mro[1:] if one and callee.name in resolver.scope(one.file, one.scope).bindings]
        return not others and not any(self._subclasses.overriding(class_, callee.name))

    def _registers_itself(self, class_: ClassValue) -> bool:
        """Whether the class's own metaclass or hook may hand the class to whoever calls it then."""
        scope = self.known.resolver.scope(class_.file, class_.scope)
        metaclass = scope.class_.metaclass if scope.class_ else None
        if metaclass is None:
            return "__init_subclass__" in scope.bindings
        return self.known.resolver.evaluate(metaclass, Place(class_.file, scope.parent)).value != Outside("abc.ABCMeta")

    def _search(self, callee: _Callee) -> Iterator[_Passing]:
        words = self._words(callee)
        homes = self._homes(callee)
        files = dict.fromkeys([*homes, *(file for word in words for file in self.known.files_naming(word))])
        if len(files) > _MANY_FILES:
            raise _OutOfSightError
        mentions = 0
        for file in files:
            references = self.known.references_of(file)
            if references is None or self._is_named_oddly(callee, references, words):
                raise _OutOfSightError
            if file in homes and self._is_computed(callee, references, file):
                raise _OutOfSightError
            for word in (*words, *(_CONSTRUCTING if file in homes and callee.is_constructor else ())):
                mentions += len(references.named.get(word, ()))
                if mentions > _MANY_MENTIONS:
                    raise _OutOfSightError
                yield from self._among(references.named.get(word, ()), file, callee)

    def _words(self, callee: _Callee) -> tuple[str, ...]:
        """The names under which the function is called: its own, or those of the classes that it makes objects of."""
        if callee.class_ is None or not callee.is_constructor:
            return (callee.name,)
        classes = (callee.class_, *self._subclasses.of(callee.class_))
        return tuple(dict.fromkeys(self.known.resolver.scope(one.file, one.scope).name for one in classes))

    def _homes(self, callee: _Callee) -> tuple[str, ...]:
        """The files in which the function can be reached without naming it: that of its class and of subclasses."""
        subclasses = self._subclasses.of(callee.class_) if callee.class_ else ()
        return tuple(dict.fromkeys([callee.function.file, *(one.file for one in subclasses)]))

    def _is_named_oddly(self, callee: _Callee, references: References, words: tuple[str, ...]) -> bool:
        """Whether a file imports the function under another name, or names it in a text."""
        if not references.renamed.isdisjoint(words):
            return True
        owner = self._owner_name(callee)
        return any((owner, word) in references.texts for word in words)

    def _owner_name(self, callee: _Callee) -> str:
        if callee.class_ is not None and not callee.is_constructor:
            return self.known.resolver.scope(callee.class_.file, callee.class_.scope).name
        return self.known.resolver.index.dotted(callee.function.file).rpartition(".")[2]

    def _is_computed(self, callee: _Callee, references: References, file: str) -> bool:
        """Whether the function may be read from its class or module by a name that is computed."""
        for one in references.computed:
            value = self.known.resolver.evaluate(one.expr, Place(file, one.scope)).value
            if callee.class_ is None or callee.is_constructor:
                if isinstance(value, ModuleValue) or one.expr == facts.Opaque():
                    return True
            elif isinstance(value, Instance | ClassValue):
                class_ = value.class_ if isinstance(value, Instance) else value
                if callee.class_ in self.known.resolver.mro(class_):
                    return True
        return False

    def _among(self, references: tuple[Reference, ...], file: str, callee: _Callee) -> Iterator[_Passing]:
        for reference in references:
            place = Place(file, reference.scope)
            filled = self._filled(self.known.resolver.evaluate(reference.expr, place).value, place, reference, callee)
            if filled is None:
                continue
            if reference.call is None or reference.spreads:
                raise _OutOfSightError
            yield _Passing(place, reference.row, reference.call, filled)

    def _filled(self, value: Value, place: Place, reference: Reference, callee: _Callee) -> int | None:
        """How many parameters are filled already where a reference may reach the function; None if it does not."""
        if isinstance(value, Either):
            options = [self._filled(option, place, reference, callee) for option in value.options]
            return next((one for one in options if one is not None), None)
        if isinstance(value, Function):
            same = (value.file, value.scope) == (callee.function.file, callee.function.scope)
            return int(value.receiver is not None) if same else None
        if isinstance(value, ClassValue) and callee.is_constructor:
            return 1 if self._constructor(value) == callee.function else None
        is_vague = isinstance(value, Unknown | Nothing) or value == OUTSIDE
        return self._perhaps_filled(place, reference, callee) if is_vague else None

    def _constructor(self, class_: ClassValue) -> Function | None:
        found = self.known.resolver.attribute(Resolved(Instance(class_, is_exact=True)), "__init__").value
        return Function(found.file, found.scope) if isinstance(found, Function) else None

    def _perhaps_filled(self, place: Place, reference: Reference, callee: _Callee) -> int | None:
        """The same where what is called is not known: such an object may be of the class, but is no module."""
        is_method = callee.class_ is not None and not callee.is_constructor
        if isinstance(reference.expr, facts.Attribute):
            return int(not callee.is_static) if is_method else None
        is_named = isinstance(reference.expr, facts.Name) and self._is_brought(reference.expr.id, place)
        return int(callee.is_constructor) if is_named and not is_method else None

    def _is_brought(self, name: str, place: Place) -> bool:
        """Whether a name is imported or defined; a variable holds only what was handed on elsewhere.

        Raises _OutOfSightError for a name that the file has from nowhere.
        """
        home = self.known.resolver.home(name, place)
        if home is not None:
            bindings = self.known.resolver.scope(place.file, home).bindings[name]
            return any(isinstance(one, facts.Import | facts.Definition) for one in bindings)
        module = self.known.facts_of(place.file)
        if module is None or not module.stars:
            raise _OutOfSightError
        return True


def _passed(passing: _Passing, parameter: facts.Parameter) -> Expr | None:
    for word, value in passing.call.keywords:
        if word == parameter.name:
            return value
    index = None if parameter.index is None else parameter.index - passing.filled
    return passing.call.args[index] if index is not None and 0 <= index < len(passing.call.args) else None
