"""Find factories whose clean-up is left out where the block of their `with` raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from sessionfix.project.bodies import own_factories, site_in_body
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.paths import End, ends_of, is_broad
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import Target, span
from sessionfix.project.tells import Parents, awaited_call, last_name, lone_call
from sessionfix.project.yielded import is_name, own_yields
from sessionfix.syntax.compound import FunctionNode, Loop, is_try, siblings

_CLOSING = frozenset({"close", "aclose", "dispose", "disconnect", "quit"})
_HANDING_BACK = frozenset({"putconn", "release"})
_ENDING = _CLOSING | {"terminate", "kill", "abort", "invalidate", "__exit__", "__aexit__"}
_KEEPING = _HANDING_BACK | {
    "closing",
    "aclosing",
    "callback",
    "enter_async_context",
    "enter_context",
    "finalize",
    "push",
    "push_async_callback",
    "push_async_exit",
    "register",
}
_SWALLOWING = ("suppress", "raises", "swallow", "ignore", "catch", "silence")


def sites_of_unprotected_yields(target: Target, known: Knowledge) -> Iterator[Site]:
    """The yields after which a file's factories close what they have opened, but only where nothing raises."""
    for node, function in own_factories(target, known):
        for found in own_yields(node):
            skipped = next(skipped_clean_up(found, node, target.parents), None)
            if skipped is not None:
                yield site_in_body(span(found), Use.UNPROTECTED, function, known, ast.unparse(skipped))


def skipped_clean_up(found: ast.Yield, node: FunctionNode, parents: Parents) -> Iterator[ast.stmt]:
    """The statements behind a yield of the function that clean up, and that do not run after an error."""
    for suite in _suites_after(found, node, parents) if _gives_something(found) else ():
        for later in suite:
            name = closed_name(later)
            if name and _is_opened_before(name, found, node) and not _is_closed_elsewhere(name, later, node):
                yield later


def _gives_something(found: ast.Yield) -> bool:
    return found.value is not None and not (isinstance(found.value, ast.Constant) and found.value.value is None)


def _suites_after(found: ast.Yield, node: FunctionNode, parents: Parents) -> Iterator[Sequence[ast.stmt]]:
    """The statements that follow on success alone, up to a handler that lets all errors go on as if nothing was."""
    part: ast.AST = found
    while part is not node:
        parent = parents[part]
        if isinstance(parent, Loop) or (isinstance(parent, ast.With | ast.AsyncWith) and _may_swallow(parent)):
            return
        _, behind = siblings(part, parent)
        yield behind
        if is_try(parent) and part in parent.body:
            yield parent.orelse
            if any(is_broad(one) and End.RAISES not in ends_of(one.body) for one in parent.handlers):
                return
        part = parent


def _may_swallow(statement: ast.With | ast.AsyncWith) -> bool:
    """Whether a `with` is there to take errors: `suppress(...)`, `pytest.raises(...)`."""
    calls = (item.context_expr for item in statement.items if isinstance(item.context_expr, ast.Call))
    return any(word in last_name(call.func).lower() for call in calls for word in _SWALLOWING)


def closed_name(statement: ast.stmt) -> str | None:
    """The name of what a statement closes or hands back: `s.close()`, `await s.close()`, `pool.putconn(s)`."""
    call = lone_call(statement)
    if call is None or not isinstance(call.func, ast.Attribute):
        return None
    closed: ast.expr | None = None
    if call.func.attr in _CLOSING and not call.args:
        closed = call.func.value
    elif call.func.attr in _HANDING_BACK and len(call.args) == 1:
        closed = call.args[0]
    return closed.id if isinstance(closed, ast.Name) else None


def _is_opened_before(name: str, found: ast.Yield, node: FunctionNode) -> bool:
    """Whether the function binds the name only once: to the result of a call, before the yield."""
    bound = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name) and inner.id == name]
    stored = [inner for inner in bound if not isinstance(inner.ctx, ast.Load)]
    assigned = (inner for inner in ast.walk(node) if isinstance(inner, ast.Assign | ast.AnnAssign))
    at = (found.lineno, found.col_offset)
    before = (statement for statement in assigned if (statement.lineno, statement.col_offset) < at)
    return len(stored) == 1 and any(_opens(statement, stored[0]) for statement in before)


def _opens(statement: ast.Assign | ast.AnnAssign, name: ast.Name) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return awaited_call(statement.value) is not None and name in targets


def _is_closed_elsewhere(name: str, clean_up: ast.stmt, node: FunctionNode) -> bool:
    """Whether something else in the function may close it: a handler, a `with`, an exit stack, a callback."""
    own = set(ast.walk(clean_up))
    return any(inner not in own and _may_close(inner, name) for inner in ast.walk(node))


def _may_close(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Attribute):
        return is_name(node.value, name) and node.attr in _ENDING
    if isinstance(node, ast.withitem):
        entered = node.context_expr
        return any(is_name(one, name) for one in (entered, *(entered.args if isinstance(entered, ast.Call) else ())))
    if isinstance(node, ast.Call) and last_name(node.func) in _KEEPING:
        return any(is_name(inner, name) for argument in node.args for inner in ast.walk(argument))
    return False
