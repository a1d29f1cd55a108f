"""Comments and blank lines around statements that move or go: no comment is lost, no blank line doubled."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from sessionfix.lines import split_lines
from sessionfix.parsing import parse_expression

Lines = tuple[cst.EmptyLine, ...]
_EMPTY = cst.Module(())


def leading(node: cst.CSTNode) -> Lines:
    """The comment and blank lines directly above a statement or clause."""
    return tuple(getattr(node, "leading_lines", ()))


def with_leading(node: cst.BaseStatement, lines: Sequence[cst.EmptyLine]) -> cst.BaseStatement:
    """The same statement with other lines above it."""
    return node.with_changes(leading_lines=tuple(lines))


def put_above(lines: Sequence[cst.EmptyLine], node: cst.BaseStatement) -> cst.BaseStatement:
    """Set the lines of a statement that went above the one that follows it."""
    return with_leading(node, joined(lines, leading(node))) if lines else node


def joined(first: Sequence[cst.EmptyLine], second: Sequence[cst.EmptyLine]) -> Lines:
    """Two runs of lines, one below the other; blank lines that the removal brings together are not added up."""
    at_end = blanks_before(reversed(first))
    return (*first, *second[min(at_end, blanks_before(second)) :])


def blanks_before(lines: Iterable[cst.EmptyLine]) -> int:
    """How many blank lines there are before the first comment."""
    return sum(1 for _ in itertools.takewhile(lambda line: line.comment is None, lines))


def at_start(line: cst.BaseStatement, blanks: int = 0) -> cst.BaseStatement:
    """A statement as the first of its suite: only `blanks` blank lines stay above it, and one above a definition."""
    lines = leading(line)
    found = blanks_before(lines)
    if isinstance(line, cst.FunctionDef | cst.ClassDef) and found == len(lines):
        blanks = max(blanks, 1)
    return with_leading(line, lines[found - blanks :]) if found > blanks else line


def comments_within(node: cst.CSTNode) -> Lines:
    """Every comment in a node, in the order of the text, each as a line of its own."""
    return tuple(cst.EmptyLine(comment=comment) for comment in _comments(node))


def comments_of_parentheses(node: cst.BaseExpression) -> Lines:
    """The comments between an expression and the parentheses around it."""
    return tuple(line for parenthesis in (*node.lpar, *node.rpar) for line in comments_within(parenthesis))


def as_item(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression as the item of a `with`: in parentheses only where its line breaks need them."""
    code = _EMPTY.code_for_node(node)
    if len(split_lines(code)) == 1:
        return node.with_changes(lpar=(), rpar=())
    if node.lpar or _is_whole(code):
        return node
    return in_parentheses(node)


def in_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression in one more pair of parentheses."""
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])


def _is_whole(code: str) -> bool:
    """Whether an expression over several lines needs no parentheses."""
    try:
        parse_expression(code)
    except SyntaxError:
        return False
    return True


def _comments(node: cst.CSTNode) -> Iterator[cst.Comment]:
    if isinstance(node, cst.Comment):
        yield node
    for child in node.children:
        yield from _comments(child)


def as_footer(lines: Sequence[cst.EmptyLine]) -> Lines:
    """Left-over lines at the end of a suite: blank ones stay only above comments."""
    last = max((index for index, line in enumerate(lines) if line.comment), default=-1)
    return tuple(lines[: last + 1])


def remains(node: cst.CSTNode) -> Lines:
    """What stays of a statement or clause that goes: the lines above it, and its own comments below them."""
    above, below = leading(node), footer(node)
    return joined((*above, *others(node, *above, *below)), below)


def others(node: cst.CSTNode, *known: cst.CSTNode) -> Lines:
    """The comments in a node that are in none of the nodes `known`."""
    elsewhere = {id(comment) for part in known for comment in _comments(part)}
    return tuple(cst.EmptyLine(comment=comment) for comment in _comments(node) if id(comment) not in elsewhere)


def footer(node: cst.CSTNode) -> Lines:
    """The lines at the very end of a clause or compound statement."""
    for clause in ("finalbody", "orelse", "handlers", "cases"):
        last = getattr(node, clause, None)
        if last:
            return footer(last if isinstance(last, cst.CSTNode) else last[-1])
    body = getattr(node, "body", None)
    return tuple(body.footer) if isinstance(body, cst.IndentedBlock) else ()


def remains_without(node: cst.CSTNode, kept: cst.CSTNode) -> Lines:
    """What stays of a statement that goes, less the comments of the part that stays."""
    above = leading(node)
    return (*above, *others(node, *above, kept))
