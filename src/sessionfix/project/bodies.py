"""The factories that a file defines itself, by contextlib's own decorators: their bodies are there to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sessionfix.diagnostics import Certainty
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.sites import AstSpan, Site, Use
from sessionfix.project.target import Target
from sessionfix.project.values import Function, Manager, Place
from sessionfix.syntax.compound import FunctionNode


def own_factories(
    target: Target, known: Knowledge, concern: Callable[[FunctionNode], bool] = lambda _: True
) -> Iterator[tuple[FunctionNode, Function]]:
    """The functions of a file that are factories; `concern` tells cheaply which of its functions are asked for."""
    for node, number in target.scope_of.items():
        if isinstance(node, FunctionNode) and node.decorator_list and known.names_suspect(node.name) and concern(node):
            facts = target.facts.scopes[number].function
            function = Function(target.file, number)
            if facts is not None and facts.is_generator and _is_factory(function, target, known):
                yield node, function


def _is_factory(function: Function, target: Target, known: Knowledge) -> bool:
    """Whether contextlib's decorator stands right above the `def`: what it does is known, and type checkers know it."""
    resolver = known.resolver
    kind = resolver.kind(function)
    innermost = resolver.function(function).decorators[-1]
    if kind.manager is None or kind.maker != innermost or kind.wrapper is not None:
        return False
    place = Place(target.file, target.facts.scopes[function.scope].parent)
    return resolver.decorators.name_of(innermost, place).startswith("contextlib.")


def site_in_body(place: AstSpan, use: Use, function: Function, known: Knowledge, detail: str = "") -> Site:
    """A certain site in the definition of a factory."""
    factory = known.factory_of(Manager((function,), known.resolver.function(function).is_async))
    chain = (known.chain_step(known.resolver.definition_step(function)),)
    return Site(place, use, factory, chain, Certainty.CERTAIN, detail)
