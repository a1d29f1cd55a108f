"""Find the generators that lend a session and are advanced by hand: `db = next(get_db())`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.diagnostics import Certainty
from sessionfix.project.generators import chain_to, factory_of, generator_of, lends
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.overrides import Overrides
from sessionfix.project.sieve.advancing import ADVANCING_FUNCTIONS, ADVANCING_METHODS, SENDING_METHODS
from sessionfix.project.sites import Site, Use
from sessionfix.project.stand_ins import StandIns
from sessionfix.project.target import Target, span
from sessionfix.project.tells import Sense, tell
from sessionfix.project.values import Function, Outside, Resolved

ADVANCED_GENERATORS = frozenset({Use.NEXT})

_BUILTINS = frozenset(f"builtins.{name}" for name in ADVANCING_FUNCTIONS)
_ASYNC = frozenset({"anext", "__anext__", "asend"})


@dataclass(frozen=True)
class Advance:
    """What takes the next value of a generator; `step` is the whole expression, with the `await` where it is async."""

    step: ast.expr
    generator: ast.expr
    is_async: bool
    name: str


def advance_of(call: ast.Call, target: Target) -> Advance | None:
    """`next(g)`, `g.__next__()`, `g.send(None)`, and `await anext(g)` and the like."""
    found = _plain_advance(call)
    if found is None or not found.is_async:
        return found
    waiting = target.parents[call]
    return Advance(waiting, found.generator, True, found.name) if isinstance(waiting, ast.Await) else None


def _plain_advance(call: ast.Call) -> Advance | None:
    if call.keywords:
        return None
    if isinstance(call.func, ast.Name) and call.func.id in ADVANCING_FUNCTIONS and len(call.args) == 1:
        return Advance(call, call.args[0], call.func.id in _ASYNC, call.func.id)
    if not isinstance(call.func, ast.Attribute):
        return None
    sends = call.func.attr in SENDING_METHODS and len(call.args) == 1 and _is_none(call.args[0])
    if sends or (call.func.attr in ADVANCING_METHODS and not call.args):
        return Advance(call, call.func.value, call.func.attr in _ASYNC, call.func.attr)
    return None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def sites_of_advanced_generators(target: Target, known: Knowledge) -> Iterator[Site]:
    """The calls of generator functions, such as `get_db()` in `db = next(get_db())`, whose generator nothing ends.

    `detail` is what takes the session from it.
    """
    return _Finder(target, known).sites()


class _Finder:
    def __init__(self, target: Target, known: Knowledge) -> None:
        self._target = target
        self._known = known
        self._overrides = Overrides(known)
        self._stand_ins = StandIns(target, known)

    def sites(self) -> Iterator[Site]:
        for call in self._target.calls():
            advance = advance_of(call, self._target)
            made = advance and self._made(advance)
            if advance and made and self._is_used(advance.step) and self._is_builtin(call, advance):
                yield from self._site(made, advance)

    def _made(self, advance: Advance) -> ast.Call | None:
        """The call that makes the generator: there and then, or in an assignment to a name with no other use."""
        if isinstance(advance.generator, ast.Name):
            return self._bound(advance.generator)
        return advance.generator if isinstance(advance.generator, ast.Call) else None

    def _bound(self, name: ast.Name) -> ast.Call | None:
        block = self._target.block(name)
        if self._target.scope_of[block] != self._known.resolver.home(name.id, self._target.place(name)):
            return None
        if isinstance(block, ast.Module | ast.ClassDef):
            return None
        flow = self._target.flow(block, name.id)
        if len(flow.bindings) != 1 or len(flow.uses) != 1 or flow.captured or flow.rebound:
            return None
        assignment = self._target.parents[next(iter(flow.bindings))]
        value = assignment.value if isinstance(assignment, ast.Assign | ast.AnnAssign) else None
        is_plain = not isinstance(assignment, ast.Assign) or len(assignment.targets) == 1
        return value if isinstance(value, ast.Call) and is_plain else None

    def _is_builtin(self, call: ast.Call, advance: Advance) -> bool:
        if advance.name not in ADVANCING_FUNCTIONS:
            return True
        value = self._known.resolver.evaluate(self._target.expression(call.func), self._target.place(call)).value
        return isinstance(value, Outside) and value.name in _BUILTINS

    def _is_used(self, step: ast.expr) -> bool:
        """Whether what was taken is used as the session, kept or handed on; not if it is compared or dropped."""
        parent = self._target.parents[step]
        if isinstance(parent, ast.Return | ast.Yield):
            return True
        if isinstance(parent, ast.BoolOp) or (isinstance(parent, ast.IfExp) and parent.test is not step):
            return self._is_used(parent)
        if isinstance(parent, ast.Assign):
            return any(self._is_used_as(target) for target in parent.targets)
        if isinstance(parent, ast.AnnAssign | ast.NamedExpr):
            return self._is_used_as(parent.target)
        return tell(step, self._target.parents).sense in (Sense.SESSION, Sense.PASSED)

    def _is_used_as(self, target: ast.expr) -> bool:
        """The same for what it is assigned to; a session that is entered ends by its own `with`."""
        if not isinstance(target, ast.Name):
            return isinstance(target, ast.Attribute | ast.Subscript)
        flow = self._target.flow(self._target.block(target), target.id)
        uses = [*flow.reached(target), *flow.captured]
        entered = (self._target.parents[use] for use in uses)
        return any(map(self._is_used, uses)) and not any(isinstance(one, ast.withitem) for one in entered)

    def _site(self, made: ast.Call, advance: Advance) -> Iterator[Site]:
        found = generator_of(made, self._target, self._known)
        if found is None:
            return
        generator, resolved = found
        if generator.is_async is advance.is_async and self._is_wrong(made, generator.function, resolved):
            factory = factory_of(generator, self._known)
            chain = chain_to(resolved, self._known)
            yield Site(span(made), Use.NEXT, factory, chain, Certainty.CERTAIN, detail=advance.name)

    def _is_wrong(self, made: ast.Call, function: Function, resolved: Resolved) -> bool:
        if self._known.resolver.kind(function).is_cached or not lends(function, self._known):
            return False
        return not self._stand_ins.may_replace(made, resolved) and self._overrides.agree(resolved)
