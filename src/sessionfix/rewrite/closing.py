"""Whether every close of a session is the end of this session, and of no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.project.drafts import falls_through
from sessionfix.project.tells import last_name
from sessionfix.rewrite import reasons
from sessionfix.rewrite.life import NAMED_NEEDS, Life
from sessionfix.rewrite.lifetime import Kind, Touch, Write
from sessionfix.rewrite.plan import RefusalError
from sessionfix.rewrite.scopes import Tree, bound_names, own_expressions
from sessionfix.rewrite.tags import TELLING_OF_CLOSE, Tag
from sessionfix.syntax.compound import is_try


def check_closes(life: Life) -> None:
    """Refuse where a close can't be told to be the end of this session and of no other."""
    for touch in life.lifetime.touches:
        row = touch.statement.lineno
        if touch.kind is Kind.ROLLBACK and touch.tag & Tag.NONE and _becomes_none(life):
            raise RefusalError(reasons.REBOUND.format(name=life.name, row=row))
        if touch.kind is Kind.CLOSE and not life.is_own(touch.statement):
            assert life.handed is not None
            raise RefusalError(reasons.CLOSES_HANDED.format(name=life.handed.given, row=row))
        if touch.kind is Kind.CLOSE and not _closes_only_this(life, touch):
            raise RefusalError(reasons.SEVERAL_SESSIONS.format(row=row))
        if touch.kind is Kind.CLOSE and (branch := _branch_past(life, touch.statement)):
            raise RefusalError(reasons.CLOSES_NOTHING.format(name=life.name, row=row, branch=branch.lineno))
        if touch.kind is Kind.ROLLBACK and touch.tag & Tag.CLOSED and not _cleans_up_after(life, touch.statement):
            raise RefusalError(reasons.USED_AFTER_CLOSE.format(row=row))
        again = touch.kind in (Kind.NAMED, Kind.COMMIT) or touch.write is not Write.NONE
        if again and touch.tag & Tag.CLOSED:
            raise RefusalError(reasons.USED_AFTER_CLOSE.format(row=row))
        if touch.kind in (Kind.USED, Kind.PART) and _is_asked_after_close(life, touch.statement):
            raise RefusalError(reasons.ASKED_AFTER_CLOSE.format(row=row))
        if touch.kind in NAMED_NEEDS and touch.tag & Tag.OTHER:
            raise RefusalError(reasons.REBOUND.format(name=life.name, row=row))


def closes_around(tree: Tree, close: ast.stmt, statement: ast.stmt, *, jumps: bool) -> bool:
    """Whether `close` runs on every path over `statement`: before it, in a finally around it, or after it.

    Not after it if `jumps`: it leaves the function.
    """
    suite = tree.place(close).suite
    index = tree.top_of(statement, suite)
    if index is not None and (not jumps or suite.index(close) < index):
        return True
    attempts = (node for node in tree.ancestors(statement) if is_try(node))
    return any(
        tree.top_of(close, attempt.finalbody) is not None and tree.top_of(statement, attempt.finalbody) is None
        for attempt in attempts
    )


def _closes_only_this(life: Life, touch: Touch) -> bool:
    """Whether what is closed is this session; in clean-up code it may be None, where the session was never made."""
    if id(touch.statement) not in life.lifetime.live_closes:
        return False
    if not touch.tag & Tag.NONE:
        return True
    return _is_clean_up(life, touch.statement) and not _becomes_none(life)


def _is_asked_after_close(life: Life, statement: ast.stmt) -> bool:
    """Whether a statement behind a close asks whether something is closed: `assert connection.closed`."""
    closes = (touch.statement for touch in life.lifetime.touches if touch.kind is Kind.CLOSE)
    parts = (part for header in own_expressions(statement) for part in ast.walk(header))
    asks = any(isinstance(part, ast.Attribute | ast.Name) and last_name(part) in TELLING_OF_CLOSE for part in parts)
    return asks and any(close.lineno < statement.lineno for close in closes)


def _branch_past(life: Life, close: ast.stmt) -> ast.If | ast.Match | None:
    """What branches before the session is made, and leads to a close of it by another way, on which that fails."""
    for branch in life.tree.ancestors(life.statement):
        if isinstance(branch, ast.If | ast.Match) and close in life.tree.place(branch).suite:
            others = (suite for suite in _branches(branch) if life.tree.top_of(life.statement, suite) is None)
            if any(map(falls_through, others)) and not _is_bound_elsewhere(life):
                return branch
    return None


def _branches(branch: ast.If | ast.Match) -> list[list[ast.stmt]]:
    if isinstance(branch, ast.If):
        return [branch.body, branch.orelse]
    last = branch.cases[-1]
    takes_all = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
    return [*(case.body for case in branch.cases), *([] if takes_all else [[]])]


def _is_bound_elsewhere(life: Life) -> bool:
    """Whether other statements, or a parameter, bind the session's name; what they bind is told by its tag."""
    scope = life.tree.scope(life.statement)
    inside = set(ast.walk(life.statement))
    return any(
        (isinstance(node, ast.arg) and node.arg == life.name) or life.name in bound_names(node)
        for node in ast.walk(scope)
        if node not in inside and life.tree.scope(node) is scope
    )


def _becomes_none(life: Life) -> bool:
    """Whether the session's name is bound to None after the session was made."""
    name = life.name
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Store)
        and life.tree.statement(node).lineno > life.statement.lineno
        for node in ast.walk(life.tree.scope(life.statement))
    )


def _cleans_up_after(life: Life, statement: ast.stmt) -> bool:
    """Whether a statement is in the clean-up code of a try that the session was made or used in."""
    used = [life.statement, *(touch.statement for touch in life.lifetime.touches)]
    return any(
        life.tree.top_of(each, attempt.body) is not None
        for attempt in _cleaned_up_by(statement, life.tree)
        for each in used
    )


def _is_clean_up(life: Life, statement: ast.stmt) -> bool:
    return next(_cleaned_up_by(statement, life.tree), None) is not None


def _cleaned_up_by(statement: ast.stmt, tree: Tree) -> Iterator[ast.Try]:
    """The tries in whose clauses, other than the body, a statement stands, innermost first."""
    for ancestor in tree.ancestors(statement):
        attempt = tree.parents.get(ancestor) if isinstance(ancestor, ast.ExceptHandler) else ancestor
        if is_try(attempt) and tree.top_of(statement, attempt.body) is None:
            yield attempt
