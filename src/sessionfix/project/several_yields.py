"""Find factories that yield again after a yield, whatever happens on the way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.project.bodies import own_factories, site_in_body
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.paths import ALWAYS_YIELDS, BROAD, Thrown, ends_after, is_dead, thrown_at
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import Target, span
from sessionfix.project.tells import last_name
from sessionfix.project.yielded import own_yields
from sessionfix.syntax.compound import FunctionNode

_SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)


def sites_of_several_yields(target: Target, known: Knowledge) -> Iterator[Site]:
    """The yields after which there is another one on every path, or on every path of an error."""
    for node, function in own_factories(target, known):
        for found in own_yields(node):
            when = _yields_again(found, node, target)
            if when is not None:
                yield site_in_body(span(found), Use.SEVERAL_YIELDS, function, known, when)


def _yields_again(found: ast.Yield, node: FunctionNode, target: Target) -> str | None:
    """When it is that another yield follows; None where none is sure to."""
    statement = next(part for part in (found, *target.ancestors(found)) if isinstance(part, ast.stmt))
    if not isinstance(statement, _SIMPLE) or is_dead(statement, node, target.parents):
        return None
    if ends_after(statement, node, target.parents) == ALWAYS_YIELDS:
        return "has ended"
    errors = (_error(thrown) for thrown in thrown_at(statement, node, target.parents) if thrown.ends == ALWAYS_YIELDS)
    return next((f"has raised {error}" for error in errors if error != "`GeneratorExit`"), None)


def _error(thrown: Thrown) -> str:
    """What is raised, in words."""
    type_ = thrown.handler.type if thrown.handler is not None else None
    if type_ is None or last_name(type_) in BROAD:
        return "an error"
    return f"`{ast.unparse(type_)}`"
