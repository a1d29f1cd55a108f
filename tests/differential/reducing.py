"""Make a program small that shows something."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from differential.tool import is_python

SUITES = ("body", "orelse", "finalbody", "handlers", "cases")


def reduced(text: str, shows: Callable[[str], bool]) -> str:
    """A program as small as can be made by leaving out statements and unwrapping suites, that still shows it."""
    while True:
        smaller = next((each for each in shorter(text) if is_python(each) and shows(each)), None)
        if smaller is None:
            return text
        text = smaller


def shorter(text: str) -> Iterator[str]:
    """The program without each of its statements, the largest first; then with suites in place of their statements."""
    lines = text.splitlines(keepends=True)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.stmt, ast.ExceptHandler))]
    for node in sorted(nodes, key=_height, reverse=True):
        first, last = _rows(node)
        rest = [*lines[:first], *lines[last:]]
        yield "".join(rest)
        if isinstance(node, ast.stmt):
            yield (
                "".join([*lines[:first], f"{' ' * node.col_offset}pass\n", *lines[last:]]) if _height(node) > 1 else ""
            )
    for node in nodes:
        for suite in (getattr(node, name, None) for name in SUITES):
            if suite and isinstance(suite, list) and isinstance(suite[0], ast.stmt):
                yield _unwrapped(lines, node, suite)
    for row, line in enumerate(lines):
        if line.lstrip().startswith("#") or not line.strip():
            yield "".join([*lines[:row], *lines[row + 1 :]])


def _rows(node: ast.AST) -> tuple[int, int]:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    return first - 1, node.end_lineno


def _height(node: ast.AST) -> int:
    first, last = _rows(node)
    return last - first


def _unwrapped(lines: list[str], node: ast.AST, suite: list[ast.stmt]) -> str:
    """The program in which one suite stands where its statement stood."""
    first, last = _rows(node)
    start, end = _rows(suite[0])[0], _rows(suite[-1])[1]
    less = suite[0].col_offset - node.col_offset
    kept = [line[less:] if not line[:less].strip() else line for line in lines[start:end]]
    return "".join([*lines[:first], *kept, *lines[last:]])
