"""Find where a session leaves the block that ends it: returned, stored, or handed to a job that nobody waits for there.

Nothing is said of a session that is yielded, which is how factories and dependencies are made, nor of a job whose
handle is used again inside the block: it may be waited for.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.diagnostics import Certainty
from sessionfix.project.blocks import (
    Entered,
    Named,
    entered,
    is_within,
    named_items,
    reached_only,
    scope_of,
    takes_time_after,
)
from sessionfix.project.factories import Ended
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import Target, span
from sessionfix.project.tells import last_name
from sessionfix.project.values import Outside
from sessionfix.syntax.compound import FunctionNode

_DISPLAYS = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Starred)
_TASKS = frozenset({"asyncio.create_task", "asyncio.ensure_future", "asyncio.tasks.create_task"})
_THREADS = frozenset({"threading.Thread", "threading.Timer", "multiprocessing.Process"})
_JOBS = {
    "submit": ("Executor()",),
    "add_task": ("BackgroundTasks", "BackgroundTasks()"),
    "add_job": ("Scheduler()",),
    "create_task": ("get_event_loop()", "get_running_loop()", "new_event_loop()"),
    "run_in_executor": ("get_event_loop()", "get_running_loop()", "new_event_loop()"),
}


class Exit(enum.Enum):
    """How a session leaves."""

    RETURNED = "returned"
    STORED = "stored"
    BACKGROUND = "handed to a job that runs on"


@dataclass(frozen=True, eq=False)
class Leaving:
    """`name` is read where the session of `block` leaves."""

    block: Entered
    name: ast.Name
    way: Exit


def sites_leaving(target: Target, known: Knowledge) -> Iterator[Site]:
    """The places where a session leaves the block of a factory that closes it."""
    for found in leavings(target, known):
        block = found.block
        is_known = block.factory.exit.ended is not Ended.UNKNOWN
        certainty = Certainty.CERTAIN if is_known else Certainty.PROBABLE
        yield Site(span(found.name), Use.LEAVES, block.factory, block.chain, certainty, found.way.name)


def leavings(target: Target, known: Knowledge) -> Iterator[Leaving]:
    """The same as nodes of the target's tree."""
    for block in entered(target, known, _read_inside(target, known)):
        if block.factory.exit.ended is not Ended.NOT:
            yield from _Leaving(target, known, block).all()


def _read_inside(target: Target, known: Knowledge) -> Iterator[Named]:
    """The items whose session is read as a whole inside the block, not for a method."""
    for item in named_items(target, known):
        names = (node for node in ast.walk(item.statement) if isinstance(node, ast.Name) and node.id == item.name.id)
        if any(node is not item.name and not isinstance(target.parents[node], ast.Attribute) for node in names):
            yield item


