"""Find managers that are entered by hand, where it does harm.

`f().__enter__()` drops its manager, a kept one may never be left, or be left without word of an exception. Where a
manager is left by hand as `with` would leave it, or may be left elsewhere, nothing is said; nor in tests.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.diagnostics import Certainty
from sessionfix.project.factories import Ended, Exit
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import Target, span
from sessionfix.project.uses import chain_of, managers
from sessionfix.project.values import Manager
from sessionfix.syntax.compound import FunctionNode, is_try

_ENTERS = {"__enter__": False, "__aenter__": True}  # and whether it is of an async manager
_EXITS = frozenset({"__exit__", "__aexit__"})
_WRITING = frozenset("add add_all merge delete bulk_save_objects bulk_insert_mappings".split())


class Lack(enum.Enum):
    """What is missing where a manager is entered by hand."""

    DROPPED = "nothing keeps the manager, and its exit runs when it is collected: at once"
    LOST = "the exit does not run as after a block, and what it would commit is lost"
    UNTOLD = "the exit is not told of exceptions, and commits what one has left half done"


@dataclass(frozen=True, eq=False)
class ByHand:
    """`enter` is the call of `__enter__`, `made` the factory's; `exits` are the calls of `__exit__`."""

    made: ast.Call
    enter: ast.Call
    exits: tuple[ast.Call, ...] = ()


def sites_by_hand(target: Target, known: Knowledge) -> Iterator[Site]:
    """The managers that are entered by hand, and harmed by it."""
    found = {one.made: one for one in entered_by_hand(target)}
    if not found or known.resolver.index.is_test(target.file):
        return
    for call, resolved in managers(target, known, found):
        value, one = resolved.value, found[call]
        if not isinstance(value, Manager) or value.listed or value.may_be_null:
            continue
        factory = known.factory_of(value)
        lack = _lack(target, one, factory.exit) if value.is_async is _ENTERS[_method(one.enter)] else None
        if lack is not None:
            chain = chain_of(resolved, factory, known)
            is_known = lack is not Lack.DROPPED or factory.exit.begins or factory.exit.ended is not Ended.UNKNOWN
            certainty = Certainty.CERTAIN if is_known else Certainty.PROBABLE
            yield Site(span(call), Use.BY_HAND, factory, chain, certainty, lack.name)


def entered_by_hand(target: Target) -> Iterator[ByHand]:
    """What is entered by hand in a file: the value of a call, or a variable that is there for nothing else."""
    for node in target.calls():
        if _method(node) in _ENTERS and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Call):
                yield ByHand(owner, node)
            elif isinstance(owner, ast.Name):
                yield from _kept(target, node, owner)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _kept(target: Target, enter: ast.Call, owner: ast.Name) -> Iterator[ByHand]:
    """The manager of a local variable, if everything that is done with it is seen."""
    scope = target.block(owner)
    flow = target.flow(scope, owner.id)
    bindings = flow.uses.get(owner, frozenset())
    if not isinstance(scope, FunctionNode) or len(flow.bindings) != 1 or flow.captured or flow.rebound:
        return
    made = _assigned(target, next(iter(bindings), None))
    calls = [_call_of(target, use) for use in flow.uses]
    exits = tuple(call for call in calls if call is not None and _method(call) in _EXITS)
    declared = (node for node in ast.walk(scope) if isinstance(node, ast.Global | ast.Nonlocal))
    if made is None or any(owner.id in node.names for node in declared):
        return
    if all(call is enter or call in exits for call in calls):
        yield ByHand(made, enter, exits)


def _assigned(target: Target, binding: ast.AST | None) -> ast.Call | None:
    """The call whose value a plain assignment gives to a name."""
    statement = target.parents[binding] if binding is not None else None
    is_plain = isinstance(statement, ast.Assign) and statement.targets == [binding]
    value = statement.value if isinstance(statement, ast.Assign) and is_plain else None
    return value if isinstance(value, ast.Call) else None


def _call_of(target: Target, use: ast.Name) -> ast.Call | None:
    """The call of the method that is taken from a name."""
    method = target.parents[use]
    call = target.parents[method] if isinstance(method, ast.Attribute) else None
    return call if isinstance(call, ast.Call) and call.func is method else None


def _lack(target: Target, one: ByHand, exit_: Exit) -> Lack | None:
    """What harm is done for certain, if any."""
    is_dropped = one.made is _owner(one.enter) or (not one.exits and _is_returned(target, one.enter))
    closes = exit_.drops_on_error and exit_.ended is not Ended.NOT and not _is_ignored(target, one.enter)
    if is_dropped and (closes or exit_.begins):
        return Lack.DROPPED
    called = _called_in(target.block(one.enter))
    if not exit_.commits or not exit_.is_orm or "commit" in called or called.isdisjoint(_WRITING):
        return None
    if is_dropped or not one.exits:
        return Lack.LOST
    is_told = not all(map(_says_nothing, one.exits)) or "rollback" in called or len(one.exits) > 1
    return Lack.UNTOLD if not is_told and _is_final(target, one.exits[0]) else None


def _owner(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _is_ignored(target: Target, enter: ast.Call) -> bool:
    """Whether nothing is done with the session."""
    parent = target.parents[enter]
    return isinstance(target.parents[parent] if isinstance(parent, ast.Await) else parent, ast.Expr)


def _is_returned(target: Target, enter: ast.Call) -> bool:
    """Whether the session leaves the function, by itself or by the name that it is given."""
    statement = target.parents[enter]
    if isinstance(statement, ast.Await):
        statement = target.parents[statement]
    if isinstance(statement, ast.Return):
        return True
    names = [node.id for node in getattr(statement, "targets", []) if isinstance(node, ast.Name)]
    returns = (node.value for node in ast.walk(target.block(enter)) if isinstance(node, ast.Return))
    return any(isinstance(value, ast.Name) and value.id in names for value in returns)


def _called_in(scope: ast.AST) -> set[str]:
    """The methods that are called in a function."""
    calls = (node.func for node in ast.walk(scope) if isinstance(node, ast.Call))
    return {func.attr for func in calls if isinstance(func, ast.Attribute)}


def _says_nothing(call: ast.Call) -> bool:
    """`manager.__exit__(None, None, None)`"""
    nothing = [arg for arg in call.args if isinstance(arg, ast.Constant) and arg.value is None]
    return len(nothing) == len(call.args) == 3 and not call.keywords


def _is_final(target: Target, node: ast.AST) -> bool:
    """Whether a node stands in the finally clause of a try that handles nothing."""
    inside = node
    for outer in target.ancestors(node):
        if is_try(outer) and inside in outer.finalbody:
            return not outer.handlers
        inside = outer
    return False
