"""Read a factory's body: what does it yield, and what does it do once the block has ended?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sessionfix.project import facts
from sessionfix.project.drafts import falls_through
from sessionfix.project.endings import ends_itself, is_closed, kind_of, without_closing
from sessionfix.project.factories import Ended, Exit, either
from sessionfix.project.keeping import comes_from, hands_on_commit, may_commit, may_keep_at_end
from sessionfix.project.outside import NO_EXPIRY
from sessionfix.project.paths import is_broad
from sessionfix.project.resolve import Resolver
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name, lone_call
from sessionfix.project.values import Function, Manager, Outside, Resolved, Value
from sessionfix.project.yielded import is_name, own_yields, sources
from sessionfix.syntax.compound import FunctionNode, Loop, is_try, siblings
from sessionfix.syntax.nodes import TryStar

_BEGINNING = frozenset({"begin", "begin_nested", "atomic", "transaction"})
_EXPIRING = frozenset({"rollback", "expire", "expire_all"})
_CLOSING = frozenset({"close", "aclose", "remove", "dispose"})
_ENTERING = frozenset({"enter_context", "enter_async_context", "enterContext"})
DRIVERS = frozenset(
    "sqlite3 aiosqlite psycopg psycopg2 asyncpg pymysql MySQLdb mariadb aiomysql oracledb cx_Oracle pyodbc aioodbc "
    "pymssql duckdb snowflake redis".split()
)
_SESSION_TYPES = frozenset({"Session", "AsyncSession", "sessionmaker", "async_sessionmaker", "scoped_session"})
_REGISTRIES = ("scoped_session", "async_scoped_session")


@dataclass(frozen=True)
class _Yield:
    """One yield and the statements around it, innermost first, each with the child that leads to the yield."""

    node: ast.Yield
    around: tuple[tuple[ast.AST, ast.AST], ...]


@dataclass(frozen=True)
class ExitReader:
    """Reads the exits of functions in `target`.

    `exit_of` answers for factories that the body enters, `hides_exceptions` for objects.
    """

    target: Target
    resolver: Resolver
    exit_of: Callable[[Resolved], Exit]
    hides_exceptions: Callable[[ast.expr], bool]

    def read(self, node: FunctionNode) -> tuple[str | None, Exit]:
        """The name that the function yields, where it is plain and always the same, and its exit."""
        yields = [_Yield(found, tuple(self.target.around(found, node))) for found in own_yields(node)]
        names = {found.node.value.id if isinstance(found.node.value, ast.Name) else None for found in yields}
        name = names.pop() if len(names) == 1 else None
        return name, either(tuple(self._exit(found, node) for found in yields)) if yields else Exit()

    def _exit(self, found: _Yield, node: FunctionNode) -> Exit:
        name = found.node.value.id if isinstance(found.node.value, ast.Name) else None
        made_from = list(sources(found.node.value, node))
        values = [self._value(source) for source in made_from]
        later = list(_after(found))
        shared = self._is_shared(found.node.value, made_from, values)
        is_session, is_left = any(map(_is_session, values)), hands_on_commit(node)
        exit_ = Exit(
            commits=is_left or any(may_commit(call, name, is_session=is_session) for call in later),
            closes=any(_closes(call, name) for call in later) or _is_left_to_another(made_from, name, node),
            rolls_back=_rolls_back(found),
            drops_on_error=any(_closes_always(part, name) for part in _final_parts(found)),
            swallows=_swallows(found),
            keeps_on_error=is_left or _commits_after_error(found, name, is_session=is_session),
            locks=any(_acquires(call) for call in ast.walk(node)),
            shared=shared,
            expires=not values or not all(map(_never_expires, values)) or _sets_expiry(node),
            resets=any(last_name(call.func) in _EXPIRING for call in later),
            is_orm=is_session,
            ended=Ended.NOT if shared or name is None else self._end(found, name, made_from),
        )
        return self._with_blocks(found, comes_from(made_from, node), exit_)

    def _end(self, found: _Yield, name: str, made_from: list[ast.expr]) -> Ended:
        """What is certain of the end of the yielded object; that of an inner factory's is told by its own exit."""
        sessions = {item for item in _items(found) if ends_itself(self._value(item.context_expr))}
        if not is_closed(found.around, name, sessions):
            return Ended.NOT
        return kind_of(self._value(without_closing(source)) for source in made_from)

    def _value(self, node: ast.expr) -> Value:
        return self.resolver.evaluate(self.target.expression(node), self.target.place(node)).value

    # what is yielded

    def _is_shared(self, value: ast.expr | None, made_from: list[ast.expr], values: list[Value]) -> bool:
        if value is None:
            return False
        made = all(isinstance(source, ast.Call) for source in made_from)
        return not made or any(self._hands_out(source, found) for source, found in zip(made_from, values, strict=True))

    def _hands_out(self, source: ast.expr, value: Value) -> bool:
        """Whether a call gives what others have too: a registry's session, a getter's attribute."""
        if isinstance(value, Outside) and any(name in value.name for name in _REGISTRIES):
            return True
        if not isinstance(source, ast.Call):
            return False
        callee = self.resolver.evaluate(self.target.expression(source.func), self.target.place(source)).value
        if not isinstance(callee, Function) or self.resolver.kind(callee).manager:
            return False
        returned = self.resolver.function(callee).returns
        return any(not isinstance(expr, facts.Call) for expr in returned) or not returned

    # the with statements around it

    def _with_blocks(self, found: _Yield, origins: frozenset[str], exit_: Exit) -> Exit:
        for item in _items(found):
            exit_ = self._with_item(item, found.node.value, origins, exit_)
        return exit_

    def _with_item(self, item: ast.withitem, value: ast.expr | None, origins: frozenset[str], exit_: Exit) -> Exit:
        call = item.context_expr
        name = last_name(call.func) if isinstance(call, ast.Call) else ""
        found = self.resolver.evaluate(self.target.expression(call), self.target.place(call))
        resolved = found.value
        own = isinstance(value, ast.Name) and (is_name(item.optional_vars, value.id) or is_name(call, value.id))
        exit_ = replace(exit_, locks=exit_.locks or _is_lock(call, resolved))
        if isinstance(resolved, Manager):
            return self._inner(exit_, self.exit_of(found), own)
        if name in _BEGINNING:
            return replace(exit_, begins=True, commits=True, rolls_back=not exit_.swallows, closes=exit_.closes or own)
        if self.hides_exceptions(call):
            exit_ = _swallowing(exit_)
        if name == "suppress":
            return _swallowing(exit_)
        if name in ("closing", "aclosing"):
            own = own or _holds(call, value)
            return replace(exit_, closes=exit_.closes or own, drops_on_error=exit_.drops_on_error or own)
        if own:
            is_session = _is_session(resolved)
            exit_ = replace(exit_, drops_on_error=exit_.drops_on_error or is_session)
            return replace(exit_, closes=True, commits=exit_.commits or not is_session)
        return replace(exit_, commits=exit_.commits or may_keep_at_end(item, resolved, origins))

    @staticmethod
    def _inner(exit_: Exit, inner: Exit, own: bool) -> Exit:
        """The exit of a factory whose block holds the yield, added to that of the body around."""
        return Exit(
            commits=exit_.commits or inner.commits,
            closes=exit_.closes or (own and inner.closes),
            rolls_back=(exit_.rolls_back or inner.rolls_back) and not inner.swallows and not exit_.swallows,
            drops_on_error=exit_.drops_on_error or (own and inner.drops_on_error),
            swallows=exit_.swallows or inner.swallows,
            begins=exit_.begins or inner.begins,
            keeps_on_error=exit_.keeps_on_error or inner.keeps_on_error or (inner.swallows and exit_.commits),
            locks=exit_.locks or inner.locks,
            shared=inner.shared if own else exit_.shared,
            expires=inner.expires if own else exit_.expires,
            resets=exit_.resets or inner.resets,
            is_orm=inner.is_orm if own else exit_.is_orm,
            ended=inner.ended if own else exit_.ended,
        )


