"""What an edit is to do, by the nodes of the LibCST tree that it is done to."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import libcst as cst

from sessionfix.rewrite import trivia
from sessionfix.rewrite.grafting import grafted
from sessionfix.rewrite.guarding import NewGuard
from sessionfix.rewrite.pairing import Statement, find_expression, find_test
from sessionfix.rewrite.plan import Block, Decoration, Definition, Plan, Reach, Swap
from sessionfix.rewrite.scopes import Tree
from sessionfix.syntax.compound import is_try


@dataclass(frozen=True)
class NewWith:
    """A `with` to be made, in LibCST nodes of the unchanged tree."""

    block: Block
    item: cst.BaseExpression
    last: cst.CSTNode
    replaces: cst.CSTNode | None
    above: trivia.Lines = ()  # the comments of an expression that goes


@dataclass(frozen=True)
class NewName:
    name: str
    leaves_comments: bool  # those of the parentheses, which go where the call goes


@dataclass(frozen=True)
class NewItem:
    index: int
    expression: cst.BaseExpression
    is_async: bool


@dataclass(frozen=True)
class NewExpression:
    """What is put in the place of an expression, which may be in it."""

    expression: cst.BaseExpression
    keeps_old: bool


@dataclass(frozen=True)
class NewDecorators:
    """The decorators, by their places among those of a function, that go, and the one that is added to the others."""

    dropped: frozenset[int]
    added: cst.BaseExpression | None


@dataclass
class Orders:
    """What is to be done, by LibCST nodes of the unchanged tree."""

    removed: set[cst.CSTNode] = field(default_factory=set)
    blocks: dict[cst.CSTNode, NewWith] = field(default_factory=dict)  # by the first statement that goes in
    ends: set[cst.CSTNode] = field(default_factory=set)  # the last statements that go in
    replaced: dict[cst.CSTNode, cst.BaseExpression] = field(default_factory=dict)  # by the assignments that go for it
    headers: dict[cst.CSTNode, cst.TrailingWhitespace] = field(default_factory=dict)  # what follows them in their line
    names: dict[cst.CSTNode, NewName] = field(default_factory=dict)  # by the expressions whose place they take
    items: dict[cst.CSTNode, NewItem] = field(default_factory=dict)
    guards: dict[cst.CSTNode, NewGuard] = field(default_factory=dict)  # by the first statement that goes in
    swaps: dict[cst.CSTNode, NewExpression] = field(default_factory=dict)  # by the expressions whose place they take
    reaching: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)  # `with` statements, and what they end with
    decorators: dict[cst.CSTNode, NewDecorators] = field(default_factory=dict)  # by the functions that they are of
    definitions: dict[cst.CSTNode, cst.BaseStatement] = field(default_factory=dict)  # by what they are put below
    emptied: set[cst.CSTNode] = field(default_factory=set)  # suites of finally clauses of which nothing is left
    keeps_parentheses: bool = False  # around what becomes the session's name
    shows_fields: bool = False  # an f-string may have a field such as `{x = }` in a statement that only moves
    touched: set[cst.CSTNode] = field(default_factory=set)  # statements that change, or hold one that does


def take(plan: Plan, tree: Tree, pairs: dict[ast.stmt, Statement], orders: Orders) -> None:
    orders.touched.update(pairs[statement] for statement in _touched(plan, tree))
    orders.removed.update(pairs[statement] for statement in plan.removed)
    if plan.block is not None:
        _take_block(plan.block, tree, pairs, orders)
    if plan.item is not None:
        node = pairs[plan.item.statement]
        expression = _expression(plan.item.expression, tree, pairs)
        orders.items[node] = NewItem(plan.item.index, expression, plan.item.is_async)
    if plan.guard is not None:
        new = NewGuard(pairs[plan.guard.last], pairs[plan.guard.finals[-1]], plan.guard.is_there)
        orders.guards[pairs[plan.guard.first]] = new
    for swap in plan.swaps:
        _take_swap(swap, tree, pairs, orders)
    if plan.reach is not None:
        orders.reaching[pairs[plan.reach.statement]] = pairs[plan.reach.last]
        orders.ends.add(pairs[plan.reach.last])
    if plan.decoration is not None:
        _take_decoration(plan.decoration, pairs, orders)
    if plan.definition is not None:
        orders.definitions[pairs[plan.definition.after]] = _defined(plan.definition, pairs)
    gone = plan.removed - {plan.block.replaces if plan.block is not None else None}
    for owner in {tree.parents[statement] for statement in gone}:
        if is_try(owner) and owner.finalbody and all(statement in gone for statement in owner.finalbody):
            attempt = pairs[owner]
            assert isinstance(attempt, cst.Try | cst.TryStar)
            assert attempt.finalbody is not None
            orders.emptied.add(attempt.finalbody.body)
            orders.touched.update(pairs[statement] for statement in _below(owner.body))


def _take_decoration(decoration: Decoration, pairs: dict[ast.stmt, Statement], orders: Orders) -> None:
    decorators = decoration.function.decorator_list
    dropped = frozenset(index for index, one in enumerate(decorators) if one in decoration.dropped)
    added = cst.parse_expression(ast.unparse(decoration.added)) if decoration.added is not None else None
    orders.decorators[pairs[decoration.function]] = NewDecorators(dropped, added)


def _defined(definition: Definition, pairs: dict[ast.stmt, Statement]) -> cst.BaseStatement:
    """A new function in the layout of plain code, or of the parameters that it takes over, if they hold no comments."""
    function = cst.parse_statement(ast.unparse(definition.function))
    model = pairs[definition.like] if definition.like is not None else None
    if not isinstance(model, cst.FunctionDef) or trivia.comments_within(model.params):
        return function
    return function.with_changes(params=model.params)


def _touched(plan: Plan, tree: Tree) -> Iterator[ast.stmt]:
    """The statements that a plan names, those around them, and those that its block moves, for their blank lines."""
    block, item = plan.block, plan.item
    named = [*plan.removed, *([item.statement] if item is not None else [])]
    named += [tree.statement(swap.old) for swap in plan.swaps]
    named += [plan.decoration.function] if plan.decoration is not None else []
    named += [plan.definition.after] if plan.definition is not None else []
    if block is not None:
        named += [tree.statement(block.named)] if block.named is not None else []
        named += [block.replaces] if block.replaces is not None else []
        yield from _moved(block, tree)
    if plan.reach is not None:
        named.append(plan.reach.statement)
        yield from _taken_in(plan.reach, tree)
    if plan.guard is not None:
        named.append(plan.guard.first)
        suite, start = (place := tree.place(plan.guard.first)).suite, place.index
        yield from _below(suite[start : tree.place(plan.guard.finals[-1]).index + 1])
    for statement in named:
        yield statement
        yield from (node for node in tree.ancestors(statement) if isinstance(node, ast.stmt))


def _moved(block: Block, tree: Tree) -> Iterator[ast.stmt]:
    if block.first is None or block.last is None:
        return
    first, last = tree.place(block.first), tree.place(block.last)
    yield from _below(first.suite[first.index : last.index + 1])
    yield from (node for node in tree.ancestors(block.first) if isinstance(node, ast.stmt))


def _taken_in(reach: Reach, tree: Tree) -> Iterator[ast.stmt]:
    place = tree.place(reach.statement)
    return _below(place.suite[place.index + 1 : tree.place(reach.last).index + 1])


def _below(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    return (node for statement in statements for node in ast.walk(statement) if isinstance(node, ast.stmt))


def _take_block(block: Block, tree: Tree, pairs: dict[ast.stmt, Statement], orders: Orders) -> None:
    item = _expression(block.item, tree, pairs)
    above: trivia.Lines = ()
    if block.named is not None:
        statement = tree.statement(block.named)
        named = find_expression(statement, block.named, pairs[statement])
        above = trivia.others(named, item, *named.lpar, *named.rpar)
        orders.names[named] = NewName(block.name, leaves_comments=named is item)
    replaces = pairs[block.replaces] if block.replaces is not None else None
    if replaces is not None:
        orders.replaced[replaces] = item
    if block.first is not None and block.last is not None:
        orders.blocks[pairs[block.first]] = NewWith(block, item, pairs[block.last], replaces, above)
        orders.ends.add(pairs[block.last])
    elif replaces is not None:
        orders.blocks[replaces] = NewWith(block, item, replaces, replaces)
        orders.ends.add(replaces)


def _take_swap(swap: Swap, tree: Tree, pairs: dict[ast.stmt, Statement], orders: Orders) -> None:
    old = _expression(swap.old, tree, pairs)
    keeps_old = any(node is swap.old for node in ast.walk(swap.new))
    orders.swaps[old] = NewExpression(_expression(swap.new, tree, pairs), keeps_old)


def _expression(node: ast.expr, tree: Tree, pairs: dict[ast.stmt, Statement]) -> cst.BaseExpression:
    """An expression of the tree, or a new one that has such expressions in it, as it is to be written."""
    if (found := _found(node, tree, pairs)) is not None:
        return found
    if isinstance(node, ast.IfExp):
        test, body, orelse = (_expression(part, tree, pairs) for part in (node.test, node.body, node.orelse))
        closed = isinstance(test, cst.NamedExpr | cst.IfExp | cst.Lambda) and not test.lpar
        return cst.IfExp(test=trivia.in_parentheses(test) if closed else test, body=body, orelse=orelse)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and node.func.args[0] in tree.parents:
        return _made_first(node.func, tree, pairs)
    return grafted(node, lambda part: _found(part, tree, pairs))


def _found(node: ast.expr, tree: Tree, pairs: dict[ast.stmt, Statement]) -> cst.BaseExpression | None:
    """The counterpart of an expression of the tree; None for a new one."""
    owner = tree.parents.get(node)
    if owner is None:
        return None
    if isinstance(owner, ast.If | ast.IfExp) and owner.test is node:
        return find_test(node, tree, pairs)
    statement = tree.statement(node)
    return find_expression(statement, node, pairs[statement])


def _made_first(maker: ast.Call, tree: Tree, pairs: dict[ast.stmt, Statement]) -> cst.BaseExpression:
    """`maker(f)(x)` for `f(x)` of the tree: the call as it is written, of what is made of its function."""
    call = tree.parents[maker.args[0]]
    assert isinstance(call, ast.Call)
    written = _expression(call, tree, pairs)
    assert isinstance(written, cst.Call)
    made = cst.Call(cst.parse_expression(ast.unparse(maker.func)), [cst.Arg(written.func)])
    return written.with_changes(func=made)
