"""Generator functions that no decorator makes factories of: what would they be as factories?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from sessionfix.diagnostics import ChainStep
from sessionfix.project.factories import Factory
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name
from sessionfix.project.values import Function, Generator, Manager, Resolved
from sessionfix.project.yielded import own_yields
from sessionfix.syntax.compound import FunctionNode, Loop, is_try, siblings

_ENDING = frozenset(
    "close quit exit stop end free dispose disconnect terminate kill shutdown release put putconn cleanup clean "
    "remove delete discard unlink rmtree teardown reset rollback commit unlock unbind".split()
)


def generator_of(call: ast.Call, target: Target, known: Knowledge) -> tuple[Generator, Resolved] | None:
    """The generator that a call makes, if it is one of an undecorated function; and how that is known.

    To ask for the names reads all files, and spares what is to be followed from most calls: where all is followed, they
    are asked last.
    """
    name = last_name(call.func)
    if not known.follows_all and not known.names_generator(name):
        return None
    resolved = known.resolver.evaluate(target.expression(call), target.place(call))
    generator = resolved.value
    return (generator, resolved) if isinstance(generator, Generator) and known.names_generator(name) else None


def factory_of(generator: Generator, known: Knowledge) -> Factory:
    """The factory that `contextmanager`, or `asynccontextmanager`, would make of the function of `generator`."""
    maker = "contextlib.asynccontextmanager" if generator.is_async else "contextlib.contextmanager"
    return known.factory_of(Manager((replace(generator.function, made=maker),), generator.is_async))


def chain_to(resolved: Resolved, known: Knowledge) -> tuple[ChainStep, ...]:
    """The steps that led to a value, as people see them."""
    return tuple(dict.fromkeys(known.chain_step(step) for step in resolved.steps if step.row))


def lends(function: Function, known: Knowledge) -> bool:
    """Whether a generator function hands out one thing, and then cleans it up.

    So it is if every `yield` stands alone, in no loop, and what it yields is entered by a `with` around it, or a call
    behind it has a name that ends things. What else comes behind may be the rest of the generator's work.
    """
    target = known.target_of(function.file)
    node = target.function(function.scope) if target else None
    if target is None or node is None:
        return False
    yields = list(own_yields(node))
    return bool(yields) and all(_is_lent(one, node, target) for one in yields)


def _is_lent(found: ast.Yield, node: FunctionNode, target: Target) -> bool:
    around = list(target.around(found, node))
    if not isinstance(found.value, ast.Name | ast.Attribute) or not isinstance(around[0][0], ast.Expr):
        return False
    if any(isinstance(outer, Loop) for outer, _ in around):
        return False
    lent = ast.unparse(found.value)
    return any(_names(part, lent) for outer, child in around for part in _clean_up(outer, child))


def _names(node: ast.AST, lent: str) -> bool:
    names = (part for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute))
    return any(ast.unparse(part) == lent for part in names)


def _clean_up(outer: ast.AST, child: ast.AST) -> Iterator[ast.AST]:
    """What cleans up once `child` has ended: the items of a `with`, and calls in a finally or in what stands below."""
    if isinstance(outer, ast.With | ast.AsyncWith):
        yield from outer.items
    later: list[ast.stmt] = []
    if is_try(outer) and child not in outer.finalbody:
        later += outer.finalbody
    _, behind = siblings(child, outer)
    later += behind
    yield from (node for part in later for node in ast.walk(part) if isinstance(node, ast.Call) and _ends(node))


def _ends(call: ast.Call) -> bool:
    """Whether a call ends something, by its name: `session.close()`, `close_session(session)`."""
    name = last_name(call.func).lower()
    return not _ENDING.isdisjoint(name.split("_")) or name in ("aclose", "__exit__", "__aexit__")
