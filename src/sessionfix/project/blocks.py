"""The `with` statements of a file that enter a factory and give its session a name."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from sessionfix.diagnostics import ChainStep
from sessionfix.project.factories import Factory
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.stand_ins import StandIns
from sessionfix.project.target import BlockNode, Target
from sessionfix.project.tells import last_name
from sessionfix.project.uses import chain_of, managers, may_make_manager
from sessionfix.project.values import Manager

With = ast.With | ast.AsyncWith
_TAKES_TIME = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Yield, ast.YieldFrom)
_WAITING = frozenset("sleep wait join result run serve get post put patch request send publish communicate".split())


@dataclass(frozen=True, eq=False)
class Named:
    """An item `call as name` of a `with`."""

    statement: With
    index: int
    call: ast.Call
    name: ast.Name


@dataclass(frozen=True, eq=False)
class Entered(Named):
    """The same where the call is a factory's, and the `with` of its kind."""

    factory: Factory
    chain: tuple[ChainStep, ...]


def named_items(target: Target, known: Knowledge) -> Iterator[Named]:
    """The items of the file's `with` statements that give what may be a factory's session a name."""
    statements: list[With] = target.nodes.of(ast.With, ast.AsyncWith)
    for node in statements:
        for index, item in enumerate(node.items):
            call, name = item.context_expr, item.optional_vars
            if isinstance(call, ast.Call) and isinstance(name, ast.Name) and may_make_manager(call, target, known):
                yield Named(node, index, call, name)


def entered(target: Target, known: Knowledge, items: Iterable[Named]) -> Iterator[Entered]:
    """Those of `items` that certainly enter a factory, in whose body nothing is replaced by a test."""
    by_call = {item.call: item for item in items}
    stand_ins = StandIns(target, known)
    for call, found in managers(target, known, by_call):
        item, value = by_call[call], found.value
        if not isinstance(value, Manager) or value.listed or value.may_be_null:
            continue
        if stand_ins.may_replace_inside(value):
            continue
        if value.is_async is isinstance(item.statement, ast.AsyncWith):
            factory = known.factory_of(value)
            yield Entered(item.statement, item.index, call, item.name, factory, chain_of(found, factory, known))


def scope_of(target: Target, item: Named) -> BlockNode | None:
    """The function or module in whose own variables an item's name is; None for others, which anybody may bind."""
    block = target.block(item.name)
    shared = (node for node in ast.walk(block) if isinstance(node, ast.Global | ast.Nonlocal))
    if isinstance(block, ast.ClassDef) or any(item.name.id in node.names for node in shared):
        return None
    return block


def reached_only(target: Target, scope: BlockNode, name: str, bindings: Collection[ast.AST]) -> Iterator[ast.Name]:
    """The readings of a name, in the scope itself, that see nothing but what `bindings` bound."""
    flow = target.flow(scope, name)
    if not flow.rebound:
        yield from (use for use, seen in flow.uses.items() if seen and seen <= set(bindings))


def is_within(target: Target, node: ast.AST, statement: ast.AST) -> bool:
    """Whether a node is part of a statement."""
    return node is statement or any(outer is statement for outer in target.ancestors(node))


def takes_time_after(target: Target, block: Named, statement: ast.stmt) -> bool:
    """Whether the block, by what follows `statement` in it, may last for long from there on."""
    later = (node for node in ast.walk(block.statement) if isinstance(node, ast.stmt))
    return any(
        _takes_time(node)
        for part in later
        if part.lineno > statement.lineno and not is_within(target, part, statement)
        for node in ast.walk(part)
    )


def _takes_time(node: ast.AST) -> bool:
    if isinstance(node, ast.Await):
        return not is_close(node.value)
    return isinstance(node, _TAKES_TIME) or (isinstance(node, ast.Call) and last_name(node.func) in _WAITING)


def is_close(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether a node is `name.close()`, or the same of an async session."""
    func = node.func if isinstance(node, ast.Call) else None
    return isinstance(func, ast.Attribute) and func.attr in ("close", "aclose") and isinstance(func.value, ast.Name)