class _Leaving:
    """Looks for the ways out of one block."""

    def __init__(self, target: Target, known: Knowledge, block: Entered) -> None:
        self._target = target
        self._known = known
        self._block = block
        self._parents = target.parents

    def all(self) -> Iterator[Leaving]:
        scope = scope_of(self._target, self._block)
        for use in reached_only(self._target, scope, self._block.name.id, {self._block.name}) if scope else ():
            way = self._way(use) if is_within(self._target, use, self._block.statement) else None
            if way is Exit.RETURNED or (way is not None and not self._stays(use)):
                yield Leaving(self._block, use, way)

    def _stays(self, use: ast.Name) -> bool:
        """Whether the block may last for long after a use, and all that is begun there be done before its end."""
        outer = (node for node in self._target.ancestors(use) if isinstance(node, ast.stmt))
        return takes_time_after(self._target, self._block, next(outer))

    def _way(self, use: ast.Name) -> Exit | None:
        value: ast.AST = use
        while isinstance(self._parents[value], _DISPLAYS):
            value = self._parents[value]
        parent = self._parents[value]
        if isinstance(parent, ast.Return):
            return Exit.RETURNED
        if isinstance(parent, ast.Assign) and parent.value is value:
            return Exit.STORED if any(self._outlives(target, parent) for target in parent.targets) else None
        if isinstance(parent, ast.keyword):
            value, parent = parent, self._parents[parent]
        return self._passed(parent) if isinstance(parent, ast.Call) and parent.func is not value else None

    # stored

    def _outlives(self, target: ast.expr, statement: ast.stmt) -> bool:
        """Whether `self.x = session` is for later alone: nothing in the block does anything with `self` from there."""
        if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
            return False
        method = self._target.block(target)
        owner = target.value.id
        if not isinstance(method, FunctionNode) or not method.args.args or method.args.args[0].arg != owner:
            return False
        rest = [node for node in ast.walk(method) if isinstance(node, ast.Name) and node.id == owner]
        return not any(
            node is not target.value and node.lineno >= statement.lineno and self._matters(node, target)
            for node in rest
        )

    def _matters(self, node: ast.Name, stored: ast.Attribute) -> bool:
        """Whether a later reading of `self` is in the block, or is for the same attribute."""
        attribute = self._parents[node]
        if isinstance(attribute, ast.Attribute) and attribute.attr == stored.attr:
            return True
        is_stored_to = isinstance(attribute, ast.Attribute) and isinstance(attribute.ctx, ast.Store)
        return not is_stored_to and is_within(self._target, node, self._block.statement)

    # jobs

    def _passed(self, call: ast.Call) -> Exit | None:
        """Whether a call that the session is passed to is a job's, or makes the coroutine that is one."""
        if self._starts_job(call):
            return None if self._is_waited_for(call) else Exit.BACKGROUND
        outer = self._parents[call]
        if isinstance(outer, ast.Call) and call in outer.args[:1] and self._makes_task(outer):
            return None if self._is_waited_for(outer) else Exit.BACKGROUND
        return None

    def _starts_job(self, call: ast.Call) -> bool:
        if self._is_made_by(call, _THREADS):
            return self._is_started_at_once(call)
        owners = _JOBS.get(last_name(call.func), ())
        if not owners or not isinstance(call.func, ast.Attribute) or self._is_entered_inside(call.func.value):
            return False
        return self._name_of(call.func.value).endswith(owners)

    def _makes_task(self, call: ast.Call) -> bool:
        if self._is_made_by(call, _TASKS):
            return True
        is_method = isinstance(call.func, ast.Attribute) and call.func.attr == "create_task"
        return is_method and self._starts_job(call)

    def _is_made_by(self, call: ast.Call, names: frozenset[str]) -> bool:
        return self._name_of(call.func) in names

    def _name_of(self, node: ast.expr) -> str:
        """The dotted name of something that is not of the project."""
        place = self._target.place(node)
        value = self._known.resolver.evaluate(self._target.expression(node), place).value
        return value.name if isinstance(value, Outside) else ""

    def _is_started_at_once(self, call: ast.Call) -> bool:
        """`Thread(...).start()`"""
        method = self._parents[call]
        return isinstance(method, ast.Attribute) and method.attr == "start"

    def _is_entered_inside(self, owner: ast.expr) -> bool:
        """Whether the executor or the like ends inside the block, and waits for its jobs then."""
        for node in ast.walk(self._block.statement):
            if isinstance(node, ast.With | ast.AsyncWith) and node is not self._block.statement:
                names = (item.optional_vars for item in node.items)
                if any(isinstance(name, ast.Name) and name.id == last_name(owner) for name in names):
                    return True
        return False

    def _is_waited_for(self, call: ast.Call) -> bool:
        """Whether the job's handle is kept: then it may be waited for, or stopped, before the block ends."""
        node: ast.AST = call
        while isinstance(parent := self._parents[node], ast.Attribute | ast.Call) and _is_called_on(parent, node):
            node = parent
        return not isinstance(parent, ast.Expr)


def _is_called_on(parent: ast.AST, node: ast.AST) -> bool:
    """`node.method` and `node.method(...)`, for `Thread(...).start()`"""
    if isinstance(parent, ast.Attribute):
        return parent.attr == "start"
    return isinstance(parent, ast.Call) and parent.func is node
