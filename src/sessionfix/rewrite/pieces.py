"""A file cut into the pieces that plans change, so that LibCST reads those alone: it takes a kilobyte for each byte.

A piece consists of statements at the module's top, with the comments that belong to them. While it is edited, stand-ins
for what is left out are above and below it: so LibCST gives comments, line ends and new suites the places and the looks
that they get in the whole file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass

from sessionfix.lines import character_column, split_lines
from sessionfix.rewrite.disguise import needs_disguise
from sessionfix.rewrite.plan import Plan
from sessionfix.rewrite.scopes import Tree
from sessionfix.syntax.compound import child_statements

_NEWLINE = re.compile(r"\r\n|\r|\n")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class CutError(Exception):
    """A piece came back without its stand-ins: a fault of sessionfix."""


@dataclass(frozen=True)
class Piece:
    """Some statements of a module's top, in half-open rows from 0, with the plans that change them and nothing else."""

    statements: Sequence[ast.stmt]
    rows: tuple[int, int]
    plans: tuple[Plan, ...]
    lines: Sequence[str]
    above: str = ""
    below: str = ""

    @property
    def text(self) -> str:
        """The piece between its stand-ins, as it is to be edited."""
        return f"{self.above}{''.join(self.lines)}{self.below}"

    def between(self, edited: str) -> str:
        """An edited text without the stand-ins. Raises CutError."""
        if not edited.startswith(self.above) or not edited.endswith(self.below):
            raise CutError
        return edited[len(self.above) : len(edited) - len(self.below)]


def whole(text: str, tree: Tree, plans: Sequence[Plan]) -> list[Piece]:
    """The file in one piece."""
    lines = split_lines(text)
    return [Piece(tree.module.body, (0, len(lines)), tuple(plans), lines)]


def cut(text: str, tree: Tree, plans: Sequence[Plan]) -> list[Piece]:
    """The pieces that the plans change, in the order of the text; what a plan changes is in one of them."""
    if needs_disguise(text):  # the form feeds and the like of other parts can have a say in it
        return whole(text, tree, plans)
    return list(_Cutter(text, tree).pieces(plans))


def joined(text: str, changed: Sequence[tuple[Piece, str]]) -> str:
    """`text` with the pieces, which are in its order, replaced."""
    lines = split_lines(text)
    parts: list[str] = []
    position = 0
    for piece, new in changed:
        first, end = piece.rows
        parts += (*lines[position:first], new)
        position = end
    return "".join((*parts, *lines[position:]))


class _Cutter:
    def __init__(self, text: str, tree: Tree) -> None:
        self.tree = tree
        self.body = tree.module.body
        self.lines = split_lines(text)
        self.index = {statement: index for index, statement in enumerate(self.body)}
        self.stand_in = self.made_stand_in(text)

    def made_stand_in(self, text: str) -> str:
        """A statement with the file's line ends and its first indentation, which LibCST gives to new lines."""
        newline = _NEWLINE.search(text)
        end = newline.group() if newline is not None else "\n"
        return f"if 0:{end}{self.first_indentation(self.body) or '    '}0{end}"

    def first_indentation(self, suite: Sequence[ast.stmt]) -> str:
        for statement in suite:
            line = self.lines[statement.lineno - 1]
            before = line[: character_column(line, statement.col_offset) - 1]
            if before and before.isspace():
                return before
            if found := self.first_indentation(list(child_statements(statement))):
                return found
        return ""

    def pieces(self, plans: Sequence[Plan]) -> Iterator[Piece]:
        for first, last, own in _apart((*self.reach(plan), plan) for plan in plans):
            start = self.end_of(first - 1) if first else 0
            is_last = last == len(self.body) - 1
            end = len(self.lines) if is_last else self.end_of(last)
            assert start is not None
            assert end is not None
            yield Piece(
                self.body[first : last + 1],
                (start, end),
                own,
                self.lines[start:end],
                above=self.stand_in if first else "",
                below="" if is_last else self.stand_in,
            )

    def reach(self, plan: Plan) -> tuple[int, int]:
        """The first and the last statement of the piece that a plan needs, by their places in the module."""
        changed = {self.top(node) for node in _nodes(plan) if node in self.tree.parents}
        first, last = min(changed), max(changed)
        if self.changes_top(plan, self.body[first : last + 1]):
            first, last = max(0, first - 1), min(len(self.body) - 1, last + 1)
        while first and self.end_of(first - 1) is None:
            first -= 1
        while last < len(self.body) - 1 and self.end_of(last) is None:
            last += 1
        return first, last

    def top(self, node: ast.AST) -> int:
        """The place of the module's statement that is or holds a node."""
        return next(self.index[each] for each in (node, *self.tree.ancestors(node)) if each in self.index)

    def changes_top(self, plan: Plan, statements: Sequence[ast.stmt]) -> bool:
        """Whether statements come or go at the module's top: their neighbours take over comments and blank lines."""
        if plan.definition is not None or not plan.removed.isdisjoint(statements):
            return True
        return not all(isinstance(statement, _DEFINITIONS) for statement in statements)

    def end_of(self, index: int) -> int | None:
        """The row where a statement's comments end and the next one's begin, from 0; None where they share a line.

        LibCST puts indented lines behind a suite into it.
        """
        end = self.body[index].end_lineno or 0
        start = _first_row(self.body[index + 1])
        between = self.lines[end : start - 1]
        if start <= end or self.lines[end - 1].rstrip("\r\n").endswith("\\"):
            return None
        if any(line.strip() and not line.lstrip().startswith("#") for line in between):
            return None
        indented = (row for row, line in enumerate(between, start=1) if line[0] in " \t")
        return end + max(indented, default=0)


def _apart(reaches: Iterable[tuple[int, int, Plan]]) -> Iterator[tuple[int, int, tuple[Plan, ...]]]:
    """The reaches in order, with those in one that overlap."""
    plans: list[Plan] = []
    first, last = 0, -1
    for start, end, plan in sorted(reaches, key=lambda reach: reach[:2]):
        if plans and start > last:
            yield first, last, tuple(plans)
            plans = []
        first, last = (first, max(last, end)) if plans else (start, end)
        plans.append(plan)
    if plans:
        yield first, last, tuple(plans)


def _nodes(part: object) -> Iterator[ast.AST]:
    """The statements and the expressions that a plan, or a part of one, names."""
    if isinstance(part, ast.stmt):
        yield part
    elif isinstance(part, ast.expr):
        yield from (node for node in ast.walk(part) if isinstance(node, ast.expr))
    elif isinstance(part, tuple | frozenset):
        for each in part:
            yield from _nodes(each)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _nodes(getattr(part, field.name))


def _first_row(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])
