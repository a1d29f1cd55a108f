"""What a rewrite will do, in terms of the syntax tree; and why there is none."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sessionfix.diagnostics import Applicability
from sessionfix.parsing import parse
from sessionfix.project.sites import AstSpan
from sessionfix.syntax.compound import FunctionNode, is_try


@dataclass(frozen=True)
class Refusal:
    """Why a site is not rewritten, in words for the user."""

    reason: str


class RefusalError(Exception):
    """Raised while planning; carries the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Block:
    """A `with` to be made: around `first` to `last` of one suite, or, where `first` is None, around nothing.

    It stands in the place of the statement `replaces`; or `named` is the expression that becomes the session's name.
    `item` is what is entered: an expression of the tree, or a new one that has such expressions in it. Of new ones, a
    conditional expression may have them, and `maker(f)(x)`, where `f(x)` is a call of the tree.
    """

    item: ast.expr
    name: str
    is_async: bool
    first: ast.stmt | None
    last: ast.stmt | None
    replaces: ast.stmt | None = None
    named: ast.expr | None = None


@dataclass(frozen=True, eq=False)
class Item:
    """A `with` item to be changed: its expression becomes `expression`, its statement `with` or `async with`.

    `expression` is one of the item's, or a new one as in a block.
    """

    statement: ast.With | ast.AsyncWith
    index: int
    expression: ast.expr
    is_async: bool


@dataclass(frozen=True, eq=False)
class Swap:
    """An expression in the header of a statement, in whose place another is put.

    `old` is a call, an await, a name, an attribute, a subscript, a binary operation or a string, and lies in that of no
    other swap. `new` is not of the tree, but may have `old` or other expressions of the tree in it; these are written
    as they are now.
    """

    old: ast.expr
    new: ast.expr


@dataclass(frozen=True, eq=False)
class Reach:
    """A `with` that is to take in the statements that follow it in its suite, up to `last`."""

    statement: ast.With | ast.AsyncWith
    last: ast.stmt


@dataclass(frozen=True, eq=False)
class Decoration:
    """A function whose decorators change: those in `dropped` go, and `added` becomes the innermost."""

    function: FunctionNode
    dropped: frozenset[ast.expr] = frozenset()
    added: ast.expr | None = None


@dataclass(frozen=True, eq=False)
class Definition:
    """A new function to be put below `after`, a statement at the module's top.

    It is written with the parameters of `like`, if that is set.
    """

    function: FunctionNode
    after: ast.stmt
    like: FunctionNode | None = None


@dataclass(frozen=True, eq=False)
class Guard:
    """A `try` to be made around `first` to `last` of one suite, with the statements below them in its `finally`.

    Where `first` is `last`, and a `try` without a `finally`, it is not put into another one.
    """

    first: ast.stmt
    last: ast.stmt
    finals: tuple[ast.stmt, ...]

    @property
    def is_there(self) -> bool:
        """Whether the `try` is there already."""
        return self.first is self.last and is_try(self.first) and not self.first.finalbody


@dataclass(frozen=True)
class Import:
    """An import that a module is to have: `import module`, or `from module import name`."""

    module: str
    name: str | None = None

    @property
    def text(self) -> str:
        """The import as a line, without its end."""
        return f"import {self.module}" if self.name is None else f"from {self.module} import {self.name}"

    def as_statement(self) -> ast.stmt:
        """The import as a syntax tree."""
        return parse(self.text).body[0]


def promise(message: str, assumptions: Iterable[str]) -> tuple[Applicability, str]:
    """How far a rewrite is safe, and its message: what must be assumed for it makes it unsafe, and is said."""
    stated = list(dict.fromkeys(assumptions))
    return Applicability.UNSAFE if stated else Applicability.SAFE, "; ".join((message, *stated))


def rows_of(statements: Collection[ast.stmt]) -> tuple[int, int]:
    """The first and the last row of some statements."""
    return min(each.lineno for each in statements), max(each.end_lineno or each.lineno for each in statements)


@dataclass(frozen=True, eq=False)
class Plan:
    """One site's rewrite. `rows` are the first and the last row of what it can change, imports aside.

    `mends` are the places of all sites that it mends, where they are several.
    """

    applicability: Applicability
    message: str
    rows: tuple[int, int]
    removed: frozenset[ast.stmt] = frozenset()
    block: Block | None = None
    item: Item | None = None
    swaps: tuple[Swap, ...] = ()
    guard: Guard | None = None
    reach: Reach | None = None
    decoration: Decoration | None = None
    definition: Definition | None = None
    mends: tuple[AstSpan, ...] = ()
    needs: Import | None = None

    @property
    def edits(self) -> int:
        """How many edits it consists of, beside what it removes and imports."""
        parts = (self.block, self.item, self.reach, self.guard, self.decoration, self.definition)
        return sum(part is not None for part in parts) + len(self.swaps)
