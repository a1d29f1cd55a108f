"""How deeply a file is nested as LibCST reads it, which takes the process down where its parser runs out of stack."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from sessionfix.lines import character_column, split_lines
from sessionfix.syntax.literals import literals

DEEPEST = 2000  # LibCST needs three kilobytes of the stack for a term or an `elif`, and minutes for more subscripts
DEEPEST_PATTERN = 8  # its time doubles or worse with each pattern in a pattern
SHALLOW = 40  # Windows gives the first thread two megabytes, and a suite takes 33 kilobytes
FEW_QUOTES = 40
SHORT = 80  # so many bytes hold no more than 40 literals

_PATTERNS = (ast.MatchSequence, ast.MatchMapping, ast.MatchClass)


def levels(parents: Mapping[ast.AST, ast.AST], text: str) -> int:
    """The most nodes around any node of a tree, by LibCST's reckoning, for which long lists are nested.

    `parents` has each node's parent, parents before their children.
    """
    lines = split_lines(text)
    found: dict[ast.AST, int] = {}
    for node, parent in parents.items():
        found[node] = found.get(parent, 0) + 1
        if isinstance(node, _NESTED_LISTS):
            found[node] += _length(node, lines)
    return max(found.values(), default=0)


def is_readable(parents: Mapping[ast.AST, ast.AST], text: str) -> bool:
    """Whether LibCST can read a text in reasonable time."""
    patterns: dict[ast.AST, int] = {}
    for node, parent in parents.items():
        if isinstance(node, ast.pattern):
            patterns[node] = patterns.get(parent, 0) + isinstance(node, _PATTERNS)
    return max(patterns.values(), default=0) <= DEEPEST_PATTERN and levels(parents, text) <= DEEPEST


_NESTED_LISTS = (
    ast.BoolOp,
    ast.alias,
    ast.ImportFrom,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Constant,
    ast.JoinedStr,
)


def _length(node: ast.AST, lines: Sequence[str]) -> int:
    """How many levels of LibCST's tree a list takes that is flat in this one."""
    if isinstance(node, ast.BoolOp):
        return len(node.values)
    if isinstance(node, ast.alias):
        return node.name.count(".")
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").count(".")
    if isinstance(node, ast.Constant | ast.JoinedStr):
        return _strings(node, lines)
    return len(getattr(node, "generators", ()))


def _strings(node: ast.Constant | ast.JoinedStr, lines: Sequence[str]) -> int:
    """How many literals a string is written as, where that may be many; else 0."""
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes):
        return 0
    end_row, end_offset = node.end_lineno or node.lineno, node.end_col_offset or 0
    if end_row == node.lineno and end_offset - node.col_offset < SHORT:
        return 0
    written = _between(lines[node.lineno - 1 : end_row], node.col_offset, end_offset)
    quotes = written.count('"') + written.count("'")
    if quotes < FEW_QUOTES:
        return 0
    try:
        return len(literals(written))
    except SyntaxError:
        return quotes


def _between(lines: Sequence[str], start: int, end: int) -> str:
    """What stands between two offsets in UTF-8 bytes, in the first and in the last of some lines."""
    first, last = character_column(lines[0], start) - 1, character_column(lines[-1], end) - 1
    if len(lines) == 1:
        return lines[0][first:last]
    return "".join((lines[0][first:], *lines[1:-1], lines[-1][:last]))
