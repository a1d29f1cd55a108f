"""Work that was not to be kept: would the factory's commit at exit keep it? (The fourth condition of a right rewrite.)

A block's statements are run through with these states: nothing pending; work pending; work that may be pending, since
some other function had the session; and work given up, from which an exception was caught. A block that can end
normally in the last state commits what the program had given up. Where the program commits for itself, ending with
work pending is giving it up, too.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Sequence

from sessionfix.project.tells import awaited_call, last_name
from sessionfix.rewrite.lifetime import Kind, Lifetime, Write, statements_below
from sessionfix.rewrite.scopes import Tree
from sessionfix.syntax.compound import Loop, is_try


class State(enum.Flag):
    """What may be pending at a point; several at once where paths meet."""

    CLEAN = enum.auto()
    PENDING = enum.auto()
    PERHAPS = enum.auto()
    GIVEN_UP = enum.auto()


NOWHERE = State(0)


def pending_at_end(block: Sequence[ast.stmt], lifetime: Lifetime, tree: Tree, start: State = State.CLEAN) -> State:
    """The states in which `block` can end normally: by its last statement, return, break or continue."""
    run = _Run(lifetime, tree)
    return run.block(block, start) | run.ends


def writes(block: Sequence[ast.stmt], lifetime: Lifetime) -> bool:
    """Whether anything in `block` may leave work to be committed."""
    below = {part for statement in block for part in statements_below(statement)}
    return any(touch.write is not Write.NONE and touch.statement in below for touch in lifetime.touches)


def _can_reach(tree: Tree, first: ast.stmt, second: ast.stmt) -> bool:
    """Whether `second` may run after `first`: it stands below it, or in a loop around it."""
    if second.lineno > first.lineno:
        return True
    loops = (node for node in tree.ancestors(first) if isinstance(node, Loop))
    return any(tree.within(second, loop) for loop in loops)


class _Run:
    def __init__(self, lifetime: Lifetime, tree: Tree) -> None:
        commits = [touch.statement for touch in lifetime.touches if touch.kind is Kind.COMMIT]
        self.writing: dict[ast.stmt, State] = {}
        for touch in lifetime.touches:
            if touch.write is Write.NONE:
                continue
            committed = any(_can_reach(tree, touch.statement, commit) for commit in commits)
            state = State.PENDING if touch.write is Write.DIRECT or committed else State.PERHAPS
            self.writing[touch.statement] = self.writing.get(touch.statement, NOWHERE) | state
        settling = (touch.statement for touch in lifetime.touches if touch.kind in (Kind.COMMIT, Kind.ROLLBACK))
        self.settling = {statement for statement in settling if _is_unconditional(statement)}
        self.settled = lifetime.settled
        self.transient = lifetime.transient
        self.swallowing = lifetime.swallowing
        self.begun = lifetime.begun
        self.decided = lifetime.decided
        self.giving_up = lifetime.gave_up
        self.ends = NOWHERE
        self.raised = [NOWHERE]
        self.loops: list[list[State]] = []

    def block(self, statements: Sequence[ast.stmt], state: State) -> State:
        for statement in statements:
            if not state:
                break
            self.raised[-1] |= state
            state = self.run(statement, state)
            self.raised[-1] |= state
        return state

    def run(self, node: ast.stmt, state: State) -> State:
        if node in self.giving_up:
            state = State.GIVEN_UP
        elif node in self.settling:
            state = State.CLEAN
        elif node in self.writing or _call(node) in self.settled:
            state = self.written(node, state)
        if isinstance(node, ast.Return):
            self.ends |= state
            return NOWHERE
        if isinstance(node, ast.Raise):
            return NOWHERE
        if isinstance(node, ast.Break | ast.Continue):
            self.jump(isinstance(node, ast.Break), state)
            return NOWHERE
        return self.compound(node, state)

    def written(self, node: ast.stmt, state: State) -> State:
        """The state after a statement that writes; where it commits, too, only an exception finds work pending."""
        pending = state & ~State.CLEAN | self.writing.get(node, State.CLEAN)
        self.raised[-1] |= pending
        call = _call(node)
        if call in self.settled:
            return State.CLEAN
        return state if call in self.transient and not _has_calls_in_arguments(node) else pending

    def jump(self, is_break: bool, state: State) -> None:
        if self.loops:
            self.loops[-1][0 if is_break else 1] |= state
        else:
            self.ends |= state

    def compound(self, node: ast.stmt, state: State) -> State:
        if isinstance(node, ast.If) and node.test in self.decided:
            return self.block(node.body if self.decided[node.test] else node.orelse, state)
        if isinstance(node, ast.If):
            return self.block(node.body, state) | self.block(node.orelse, state)
        if isinstance(node, Loop):
            return self.loop(node, state)
        if isinstance(node, ast.With | ast.AsyncWith):
            return self.manager(node, state)
        if is_try(node):
            return self.attempt(node, state)
        if isinstance(node, ast.Match):
            after = state
            for case in node.cases:
                after |= self.block(case.body, state)
            return after
        return state

    def loop(self, node: Loop, state: State) -> State:
        head = state
        breaks = NOWHERE
        while True:
            self.loops.append([NOWHERE, NOWHERE])
            end = self.block(node.body, head)
            jumped, continued = self.loops.pop()
            breaks |= jumped
            if (again := head | end | continued) == head:
                break
            head = again
        endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        return breaks if endless else self.block(node.orelse, head) | breaks

    def manager(self, node: ast.With | ast.AsyncWith, state: State) -> State:
        swallows = node in self.swallowing
        self.raised.append(NOWHERE)
        after = self.block(node.body, state)
        raised = self.raised.pop()
        if any(item.context_expr in self.begun for item in node.items):
            after, raised = after and State.CLEAN, raised and State.CLEAN
        self.raised[-1] |= raised
        return after | given_up(raised) if swallows else after

    def attempt(self, node: ast.Try, state: State) -> State:
        ends_before = self.ends
        if node.finalbody:
            self.ends = NOWHERE
            self.raised.append(NOWHERE)
        self.raised.append(NOWHERE)
        after = self.block(node.body, state)
        raised = self.raised.pop()
        after = self.block(node.orelse, after)
        for handler in node.handlers:
            after |= self.block(handler.body, given_up(raised))
        if not node.handlers or node.finalbody:
            self.raised[-1] |= raised
        else:
            self.raised[-1] |= given_up(raised)
        if not node.finalbody:
            return after
        return self.finish(node.finalbody, after, ends_before)

    def finish(self, final: Sequence[ast.stmt], after: State, ends_before: State) -> State:
        """A finally clause: it runs after the body's end, its early ends, and what was raised."""
        early, self.ends = self.ends, ends_before
        raised = self.raised.pop()
        self.ends |= self.block(final, early) if early else NOWHERE
        # What runs after an exception goes on raising, unless the clause itself leaves.
        self.raised[-1] |= self.block(final, given_up(raised))
        return self.block(final, after)


def _call(statement: ast.stmt) -> ast.Call | None:
    """The call that a statement is, or whose value it assigns or returns."""
    return awaited_call(getattr(statement, "value", None))


def _has_calls_in_arguments(statement: ast.stmt) -> bool:
    """Whether something else than the call that a statement is may write, too."""
    return sum(isinstance(part, ast.Call) for part in ast.walk(statement)) > 1


def _is_unconditional(statement: ast.stmt) -> bool:
    """Whether a commit or rollback in a statement is its whole value: not `changed and session.commit()`."""
    call = _call(statement)
    return call is not None and last_name(call.func) in {"commit", "rollback"}


def given_up(raised: State) -> State:
    """The state in a handler, by the states from which an exception can have come."""
    return State.GIVEN_UP | State.CLEAN if raised & ~State.CLEAN else State.CLEAN
