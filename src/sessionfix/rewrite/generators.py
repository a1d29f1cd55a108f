"""From a generator that is used as a factory's manager, or as its session, to a plan."""

from __future__ import annotations

import ast

from sessionfix.project.advanced_generators import Advance, advance_of
from sessionfix.project.sites import Site
from sessionfix.rewrite import imports, reasons
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.life import Extent, Life
from sessionfix.rewrite.only_entered import only_entered
from sessionfix.rewrite.openings import Opening
from sessionfix.rewrite.pending import State, pending_at_end, writes
from sessionfix.rewrite.plan import Decoration, Plan, RefusalError, promise
from sessionfix.rewrite.planner import CallPlanner
from sessionfix.syntax.compound import FunctionNode


def of_entered(site: Site, context: Context) -> Plan:
    """The rewrite of `with g():` for a generator function. Raises RefusalError and UnknownSyntaxError."""
    return _OfEntered(context, site).plan()


def of_advanced(site: Site, context: Context) -> Plan:
    """The rewrite of `next(g())` and the like. Raises RefusalError and UnknownSyntaxError."""
    return _OfAdvanced(context, site).plan()


class _OfGenerator(CallPlanner):
    """Makes a manager of the generator function in place: this is right whatever becomes of the function elsewhere."""

    @property
    def maker(self) -> str:
        return "asynccontextmanager" if self.factory.is_async else "contextmanager"

    def item(self) -> ast.expr:
        return self.made_of(self.call)

    def made_of(self, call: ast.Call) -> ast.expr:
        """`contextmanager(g)(x)` for `g(x)`. Raises RefusalError."""
        made = ast.Call(func=self.reached(self.statement), args=[call.func], keywords=[])
        return ast.Call(func=made, args=call.args, keywords=call.keywords)

    def reached(self, statement: ast.stmt) -> ast.expr:
        """How a statement names the decorator. Raises RefusalError."""
        reached = imports.reach(self.tree, statement, "contextlib", self.maker)
        if reached is None:
            raise RefusalError(reasons.NO_MAKER.format(maker=self.maker))
        self.needs = reached.needs
        return reached.expression


class _OfEntered(_OfGenerator):
    def __init__(self, context: Context, site: Site) -> None:
        super().__init__(context, site)
        self.context = context

    def plan(self) -> Plan:
        self.check_scope()
        in_place = self.with_item()
        function = only_entered(self.context, self.site)
        if function is None:
            return in_place
        try:
            return self.decorated(function)
        except RefusalError:
            return in_place

    def decorated(self, function: FunctionNode) -> Plan:
        """The function made a factory, for all `with` statements that enter it: nothing else uses it."""
        added = self.reached(function)
        sites = [site for site in self.context.sites.values() if site.factory == self.factory]
        reaches = [_OfEntered(self.context, site).entered()[1] for site in sites]
        assumptions = (assumption for reach in reaches for assumption in reach.assumptions)
        removed = frozenset(statement for reach in reaches for statement in reach.removed)
        put = f"Put `@{ast.unparse(added)}` on `{self.factory.qualname}` (line {function.lineno})"
        applicability, message = promise(put, assumptions)
        return Plan(
            applicability,
            message,
            rows=self.rows_of(function, removed),
            removed=removed,
            decoration=Decoration(function, added=added),
            mends=tuple(site.place for site in sites),
            needs=self.needs,
        )

    def rows_of(self, function: FunctionNode, removed: frozenset[ast.stmt]) -> tuple[int, int]:
        """The rows between the function's first decorator and the last statement that goes."""
        first = min((function.lineno, *(one.lineno for one in function.decorator_list)))
        if not removed:
            return first, function.body[0].lineno
        top, bottom = self.rows(removed, None, None)
        return min(first, top), max(function.body[0].lineno, bottom)


class _OfAdvanced(_OfGenerator):
    def __init__(self, context: Context, site: Site) -> None:
        super().__init__(context, site)
        self.made = self.statement
        self.advance = self.find_advance()
        self.statement = self.tree.statement(self.advance.step)
        self.scope = self.tree.scope(self.statement)

    def plan(self) -> Plan:
        self.check_scope()
        return self.new_block()

    def find_advance(self) -> Advance:
        """What takes the session: around the call, or around the name that the generator is bound to."""
        target = self.callees.calls.target
        nodes = ast.walk(self.tree.scope(self.statement))
        found = (advance_of(node, target) for node in nodes if isinstance(node, ast.Call))
        advances = [advance for advance in found if advance is not None]
        direct = [advance for advance in advances if advance.generator is self.call]
        return direct[0] if direct else next(advance for advance in advances if self.is_of_name(advance))

    def is_of_name(self, advance: Advance) -> bool:
        targets = self.made.targets if isinstance(self.made, ast.Assign) else [getattr(self.made, "target", None)]
        name = targets[0].id if isinstance(targets[0], ast.Name) else ""
        return isinstance(advance.generator, ast.Name) and advance.generator.id == name

    def source(self) -> ast.expr:
        return self.advance.step

    def advice(self) -> str:
        return reasons.KEPT_SESSION.format(factory=self.factory.qualname)

    def reach_of_binding(self, life: Life) -> Extent:
        return self.with_own_exit(life, super().reach_of_binding(life))

    def reach_of_statement(self, life: Life) -> Extent:
        return self.with_own_exit(life, super().reach_of_statement(life))

    def with_own_exit(self, life: Life, reach: Extent) -> Extent:
        """The extent, with what is assumed of an exit that has never run: what was not committed was lost."""
        if self.factory.exit.commits and writes(reach.block, life.lifetime):
            left = pending_at_end(reach.block, life.lifetime, self.tree)
            if left & (State.PENDING | State.PERHAPS):
                reach.assumptions.append(reasons.ASSUME_WRITTEN.format(factory=self.factory.qualname))
        return reach

    def opening(self, statement: ast.Assign | ast.AnnAssign) -> Opening:
        opening = self.plain_opening(statement)
        if self.made is not statement and not self.follows(self.made, statement):
            raise RefusalError(reasons.GENERATOR_APART.format(row=self.made.lineno))
        return opening

    def entered_by(self, opening: Opening) -> ast.expr:
        return self.made_of(opening.calls[0])

    def follows(self, first: ast.stmt, second: ast.stmt) -> bool:
        """Whether one statement follows another at once."""
        before, after = self.tree.place(first), self.tree.place(second)
        return before.suite is after.suite and after.index == before.index + 1

    def taken(self, opening: Opening, reached: Extent) -> tuple[ast.stmt | None, frozenset[ast.stmt]]:
        replaces, taken = super().taken(opening, reached)
        return (self.made, taken | {self.made}) if self.made is not self.statement else (replaces, taken)

    def check_evaluated_once(self, source: ast.expr) -> list[str]:
        if self.made is not self.statement:
            raise RefusalError(reasons.GENERATOR_APART.format(row=self.made.lineno))
        return super().check_evaluated_once(source)
