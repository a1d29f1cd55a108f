"""What an expression can turn out to be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeGuard

from sessionfix.project.facts import Expr, Subscript
from sessionfix.project.modules import Module
from sessionfix.project.why import Reason, Why


@dataclass(frozen=True, slots=True)
class Chosen:
    """The bindings of one name, by their rows, that alone can reach the place in question."""

    scope: int
    name: str
    rows: frozenset[int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression is evaluated.

    `receiver` is the class that `self` is an instance of, `chosen` what the flow tells of a name; both where known.
    """

    file: str
    scope: int
    receiver: ClassValue | None = None
    chosen: Chosen | None = None
    given: int | None = None  # the scope of the decorator that the expression belongs to, while its effect is read


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known: it may be anything."""

    why: Why | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that is not of the project (its dotted name), or that is plainly no factory (no name)."""

    name: str = ""
    why: Why | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Nothing:
    """`None`, or a value that depends on itself alone."""


@dataclass(frozen=True, slots=True)
class ModuleValue:
    module: Module


@dataclass(frozen=True, slots=True)
class ClassValue:
    file: str
    scope: int


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class; `is_exact`: of the very class and not of a subclass, as its construction was seen."""

    class_: ClassValue
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function; `made` names the decorator where it was applied by a call: `contextmanager(function)`.

    `is_virtual`: it was read from an object that may be of a subclass of `receiver`, with a method of its own.
    """

    file: str
    scope: int
    receiver: ClassValue | None = None
    made: str | None = None
    is_virtual: bool = False
    given: int | None = None  # as in `Place`


@dataclass(frozen=True, slots=True)
class Closure:
    """Something of which only what its call returns is known: a lambda, a value annotated as callable."""

    result: Expr
    place: Place


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of `owner`, with `self` an instance of `receiver`."""

    owner: ClassValue
    receiver: ClassValue


@dataclass(frozen=True, slots=True)
class SubscriptedType:
    """A subscripted type, to be understood where it is used as an annotation."""

    expr: Subscript
    place: Place


@dataclass(frozen=True, slots=True)
class Either:
    """One of several things of the project."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Manager:
    """What a call of a factory returns. Several functions, if each of them may be the one that was called.

    A factory that only the settings name has none: then `listed` is its dotted name, and `is_async` is not known.
    `may_be_null`: it may be a `nullcontext` too, which either `with` enters.
    """

    functions: tuple[Function, ...]
    is_async: bool
    listed: str = ""
    may_be_null: bool = False


@dataclass(frozen=True, slots=True)
class Generator:
    """What a call of a generator function returns that no decorator makes a factory of."""

    function: Function
    is_async: bool


@dataclass(frozen=True, slots=True)
class Coroutine:
    """What a call of a coroutine function returns: a value to be awaited."""

    result: Value


Value: TypeAlias = (
    Unknown
    | Outside
    | Nothing
    | ModuleValue
    | ClassValue
    | Instance
    | Function
    | Closure
    | Super
    | SubscriptedType
    | Either
    | Manager
    | Generator
    | Coroutine
)

UNKNOWN = Unknown()
OUTSIDE = Outside()
NOTHING = Nothing()
NULL_CONTEXT = Outside("contextlib.nullcontext()")
GIVEN = Outside("<function>")
"""The function that a decorator is given, while the decorator's effect is read."""


def applied_to_given(value: Value) -> str:
    """`maker` of a value that is `maker(GIVEN)`; empty for any other."""
    ending = f"({GIVEN.name})"
    is_applied = isinstance(value, Outside) and value.name.endswith(ending)
    return value.name.removesuffix(ending) if isinstance(value, Outside) and is_applied else ""


@dataclass(frozen=True, slots=True)
class Method:
    """A method by its name, as read from an object of a class or of any of its subclasses."""

    class_: ClassValue
    name: str


