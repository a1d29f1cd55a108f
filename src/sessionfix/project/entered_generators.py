"""Find the `with` statements that enter a generator."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.diagnostics import Certainty
from sessionfix.project.expected import is_expected_to_fail, is_probed
from sessionfix.project.generators import chain_to, factory_of, generator_of
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.overrides import Overrides
from sessionfix.project.sites import Site, Use
from sessionfix.project.stand_ins import StandIns
from sessionfix.project.target import Target, span

ENTERED_GENERATORS = frozenset({Use.GENERATOR})


def sites_of_entered_generators(target: Target, known: Knowledge) -> Iterator[Site]:
    """The items of `with` and `async with` that are calls of generator functions; `detail` is the keyword."""
    overrides, stand_ins = Overrides(known), StandIns(target, known)
    for call, keyword in _entered_calls(target):
        found = generator_of(call, target, known)
        if found is None:
            continue
        generator, resolved = found
        is_meant = is_expected_to_fail(target, call, any_error=True) or is_probed(target, call, ".__enter__")
        if is_meant or stand_ins.may_replace(call, resolved) or not overrides.agree(resolved):
            continue
        chain = chain_to(resolved, known)
        yield Site(span(call), Use.GENERATOR, factory_of(generator, known), chain, Certainty.CERTAIN, detail=keyword)


def _entered_calls(target: Target) -> Iterator[tuple[ast.Call, str]]:
    statements: list[ast.With | ast.AsyncWith] = target.nodes.of(ast.With, ast.AsyncWith)
    for node in statements:
        keyword = "with" if isinstance(node, ast.With) else "async with"
        yield from ((item.context_expr, keyword) for item in node.items if isinstance(item.context_expr, ast.Call))
