"""The rewrite of a session that is closed by hand, and by its factory too: the close goes."""

from __future__ import annotations

import ast

from sessionfix.diagnostics import Applicability, Certainty
from sessionfix.project.double_closes import DoubleClose, double_closes
from sessionfix.project.sites import Site
from sessionfix.rewrite import cleanup, extent, reasons
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.flow import trace
from sessionfix.rewrite.life import Life
from sessionfix.rewrite.lifetime import Source
from sessionfix.rewrite.plan import Plan
from sessionfix.syntax.compound import is_try


def of_close(site: Site, context: Context) -> Plan:
    """The plan that takes the close away. Raises RefusalError and UnknownSyntaxError."""
    call = context.node(site, ast.Call)
    calls = context.callees.calls
    close = next(each for each in double_closes(calls.target, calls.known) if each.call is call)
    life = _life(close, context)
    stated = extent.without_close(life, close.statement) if close.is_inside(calls.target) else []
    if site.certainty is Certainty.PROBABLE:
        stated.append(reasons.ASSUME_ENDED.format(factory=site.factory.qualname))
    removed = cleanup.whole(context.tree, {close.statement}, life.lifetime)
    return Plan(
        applicability=Applicability.UNSAFE if stated else Applicability.SAFE,
        message="; ".join((f"Leave the close to `{site.factory.qualname}`", *dict.fromkeys(stated))),
        rows=_rows(removed, context),
        removed=removed,
    )


def _life(close: DoubleClose, context: Context) -> Life:
    block, calls = close.block, context.callees.calls
    source = Source(block.factory.is_async, node=block.call)
    lifetime = trace(source, context.tree.scope(block.statement), context.callees)
    return Life(context.tree, block.statement, block.call, block.factory, lifetime, calls, calls.known.lazy.exist)


def _rows(removed: frozenset[ast.stmt], context: Context) -> tuple[int, int]:
    """The rows of what goes, and of a try around it that may lose a clause."""
    owners = (context.tree.parents[statement] for statement in removed)
    touched = [*removed, *(owner for owner in owners if is_try(owner))]
    return min(each.lineno for each in touched), max(each.end_lineno or each.lineno for each in touched)
