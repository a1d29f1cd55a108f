"""Plans carried out on a LibCST tree: blocks are made, old clean-up goes, comments stay."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterable, Sequence
from typing import cast

import libcst as cst

from sessionfix.rewrite import reasons, trivia
from sessionfix.rewrite.decorating import redecorated
from sessionfix.rewrite.depth import is_readable
from sessionfix.rewrite.disguise import Disguised, disguised
from sessionfix.rewrite.guarding import SharedLineError, check_shared, guarded
from sessionfix.rewrite.orders import NewExpression, Orders, take
from sessionfix.rewrite.pairing import Statement, pair
from sessionfix.rewrite.pieces import CutError, Piece, cut, joined, whole
from sessionfix.rewrite.plan import Plan
from sessionfix.rewrite.scopes import Tree
from sessionfix.rewrite.suites import (
    OneLine,
    SuiteBuilder,
    left_of,
    lost_finally,
    parts_of,
    pass_line,
    with_footer,
    without_feeds,
)

_SHOWN = re.compile(r"=\s*(?:![rsa]\s*)?[:}]")  # in `{x = }`, what is written is part of the string
_MOST = 2_000_000  # LibCST takes a kilobyte for each character, and more where it is a list of short numbers


class LayoutError(Exception):
    """The text can't be edited so that all the rest stays as it is; says why in words for the user."""


class NotReadError(LayoutError):
    """LibCST does not read the text, or does not give it back as it is."""


def apply(text: str, tree: Tree, plans: Sequence[Plan]) -> str:
    """The text with all plans carried out; `tree` is the syntax tree of `text`, that the plans were made on.

    Raises LayoutError where that can't be done, and pairing.PairingError.
    """
    if not is_readable(tree.parents, text):
        raise LayoutError(reasons.TOO_LONG)
    try:
        return _applied(text, tree, cut(text, tree, plans))
    except (NotReadError, CutError):
        return _applied(text, tree, whole(text, tree, plans))


def _applied(text: str, tree: Tree, pieces: Iterable[Piece]) -> str:
    return joined(text, [(piece, piece.between(_changed(piece, tree))) for piece in pieces])


def _changed(piece: Piece, tree: Tree) -> str:
    """A piece's text, stand-ins and all, with its plans carried out."""
    if len(piece.text) > _MOST:
        raise NotReadError(reasons.NOT_READ.format(error=f"it would have to read {_MOST:,} characters at once"))
    module, worn = _read(piece.text)
    orders = Orders()
    body = module.body[bool(piece.above) : len(module.body) - bool(piece.below)]
    pairs = pair(piece.statements, body)
    for plan in piece.plans:
        take(plan, tree, pairs, orders)
    orders.shows_fields = _SHOWN.search(piece.text) is not None
    return worn.reveal(_edited(module, orders))


def _read(text: str) -> tuple[cst.Module, Disguised]:
    """The tree of a text, and the disguise in which it was read."""
    try:
        worn = disguised(text)
        module = cst.parse_module(worn.text)
    except cst.ParserSyntaxError as error:
        raise NotReadError(reasons.NOT_READ.format(error=error.message)) from error
    except (SyntaxError, tokenize.TokenError, cst.CSTLogicError) as error:
        raise NotReadError(reasons.NOT_READ.format(error=error)) from error
    if worn.reveal(module.code) != text:
        raise NotReadError(reasons.NOT_EXACT)
    return module, worn


def _edited(module: cst.Module, orders: Orders) -> str:
    try:
        return module.visit(_Editor(orders, module.default_indent)).code
    except SharedLineError as error:
        raise LayoutError(reasons.NOT_KEPT.format(error="statements that are to part share a line")) from error
    except cst.CSTValidationError:
        orders.keeps_parentheses = True  # in `return(f()).x` they stand for the space
    try:
        return module.visit(_Editor(orders, module.default_indent)).code
    except cst.CSTValidationError as error:
        raise LayoutError(reasons.NOT_KEPT.format(error=error)) from error


def _swapped(order: NewExpression, original: cst.CSTNode, old: cst.BaseExpression) -> cst.BaseExpression:
    """What takes the place of `old`, which was `original`: it stands in the same parentheses."""
    new = order.expression
    if order.keeps_old:
        inner = new.deep_replace(original, old.with_changes(lpar=(), rpar=()))
        assert isinstance(inner, cst.BaseExpression)
        new = inner
    new = new.with_changes(lpar=old.lpar, rpar=old.rpar)
    if trivia.others(old, new) or trivia.others(new, old):
        raise LayoutError(reasons.NOT_KEPT.format(error="a comment stands inside the expression that changes"))
    return new


