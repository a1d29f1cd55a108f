"""What the factory's exit does to a block, beyond what the program did itself; and what has to be assumed of it."""

from __future__ import annotations

import ast

from sessionfix.project.tells import last_name
from sessionfix.rewrite import cleanup, reasons
from sessionfix.rewrite.closing import closes_around
from sessionfix.rewrite.dangers import opens
from sessionfix.rewrite.life import Extent, Life, below
from sessionfix.rewrite.lifetime import Kind, Leave, Way, Write
from sessionfix.rewrite.pending import State, pending_at_end, writes
from sessionfix.rewrite.plan import RefusalError
from sessionfix.rewrite.scopes import acts, own_expressions
from sessionfix.rewrite.tags import CLOSING_CALLS, KEEPS, Tag, Tags
from sessionfix.syntax.compound import FunctionNode, Loop


def check_exit(life: Life, extent: Extent) -> None:
    """Add what has to be assumed of the factory's exit; refuse where what leaves can't live without the session."""
    exit_ = life.factory.exit
    name = life.factory.qualname
    check_emptied(life, extent.removed)
    extent.assumptions += _left_open(life) + _leaving(life, extent)
    if exit_.swallows:
        extent.assumptions.append(reasons.ASSUME_SWALLOWED.format(factory=name))
    if exit_.begins and _asks_after_settling(life, extent):
        extent.assumptions.append(reasons.ASSUME_BEGIN.format(factory=name))
    if exit_.commits and _keeps_what_was_given_up(life, extent):
        extent.assumptions.append(reasons.ASSUME_KEPT.format(factory=name))
    if exit_.shared or exit_.locks:
        for statement in ast.walk(_outermost(life)):
            if isinstance(statement, ast.stmt) and opens(life, statement):
                extent.assumptions.append(reasons.ASSUME_REENTRANT.format(factory=name, row=statement.lineno))


def check_emptied(life: Life, removed: frozenset[ast.stmt]) -> None:
    """Refuse where a `with` would hold nothing once `removed` is gone: it may be there for what a close does."""
    gone = cleanup.whole(life.tree, removed, life.lifetime)
    others = {life.tree.parents[statement] for statement in gone} - gone - {life.statement}
    for owner in others:
        if isinstance(owner, ast.With | ast.AsyncWith) and gone.issuperset(owner.body):
            raise RefusalError(reasons.EMPTIED.format(row=owner.lineno))


def _left_open(life: Life) -> list[str]:
    """That a close goes, and the factory makes none; what others have too is not the caller's to close."""
    factory = life.factory
    if factory.exit.shared or (factory.exit.closes and factory.yields is not None):
        return []  # what is yielded without a name can't be told from what else is closed
    rows = [close.lineno for close in cleanup.closes(life.lifetime)]
    around = life.tree.parents.get(life.call)
    if isinstance(around, ast.Call) and last_name(around.func) in CLOSING_CALLS:
        rows.append(around.lineno)
    return [reasons.ASSUME_LEFT_OPEN.format(row=min(rows), factory=factory.qualname)] if rows else []


def _outermost(life: Life) -> ast.AST:
    """The outermost function around the call; the module where there is none."""
    functions = [node for node in life.tree.ancestors(life.statement) if isinstance(node, FunctionNode)]
    return functions[-1] if functions else life.tree.module


def _leaving(life: Life, extent: Extent) -> list[str]:
    exit_ = life.factory.exit
    lifetime = life.lifetime
    rolls_back = lifetime.gives_up or any(
        touch.kind is Kind.ROLLBACK and touch.statement not in extent.removed for touch in lifetime.touches
    )
    expires = (exit_.commits and exit_.expires) or exit_.resets or rolls_back
    assumptions = []
    for leave in life.lifetime.leaves:
        row = leave.statement.lineno
        if leave.way is Way.PASSED:
            assumptions.append(reasons.ASSUME_PASSED.format(row=row))
        elif leave.way is Way.YIELDED and leave.tag & (Tag.SESSION | Tag.HOLDER):
            continue  # a generator that hands the session to its caller stays inside its block meanwhile
        elif leave.tag & KEEPS or leave.way is Way.BACKGROUND:
            what = _what(leave.tag)
            raise RefusalError(reasons.LEAVES[leave.way].format(what=what, row=row, call=ast.unparse(life.call)))
        elif leave.way is Way.ADDED:
            if expires and exit_.is_orm and not commits_itself(life):
                assumptions.append(reasons.ASSUME_LOADED.format(row=row, factory=life.factory.qualname))
        elif expires or ((exit_.rolls_back or exit_.commits) and _meets_an_error(leave, extent)):
            assumptions.append(reasons.ASSUME_LOADED.format(row=row, factory=life.factory.qualname))
        elif _may_load_later(life) and not _is_closed(life, extent, leave):
            assumptions.append(reasons.ASSUME_OPEN.format(row=row))
    return assumptions


