"""How deep a new block would stand, and what is in it: Python compiles, and reads, so many levels and no more."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from sessionfix.rewrite.scopes import Tree
from sessionfix.syntax.compound import Loop, clauses, is_try, suites

MOST_BLOCKS = 18  # of loops, managers and tries in one function: CPython has room for 20, and needs some for itself
MOST_INDENTS = 98  # CPython's tokenizer reads 99


class Depth(NamedTuple):
    """A number of blocks that the compiler must keep apart, and of levels of indentation."""

    blocks: int
    indents: int


def is_too_deep(tree: Tree, first: ast.stmt, last: ast.stmt) -> bool:
    """Whether one more block around the statements from `first` to `last`, of one suite, is more than Python takes."""
    place = tree.place(first)
    around = _around(tree, first)
    inside = _deepest(place.suite[place.index : tree.place(last).index + 1])
    return around.blocks + 1 + inside.blocks > MOST_BLOCKS or around.indents + 1 + inside.indents > MOST_INDENTS


def _around(tree: Tree, statement: ast.stmt) -> Depth:
    blocks = indents = 0
    in_function = True
    node: ast.AST = statement
    for parent in tree.ancestors(statement):
        in_function = in_function and not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        blocks += _blocks(parent) if in_function else 0
        indents += _indents(parent, node)
        node = parent
    return Depth(blocks, indents)


def _deepest(statements: Sequence[ast.stmt]) -> Depth:
    """Counted without recursion: a long chain of `elif`s nests in the tree."""
    most_blocks = most_indents = 0
    todo: list[tuple[ast.AST, Depth]] = [(statement, Depth(0, 0)) for statement in statements]
    while todo:
        node, depth = todo.pop()
        blocks = depth.blocks + _blocks(node)
        most_blocks, most_indents = max(most_blocks, blocks), max(most_indents, depth.indents)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            blocks = 0
        todo += [(child, Depth(blocks, depth.indents + _indents(node, child))) for child in _parts(node)]
    return Depth(most_blocks, most_indents)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The statements of a statement's suites, and its handlers and cases."""
    yield from chain.from_iterable(suites(node))
    yield from clauses(node)


def _blocks(node: ast.AST) -> int:
    """How many blocks a part of a node stands in on its account."""
    if isinstance(node, ast.With | ast.AsyncWith):
        return len(node.items)
    if is_try(node):
        return bool(node.handlers) + bool(node.finalbody)
    return int(isinstance(node, Loop | ast.ExceptHandler))


def _indents(parent: ast.AST, child: ast.AST) -> int:
    """How much further in than `parent` its part `child` is written."""
    if isinstance(parent, ast.Module):
        return 0
    if isinstance(parent, ast.If) and isinstance(child, ast.If) and parent.orelse == [child]:
        return int(child.col_offset > parent.col_offset)
    return int(isinstance(child, ast.stmt | ast.match_case))
