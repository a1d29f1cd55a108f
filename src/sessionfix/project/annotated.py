"""Find factories that are annotated with what they yield, in the place of an iterator of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.project.bodies import own_factories, site_in_body
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.plain_types import PlainTypes
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import Target, span
from sessionfix.project.values import Function, Outside, Place
from sessionfix.project.yielded import own_yields, sources
from sessionfix.syntax.compound import FunctionNode


def sites_of_annotations(target: Target, known: Knowledge) -> Iterator[Site]:
    """The annotations of a file's factories that say what `with` gives, and not what the function returns."""
    for node, function in own_factories(target, known, lambda node: node.returns is not None):
        if node.returns is not None and _hands_over(node) and _says_what_is_yielded(node, function, target, known):
            yield site_in_body(span(node.returns), Use.ANNOTATED, function, known, _text(node.returns))


def _hands_over(node: FunctionNode) -> bool:
    """Whether something is yielded, and nowhere nothing: an annotation with a bare `yield` says something else."""
    values = [found.value for found in own_yields(node)]
    return None not in values and any(next(sources(value, node), None) is not None for value in values)


def _says_what_is_yielded(node: FunctionNode, function: Function, target: Target, known: Knowledge) -> bool:
    annotation = known.resolver.function(function).annotation
    place = Place(target.file, target.facts.scopes[function.scope].parent)
    types = PlainTypes(known.resolver, place, _parameters(node, target), lambda: _made(node, target, known))
    return annotation is not None and types.are_all(annotation)


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