def _swallowing(exit_: Exit) -> Exit:
    """The exit of what stands in a block that may keep an exception to itself."""
    return replace(exit_, swallows=True, rolls_back=False, keeps_on_error=exit_.keeps_on_error or exit_.commits)


def _items(found: _Yield) -> Iterator[ast.withitem]:
    """The items of the `with` statements around a yield."""
    for parent, child in found.around:
        if isinstance(parent, ast.With | ast.AsyncWith) and isinstance(child, ast.stmt):
            yield from parent.items


def _holds(call: ast.expr, value: ast.expr | None) -> bool:
    return isinstance(call, ast.Call) and isinstance(value, ast.Name) and any(is_name(a, value.id) for a in call.args)


def _never_expires(value: Value) -> bool:
    """Whether a commit leaves the objects of what is yielded as they are: so for rows of a DB-API driver."""
    return isinstance(value, Outside) and (NO_EXPIRY in value.name or value.name.split(".")[0] in DRIVERS)


def _sets_expiry(node: FunctionNode) -> bool:
    """Whether the function sets `session.expire_on_commit` itself."""
    return any(
        isinstance(inner, ast.Attribute) and inner.attr == "expire_on_commit" and isinstance(inner.ctx, ast.Store)
        for inner in ast.walk(node)
    )


def _is_session(value: Value) -> bool:
    """A session (of SQLAlchemy), whose own `with` closes and does not commit."""
    return isinstance(value, Outside) and any(name in _SESSION_TYPES for name in _parts(value.name))


def _parts(dotted: str) -> list[str]:
    return dotted.replace(NO_EXPIRY, "").replace("()", "").split(".")


# what runs after the yield


