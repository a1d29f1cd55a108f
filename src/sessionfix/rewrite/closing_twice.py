"""The rewrite of a session that is closed by hand, and by its factory too: the close goes."""

from __future__ import annotations

import ast

from sessionfix.diagnostics import Certainty
from sessionfix.project.double_closes import double_closes
from sessionfix.project.sites import Site
from sessionfix.rewrite import cleanup, extent, reasons
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.entered import life_of
from sessionfix.rewrite.plan import Plan, promise, rows_of
from sessionfix.syntax.compound import is_try


def of_close(site: Site, context: Context) -> Plan:
    """The plan that takes the close away. Raises RefusalError and UnknownSyntaxError."""
    call = context.node(site, ast.Call)
    calls = context.callees.calls
    close = next(each for each in double_closes(calls.target, calls.known) if each.call is call)
    life = life_of(close.block, context)
    assumptions = extent.without_close(life, close.statement) if close.is_inside(calls.target) else []
    if site.certainty is Certainty.PROBABLE:
        assumptions.append(reasons.ASSUME_ENDED.format(factory=site.factory.qualname))
    removed = cleanup.whole(context.tree, {close.statement}, life.lifetime)
    applicability, message = promise(f"Leave the close to `{site.factory.qualname}`", assumptions)
    return Plan(applicability, message, rows=_rows(removed, context), removed=removed)


def _rows(removed: frozenset[ast.stmt], context: Context) -> tuple[int, int]:
    """The rows of what goes, and of a try around it that may lose a clause."""
    owners = (context.tree.parents[statement] for statement in removed)
    return rows_of([*removed, *(owner for owner in owners if is_try(owner))])