def _is_shown(node: cst.CSTNode) -> bool:
    """Whether a node is a field of an f-string, or of a template, with its expression as it is written: `{x = }`."""
    return type(node).__name__.endswith("StringExpression") and getattr(node, "equal", None) is not None


class _Editor(cst.CSTTransformer):
    """Rebuilds the suites that the plans change; every other node is left as it is."""

    def __init__(self, orders: Orders, default_step: str) -> None:
        super().__init__()
        self.orders = orders
        self.default_step = default_step
        self.steps: list[str] = []  # the indentation of each suite around, beyond that of the suite around it
        self.shown = 0  # fields such as `{x = }` around

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> None:
        self.steps.append(self.default_step if node.indent is None else node.indent)

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:
        """Blank lines keep their blanks, whatever becomes of the indentation around them."""
        if (original_node.comment is not None and not self.shown) or not original_node.indent:
            return updated_node
        return updated_node.with_changes(indent=False, whitespace=self.in_full(original_node.whitespace))

    def leave_ParenthesizedWhitespace(
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        if not self.shown or not original_node.indent:
            return updated_node
        return updated_node.with_changes(indent=False, last_line=self.in_full(original_node.last_line))

    def in_full(self, blanks: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        """Blanks below the indentation of the suites around, with that."""
        return cst.SimpleWhitespace("".join(self.steps) + blanks.value)

    def on_visit(self, node: cst.CSTNode) -> bool:
        self.shown += _is_shown(node)
        return self.goes_into(node)

    def goes_into(self, node: cst.CSTNode) -> bool:
        """Go into those statements only that hold what changes: rebuilding the others takes most of the time."""
        if isinstance(node, Statement) and node not in self.orders.touched and not isinstance(node, OneLine):
            return self.orders.shows_fields
        return super().on_visit(node)

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        if node.body and node.body[-1] in self.orders.replaced:
            self.orders.headers[node.body[-1]] = node.trailing_whitespace

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        left = super().on_leave(original_node, updated_node)
        self.shown -= _is_shown(original_node)
        order = self.orders.swaps.get(original_node)
        if order is None or not isinstance(left, cst.BaseExpression):
            return left
        # the type that LibCST wants here is that of the old expression, but any other one may take its place
        return cast("cst.CSTNodeT", _swapped(order, original_node, left))

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

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        order = self.orders.decorators.get(original_node)
        return updated_node if order is None else redecorated(updated_node, order)

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
            return self.guarded(original_node, updated_node)
        body, rest = suite.build(original_node.body, updated_node.body)
        footer = (*trivia.as_footer(rest), *updated_node.footer)
        if not body and original_node not in self.orders.emptied:
            below = without_feeds(trivia.footer(original_node.body[-1]))
            body = [pass_line(trivia.as_footer(rest[: len(rest) - len(below)]))]
            footer = (*trivia.as_footer(below), *updated_node.footer)
        if body and parts_of(original_node.body[0])[0] in self.orders.removed:
            body[0] = trivia.at_start(body[0], trivia.blanks_before(trivia.leading(original_node.body[0])))
        if self.ends_with_block(original_node):
            body[-1], footer = with_footer(body[-1], footer), ()
        return updated_node.with_changes(body=body, footer=footer)

    def guarded(self, original: cst.IndentedBlock, updated: cst.IndentedBlock) -> cst.IndentedBlock:
        return guarded(self.orders.guards, original, updated) if self.orders.guards else updated

    def ends_with_block(self, suite: cst.IndentedBlock) -> bool:
        """Whether a block is made around the last statements of a suite."""
        return parts_of(suite.body[-1])[-1] in self.orders.ends

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        if not self.is_changed([original_node]):
            check_shared(self.orders.guards, original_node)
            return updated_node
        shortened = updated_node.with_changes(body=left_of(self.orders.removed, original_node, updated_node))
        if shortened.body and not any(part in self.orders.blocks for part in original_node.body):
            return shortened
        suite = self.suite()
        body, rest = suite.build([original_node], [updated_node])
        comments = trivia.as_footer(rest)
        if not body and original_node not in self.orders.emptied:
            body, comments = [pass_line(comments)], ()
        return cst.IndentedBlock(body=body, footer=comments, indent=suite.step)

    def suite(self) -> SuiteBuilder:
        return SuiteBuilder(self.orders, self.default_step, self.steps[-1] if self.steps else self.default_step)

    def is_changed(self, lines: Iterable[cst.CSTNode]) -> bool:
        """Whether a suite has statements that go, move into a block, or lose a clause."""
        orders = self.orders
        return any(
            part in orders.removed
            or part in orders.blocks
            or part in orders.reaching
            or part in orders.definitions
            or lost_finally(part, orders) is not None
            for line in lines
            for part in parts_of(line)
        )
