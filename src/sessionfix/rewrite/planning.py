"""From a site to a plan: which planner answers for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sessionfix.project.annotated import ANNOTATION_USES
from sessionfix.project.sites import Site, Use
from sessionfix.project.uses import CALL_USES
from sessionfix.rewrite import planner, reaching, reasons
from sessionfix.rewrite.annotating import of_annotation
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.lifetime import UnknownSyntaxError
from sessionfix.rewrite.plan import Plan, Refusal, RefusalError

Planner = Callable[[Site, Context], Plan]
"""Raises RefusalError and UnknownSyntaxError."""

PLANNERS: Mapping[Use, Planner] = MappingProxyType(
    {
        **dict.fromkeys(CALL_USES, planner.of_call),
        **dict.fromkeys(ANNOTATION_USES, of_annotation),
        Use.AFTER_EXIT: reaching.of_late_use,
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
