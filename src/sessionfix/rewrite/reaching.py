"""The rewrite of a session that is used after its block: the block reaches further."""

from __future__ import annotations

import ast

from sessionfix.diagnostics import Certainty
from sessionfix.project.afterwards import LateUse, late_uses
from sessionfix.project.sites import Site
from sessionfix.project.target import span
from sessionfix.rewrite import extent, reasons
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.entered import life_of
from sessionfix.rewrite.life import Extent
from sessionfix.rewrite.nesting import is_too_deep
from sessionfix.rewrite.plan import Plan, Reach, RefusalError, promise


def of_late_use(site: Site, context: Context) -> Plan:
    """The plan that lets the block reach over the uses. Raises RefusalError and UnknownSyntaxError."""
    use = _use_at(site, context)
    statement = use.block.statement
    if len(statement.items) > 1:
        raise RefusalError(reasons.SEVERAL_ITEMS.format(row=statement.lineno))
    life = life_of(use.block, context)
    reached = extent.of_reaching(life, statement.body, context.tree.statement(use.name))
    taken_in = reached.block[len(statement.body) :]
    if is_too_deep(context.tree, taken_in[0], taken_in[-1]):
        raise RefusalError(reasons.TOO_DEEP)
    return _plan(site, use, Reach(statement, taken_in[-1]), reached)


def _use_at(site: Site, context: Context) -> LateUse:
    calls = context.callees.calls
    return next(use for use in late_uses(calls.target, calls.known) if span(use.name) == site.place)


def _plan(site: Site, use: LateUse, reach: Reach, reached: Extent) -> Plan:
    assumptions = list(reached.assumptions)
    if use.loads:
        assumptions.append(reasons.ASSUME_UNLOADED.format(text=use.text))
    elif site.certainty is Certainty.PROBABLE:
        assumptions.append(reasons.ASSUME_ENDED.format(factory=site.factory.qualname))
    item = ast.unparse(reach.statement.items[0])
    word = "async with" if isinstance(reach.statement, ast.AsyncWith) else "with"
    last = reach.last.end_lineno or reach.last.lineno
    applicability, message = promise(f"Let `{word} {item}:` reach to line {last}", assumptions)
    return Plan(applicability, message, rows=(reach.statement.lineno, last), reach=reach)
