"""Plans carried out on a LibCST tree: blocks are made, old clean-up goes, comments stay."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from sessionfix.rewrite import reasons, trivia
from sessionfix.rewrite.disguise import Disguised, disguised, is_sign
from sessionfix.rewrite.pairing import Statement, find_expression, find_test, pair
from sessionfix.rewrite.plan import Block, Plan
from sessionfix.rewrite.scopes import Tree

Line = cst.BaseStatement
OneLine = cst.SimpleStatementLine | cst.SimpleStatementSuite


LONGEST = 2000  # LibCST's parser recurses over some lists, and takes the process down where it runs out of stack


class LayoutError(Exception):
    """The text can't be edited so that all the rest stays as it is; says why in words for the user."""


def apply(text: str, tree: Tree, plans: Sequence[Plan]) -> str:
    """The text with all plans carried out; `tree` is the syntax tree of `text`, that the plans were made on.

    Raises LayoutError where that can't be done, and pairing.PairingError.
    """
    if any(map(_is_too_long, tree.parents)):
        raise LayoutError(reasons.TOO_LONG)
    module, worn = _read(text)
    orders = _Orders()
    pairs = pair(tree.module, module)
    for plan in plans:
        _take(plan, tree, pairs, orders)
    return worn.reveal(_edited(module, orders))


def _read(text: str) -> tuple[cst.Module, Disguised]:
    """The tree of a text, and the disguise in which it was read."""
    try:
        worn = disguised(text)
        module = cst.parse_module(worn.text)
    except cst.ParserSyntaxError as error:
        raise LayoutError(reasons.NOT_READ.format(error=error.message)) from error
    except (SyntaxError, tokenize.TokenError) as error:
        raise LayoutError(reasons.NOT_READ.format(error=error)) from error
    if worn.reveal(module.code) != text:
        raise LayoutError(reasons.NOT_EXACT)
    return module, worn


def _edited(module: cst.Module, orders: _Orders) -> str:
    try:
        return module.visit(_Editor(orders, module.default_indent)).code
    except cst.CSTValidationError:
        orders.keeps_parentheses = True  # in `return(f()).x` they stand for the space
    try:
        return module.visit(_Editor(orders, module.default_indent)).code
    except cst.CSTValidationError as error:
        raise LayoutError(reasons.NOT_KEPT.format(error=error)) from error


def _is_too_long(node: ast.AST) -> bool:
    """Whether a node has very many parts that are a list in this tree and nested in LibCST's."""
    if isinstance(node, ast.BoolOp):
        return len(node.values) > LONGEST
    if isinstance(node, ast.alias):
        return node.name.count(".") > LONGEST
    return isinstance(node, ast.ImportFrom) and (node.module or "").count(".") > LONGEST


@dataclass(frozen=True)
class _NewWith:
    """A `with` to be made, in LibCST nodes of the unchanged tree."""

    block: Block
    item: cst.BaseExpression
    last: cst.CSTNode
    replaces: cst.CSTNode | None


@dataclass(frozen=True)
class _NewName:
    name: str
    leaves_comments: bool  # those of the parentheses, which go where the call goes


@dataclass(frozen=True)
class _NewItem:
    index: int
    expression: cst.BaseExpression
    is_async: bool


@dataclass
class _Orders:
    """What is to be done, by LibCST nodes of the unchanged tree."""

    removed: set[cst.CSTNode] = field(default_factory=set)
    blocks: dict[cst.CSTNode, _NewWith] = field(default_factory=dict)  # by the first statement that goes in
    replaced: set[cst.CSTNode] = field(default_factory=set)  # assignments whose place a `with` takes
    headers: dict[cst.CSTNode, cst.TrailingWhitespace] = field(default_factory=dict)  # what follows them in their line
    names: dict[cst.CSTNode, _NewName] = field(default_factory=dict)  # by the expressions whose place they take
    items: dict[cst.CSTNode, _NewItem] = field(default_factory=dict)
    emptied: set[cst.CSTNode] = field(default_factory=set)  # suites of finally clauses of which nothing is left
    keeps_parentheses: bool = False  # around what becomes the session's name
    touched: set[cst.CSTNode] = field(default_factory=set)  # statements that change, or hold one that does


