"""Comments and blank lines around statements that move or go: no comment is lost, no blank line doubled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

Lines = tuple[cst.EmptyLine, ...]


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
    if any(line.comment for line in first):
        return (*first, *second)
    own = next((index for index, line in enumerate(second) if line.comment), len(second))
    return (*first[own:], *second)


class _Settled(cst.CSTTransformer):
    """Blank lines that do not ask for the indentation of their block: at a module's top every blank line does."""

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:  # noqa: ARG002  # LibCST passes both
        if updated_node.comment is None and not updated_node.whitespace.value:
            return updated_node.with_changes(indent=False)
        return updated_node


def moved_in(line: cst.BaseStatement) -> cst.BaseStatement:
    """A statement of a module's top, ready to be indented: its blank lines stay empty."""
    moved = line.visit(_Settled())
    assert isinstance(moved, cst.BaseStatement)
    return moved


def comments_within(node: cst.CSTNode) -> Lines:
    """Every comment in a node, in the order of the text, each as a line of its own."""
    return tuple(cst.EmptyLine(comment=comment) for comment in _comments(node))


def _comments(node: cst.CSTNode) -> Iterator[cst.Comment]:
    if isinstance(node, cst.Comment):
        yield node
    for child in node.children:
        yield from _comments(child)


def as_footer(lines: Sequence[cst.EmptyLine]) -> Lines:
    """Left-over lines at the end of a suite: blank ones stay only above comments."""
    last = max((index for index, line in enumerate(lines) if line.comment), default=-1)
    return tuple(lines[: last + 1])


def only_comments(lines: Sequence[cst.EmptyLine]) -> Lines:
    """The comment lines among `lines`."""
    return tuple(line for line in lines if line.comment is not None)


def remains(node: cst.CSTNode) -> Lines:
    """What stays of a statement or clause that goes: the lines above it, and its own comments below them."""
    above, below = leading(node), _footer(node)
    inside = comments_within(node)[len(only_comments(above)) :]
    return (*above, *inside[: len(inside) - len(only_comments(below))], *below)


def _footer(node: cst.CSTNode) -> Lines:
    """The lines at the very end of a clause or compound statement."""
    body = getattr(node, "body", None)
    return tuple(body.footer) if isinstance(body, cst.IndentedBlock) else ()


def remains_without(node: cst.CSTNode, kept: cst.CSTNode) -> Lines:
    """What stays of a statement that goes, less the comments of the part that stays."""
    elsewhere = {id(comment) for comment in _comments(kept)}
    above = leading(node)
    inside = [comment for comment in _comments(node) if id(comment) not in elsewhere]
    return (*above, *(cst.EmptyLine(comment=comment) for comment in inside[len(only_comments(above)) :]))