def _after(found: _Yield) -> Iterator[ast.Call]:
    """The calls that can run after the yield, when no exception came from the block."""
    for parent, child in found.around:
        for statement in _following(parent, child):
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.Call))


def _following(parent: ast.AST, child: ast.AST) -> Iterator[ast.stmt]:
    """The statements of `parent` that can run after `child`, a part of it: a loop's are all of them."""
    if isinstance(parent, Loop):
        yield from (*parent.body, *parent.orelse)
        return
    _, behind = siblings(child, parent)
    yield from behind
    if is_try(parent):
        yield from parent.orelse if child in parent.body else ()
        yield from parent.finalbody if child not in parent.finalbody else ()


def _closes(call: ast.Call, name: str | None) -> bool:
    own = isinstance(call.func, ast.Attribute) and (name is None or is_name(call.func.value, name))
    if last_name(call.func) in _CLOSING:
        return own or last_name(call.func) == "remove"
    return name is not None and any(is_name(arg, name) for arg in call.args)


def _is_left_to_another(made_from: list[ast.expr], name: str | None, node: FunctionNode) -> bool:
    """Whether an exit stack or the like has what is yielded, or its close: `stack.callback(session.close)`."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    return any(isinstance(source, ast.Call) and last_name(source.func) in _ENTERING for source in made_from) or any(
        isinstance(arg, ast.Attribute) and arg.attr in _CLOSING and name is not None and is_name(arg.value, name)
        for call in calls
        for arg in call.args
    )


def _closes_always(body: list[ast.stmt], name: str | None) -> bool:
    """Whether one of the statements themselves closes the session, under no condition."""
    return name is not None and any(
        call is not None
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("close", "aclose")
        and is_name(call.func.value, name)
        for call in map(lone_call, body)
    )


# locks

_LOCKS = ("lock", "semaphore", "mutex", "condition")


def _acquires(node: ast.AST) -> bool:
    """`lock.acquire()`; that of a connection pool is no lock."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "acquire":
        return False
    return "pool" not in last_name(node.func.value).lower()


def _is_lock(item: ast.expr, value: Value) -> bool:
    """A `with` item that is a lock by its type or its name."""
    name = last_name(item.func if isinstance(item, ast.Call) else item).lower()
    type_ = value.name.rpartition(".")[2].lower() if isinstance(value, Outside) else ""
    return any(word in name.replace("block", "") or word in type_ for word in _LOCKS)


# exceptions from the block


def _handlers(found: _Yield) -> Iterator[ast.ExceptHandler]:
    """Those that an exception from the block can come to, innermost first."""
    for parent, child in found.around:
        if is_try(parent) and child in parent.body:
            yield from parent.handlers


def _rolls_back(found: _Yield) -> bool:
    if _swallows(found):
        return False
    return any(is_broad(handler) and _calls(handler.body, "rollback") for handler in _handlers(found)) or any(
        _calls(part, "rollback") for part in _final_parts(found)
    )


def _final_parts(found: _Yield) -> Iterator[list[ast.stmt]]:
    for parent, child in found.around:
        if is_try(parent) and child not in parent.finalbody:
            yield parent.finalbody


def _calls(body: list[ast.stmt], method: str) -> bool:
    """Whether a method of this name is called in one of the statements themselves, under no condition."""
    return any(
        isinstance(inner, ast.Call) and last_name(inner.func) == method
        for statement in body
        if isinstance(statement, ast.Expr)
        for inner in ast.walk(statement)
    )


def _swallows(found: _Yield) -> bool:
    leaves = any(_leaves(part) for part in _final_parts(found))
    # `except*` makes a group of what it raises again
    groups = any(is_try(one) and type(one) is TryStar and child in one.body for one, child in found.around)
    return leaves or groups or not all(_raises_again(handler) for handler in _handlers(found))


def _commits_after_error(found: _Yield, name: str | None, *, is_session: bool) -> bool:
    """Whether a commit can follow a block that raised: in a handler, in a finally, or after a handler that goes on."""
    handlers = list(_handlers(found))
    parts = [*(handler.body for handler in handlers), *_final_parts(found)]
    calls = [node for part in parts for statement in part for node in ast.walk(statement) if isinstance(node, ast.Call)]
    goes_on = any(_leaves(handler.body) or falls_through(handler.body) for handler in handlers)
    goes_on = goes_on or any(_leaves(part) for part in _final_parts(found))
    return any(may_commit(call, name, is_session=is_session) for call in (*calls, *(_after(found) if goes_on else ())))


def _leaves(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Return | ast.Break | ast.Continue) for part in body for node in ast.walk(part))


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether a handler always ends by raising the very exception that it caught."""
    if _leaves(handler.body) or falls_through(handler.body):
        return False
    raised = [node for part in handler.body for node in ast.walk(part) if isinstance(node, ast.Raise)]
    return all(node.exc is None or (handler.name is not None and is_name(node.exc, handler.name)) for node in raised)
