"""Suites rebuilt: statements go, stay, or move into a block, and comments stay with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from sessionfix.rewrite import trivia
from sessionfix.rewrite.disguise import is_sign
from sessionfix.rewrite.orders import NewWith, Orders

Line = cst.BaseStatement
OneLine = cst.SimpleStatementLine | cst.SimpleStatementSuite


_AROUND_FUNCTIONS = (cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))


@dataclass
class _Open:
    """A `with` that is being filled: a new one, or one that is there already."""

    last: cst.CSTNode
    leading: trivia.Lines
    order: NewWith | None = None
    grown: cst.With | None = None
    lines: list[Line] = field(default_factory=list)
    dissolved: cst.BaseSuite | None = None  # of a try whose place the `with` takes


class SuiteBuilder:
    """Builds one suite anew. `carry` holds the lines of what went, until a statement comes to stand below them."""

    def __init__(self, orders: Orders, default_step: str, step: str) -> None:
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
            yield original.body[0], updated.with_changes(body=left_of(self.orders.removed, original, updated))
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
        removed = self.orders.removed.intersection(parts)
        return (
            parts[0] in removed
            or any(part in self.orders.ends or part in self.orders.replaced for part in parts)
            or any(part in self.orders.blocks for part in parts[1:])
            or any(trivia.comments_within(part) for part in removed)
        )

    def take(self, node: cst.CSTNode, line: Line) -> None:
        if node in self.orders.reaching:
            self.grow(line, self.orders.reaching[node])
            return
        order = self.orders.blocks.get(node)
        if order is not None and node is not order.replaces:
            line = self.begin(order, line)
        if node in self.orders.removed:
            self.drop(node, line)
            if order is not None and node is order.replaces:
                self.begin(order, line)
        else:
            self.keep(node, line)
        if node in self.orders.definitions:
            self.define(self.orders.definitions[node])
        if self.open is not None and self.open.last is node:
            self.end()

    def begin(self, order: NewWith, line: Line) -> Line:
        leading, self.carry = self.carry, ()
        if order.replaces is None:
            leading = trivia.joined(leading, trivia.leading(line))
            line = trivia.with_leading(line, ())
        self.open = _Open(order.last, leading, order)
        return line

    def grow(self, line: Line, last: cst.CSTNode) -> None:
        """Let a `with` take in the statements that follow it."""
        assert isinstance(line, cst.With)
        leading = trivia.joined(self.carry, trivia.leading(line))
        body = line.body
        if isinstance(body, cst.IndentedBlock):
            lines = list(body.body)
            self.carry = tuple(body.footer)
        else:
            assert isinstance(body, cst.SimpleStatementSuite)
            lines = [cst.SimpleStatementLine(body.body, trailing_whitespace=body.trailing_whitespace)]
            self.carry = ()
        self.open = _Open(last, leading, grown=line, lines=lines)

    def end(self) -> None:
        assert self.open is not None
        opened, self.open = self.open, None
        self.lines.append(self.new_with(opened) if opened.grown is None else self.grown_with(opened, opened.grown))
        self.carry = ()

    def grown_with(self, opened: _Open, grown: cst.With) -> cst.With:
        body = grown.body if isinstance(grown.body, cst.IndentedBlock) else cst.IndentedBlock([], indent=self.step)
        body = body.with_changes(body=opened.lines, footer=trivia.as_footer(self.carry))
        return grown.with_changes(body=body, leading_lines=opened.leading)

    def new_with(self, opened: _Open) -> cst.With:
        order = opened.order
        assert order is not None
        item = cst.WithItem(trivia.as_item(order.item), cst.AsName(cst.Name(order.block.name)))
        header = self.orders.headers.get(order.replaces) if order.replaces is not None else None
        return cst.With(
            items=[item],
            body=cst.IndentedBlock(
                opened.lines or [pass_line(())],
                header=header or cst.TrailingWhitespace(),
                footer=trivia.as_footer(self.carry),
                indent=self.step_of(opened),
            ),
            asynchronous=cst.Asynchronous() if order.block.is_async else None,
            leading_lines=(*opened.leading, *order.above),
        )

    def define(self, function: cst.BaseStatement) -> None:
        """Put a new function below the last line, with as many blank lines around it as a module's functions have."""
        self.put(trivia.with_leading(function, _AROUND_FUNCTIONS))
        self.carry = _AROUND_FUNCTIONS

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
            self.carry = trivia.joined(self.carry, _remains(line))
            return
        if node in self.orders.headers and isinstance(line, cst.SimpleStatementLine):
            line = line.with_changes(trailing_whitespace=cst.TrailingWhitespace())
        self.carry += trivia.remains_without(line, self.orders.replaced[node])

    def keep(self, node: cst.CSTNode, line: Line) -> None:
        final = lost_finally(node, self.orders)
        if final is None:
            self.put(line)
            return
        assert isinstance(line, cst.Try | cst.TryStar)
        left_over = _remains(line.finalbody) if line.finalbody is not None else ()
        if line.handlers:
            self.put(line.with_changes(finalbody=None))
        else:
            self.splice(line)
        self.carry = trivia.joined(self.carry, left_over)

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


def with_footer(statement: Line, footer: trivia.Lines) -> Line:
    """A `with` whose body ends with the comments that ended the suite around it."""
    assert isinstance(statement, cst.With)
    body = statement.body
    assert isinstance(body, cst.IndentedBlock)
    return statement.with_changes(body=body.with_changes(footer=(*body.footer, *footer)))


def _remains(node: cst.CSTNode) -> trivia.Lines:
    """What stays of a statement or clause that goes; the form feed before it goes too."""
    return without_feeds(trivia.remains(node))


def without_feeds(lines: trivia.Lines) -> trivia.Lines:
    return tuple(line for line in lines if line.comment is None or not is_sign(line.comment.value))


def pass_line(comments: trivia.Lines) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Pass()], leading_lines=comments)


def parts_of(line: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return line.body if isinstance(line, OneLine) else [line]


def left_of(removed: set[cst.CSTNode], original: OneLine, updated: OneLine) -> list[cst.BaseSmallStatement]:
    """The statements of one line without those that go."""
    left = [new for old, new in zip(original.body, updated.body, strict=True) if old not in removed]
    if left and len(left) < len(original.body):
        left[-1] = left[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return left


def lost_finally(node: cst.CSTNode, orders: Orders) -> cst.Finally | None:
    """The finally clause of a try of which nothing is left."""
    if isinstance(node, cst.Try | cst.TryStar) and node.finalbody is not None and node.finalbody.body in orders.emptied:
        return node.finalbody
    return None
