"""What is read once from a file that has to be parsed for the sieve, to be asked again whenever there are new names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sessionfix.project import facts
from sessionfix.project.expressions import expression
from sessionfix.project.facts import Expr, ModuleFacts
from sessionfix.project.sieve.roles import Passing
from sessionfix.project.summary.summary import Summary, summarise
from sessionfix.project.tells import last_name
from sessionfix.project.walk import Nodes

_NOTHING = (facts.Opaque, facts.Constant)


class Passed(NamedTuple):
    """`value` is passed to `callee` in a scope."""

    to: Passing
    callee: Expr
    value: Expr
    scope: int


class Given(NamedTuple):
    """An attribute of something is given `value` in a scope."""

    name: str
    value: Expr
    scope: int


@dataclass(frozen=True)
class Outline:
    """A module's facts, and what else in it may give a function another name.

    Of one that `is_installed`, the resolver follows less, and functions may be missing; where it `is_stub`, annotations
    tell.
    """

    facts: ModuleFacts
    passed: tuple[Passed, ...] = ()
    stored: tuple[Given, ...] = ()
    is_installed: bool = False
    is_stub: bool = False


def outline_of(tree: ast.Module) -> Outline:
    """The outline of a parsed module. Raises RecursionError if it is nested too deeply."""
    summary = summarise(tree)
    calls = summary.nodes.of(ast.Call)
    passed = tuple(one for call in calls for one in _passed(call, summary))
    stored = tuple(Given(name, expression(value), summary.scope(value)) for name, value in _stored(summary.nodes))
    return Outline(summary.facts, passed, stored)


def _passed(call: ast.Call, summary: Summary) -> Iterator[Passed]:
    """What is passed plainly: with `*args` nobody knows which parameter takes what."""
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(word.arg is None for word in call.keywords):
        return
    given = (*enumerate(call.args), *((word.arg, word.value) for word in call.keywords))
    plain = [(slot, expr) for slot, value in given if not isinstance(expr := expression(value), _NOTHING)]
    if plain:
        callee, name, scope = expression(call.func), last_name(call.func), summary.scope(call)
        yield from (Passed(Passing(name, slot), callee, expr, scope) for slot, expr in plain if slot is not None)


def _stored(nodes: Nodes) -> Iterator[tuple[str, ast.expr]]:
    """The attributes that are given a value, by assignments and `setattr`, with that value."""
    assignments: list[ast.Assign | ast.AnnAssign] = nodes.of(ast.Assign, ast.AnnAssign)
    for node in assignments:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is not None:
            yield from ((one.attr, node.value) for one in targets if isinstance(one, ast.Attribute))
    for call in nodes.of(ast.Call):
        name = call.args[1] if last_name(call.func) == "setattr" and len(call.args) == 3 else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value, call.args[2]