def _is_closed(life: Life, extent: Extent, leave: Leave) -> bool:
    """Whether the program itself has closed the session by the time the caller gets to see what leaves."""
    if isinstance(life.statement, ast.With | ast.AsyncWith) and extent.block[0] in life.statement.body:
        return True
    jumps = leave.way in (Way.RETURNED, Way.RAISED)
    return any(
        closes_around(life.tree, close, leave.statement, jumps=jumps) and not _is_opened_again(life, close)
        for close in cleanup.closes(life.lifetime)
    )


def _is_opened_again(life: Life, close: ast.stmt) -> bool:
    """Whether a query or the like works after the close: a closed session of SQLAlchemy opens itself again."""
    return any(touch.tag & KEEPS and touch.statement.lineno > close.lineno for touch in life.lifetime.touches)


def _may_load_later(life: Life) -> bool:
    """Whether an object may have something left to load, for which it would need the session."""
    exit_ = life.factory.exit
    if not exit_.closes or not (exit_.is_orm or exit_.expires):
        return False
    return life.has_lazy_attributes or (exit_.expires and commits_itself(life))


def _meets_an_error(leave: Leave, extent: Extent) -> bool:
    """Whether what leaves is there still when the block ends with an exception: a rollback expires it, too."""
    if leave.way is not Way.STORED:
        return leave.way is Way.RAISED
    later = (statement for statement in below(extent.block) if statement.lineno > leave.statement.lineno)
    return any(acts(header) for statement in later for header in own_expressions(statement))


def _what(tag: Tags) -> str:
    if tag & Tag.SESSION:
        return "the session itself"
    if tag & Tag.CLOSURE:
        return "a function that uses the session"
    if tag & Tag.HOLDER:
        return "an object that holds the session"
    if tag & Tag.LAZY:
        return "a lazy result (a query, cursor, coroutine or generator)"
    return "a value that came from the session"


def _asks_after_settling(life: Life, extent: Extent) -> bool:
    """Whether the session is used after a commit or rollback of the program's own, other than at the block's end."""
    inside = list(below(extent.block))
    settling = [touch.statement for touch in life.lifetime.touches if touch.kind in (Kind.COMMIT, Kind.ROLLBACK)]
    needs = [touch.statement for touch in life.needs(extent.removed) if touch.kind is not Kind.PART]
    if any(tag & Tag.CLOSURE for tag in life.lifetime.names.values()):
        return True
    if (
        life.lifetime.begins
        or life.lifetime.settles_elsewhere
        or any(touch.write is Write.OPAQUE for touch in life.lifetime.touches)
    ):
        return True  # what has the session there may commit, and go on
    return any(
        statement in inside and any(_can_follow(life, statement, need) for need in needs)
        for statement in settling
        if statement not in extent.removed
    )


def _can_follow(life: Life, first: ast.stmt, second: ast.stmt) -> bool:
    looped = any(isinstance(node, Loop) for node in life.tree.ancestors(first))
    return looped or (second is not first and second.lineno >= first.lineno)


def _keeps_what_was_given_up(life: Life, extent: Extent) -> bool:
    if life.lifetime.changes_detached:
        return True
    if not writes(extent.block, life.lifetime):
        return False
    if life.factory.exit.keeps_on_error or life.lifetime.gives_up:
        return True
    at_end = pending_at_end(extent.block, life.lifetime, life.tree)
    return bool(at_end & State.GIVEN_UP) or (commits_itself(life) and bool(at_end & State.PENDING))


def commits_itself(life: Life) -> bool:
    """Whether the program commits this session on some path."""
    return life.lifetime.begins or any(touch.kind is Kind.COMMIT for touch in life.lifetime.touches)
