"""What is certain of a factory's exit: is the object that it yields closed on every path, and what kind of thing is it?

The other questions about an exit are answered with what asks for more care (see `Exit`); this one is for an alarm, and
in doubt the answer is that the object lives on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

from sessionfix.project.factories import Ended, common_end
from sessionfix.project.outside import NO_EXPIRY
from sessionfix.project.tells import last_name, lone_call
from sessionfix.project.values import Outside, Unknown, Value
from sessionfix.syntax.compound import Loop, is_try, siblings

_ORMS = frozenset({"sqlalchemy", "sqlmodel"})
_SESSIONS = (
    "Session()",
    "AsyncSession()",
    "sessionmaker()()",
    "async_sessionmaker()()",
)
_CONNECTIONS = frozenset(
    f"{driver}.connect(){made}"
    for driver in "sqlite3 aiosqlite psycopg2 psycopg pymysql MySQLdb oracledb pyodbc pymssql asyncpg duckdb".split()
    for made in ("", ".cursor()")
)
_CORE = "sqlalchemy.create_engine().connect()"
_CLOSING = frozenset({"close", "aclose"})

Around = Sequence[tuple[ast.AST, ast.AST]]
"""The nodes around a yield, innermost first, each with the child that leads to the yield."""


def kind_of(values: Iterable[Value]) -> Ended:
    """What a closed object is that is one of these values."""
    return common_end({_kind(value) for value in values})


def _kind(value: Value) -> Ended:
    if isinstance(value, Unknown):
        return Ended.UNKNOWN
    if not isinstance(value, Outside):
        return Ended.NOT
    if _is_orm_session(value):
        return Ended.SESSION
    return Ended.CONNECTION if value.name in _CONNECTIONS or value.name == _CORE else Ended.NOT


def _is_orm_session(value: Outside) -> bool:
    """Whether a value is known to be a session of an ORM, made anew."""
    package, _, rest = value.name.replace(NO_EXPIRY, "()").partition(".")
    return package in _ORMS and rest.rpartition(".")[2] in _SESSIONS


def ends_itself(value: Value) -> bool:
    """Whether `with` on a value closes it."""
    return isinstance(value, Outside) and (_is_orm_session(value) or value.name == _CORE)


def without_closing(source: ast.expr) -> ast.expr:
    """What is wrapped in `closing(...)`; or the expression itself."""
    return source.args[0] if _is_closing(source) and source.args else source


def is_closed(around: Around, name: str, sessions: set[ast.withitem]) -> bool:
    """Whether what a yield in the midst of `around` hands over by `name` is closed on every path of a normal end.

    `sessions` are the `with` items whose own exit closes what they enter.
    """
    return any(_closes(parent, child, name, sessions) for parent, child in around)


def _closes(parent: ast.AST, child: ast.AST, name: str, sessions: set[ast.withitem]) -> bool:
    if isinstance(parent, ast.With | ast.AsyncWith):
        own = (item for item in parent.items if item in sessions or _is_closing(item.context_expr))
        if any(_hands_over(item, name) for item in own):
            return True
    return any(_always_closes(part, name) for part in _following(parent, child))


def _is_closing(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and last_name(node.func) in ("closing", "aclosing")


def _hands_over(item: ast.withitem, name: str) -> bool:
    """Whether an item binds the name, or enters (or will close) what has it."""
    parts = (item.optional_vars, without_closing(item.context_expr))
    return any(isinstance(node, ast.Name) and node.id == name for node in parts)


def _following(parent: ast.AST, child: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    """The parts of `parent` that always run after `child`, if that ends normally."""
    if isinstance(parent, Loop):
        return
    _, behind = siblings(child, parent)
    yield behind
    if is_try(parent) and child in parent.body:
        yield parent.orelse
    if is_try(parent) and child in (*parent.body, *parent.orelse):
        yield parent.finalbody


def _always_closes(statements: Sequence[ast.stmt], name: str) -> bool:
    """Whether one of the statements themselves closes what has the name, and none before it leaves or rebinds it."""
    for statement in statements:
        if _is_close(statement, name):
            return True
        if any(_turns(node, name) for node in ast.walk(statement)):
            return False
    return False


def _is_close(statement: ast.stmt, name: str) -> bool:
    call = lone_call(statement)
    if call is None or not isinstance(call.func, ast.Attribute):
        return False
    return call.func.attr in _CLOSING and isinstance(call.func.value, ast.Name) and call.func.value.id == name


def _turns(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Return | ast.Break | ast.Continue | ast.Yield | ast.YieldFrom):
        return True
    return isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
