"""From a site to a plan: which planner answers for it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sessionfix.project.sites import Site, Use
from sessionfix.project.uses import CALL_USES
from sessionfix.rewrite import by_hand, closing_twice, dependencies, generators, planner, reaching, reasons
from sessionfix.rewrite.annotating import of_annotation
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.lifetime import UnknownSyntaxError, Way
from sessionfix.rewrite.plan import Plan, Refusal, RefusalError
from sessionfix.rewrite.protecting import of_unprotected_yield

Planner = Callable[[Site, Context], Plan]
"""Raises RefusalError and UnknownSyntaxError."""


def _leaving(site: Site, context: Context) -> Plan:
    """A session that leaves its block: how long it is to live, only its author knows."""
    name = context.node(site, ast.Name)
    words = reasons.LEAVES[Way[site.detail]]
    raise RefusalError(words.format(what="the session itself", row=name.lineno, call=""))


def _never(reason: str) -> Planner:
    """Refuses every site, for a reason that none of them changes."""

    def refuse(_site: Site, _context: Context) -> Plan:
        raise RefusalError(reason)

    return refuse


PLANNERS: Mapping[Use, Planner] = MappingProxyType(
    {
        **dict.fromkeys(CALL_USES, planner.of_call),
        Use.BY_HAND: by_hand.of_entering,
        Use.DEPENDENCY: dependencies.of_dependency,
        Use.GENERATOR: generators.of_entered,
        Use.NEXT: generators.of_advanced,
        Use.UNPROTECTED: of_unprotected_yield,
        Use.SWALLOWED: _never(reasons.SWALLOWED),
        Use.SEVERAL_YIELDS: _never(reasons.SEVERAL_YIELDS),
        Use.ANNOTATED: of_annotation,
        Use.AFTER_EXIT: reaching.of_late_use,
        Use.LEAVES: _leaving,
        Use.DOUBLE_CLOSE: closing_twice.of_close,
    }
)


def plan_of(site: Site, context: Context) -> Plan | Refusal:
    """The rewrite of one site, or why there is none. Raises KeyError for a site that is not of this context."""
    try:
        return PLANNERS[site.use](site, context)
    except RefusalError as refused:
        return Refusal(refused.reason)
    except UnknownSyntaxError as unknown:
        return Refusal(reasons.UNKNOWN_SYNTAX.format(name=unknown))
