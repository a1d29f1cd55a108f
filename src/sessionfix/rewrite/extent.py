"""How far the block of a bound session must reach, and what becomes of the old clean-up."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from sessionfix.project.tells import last_name
from sessionfix.rewrite import cleanup, reasons
from sessionfix.rewrite.closing import check_closes
from sessionfix.rewrite.dangers import dangers, opens_any
from sessionfix.rewrite.exits import check_exit
from sessionfix.rewrite.life import NAMED_NEEDS, Extent, Life, below
from sessionfix.rewrite.lifetime import Kind, Touch, Write
from sessionfix.rewrite.pending import State, pending_at_end
from sessionfix.rewrite.plan import RefusalError
from sessionfix.rewrite.scopes import acts, own_expressions
from sessionfix.rewrite.tags import KEEPS, Tag
from sessionfix.syntax.compound import Loop, is_try, suites


def of_binding(life: Life) -> Extent:
    """The extent for `s = f()`; raises RefusalError."""
    check_closes(life)
    inside = _inside_next_try(life)
    extent = inside if inside is not None else _in_own_suite(life)
    check_exit(life, extent)
    return extent


def of_statement(life: Life) -> Extent:
    """The extent for a call inside the statement itself, such as `x = f().query(1)`; raises RefusalError."""
    check_closes(life)
    extent = _in_own_suite(life, first=life.place.index)
    check_exit(life, extent)
    return extent


def of_with(life: Life, body: Sequence[ast.stmt]) -> Extent:
    """The extent for a `with` that is there already; raises RefusalError if what came from it is needed after it."""
    check_closes(life)
    extent = Extent(list(body), frozenset())
    for touch in life.lifetime.touches:
        inside = life.tree.within(touch.statement, life.statement)
        if not inside and touch.kind in (Kind.NAMED, Kind.USED, Kind.ROLLBACK, Kind.COMMIT):
            raise RefusalError(_outside(life, touch.statement))
    check_exit(life, extent)
    return extent


def of_reaching(life: Life, body: Sequence[ast.stmt], use: ast.stmt) -> Extent:
    """The extent for a `with` that is to reach to `use`, and to the last statement of its suite that needs the session.

    Raises RefusalError.
    """
    check_closes(life)
    place = life.place
    needed = {touch.statement for touch in life.lifetime.touches if _needs_more(life, touch)} | {use}
    last = max(_index_after(life, statement) for statement in needed)
    taken_in = place.suite[place.index + 1 : last + 1]
    extent = Extent([*body, *taken_in], frozenset(), dangers(life, taken_in) + _suspended(life, taken_in))
    if pending_at_end(body, life.lifetime, life.tree) & ~State.CLEAN:
        extent.assumptions += _later_end(life, use, taken_in[-1].lineno)
    extent.assumptions += _attached(life, taken_in) + _changed_meanwhile(life, taken_in)
    check_exit(life, extent)
    return extent


def _later_end(life: Life, use: ast.stmt, row: int) -> list[str]:
    """What becomes of the block's own work if it ends at `row`; it is meant to be kept if `use` is its commit."""
    if life.factory.exit.commits:
        return [reasons.ASSUME_LATER.format(factory=life.factory.qualname, row=row)]
    if any(touch.statement is use and touch.kind is Kind.COMMIT for touch in life.lifetime.touches):
        return []
    return [reasons.ASSUME_NOT_DROPPED.format(factory=life.factory.qualname, row=row)]


def _attached(life: Life, taken_in: Sequence[ast.stmt]) -> list[str]:
    """What is done to objects of the session that it has let go until now, and takes notice of in the block."""
    inside = set(below(taken_in))
    rows = (
        touch.statement.lineno
        for touch in life.lifetime.touches
        if touch.statement in inside and touch.write is not Write.NONE and not touch.tag & KEEPS
    )
    return [reasons.ASSUME_ATTACHED.format(row=row) for row in rows]


def _changed_meanwhile(life: Life, taken_in: Sequence[ast.stmt]) -> list[str]:
    """What another session may change: once closed, this one reads anew; in the block it keeps what it has read."""
    rows = (statement.lineno for statement in below(taken_in) if opens_any(life, statement))
    return [reasons.ASSUME_UNCHANGED.format(row=row) for row in rows]


