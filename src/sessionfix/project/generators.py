"""Generator functions that no decorator makes factories of: what would they be as factories?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from sessionfix.diagnostics import ChainStep
from sessionfix.project.factories import Factory
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import FunctionNode, Target
from sessionfix.project.values import Function, Generator, Manager, Resolved
from sessionfix.project.yielded import own_yields

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def factory_of(generator: Generator, known: Knowledge) -> Factory:
    """The factory that `contextmanager`, or `asynccontextmanager`, would make of the function of `generator`."""
    maker = "contextlib.asynccontextmanager" if generator.is_async else "contextlib.contextmanager"
    return known.factory_of(Manager((replace(generator.function, made=maker),), generator.is_async))


def chain_to(resolved: Resolved, known: Knowledge) -> tuple[ChainStep, ...]:
    """The steps that led to a value, as people see them."""
    return tuple(dict.fromkeys(known.chain_step(step) for step in resolved.steps if step.row))


def lends(function: Function, known: Knowledge) -> bool:
    """Whether a generator function hands out one thing, and then cleans it up.

    So it is if every `yield` stands alone, in no loop, and what it yields is named in the clean-up that comes after it.
    """
    target = known.target_of(function.file)
    node = target.function(function.scope) if target else None
    if target is None or node is None:
        return False
    yields = list(own_yields(node))
    return bool(yields) and all(_is_lent(one, node, target) for one in yields)


def _is_lent(found: ast.Yield, node: FunctionNode, target: Target) -> bool:
    around = list(_around(found, node, target))
    if not isinstance(found.value, ast.Name | ast.Attribute) or not isinstance(around[0][0], ast.Expr):
        return False
    if any(isinstance(outer, _LOOPS) for outer, _ in around):
        return False
    lent = ast.unparse(found.value)
    clean_up = (part for outer, child in around for part in _clean_up(outer, child))
    return any(isinstance(part, ast.Name | ast.Attribute) and ast.unparse(part) == lent for part in clean_up)


def _around(node: ast.AST, function: ast.AST, target: Target) -> Iterator[tuple[ast.AST, ast.AST]]:
    """What is around a node in its function, innermost first, each with its child that is or holds the node."""
    while node is not function:
        outer = target.parents[node]
        yield outer, node
        node = outer


def _clean_up(outer: ast.AST, child: ast.AST) -> Iterator[ast.AST]:
    """All nodes of what cleans up once `child` has ended: the items of a `with`, a finally, what stands below."""
    parts: list[ast.AST] = []
    if isinstance(outer, ast.With | ast.AsyncWith):
        parts += outer.items
    elif isinstance(outer, ast.Try) and child not in outer.finalbody:
        parts += outer.finalbody
    for field in ("body", "orelse", "finalbody"):
        suite = getattr(outer, field, None)
        if isinstance(suite, list) and child in suite:
            parts += suite[suite.index(child) + 1 :]
    yield from (node for part in parts for node in ast.walk(part))
