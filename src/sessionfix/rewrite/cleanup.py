"""The old clean-up code of a site: which statements go when the factory's exit takes over."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from sessionfix.project.tells import last_name
from sessionfix.rewrite.lifetime import Kind, Lifetime, statements_below
from sessionfix.rewrite.scopes import Tree
from sessionfix.rewrite.tags import Tag

LOGGING_CALLS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
TEST_CALLS = frozenset({"hasattr", "callable", "getattr"})
TEST_METHODS = frozenset({"in_transaction", "in_nested_transaction", "is_active", "is_open", "is_closed"})


def closes(lifetime: Lifetime) -> set[ast.stmt]:
    """The statements that do nothing but close the session."""
    return {touch.statement for touch in lifetime.touches if touch.kind is Kind.CLOSE}


def rollbacks(lifetime: Lifetime) -> set[ast.stmt]:
    """The statements that do nothing but roll the session back."""
    kinds: dict[ast.stmt, set[Kind]] = {}
    for touch in lifetime.touches:
        kinds.setdefault(touch.statement, set()).add(touch.kind)
    return {statement for statement, found in kinds.items() if found == {Kind.ROLLBACK}}


def whole(
    tree: Tree, removed: Iterable[ast.stmt], lifetime: Lifetime, flags: Iterable[str] = ()
) -> frozenset[ast.stmt]:
    """`removed`, and the statements that are there only for them: `if s: s.close()`, `try: s.close() except: pass`.

    `flags` are names that a condition may read, too.
    """
    names = {name for name, tag in lifetime.names.items() if tag & Tag.SESSION}.union(flags)
    gone = set(removed)
    grown = True
    while grown:
        owners = {tree.parents[statement] for statement in gone} - gone
        more = {owner for owner in owners if isinstance(owner, ast.stmt) and _serves_only(tree, owner, gone, names)}
        gone |= more
        grown = bool(more)
    return frozenset(gone)


def _serves_only(tree: Tree, owner: ast.stmt, gone: set[ast.stmt], names: set[str]) -> bool:
    body = getattr(owner, "body", [])
    if not body or any(statement not in gone for statement in body):
        return False
    if isinstance(owner, ast.If):
        return not owner.orelse and not tree.is_elif(owner) and tests_only(owner.test, names)
    if isinstance(owner, ast.Try):
        return not owner.orelse and not owner.finalbody and all(_hushes(handler) for handler in owner.handlers)
    if isinstance(owner, ast.With):
        return all(_suppresses(item) for item in owner.items)
    return False


def tests_only(test: ast.expr, names: set[str]) -> bool:
    """Whether a condition reads nothing but the session: `s`, `s is not None`, `s and s.is_active`."""
    allowed = (ast.Name, ast.Attribute, ast.Compare, ast.Constant, ast.BoolOp, ast.UnaryOp, ast.Call)
    for node in ast.walk(test):
        if isinstance(node, ast.expr) and not isinstance(node, allowed):
            return False
        if isinstance(node, ast.Name) and node.id not in names | TEST_CALLS:
            return False
        if isinstance(node, ast.Call) and last_name(node.func) not in TEST_CALLS | TEST_METHODS:
            return False
    return True


def _hushes(handler: ast.ExceptHandler) -> bool:
    return all(
        isinstance(statement, ast.Pass)
        or (
            isinstance(statement, ast.Expr)
            and (
                isinstance(statement.value, ast.Constant)
                or (isinstance(statement.value, ast.Call) and last_name(statement.value.func) in LOGGING_CALLS)
            )
        )
        for statement in handler.body
    )


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    return item.optional_vars is None and isinstance(call, ast.Call) and last_name(call.func) == "suppress"


def none_binding(tree: Tree, statement: ast.stmt, name: str) -> ast.stmt | None:
    """The one `name = None` before `statement` in its scope, if there is exactly one and it stands alone."""
    found = [
        node
        for outer in tree.scope(statement).body
        for node in statements_below(outer)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.lineno < statement.lineno
        and isinstance(node.value, ast.Constant)
        and node.value.value is None
        and _only_target(node) == name
    ]
    return found[0] if len(found) == 1 and tree.scope(found[0]) is tree.scope(statement) else None


def _only_target(node: ast.Assign | ast.AnnAssign) -> str | None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None