def without_close(life: Life, close: ast.stmt) -> list[str]:
    """What has to be assumed to leave a session's end to its `with`, and take a close in it away; raises RefusalError.

    The close drops what is pending, and parts the session from its objects: the factory's commit does not expire these.
    """
    check_closes(life)
    assert isinstance(life.statement, ast.With | ast.AsyncWith)
    extent = Extent(list(life.statement.body), frozenset({close}))
    exit_ = life.factory.exit
    if exit_.commits and pending_at_end(extent.block, life.lifetime, life.tree) & ~State.CLEAN:
        extent.assumptions.append(reasons.ASSUME_DROPPED.format(factory=life.factory.qualname, row=close.lineno))
    for touch in life.lifetime.touches:
        is_later = touch.kind in (Kind.USED, Kind.PART) and not life.tree.within(touch.statement, life.statement)
        if is_later and ((exit_.commits and exit_.expires) or exit_.resets):
            row = touch.statement.lineno
            extent.assumptions.append(reasons.ASSUME_LOADED.format(row=row, factory=life.factory.qualname))
    check_exit(life, extent)
    later = [part for part in below(extent.block) if part.lineno > close.lineno]
    return extent.assumptions + dangers(life, later)


def _needs_more(life: Life, touch: Touch) -> bool:
    """Whether a use is one that the block has to take in; a rollback around it has nothing to do, now as later."""
    if life.tree.within(touch.statement, life.statement):
        return False
    if touch.kind is Kind.ROLLBACK:
        return life.tree.top_of(touch.statement, life.place.suite) is not None
    return touch.kind in NAMED_NEEDS or (touch.kind is Kind.USED and bool(touch.tag & KEEPS))


def _index_after(life: Life, statement: ast.stmt) -> int:
    index = life.tree.top_of(statement, life.place.suite)
    if index is None or index <= life.place.index:
        raise RefusalError(_outside(life, statement))
    return index


def _suspended(life: Life, statements: Sequence[ast.stmt]) -> list[str]:
    """The statements at which somebody else decides how long the session stays open."""
    own = {touch.statement for touch in life.lifetime.touches if touch.tag & KEEPS}
    return [
        reasons.ASSUME_SHORT.format(row=statement.lineno, factory=life.factory.qualname)
        for statement in below(statements)
        if _hands_over(statement, is_own=statement in own)
    ]


def _hands_over(statement: ast.stmt, *, is_own: bool) -> bool:
    """Whether a statement yields, or awaits something that is not the session's."""
    parts = [part for header in own_expressions(statement) for part in ast.walk(header)]
    if any(isinstance(part, ast.Yield | ast.YieldFrom) for part in parts):
        return True
    is_async = isinstance(statement, ast.AsyncFor | ast.AsyncWith)
    return not is_own and (is_async or any(isinstance(part, ast.Await) for part in parts))


def _outside(life: Life, use: ast.stmt) -> str:
    return reasons.ONE_BRANCH.format(row=use.lineno, site=life.statement.lineno)


def _inside_next_try(life: Life) -> Extent | None:
    """The block inside the try that follows at once, so that an exception passes through the factory first."""
    place = life.place
    following = place.suite[place.index + 1] if place.index + 1 < len(place.suite) else None
    if not isinstance(following, ast.Try) or life.factory.exit.swallows:
        return None
    body = set(below(following.body))
    rollbacks = {statement for statement in cleanup.rollbacks(life.lifetime) if _in_handler(life, following, statement)}
    if any(not _undone_by_factory(life, statement) or not life.is_own(statement) for statement in rollbacks):
        return None
    removed = _whole(life, cleanup.closes(life.lifetime) | rollbacks)
    if following in removed:
        return None
    rest = [statement for statement in following.finalbody if statement not in removed]
    if (
        not following.handlers
        and rest
        and _first_close(following.finalbody, removed) > following.finalbody.index(rest[0])
    ):
        if _first_close(following.finalbody, removed) < following.finalbody.index(rest[-1]):
            raise RefusalError(reasons.TWO_FINALLY_PARTS)
        return None
    if any(touch.statement not in body for touch in life.needs(removed)):
        return None
    if (following.handlers or rest) and life.opening is not None and life.opening.prepares():
        return None
    return Extent(list(following.body), removed)


def _whole(life: Life, removed: set[ast.stmt]) -> frozenset[ast.stmt]:
    return cleanup.whole(life.tree, removed, life.lifetime, _told_by(life, removed))


def _told_by(life: Life, removed: set[ast.stmt]) -> set[str]:
    """The names that tell, in the conditions around what goes, whose session it is."""
    handed = life.handed
    if handed is None:
        return set()
    owners = (owner for statement in removed for owner in life.tree.ancestors(statement))
    tests = [owner.test for owner in owners if isinstance(owner, ast.If) and handed.knows(owner.test)]
    return {node.id for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)}