def _take(plan: Plan, tree: Tree, pairs: dict[ast.stmt, Statement], orders: _Orders) -> None:
    orders.touched.update(pairs[statement] for statement in _touched(plan, tree))
    orders.removed.update(pairs[statement] for statement in plan.removed)
    if plan.block is not None:
        _take_block(plan.block, tree, pairs, orders)
    if plan.item is not None:
        node = pairs[plan.item.statement]
        call = find_expression(plan.item.statement, plan.item.expression, node)
        orders.items[node] = _NewItem(plan.item.index, call, plan.item.is_async)
    gone = plan.removed - {plan.block.replaces if plan.block is not None else None}
    for owner in {tree.parents[statement] for statement in gone}:
        final = getattr(owner, "finalbody", None)
        if isinstance(owner, ast.stmt) and final and all(statement in gone for statement in final):
            attempt = pairs[owner]
            assert isinstance(attempt, cst.Try | cst.TryStar)
            assert attempt.finalbody is not None
            orders.emptied.add(attempt.finalbody.body)


def _touched(plan: Plan, tree: Tree) -> Iterator[ast.stmt]:
    """The statements that a plan names, those around them, and those that it moves (for the blanks on blank lines)."""
    block, item = plan.block, plan.item
    named = [*plan.removed, *([item.statement] if item is not None else [])]
    if block is not None:
        named += [tree.statement(block.named)] if block.named is not None else []
        named += [block.replaces] if block.replaces is not None else []
        yield from _moved(block, tree)
    for statement in named:
        yield statement
        yield from (node for node in tree.ancestors(statement) if isinstance(node, ast.stmt))


def _moved(block: Block, tree: Tree) -> Iterator[ast.stmt]:
    if block.first is None or block.last is None:
        return
    first, last = tree.place(block.first), tree.place(block.last)
    for statement in first.suite[first.index : last.index + 1]:
        yield from (node for node in ast.walk(statement) if isinstance(node, ast.stmt))
    yield from (node for node in tree.ancestors(block.first) if isinstance(node, ast.stmt))


def _take_block(block: Block, tree: Tree, pairs: dict[ast.stmt, Statement], orders: _Orders) -> None:
    item = _expression(block.item, tree, pairs)
    if block.named is not None:
        statement = tree.statement(block.named)
        named = find_expression(statement, block.named, pairs[statement])
        orders.names[named] = _NewName(block.name, leaves_comments=named is item)
    replaces = pairs[block.replaces] if block.replaces is not None else None
    if replaces is not None:
        orders.replaced.add(replaces)
    if block.first is not None and block.last is not None:
        orders.blocks[pairs[block.first]] = _NewWith(block, item, pairs[block.last], replaces)
    elif replaces is not None:
        orders.blocks[replaces] = _NewWith(block, item, replaces, replaces)


def _expression(node: ast.expr, tree: Tree, pairs: dict[ast.stmt, Statement]) -> cst.BaseExpression:
    """An expression of the tree, or a new one that has such expressions in it, as it is to be written."""
    owner = tree.parents.get(node)
    if isinstance(owner, ast.If | ast.IfExp) and owner.test is node:
        return find_test(node, tree, pairs)
    if owner is not None:
        statement = tree.statement(node)
        return find_expression(statement, node, pairs[statement])
    if isinstance(node, ast.IfExp):
        test, body, orelse = (_expression(part, tree, pairs) for part in (node.test, node.body, node.orelse))
        closed = isinstance(test, cst.NamedExpr | cst.IfExp | cst.Lambda) and not test.lpar
        return cst.IfExp(test=_in_parentheses(test) if closed else test, body=body, orelse=orelse)
    return cst.parse_expression(ast.unparse(node))


def _in_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])


