"""One module's facts: plain, small, frozen data that can be kept without its syntax tree.

Expressions hold only what names can be followed through; everything else is `Opaque`. Scopes lie in one flat tuple
and name each other by index, so that a module's facts have no cycles.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Name:
    id: str


@dataclass(frozen=True, slots=True)
class Attribute:
    value: Expr
    attr: str


@dataclass(frozen=True, slots=True)
class Call:
    func: Expr
    args: tuple[Expr, ...] = ()
    keywords: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class Await:
    value: Expr


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: a conditional expression, `or`."""

    options: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Subscript:
    """`value[items]`; the type `X | Y` is written as `|[X, Y]`."""

    value: Expr
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool | None


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression that names are not followed through."""


@dataclass(frozen=True, slots=True)
class Given:
    """The first parameter of a lambda."""


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function of one expression, in which its first parameter is `Given` and the others are opaque."""

    result: Expr


@dataclass(frozen=True, slots=True)
class Entered:
    """What `with value as name` binds the name to."""

    value: Expr


@dataclass(frozen=True, slots=True)
class Typed:
    """Some object of a type."""

    annotation: Expr


Expr: TypeAlias = (
    Name | Attribute | Call | Await | Choice | Subscript | Constant | Opaque | Given | Lambda | Entered | Typed
)


@dataclass(frozen=True, slots=True)
class Import:
    """`import module` (no name) or `from module import name`; `level` counts the leading dots."""

    row: int
    module: str
    level: int = 0
    name: str | None = None
    alias: str | None = None

    @property
    def text(self) -> str:
        alias = f" as {self.alias}" if self.alias else ""
        if self.name is None:
            return f"import {self.module}{alias}"
        return f"from {'.' * self.level}{self.module} import {self.name}{alias}"


@dataclass(frozen=True, slots=True)
class Definition:
    """A `def` or `class`; `scope` is its own scope's index."""

    row: int
    scope: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a name held before it was given another value: the rows of those bindings."""

    name: str
    rows: frozenset[int]


@dataclass(frozen=True, slots=True)
class Value:
    """An assignment; `scope` is where its expressions are evaluated."""

    row: int
    scope: int
    expr: Expr | None
    annotation: Expr | None = None
    earlier: Earlier | None = None  # where that is plain


@dataclass(frozen=True, slots=True)
class Parameter:
    row: int
    name: str
    index: int | None  # among the positional ones
    annotation: Expr | None = None
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class Loose:
    """A binding whose value is not followed: a loop's target, `except ... as`, `+=`, unpacking."""

    row: int


Binding: TypeAlias = Import | Definition | Value | Parameter | Loose
Bindings: TypeAlias = Mapping[str, tuple[Binding, ...]]


class ScopeKind(enum.Enum):
    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    INNER = "lambda or comprehension"


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    is_async: bool
    is_generator: bool
    falls_through: bool  # the end of the body can be reached: then it may return None
    decorators: tuple[Expr, ...]  # outermost first
    parameters: tuple[str, ...]  # the positional ones
    returns: tuple[Expr, ...]
    annotation: Expr | None
    is_forwarding: bool  # there is no more in it than one `return`
    is_stub: bool  # there is no more in it than `...`, `pass` or `raise NotImplementedError`

    @property
    def does_little(self) -> bool:
        """Whether it passes on what a call returns, and no more, or returns no call's value at all."""
        return self.is_forwarding or not any(isinstance(expr, Call | Await) for expr in self.returns)


@dataclass(frozen=True, slots=True)
class ClassFacts:
    decorators: tuple[Expr, ...]
    bases: tuple[Expr, ...]
    attributes: Mapping[str, tuple[Value, ...]]  # what methods assign to `self.x` and `cls.x`
    metaclass: Expr | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    kind: ScopeKind
    name: str
    row: int
    parent: int
    bindings: Bindings
    left: Bindings  # what may hold once the body has run, of names for which that is not every binding
    global_names: frozenset[str] = frozenset()
    nonlocal_names: frozenset[str] = frozenset()
    function: FunctionFacts | None = None
    class_: ClassFacts | None = None


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    scopes: tuple[Scope, ...]  # the module's own is the first
    stars: tuple[Import, ...] = ()
    exports: frozenset[str] | None = None  # `__all__`, where it is a plain list of strings
    is_script: bool = False  # has an `if __name__ == "__main__"`

    def home(self, name: str, number: int) -> int | None:
        """The scope in which a name, read in a scope, is bound; None if it is bound in none."""
        start = number
        while True:
            scope = self.scopes[number]
            is_visible = scope.kind is not ScopeKind.CLASS or number == start
            if is_visible and name in scope.global_names:
                return 0 if name in self.scopes[0].bindings else None
            if is_visible and name in scope.bindings:
                return number
            if number == 0:
                return None
            number = scope.parent

    def qualname(self, scope: int) -> str:
        """`Class.method`, with `<locals>` as Python has it."""
        parts: list[str] = []
        while scope:
            here = self.scopes[scope]
            parts.append(here.name)
            scope = here.parent
            if self.scopes[scope].kind is ScopeKind.FUNCTION:
                parts.append("<locals>")
        return ".".join(reversed(parts))