@dataclass(frozen=True, slots=True)
class Read:
    """A name that was read from a module (`owner` is its file), from a class or from an object of it.

    `is_exact`: the object is of the very class and not of a subclass.
    """

    owner: ClassValue | str
    name: str
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain; without `text` it is the source line.

    `method` is what the step calls, where a subclass may have another one. Steps of row 0 are not shown:
    they only tell what the chain relies on.
    """

    file: str
    row: int
    text: str | None = None
    method: Method | None = None
    read: Read | None = None

    @staticmethod
    def reading(read: Read) -> Step:
        return Step(read.owner if isinstance(read.owner, str) else read.owner.file, 0, read=read)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value and how it was found."""

    value: Value
    steps: tuple[Step, ...] = ()

    def after(self, *steps: Step) -> Resolved:
        return Resolved(self.value, (*steps, *self.steps))


def unknown(reason: Reason, name: str = "", file: str = "", *rows: int) -> Resolved:
    """An unknown value that can say why it is."""
    return Resolved(Unknown(Why(reason, name, file, rows)))


def outside(reason: Reason, name: str = "", file: str = "", *rows: int) -> Resolved:
    """Something of no interest that can say why it is."""
    return Resolved(Outside(why=Why(reason, name, file, rows)))


def lacks_reason(value: Value) -> TypeGuard[Unknown | Outside]:
    """Whether a value is not known, and has nothing to say about that."""
    return isinstance(value, Unknown | Outside) and value.why is None and value in (UNKNOWN, OUTSIDE)


def is_typing(value: Value) -> bool:
    return isinstance(value, Outside) and value.name.partition(".")[0] in ("typing", "typing_extensions")


def combine(found: list[Resolved]) -> Resolved:
    """One value for several possible ones: theirs if they agree (`None` aside), else unknown or not of interest."""
    real = [one for one in found if not isinstance(one.value, Nothing)]
    if not real:
        return Resolved(NOTHING)
    values = _distinct([value for one in real for value in _options(one.value)])
    if len(values) == 1:
        shown = next((one for one in real if one.value == values[0]), real[0])
        return Resolved(shown.value, (*_reads(real, shown), *shown.steps))
    managers = [value for value in values if isinstance(value, Manager)]
    others = [value for value in values if value != NULL_CONTEXT and value not in managers]
    if not others and len({(manager.is_async, manager.listed) for manager in managers}) == 1:
        first = next(one for one in real if one.value != NULL_CONTEXT)
        either = any_of(managers, may_be_null=NULL_CONTEXT in values)
        return Resolved(either, (*_reads(real, first), *first.steps))
    if managers or any(isinstance(value, Outside | Generator) for value in values):
        return Resolved(OUTSIDE)
    if any(isinstance(value, Unknown) for value in values):
        return Resolved(_first_reason(values))
    return Resolved(Either(values), (*_reads(real, real[0]), *real[0].steps))


def _first_reason(values: tuple[Value, ...]) -> Value:
    return next((value for value in values if isinstance(value, Unknown)), UNKNOWN)


def _reads(found: list[Resolved], shown: Resolved) -> tuple[Step, ...]:
    """What the values that are not shown rely on."""
    steps = (step for one in found if one is not shown for step in one.steps)
    return tuple(dict.fromkeys(replace(step, row=0, text=None) for step in steps if step.read or step.method))


def _distinct(values: list[Value]) -> tuple[Value, ...]:
    """The different ones; an object of a class is not told from one of that class or a subclass."""
    loose = {value for value in values if isinstance(value, Instance) and not value.is_exact}
    exact = {Instance(value.class_, is_exact=True) for value in loose}
    return tuple(dict.fromkeys(value for value in values if value not in exact))


def _options(value: Value) -> tuple[Value, ...]:
    return value.options if isinstance(value, Either) else (value,)


def any_of(managers: list[Manager], *, may_be_null: bool = False) -> Manager:
    """A manager that may be any of these, of one kind."""
    functions = dict.fromkeys(function for manager in managers for function in manager.functions)
    may_be_null = may_be_null or any(manager.may_be_null for manager in managers)
    return Manager(tuple(functions), managers[0].is_async, managers[0].listed, may_be_null)