class _Editor(cst.CSTTransformer):
    """Rebuilds the suites that the plans change; every other node is left as it is."""

    def __init__(self, orders: _Orders, default_step: str) -> None:
        super().__init__()
        self.orders = orders
        self.default_step = default_step
        self.steps: list[str] = []  # the indentation of each suite around, beyond that of the suite around it

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> None:
        self.steps.append(self.default_step if node.indent is None else node.indent)

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:
        """Blank lines keep their blanks, whatever becomes of the indentation around them."""
        if original_node.comment is not None or not original_node.indent:
            return updated_node
        blanks = "".join(self.steps) + original_node.whitespace.value
        return updated_node.with_changes(indent=False, whitespace=cst.SimpleWhitespace(blanks))

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Go into those statements only that hold what changes: rebuilding the others takes most of the time."""
        if isinstance(node, Statement) and node not in self.orders.touched and not isinstance(node, OneLine):
            return False
        return super().on_visit(node)

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        if node.body and node.body[-1] in self.orders.replaced:
            self.orders.headers[node.body[-1]] = node.trailing_whitespace

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        return self.named(original_node, updated_node)

    def leave_Await(self, original_node: cst.Await, updated_node: cst.Await) -> cst.BaseExpression:
        return self.named(original_node, updated_node)

    def named(self, original: cst.BaseExpression, updated: cst.BaseExpression) -> cst.BaseExpression:
        order = self.orders.names.get(original)
        if order is None:
            return updated
        name = cst.Name(order.name)
        if trivia.comments_of_parentheses(updated) and not order.leaves_comments:
            return name.with_changes(lpar=updated.lpar, rpar=updated.rpar)
        if self.orders.keeps_parentheses and updated.lpar:
            return name.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return name

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        """A chain over several lines has its first attribute in the line of a name, though not of a call."""
        if original_node.value not in self.orders.names or trivia.comments_within(original_node.dot):
            return updated_node
        return updated_node.with_changes(dot=cst.Dot())

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> cst.With:
        order = self.orders.items.get(original_node)
        if order is None:
            return updated_node
        items = list(updated_node.items)
        lost = trivia.others(items[order.index].item, order.expression)
        items[order.index] = items[order.index].with_changes(item=trivia.as_item(order.expression))
        marker = (updated_node.asynchronous or cst.Asynchronous()) if order.is_async else None
        above = (*updated_node.leading_lines, *lost)
        return updated_node.with_changes(items=items, asynchronous=marker, leading_lines=above)

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        if not self.is_changed(original_node.body):
            return updated_node
        body, rest = self.suite().build(original_node.body, updated_node.body)
        return updated_node.with_changes(body=body, footer=(*trivia.as_footer(rest), *updated_node.footer))

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        suite = self.suite()
        self.steps.pop()
        if not self.is_changed(original_node.body):
            return updated_node
        body, rest = suite.build(original_node.body, updated_node.body)
        footer = (*trivia.as_footer(rest), *updated_node.footer)
        if not body and original_node not in self.orders.emptied:
            below = _without_feeds(trivia.footer(original_node.body[-1]))
            body = [_pass(trivia.as_footer(rest[: len(rest) - len(below)]))]
            footer = (*trivia.as_footer(below), *updated_node.footer)
        if body and _parts(original_node.body[0])[0] in self.orders.removed:
            body[0] = trivia.at_start(body[0], trivia.blanks_before(trivia.leading(original_node.body[0])))
        if self.ends_with_block(original_node):
            body[-1], footer = _with_footer(body[-1], footer), ()
        return updated_node.with_changes(body=body, footer=footer)

    def ends_with_block(self, suite: cst.IndentedBlock) -> bool:
        """Whether a block is made around the last statements of a suite."""
        return any(order.last is _parts(suite.body[-1])[-1] for order in self.orders.blocks.values())

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        if not self.is_changed([original_node]):
            return updated_node
        shortened = updated_node.with_changes(body=_left(self.orders.removed, original_node, updated_node))
        if shortened.body and not any(part in self.orders.blocks for part in original_node.body):
            return shortened
        suite = self.suite()
        body, rest = suite.build([original_node], [updated_node])
        comments = trivia.as_footer(rest)
        if not body and original_node not in self.orders.emptied:
            body, comments = [_pass(comments)], ()
        return cst.IndentedBlock(body=body, footer=comments, indent=suite.step)

    def suite(self) -> _Suite:
        return _Suite(self.orders, self.default_step, self.steps[-1] if self.steps else self.default_step)

    def is_changed(self, lines: Iterable[cst.CSTNode]) -> bool:
        """Whether a suite has statements that go, move into a block, or lose a clause."""
        orders = self.orders
        return any(
            part in orders.removed or part in orders.blocks or _lost_finally(part, orders) is not None
            for line in lines
            for part in _parts(line)
        )


def _with_footer(statement: Line, footer: trivia.Lines) -> Line:
    """A `with` whose body ends with the comments that ended the suite around it."""
    assert isinstance(statement, cst.With)
    body = statement.body
    assert isinstance(body, cst.IndentedBlock)
    return statement.with_changes(body=body.with_changes(footer=(*body.footer, *footer)))


def _remains(node: cst.CSTNode) -> trivia.Lines:
    """What stays of a statement or clause that goes; the form feed before it goes too."""
    return _without_feeds(trivia.remains(node))


def _without_feeds(lines: trivia.Lines) -> trivia.Lines:
    return tuple(line for line in lines if line.comment is None or not is_sign(line.comment.value))


def _pass(comments: trivia.Lines) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Pass()], leading_lines=comments)


def _parts(line: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return line.body if isinstance(line, OneLine) else [line]


def _left(removed: set[cst.CSTNode], original: OneLine, updated: OneLine) -> list[cst.BaseSmallStatement]:
    """The statements of one line without those that go."""
    left = [new for old, new in zip(original.body, updated.body, strict=True) if old not in removed]
    if left and len(left) < len(original.body):
        left[-1] = left[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return left


def _lost_finally(node: cst.CSTNode, orders: _Orders) -> cst.Finally | None:
    """The finally clause of a try of which nothing is left."""
    if isinstance(node, cst.Try | cst.TryStar) and node.finalbody is not None and node.finalbody.body in orders.emptied:
        return node.finalbody
    return None


@dataclass
class _Open:
    """A `with` that is being filled."""

    order: _NewWith
    leading: trivia.Lines
    lines: list[Line] = field(default_factory=list)
    dissolved: cst.BaseSuite | None = None  # of a try whose place the `with` takes


class _Suite:
    """Builds one suite anew. `carry` holds the lines of what went, until a statement comes to stand below them."""

    def __init__(self, orders: _Orders, default_step: str, step: str) -> None:
        self.orders = orders
        self.default_step = default_step
        self.step = step
        self.lines: list[Line] = []
        self.carry: trivia.Lines = ()
        self.open: _Open | None = None

    def build(
        self, originals: Sequence[cst.CSTNode], updates: Sequence[cst.CSTNode]
    ) -> tuple[list[Line], trivia.Lines]:
        """The new lines, and the comment and blank lines left over at the end."""
        for original, updated in zip(originals, updates, strict=True):
            for node, line in self.units(original, updated):
                self.take(node, line)
        return self.lines, self.carry

    def units(self, original: cst.CSTNode, updated: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, Line]]:
        """Statement by statement: a line of several is taken apart if one of them changes."""
        if not isinstance(original, OneLine):
            assert isinstance(updated, Line)
            yield original, updated
            return
        assert isinstance(updated, OneLine)
        if isinstance(updated, cst.SimpleStatementLine) and len(original.body) == 1:
            yield original.body[0], updated
            return
        if isinstance(updated, cst.SimpleStatementLine) and not self.comes_apart(original.body):
            yield original.body[0], updated.with_changes(body=_left(self.orders.removed, original, updated))
            return
        for index, (node, part) in enumerate(zip(original.body, updated.body, strict=True)):
            bare = part.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
            line = cst.SimpleStatementLine([bare])
            if index == 0:
                line = line.with_changes(leading_lines=getattr(updated, "leading_lines", ()))
            if index == len(original.body) - 1:
                line = line.with_changes(trailing_whitespace=updated.trailing_whitespace)
            yield node, line

    def comes_apart(self, parts: Sequence[cst.CSTNode]) -> bool:
        """Whether a block begins or ends within a line of several statements, or its first one goes."""
        ends = {order.last for order in self.orders.blocks.values()}
        removed = self.orders.removed.intersection(parts)
        return (
            parts[0] in removed
            or any(part in ends or part in self.orders.replaced for part in parts)
            or any(part in self.orders.blocks for part in parts[1:])
            or any(trivia.comments_within(part) for part in removed)
        )

    def take(self, node: cst.CSTNode, line: Line) -> None:
        order = self.orders.blocks.get(node)
        if order is not None and node is not order.replaces:
            line = self.begin(order, line)
        if node in self.orders.removed:
            self.drop(node, line)
            if order is not None and node is order.replaces:
                self.begin(order, line)
        else:
            self.keep(node, line)
        if self.open is not None and self.open.order.last is node:
            self.end()

    def begin(self, order: _NewWith, line: Line) -> Line:
        leading, self.carry = self.carry, ()
        if order.replaces is None:
            leading = trivia.joined(leading, trivia.leading(line))
            line = trivia.with_leading(line, ())
        self.open = _Open(order, leading)
        return line

    def end(self) -> None:
        assert self.open is not None
        opened, self.open = self.open, None
        order = opened.order
        item = cst.WithItem(trivia.as_item(order.item), cst.AsName(cst.Name(order.block.name)))
        header = self.orders.headers.get(order.replaces) if order.replaces is not None else None
        statement = cst.With(
            items=[item],
            body=cst.IndentedBlock(
                opened.lines or [_pass(())],
                header=header or cst.TrailingWhitespace(),
                footer=trivia.as_footer(self.carry),
                indent=self.step_of(opened),
            ),
            asynchronous=cst.Asynchronous() if order.block.is_async else None,
            leading_lines=opened.leading,
        )
        self.carry = ()
        self.lines.append(statement)

    def step_of(self, opened: _Open) -> str:
        """The indentation of a new block: that of the suites that stand, or stood, at the same depth."""
        suites = [opened.dissolved, *(getattr(line, "body", None) for line in opened.lines)]
        blocks = (suite for suite in suites if isinstance(suite, cst.IndentedBlock))
        block = next(blocks, None)
        if block is None:
            return self.step
        return self.default_step if block.indent is None else block.indent

    def drop(self, node: cst.CSTNode, line: Line) -> None:
        """Keep the comments of a statement that goes; a replaced assignment's last one goes into the new header."""
        if node not in self.orders.replaced:
            self.carry += _remains(line)
            return
        if node in self.orders.headers and isinstance(line, cst.SimpleStatementLine):
            line = line.with_changes(trailing_whitespace=cst.TrailingWhitespace())
        self.carry += trivia.remains_without(line, self.item_of(node))

    def item_of(self, node: cst.CSTNode) -> cst.BaseExpression:
        return next(order.item for order in self.orders.blocks.values() if order.replaces is node)

    def keep(self, node: cst.CSTNode, line: Line) -> None:
        final = _lost_finally(node, self.orders)
        if final is None:
            self.put(line)
            return
        assert isinstance(line, cst.Try | cst.TryStar)
        left_over = _remains(line.finalbody) if line.finalbody is not None else ()
        if line.handlers:
            self.put(line.with_changes(finalbody=None))
        else:
            self.splice(line)
        self.carry += left_over

    def splice(self, attempt: cst.Try | cst.TryStar) -> None:
        """The body of a try of which nothing else is left takes its place."""
        body = attempt.body
        if self.open is not None:
            self.open.dissolved = self.open.dissolved or body
        self.carry = trivia.joined(self.carry, trivia.leading(attempt))
        if isinstance(body, cst.IndentedBlock):
            self.carry += trivia.comments_within(body.header)
            for line in body.body:
                assert isinstance(line, Line)
                self.put(line)
            self.carry += tuple(body.footer)
            return
        assert isinstance(body, cst.SimpleStatementSuite)
        self.put(cst.SimpleStatementLine(body.body, trailing_whitespace=body.trailing_whitespace))

    def put(self, line: Line) -> None:
        line = trivia.put_above(self.carry, line)
        self.carry = ()
        if self.open is None:
            self.lines.append(line)
        else:
            self.open.lines.append(line if self.open.lines else trivia.at_start(line))
