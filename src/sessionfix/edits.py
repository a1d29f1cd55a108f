"""The changes from one text to another as edits, function by function."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from sessionfix.diagnostics import Edit, Fix, Position, Span
from sessionfix.lines import next_code, split_lines
from sessionfix.parsing import parse
from sessionfix.syntax.compound import FunctionNode, statements_in

Rows = tuple[int, int]


def changed_rows(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """The half-open ranges of lines, from 0, that differ: first and end before, first and end after."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, *ranges in matcher.get_opcodes():
        if kind != "equal":
            yield ranges[0], ranges[1], ranges[2], ranges[3]


class Edits:
    """The edits from `before` to `after`; function by function where both texts have the same ones."""

    def __init__(self, before: str, after: str) -> None:
        self.before = split_lines(before)
        self.after = split_lines(after)
        old, new = _functions(before, self.before), _functions(after, self.after)
        self.functions = list(zip(old, new, strict=True)) if len(old) == len(new) else []
        self._within: dict[tuple[Rows, Rows], tuple[Edit, ...]] = {}

    def of_fix(self, row: int, fix: Fix) -> tuple[Edit, ...]:
        """The edits that belong to the fix of what was found in `row`."""
        found = self.near(row, fix.imports)
        above = self.above(fix.decorates) if fix.decorates is not None else ()
        return tuple(dict.fromkeys((*above, *found)))

    def above(self, row: int) -> tuple[Edit, ...]:
        """The edits between the function that begins at `row`, whose decorators are there, and the one before it."""
        index = next((place for place, (old, _) in enumerate(self.functions) if old[0] == row - 1), None)
        if index is None:
            return ()
        (first, _), (new_first, _) = self.functions[index]
        before, new_before = self.functions[index - 1] if index else ((0, 0), (0, 0))
        return self.within((_last(before, first), first), (_last(new_before, new_first), new_first))

    def near(self, row: int, needed: str | None = None) -> tuple[Edit, ...]:
        """The edits in the innermost function around `row`: the sites of one function are mended together.

        With them come those outside of all functions that bring in `needed`, a word of an import.
        """
        rows, new_rows = self._around(row)
        edits = self.within(rows, new_rows)
        if needed is None or rows[0] == 0:
            return edits
        (first, _), (new_first, _) = self.functions[0]
        return (*(edit for edit in self.within((0, first), (0, new_first)) if needed in edit.content), *edits)

    def _around(self, row: int) -> tuple[Rows, Rows]:
        """The innermost function around `row`, before and after; outside of functions the whole text."""
        up_to_here = bisect_left(self.functions, row, key=lambda function: function[0][0])
        for (first, end), new in reversed(self.functions[:up_to_here]):
            if row <= end:
                return (first, end), new
        return (0, len(self.before)), (0, len(self.after))

    def within(self, rows: Rows, new_rows: Rows) -> tuple[Edit, ...]:
        """The edits from some rows of the one text to some rows of the other."""
        if (rows, new_rows) not in self._within:
            self._within[rows, new_rows] = tuple(self._edits(rows, new_rows))
        return self._within[rows, new_rows]

    def _edits(self, rows: Rows, new_rows: Rows) -> Iterator[Edit]:
        old_lines, new_lines = self.before[slice(*rows)], self.after[slice(*new_rows)]
        for first, end, new_first, new_end in changed_rows(old_lines, new_lines):
            yield Edit("".join(new_lines[new_first:new_end]), self.span(rows[0] + first, rows[0] + end))

    def span(self, first: int, end: int) -> Span:
        return Span(self.position(first), self.position(end))

    def position(self, index: int) -> Position:
        """The place before the line at `index`; the end of the text behind the last."""
        if index < len(self.before) or not self.before or self.before[-1].endswith(("\n", "\r")):
            return Position(index + 1, 1)
        return Position(index, len(self.before[-1]) + 1)


def _last(before: Rows, first: int) -> int:
    """Where a function ends that stands before the line `first`; where it begins, if it is around that line."""
    return before[1] if before[1] <= first else before[0]


def _functions(text: str, lines: Sequence[str]) -> list[Rows]:
    """The half-open ranges of lines, from 0, of all functions in order, with the comments behind them."""
    found = (node for node in statements_in(parse(text)) if isinstance(node, FunctionNode))
    functions = sorted(found, key=lambda node: (node.lineno, node.col_offset))
    return [(node.lineno - 1, next_code(lines, node.end_lineno or node.lineno)) for node in functions]
