"""The tree of a text in the syntax of a Python newer than the one that runs, as that Python itself would make it.

The text is patched to older syntax of the same layout, and parsed; then what the patches stand for is put into the
tree, their expressions parsed one by one. So positions are those of the text, and every node is there.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator

from sessionfix.syntax import nodes
from sessionfix.syntax.constructs import Constructs, Kind, Patch, constructs_in
from sessionfix.syntax.literals import syntax_error
from sessionfix.syntax.places import Extent, Places, extent_of, move
from sessionfix.syntax.statements import GONE, Statements
from sessionfix.syntax.strings import Strings

_STAND_INS = (ast.Call, ast.Constant, ast.Tuple)
_COMMENT = "\0"  # which is in no source
_AROUND = f" \t\n\f{_COMMENT}"
_FIRST = 2  # the row of an expression that is parsed by itself: above it is a bracket


def parse_newer(text: str) -> ast.Module | None:
    """The tree, or None if the text has no newer syntax; raises what `ast.parse` does."""
    reader = _read(text)
    return reader.module() if reader is not None else None


def parse_newer_expression(text: str) -> ast.expr | None:
    """The same for the text of one expression."""
    reader = _read(text)
    return reader.expression(0, len(reader.text)) if reader is not None else None


def _read(text: str) -> _Reader | None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = constructs_in(text)
    return _Reader(text, found) if found.patches else None


class _Reader:
    def __init__(self, text: str, found: Constructs) -> None:
        self.text = text
        self.found = found
        self.places = Places(text)
        self.starts = [patch.start for patch in found.patches]
        self.uncommented = _without(text, found.comments)
        self.strings = Strings(text, self.places, self.expression, self.code)
        self.statements = Statements(text, self.places, found, self.type_expression)

    def module(self) -> ast.Module:
        patches = list(self.outermost(0, len(self.text)))
        tree = ast.parse(self.patched(0, len(self.text), patches))
        self.mend(tree, patches)
        return tree

    def expression(self, start: int, end: int, replaced: Patch | None = None) -> ast.expr:
        """The tree of the expression between two offsets; `replaced` is the patch that it stood under."""
        row, column = self.places.place(start)
        patches = list(self.outermost(start, end, replaced))
        source = f"(\n{self.patched(start, end, patches)}\n)"
        holder = self.parsed(source, start)
        if not _is_between(holder.body, 1, source.count("\n") + 1):
            raise syntax_error("invalid syntax", self.text, start)
        is_open = isinstance(holder.body, ast.Tuple) and holder.body.lineno == 1
        move(holder, row - _FIRST, _FIRST, column)
        if is_open:
            self.places.at(*self.stripped(start, end), holder.body)
        self.mend(holder, patches)
        return holder.body

    # text

    def parsed(self, source: str, start: int) -> ast.Expression:
        try:
            return ast.parse(source, mode="eval")
        except SyntaxError as error:
            raise syntax_error(error.msg, self.text, start) from error

    def starred(self, start: int, end: int) -> ast.Starred:
        """The same for one that begins with a star."""
        return self.places.at(start, end, ast.Starred(self.expression(start + 1, end), ast.Load()))

    def type_expression(self, start: int, end: int) -> ast.expr:
        """The bound or the default of a type parameter."""
        return self.starred(start, end) if self.text[start] == "*" else self.expression(start, end)

    def outermost(self, start: int, end: int, replaced: Patch | None = None) -> Iterator[Patch]:
        """The patches between two offsets that lie in no other there, except in `replaced`."""
        index = bisect_left(self.starts, start)
        while index < len(self.starts) and self.starts[index] < end:
            patch = self.found.patches[index]
            if patch.end <= end and patch is not replaced:
                yield patch
                index = bisect_left(self.starts, patch.end)
            else:
                index += 1

    def patched(self, start: int, end: int, patches: list[Patch]) -> str:
        pieces = []
        for patch in patches:
            pieces += [self.text[start : patch.start], patch.text]
            start = patch.end
        return "".join((*pieces, self.text[start:end]))

    def code(self, start: int, end: int) -> str:
        """The text between two offsets without its comments."""
        return self.uncommented[start:end].replace(_COMMENT, "")

    def stripped(self, start: int, end: int) -> tuple[int, int]:
        """The two offsets with the blanks and comments around what lies between them left out."""
        code = self.uncommented[start:end]
        return end - len(code.lstrip(_AROUND)), start + len(code.rstrip(_AROUND))

    # trees

    def mend(self, tree: ast.AST, patches: list[Patch]) -> None:
        """Put what the patches stand for into the tree."""
        expected = {self.places.extent(one.start, one.end): one for one in patches if one.kind is not Kind.LAYOUT}
        todo: list[ast.AST] = [tree]
        while todo:
            node = todo.pop()
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, list):
                    mended = (self.mended(item, expected, todo) for item in value)
                    value[:] = [item for item in mended if item is not GONE]
                elif isinstance(value, ast.AST):
                    setattr(node, name, self.mended(value, expected, todo))
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Starred):
                node.slice = ast.copy_location(ast.Tuple(elts=[node.slice], ctx=ast.Load()), node.slice)
        if expected:
            raise syntax_error("invalid syntax", self.text, next(iter(expected.values())).start)

    def mended(self, node: object, expected: dict[Extent, Patch], todo: list[ast.AST]) -> object:
        """What stands for a child of a node; `todo` gets what may have more in it."""
        if isinstance(node, _STAND_INS):
            patch = expected.get(extent_of(node))
            if patch is not None and _stands_for(node, patch):
                del expected[extent_of(node)]
                return self.made(patch)
        elif isinstance(node, ast.SetComp):
            node = self.unpacked(node, expected)
        elif isinstance(node, ast.stmt):
            node = self.statements.mended(node)
        if isinstance(node, ast.AST):
            todo.append(node)
        return node

    def made(self, patch: Patch) -> ast.expr:
        """The expression that a patch stands for."""
        if patch.kind is Kind.STRINGS:
            return self.strings.joined(patch.literals)
        if patch.kind is Kind.TUPLE:
            return self.expression(patch.start, patch.end, patch)
        if patch.kind is Kind.STARRED:
            return self.starred(patch.start, patch.end)
        raise syntax_error("invalid syntax", self.text, patch.start)

    def unpacked(self, node: ast.SetComp, expected: dict[Extent, Patch]) -> ast.expr:
        """`{**x for x in y}`, which is read as a set's comprehension."""
        patch = expected.get(extent_of(node.elt))
        if patch is None or patch.kind is not Kind.UNPACKED:
            return node
        del expected[extent_of(node.elt)]
        key = self.expression(patch.start + 2, patch.end)
        return nodes.remade(node, ast.DictComp, key=key, value=None)


def _stands_for(node: ast.AST, patch: Patch) -> bool:
    """Whether a node at the place of a patch is what was put there."""
    return isinstance(node, ast.Tuple) is not (patch.kind is Kind.STRINGS)


def _is_between(node: ast.expr, first: int, last: int) -> bool:
    """Whether an expression, or all parts of a tuple that has no parentheses of its own, lie between two rows."""
    if isinstance(node, ast.Tuple) and node.lineno == first:
        return bool(node.elts) and all(_is_between(item, first, last) for item in node.elts)
    return node.lineno > first and (node.end_lineno or 0) < last


def _without(text: str, comments: list[tuple[int, int]]) -> str:
    pieces, position = [], 0
    for start, end in comments:
        pieces += [text[position:start], _COMMENT * (end - start)]
        position = end
    return "".join((*pieces, text[position:]))
