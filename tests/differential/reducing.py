"""Make a program small that shows something."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from differential.tool import is_python

SUITES = ("body", "orelse", "finalbody", "handlers", "cases")


def reduced(text: str, shows: Callable[[str], bool]) -> str:
    """A program as small as can be made by leaving out statements and unwrapping suites, that still shows it."""
    while (smaller := _one_pass(text, shows)) != text:
        text = smaller
    return text


def _one_pass(text: str, shows: Callable[[str], bool]) -> str:
    position = 0
    while (found := next(_smaller(text, shows, position), None)) is not None:
        position, text = found
    return text


def _smaller(text: str, shows: Callable[[str], bool], position: int) -> Iterator[tuple[int, str]]:
    """The shorter programs that still show it, from the `position`th on."""
    for number, each in enumerate(shorter(text)):
        if number >= position and each != text and is_python(each) and shows(each):
            yield number, each


def shorter(text: str) -> Iterator[str]:
    """The program without each of its statements, the largest first; then with suites in place of their statements."""
    lines = text.splitlines(keepends=True)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.stmt, ast.ExceptHandler))]
    for node in sorted(nodes, key=_height, reverse=True):
        first, last = _rows(node)
        rest = [*lines[:first], *lines[last:]]
        yield "".join(rest)
        if isinstance(node, ast.stmt) and _height(node) > 1:
            yield "".join([*lines[:first], f"{' ' * node.col_offset}pass\n", *lines[last:]])
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
