"""Places in a text as `ast` counts them: rows from 1, columns from 0 in UTF-8 bytes."""

from __future__ import annotations

import ast
from bisect import bisect_right
from itertools import accumulate
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)
Extent = tuple[int, int, int, int]


class Places:
    """The places in a text whose lines end with `\n`."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        self._columns: dict[int, list[int]] = {}

    def place(self, offset: int) -> tuple[int, int]:
        """The row and column of an offset in characters."""
        row = bisect_right(self.starts, offset)
        line, characters = self.lines[row - 1], offset - self.starts[row - 1]
        return row, characters if line.isascii() else self._columns_of(row)[characters]

    def _columns_of(self, row: int) -> list[int]:
        """The column of each character of a line: counted once, for there are lines of a megabyte."""
        if row not in self._columns:
            widths = (len(character.encode("utf-8", "surrogatepass")) for character in self.lines[row - 1])
            self._columns[row] = [0, *accumulate(widths)]
        return self._columns[row]

    def extent(self, start: int, end: int) -> Extent:
        """Both places of what stands between two offsets."""
        return (*self.place(start), *self.place(end))

    def at(self, start: int, end: int, node: Node) -> Node:
        """`node`, given the place between two offsets."""
        row, column, end_row, end_column = self.extent(start, end)
        place = {"lineno": row, "col_offset": column, "end_lineno": end_row, "end_col_offset": end_column}
        for name, value in place.items():
            setattr(node, name, value)
        return node


def extent_of(node: ast.expr) -> Extent:
    """Where an expression stands."""
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


def move(tree: ast.AST, rows: int, row: int, columns: int) -> None:
    """Move a tree down by `rows`, and what stands in one `row` of it (before that) to the right by `columns`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.arg | ast.keyword):
            node.col_offset += columns * (node.lineno == row)
            node.end_col_offset = (node.end_col_offset or 0) + columns * (node.end_lineno == row)
            node.lineno += rows
            node.end_lineno = (node.end_lineno or 0) + rows
