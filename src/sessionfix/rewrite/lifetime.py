"""The life of one session: what touches it, and where what came from it goes. Plain data; `flow` finds it out."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sessionfix.rewrite.tags import Tags
from sessionfix.syntax.compound import child_statements


class Kind(enum.Enum):
    """How a statement uses the session or what came from it."""

    NAMED = "names the session"
    USED = "uses what came from the session"
    PART = "looks into an attribute of what came from the session"
    TEST = "tests whether there is a session"
    CLOSE = "closes the session"
    ROLLBACK = "rolls the session back"
    COMMIT = "commits the session"


class Way(enum.Enum):
    """How a value leaves the reach of a block."""

    RETURNED = "returned"
    YIELDED = "yielded"
    RAISED = "raised"
    STORED = "stored where it outlives the block"
    ADDED = "added to the session by a function whose caller has it, too"
    DEFAULT = "kept as a default argument"
    CAPTURED = "captured by a function that may outlive the block"
    BACKGROUND = "handed to a thread, a task or a background job"
    CLOSING = "closed by another context manager"
    CLOSED_ELSEWHERE = "closed by a function that it is passed to"
    ENTERED = "entered as a context manager of its own"
    CLOSE_VALUE = "closed inside an expression"
    PASSED = "captured by a function that is passed on"


class Write(enum.Enum):
    """Whether a use leaves work to be committed."""

    NONE = "it does not"
    OPAQUE = "it may: another function has the session, or an object of its"
    DIRECT = "it does: a method of the session that writes, or an attribute that is set"


@dataclass(frozen=True)
class Touch:
    """A use, with the innermost statement that it stands in."""

    statement: ast.stmt
    kind: Kind
    tag: Tags
    write: Write = Write.NONE


@dataclass(frozen=True)
class Leave:
    """A value with `tag` that leaves."""

    statement: ast.stmt
    way: Way
    tag: Tags


@dataclass
class Lifetime:
    """All touches and leaves of one session in its scope, and the names that ever had to do with it."""

    touches: list[Touch] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    names: dict[str, Tags] = field(default_factory=dict)
    settled: set[ast.expr] = field(default_factory=set)  # calls of what has the session and commits, on every path
    transient: set[ast.expr] = field(default_factory=set)  # calls of what has the session and leaves nothing pending
    gave_up: set[ast.stmt] = field(default_factory=set)  # where a function that has the session may give work up
    swallowing: set[ast.stmt] = field(default_factory=set)  # `with` statements that may keep an exception to themselves
    settles_elsewhere: bool = False  # a function that has the session may commit or roll back
    begun: set[ast.expr] = field(default_factory=set)  # the calls of the session's `begin()`
    begins: bool = False  # the program begins a transaction of the session itself
    sets_attributes: bool = False  # of the session itself, or what is followed as if it were one
    changes_detached: bool = False  # an object of the session is changed after the program closed the session
    gives_up: bool = False  # a nested function that has the session may give work up
    decided: Mapping[ast.expr, bool] = field(default_factory=dict)  # the conditions that are known for this session
    live_closes: set[int] = field(default_factory=set)  # ids of the close statements that close this session only


class UnknownSyntaxError(Exception):
    """A syntax node that the analysis does not know: the site is refused."""


@dataclass(frozen=True)
class Source:
    """Where a session comes from: the call (or the `await` or `closing()` around it), a statement, or a parameter.

    For a nested function, `captured` are the names that it reads from around it. `name` is what `opening` binds the
    session to. `decided` are the conditions that are known for this session.
    """

    is_async: bool
    node: ast.expr | None = None
    parameter: str | None = None
    captured: tuple[tuple[str, Tags], ...] = ()
    opening: ast.stmt | None = None
    name: str = ""
    decided: Mapping[ast.expr, bool] = field(default_factory=dict)


def statements_below(statement: ast.stmt) -> Iterator[ast.stmt]:
    """A statement and all statements in its suites, not those of nested functions."""
    yield statement
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        for child in child_statements(statement):
            yield from statements_below(child)
