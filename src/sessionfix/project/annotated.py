"""Find factories that are annotated with what they yield, in the place of an iterator of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.diagnostics import Certainty
from sessionfix.project.drafts import FunctionNode
from sessionfix.project.facts import FunctionFacts
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.plain_types import PlainTypes
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import Target, span
from sessionfix.project.values import Function, Manager, Outside, Place
from sessionfix.project.yielded import own_yields, sources

ANNOTATION_USES = frozenset({Use.ANNOTATED})


def sites_of_annotations(target: Target, known: Knowledge) -> Iterator[Site]:
    """The annotations of a file's factories that say what `with` gives, and not what the function returns."""
    for node, number in target.scope_of.items():
        if isinstance(node, FunctionNode) and node.returns is not None:
            found = target.facts.scopes[number].function
            if found is not None and found.is_generator and found.decorators:
                yield from _judged(node, node.returns, found, Function(target.file, number), target, known)


def _judged(
    node: FunctionNode,
    returns: ast.expr,
    found: FunctionFacts,
    function: Function,
    target: Target,
    known: Knowledge,
) -> Iterator[Site]:
    assert found.annotation is not None
    place = Place(target.file, target.facts.scopes[function.scope].parent)
    if not _is_factory(function, place, known):
        return
    types = PlainTypes(known.resolver, place, _parameters(node, target), lambda: _made(node, target, known))
    if types.are_all(found.annotation):
        factory = known.factory_of(Manager((function,), found.is_async))
        chain = (known.chain_step(known.resolver.definition_step(function)),)
        yield Site(span(returns), Use.ANNOTATED, factory, chain, Certainty.CERTAIN, _text(returns))


def _is_factory(function: Function, place: Place, known: Knowledge) -> bool:
    """Whether one of contextlib's own decorators makes it a factory: type checkers know what these take."""
    kind = known.resolver.kind(function)
    innermost = known.resolver.function(function).decorators[-1]
    if kind.manager is None or kind.maker != innermost or kind.wrapper is not None:
        return False
    return known.resolver.decorators.name_of(innermost, place).startswith("contextlib.")


def _parameters(node: FunctionNode, target: Target) -> frozenset[str]:
    """The type parameters that the annotation sees: `def scope[T](...) -> T`."""
    around = (node, *target.ancestors(node))
    return frozenset(one.name for part in around for one in getattr(part, "type_params", ()))


def _made(node: FunctionNode, target: Target, known: Knowledge) -> frozenset[str]:
    """The classes of other packages, of which the function is seen to yield an object that it makes."""
    made = (source for found in own_yields(node) for source in sources(found.value, node))
    values = (known.resolver.evaluate(target.expression(source), target.place(source)).value for source in made)
    names = (value.name for value in values if isinstance(value, Outside))
    return frozenset(name.removesuffix("()") for name in names if name.endswith("()"))


def _text(annotation: ast.expr) -> str:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value.strip()
    return ast.unparse(annotation)