def _in_handler(life: Life, attempt: ast.Try, statement: ast.stmt) -> bool:
    return any(life.tree.within(statement, handler) for handler in attempt.handlers)


def _first_close(suite: Sequence[ast.stmt], removed: frozenset[ast.stmt]) -> int:
    return next((index for index, statement in enumerate(suite) if statement in removed), len(suite))


def _in_own_suite(life: Life, first: int | None = None) -> Extent:
    """The block from the call to the last statement of its suite that needs the session.

    `first` is the index of the call's statement where that goes into the block itself.
    """
    start = life.place.index + 1 if first is None else first
    removed, assumptions = _removed_around(life)
    assumptions += _early_clean_ups(life)
    last, more = _last_need(life, removed, start, start - 1 if first is None else first)
    assumptions += more
    suite = life.place.suite
    between = suite[last + 1 : _end_of_life(life, removed, last)]
    if between:
        reached_over = dangers(life, between)
        if _must_cover(life, suite[start : last + 1], between):
            last += len(between)
            assumptions += reached_over
        elif not reached_over and _closes_in_finally(life):
            last += len(between)
    elif (
        _is_attempted_further_out(life)
        and not _closes_later(life, removed, last)
        and _must_cover(life, suite[start : last + 1], [life.statement])
    ):
        assumptions.append(reasons.ASSUME_KEPT.format(factory=life.factory.qualname))
    block = suite[start : last + 1]
    while block and first is None and block[-1] in removed:
        block.pop()
    return Extent(block, removed, assumptions)


def _last_need(life: Life, removed: frozenset[ast.stmt], start: int, last: int) -> tuple[int, list[str]]:
    """The index of the last statement in the call's suite that needs the session, and what is assumed with it."""
    suite = life.place.suite
    last_named = last
    assumptions = []
    for touch in life.needs(removed):
        index = life.tree.top_of(touch.statement, suite)
        if index is None or index < start:
            if touch.kind is not Kind.PART:
                raise RefusalError(_outside(life, touch.statement))
            assumptions.append(reasons.ASSUME_PART.format(row=touch.statement.lineno))
            continue
        last = max(last, index)
        if touch.kind in NAMED_NEEDS or touch.tag & KEEPS:
            last_named = max(last_named, index)
    return last, assumptions + dangers(life, suite[last_named + 1 : last + 1])


def _early_clean_ups(life: Life) -> list[str]:
    """The clean-up code that an exception can reach before there is a session: there it would raise another one."""
    return [
        reasons.ASSUME_BOUND.format(row=touch.statement.lineno)
        for touch in life.lifetime.touches
        if touch.kind in (Kind.CLOSE, Kind.ROLLBACK)
        and not (life.handed is not None and life.handed.is_off_at_first(touch.statement))
        and _can_be_reached_early(life, touch.statement)
        and (touch.tag & Tag.NONE or cleanup.none_binding(life.tree, life.statement, life.name) is None)
    ]


def _can_be_reached_early(life: Life, statement: ast.stmt) -> bool:
    """Whether `statement` is in the clean-up of a try in whose body something may raise before the call."""
    for ancestor in life.tree.ancestors(life.statement):
        if isinstance(ancestor, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            return False
        if is_try(ancestor) and life.tree.top_of(statement, ancestor.body) is None:
            index = life.tree.top_of(life.statement, ancestor.body)
            if index is not None and life.tree.within(statement, ancestor):
                return _raises_before(life, ancestor.body[: index + 1])
    return False


def _raises_before(life: Life, statements: Sequence[ast.stmt]) -> bool:
    """Whether anything may raise in `statements`, the last of which is or holds the call, before the call."""
    *before, last = statements
    if any(_may_raise(statement) for statement in before):
        return True
    if last is life.statement:
        return False
    if any(acts(header) for header in own_expressions(last)):
        return True
    for suite in suites(last):
        index = life.tree.top_of(life.statement, suite)
        if index is not None:
            return _raises_before(life, suite[: index + 1])
    return True


def _removed_around(life: Life) -> tuple[frozenset[ast.stmt], list[str]]:
    """What goes where the block stays in its suite: the closes, and the rollbacks in handlers around the suite."""
    rollbacks = set()
    assumptions = []
    for statement in cleanup.rollbacks(life.lifetime):
        if not life.is_own(statement):
            continue
        if life.tree.top_of(statement, life.place.suite) is None and _is_in_outer_handler(life, statement):
            rollbacks.add(statement)
            if not _undone_by_factory(life, statement) or _may_be_of_last_round(life):
                assumptions.append(reasons.ASSUME_ROLLBACK.format(row=statement.lineno, factory=life.factory.qualname))
    return _whole(life, cleanup.closes(life.lifetime) | rollbacks), assumptions


def _may_be_of_last_round(life: Life) -> bool:
    """Whether a handler may roll back the session of an earlier round of a loop, which was not closed there."""
    looped = any(isinstance(node, Loop) for node in life.tree.ancestors(life.statement))
    return looped and not cleanup.closes(life.lifetime)


def _undone_by_factory(life: Life, rollback: ast.stmt) -> bool:
    """Whether the factory undoes what a rollback in a handler would: perhaps not for `except BaseException`."""
    handlers = (node for node in life.tree.ancestors(rollback) if isinstance(node, ast.ExceptHandler))
    handler = next(handlers, None)
    exit_ = life.factory.exit
    if handler is None or exit_.shared:
        return False
    if exit_.drops_on_error and not exit_.keeps_on_error:
        return True  # what is pending is dropped with the session
    if handler.type is None or not exit_.rolls_back:
        return False
    return not any(
        last_name(part) in ("BaseException", "KeyboardInterrupt", "SystemExit", "GeneratorExit", "CancelledError")
        for part in ast.walk(handler.type)
        if isinstance(part, ast.expr)
    )


def _is_in_outer_handler(life: Life, statement: ast.stmt) -> bool:
    """Whether `statement` is in a handler of a try whose body holds the call."""
    for ancestor in life.tree.ancestors(statement):
        if isinstance(ancestor, ast.ExceptHandler):
            attempt = life.tree.parents[ancestor]
            if is_try(attempt) and life.tree.top_of(life.statement, attempt.body) is not None:
                return True
    return False


def _end_of_life(life: Life, removed: frozenset[ast.stmt], last: int) -> int:
    """The index in the call's suite at which the program closed the session; the index after `last` if nowhere."""
    suite = life.place.suite
    later = [index for index in range(last + 1, len(suite)) if suite[index] in removed]
    if later and not _closes_in_finally(life):
        return later[-1]
    return len(suite) if _is_attempted(life) or _closes_in_finally(life) else last + 1


def _closes_later(life: Life, removed: frozenset[ast.stmt], last: int) -> bool:
    return any(statement in removed for statement in life.place.suite[last + 1 :])


def _is_attempted(life: Life) -> bool:
    """Whether an exception in the call's suite is caught around it: that gives the work up."""
    return _catches(life, life.place.owner) and getattr(life.place.owner, "body", None) is life.place.suite


def _is_attempted_further_out(life: Life) -> bool:
    """Whether what catches exceptions holds the call's suite together with what follows it."""
    node: ast.AST = life.place.owner
    for ancestor in life.tree.ancestors(node):
        if isinstance(node, ast.stmt) and _catches(life, ancestor):
            return life.tree.top_of(node, getattr(ancestor, "body", [])) is not None
        if isinstance(ancestor, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            return False
        node = ancestor
    return False


def _catches(life: Life, node: ast.AST) -> bool:
    """Whether a statement may catch the exceptions of its body: a try with handlers, `with suppress(...)`."""
    return (is_try(node) and bool(node.handlers)) or node in life.lifetime.swallowing


def _closes_in_finally(life: Life) -> bool:
    """Whether the suite is the body of a try that closes the session in its finally clause."""
    owner = life.place.owner
    if not is_try(owner) or owner.body is not life.place.suite:
        return False
    closes = cleanup.closes(life.lifetime)
    return any(statement in closes for statement in below(owner.finalbody))


def _must_cover(life: Life, block: Sequence[ast.stmt], between: Sequence[ast.stmt]) -> bool:
    """Whether work is pending at the block's end that an exception before the old close would have dropped."""
    if not life.factory.exit.commits or not any(_may_raise(statement) for statement in between):
        return False
    return bool(pending_at_end(block, life.lifetime, life.tree) & ~State.CLEAN)


def _may_raise(statement: ast.stmt) -> bool:
    harmless = (ast.Name, ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.expr_context, ast.keyword)
    return any(
        isinstance(part, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom)
        or (isinstance(part, ast.expr) and not isinstance(part, harmless))
        for part in ast.walk(statement)
    )
