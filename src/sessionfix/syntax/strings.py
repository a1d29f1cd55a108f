"""The trees of formatted strings and templates, with the places that Python 3.12 and later give to their parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sessionfix.syntax import nodes
from sessionfix.syntax.literals import Field, Literal, Parts, Text, syntax_error
from sessionfix.syntax.places import Places

_QUOTES_AND_ESCAPES = re.compile(r'\\[\s\S]|"')
_BACKSLASHES_AT_END = re.compile(r"\\+\Z")


@dataclass(frozen=True)
class _Piece:
    """Some characters of a string."""

    start: int
    end: int
    value: str
    kind: str | None = None


@dataclass(frozen=True)
class Strings:
    """Makes the trees. `expression` reads the expression between two places, `code` gives its text less comments."""

    text: str
    places: Places
    expression: Callable[[int, int], ast.expr]
    code: Callable[[int, int], str]

    def joined(self, literals: Sequence[Literal]) -> ast.expr:
        """The node of literals that are written one after the other; raises SyntaxError."""
        start, end = literals[0].start, literals[-1].end
        is_template = any(literal.is_template for literal in literals)
        if is_template and not all(literal.is_template for literal in literals):
            raise syntax_error("cannot mix t-string literals with string or bytes literals", self.text, start)
        pieces = [part for literal in literals for part in self.parts_of(literal)]
        kind = nodes.TemplateStr if is_template else ast.JoinedStr
        return self.places.at(start, end, nodes.made(kind, values=self.values(pieces)))

    def parts_of(self, literal: Literal) -> Iterator[_Piece | ast.expr]:
        if literal.is_formatted:
            yield from self.parts(literal.parts, literal)
            return
        if "b" in literal.prefix:
            raise syntax_error("cannot mix bytes and nonbytes literals", self.text, literal.start)
        written = self.text[literal.start + len(literal.prefix) + len(literal.quote) : literal.end - len(literal.quote)]
        kind = "u" if self.text[literal.start] == "u" else None
        yield _Piece(literal.start, literal.end, _value(written, literal), kind)

    def parts(self, parts: Parts, literal: Literal) -> Iterator[_Piece | ast.expr]:
        for part in parts:
            if isinstance(part, Text):
                yield _Piece(part.start, part.end, _value(part.written, literal))
            else:
                yield from self.field(part, literal)

    def field(self, field: Field, literal: Literal) -> Iterator[_Piece | ast.expr]:
        start, end = field.expression
        if field.shown_end is not None:
            yield _Piece(start, field.shown_end, self.code(start, field.shown_end))
        value = self.expression(start, end)
        shows = field.shown_end is not None and field.spec is None
        conversion = ord(field.conversion or ("r" if shows else "\0")) or -1
        fields = {"value": value, "conversion": conversion, "format_spec": self.spec(field, literal)}
        if literal.is_template:
            made = nodes.made(nodes.Interpolation, str=self.code(start, end).rstrip(), **fields)
        else:
            made = nodes.made(ast.FormattedValue, **fields)
        yield self.places.at(field.start, field.end, made)

    def spec(self, field: Field, literal: Literal) -> ast.JoinedStr | None:
        if field.spec is None:
            return None
        formatted = replace(literal, prefix=literal.prefix.replace("t", "f"))
        values = self.values(self.parts(field.spec, formatted))
        return self.places.at(field.spec_start, field.end - 1, ast.JoinedStr(values=values))

    def values(self, parts: Iterable[_Piece | ast.expr]) -> list[ast.expr]:
        return [part if isinstance(part, ast.expr) else self.constant(part) for part in _merged(parts)]

    def constant(self, piece: _Piece) -> ast.Constant:
        return self.places.at(piece.start, piece.end, ast.Constant(piece.value, kind=piece.kind))


def _merged(parts: Iterable[_Piece | ast.expr]) -> list[_Piece | ast.expr]:
    """The parts with pieces that meet made one, and without empty ones."""
    merged: list[_Piece | ast.expr] = []
    for part in parts:
        before = merged[-1] if merged else None
        if isinstance(part, _Piece) and isinstance(before, _Piece):
            merged[-1] = _Piece(before.start, part.end, before.value + part.value, before.kind)
        else:
            merged.append(part)
    return [part for part in merged if isinstance(part, ast.expr) or part.value]


def _value(written: str, literal: Literal) -> str:
    """The characters that a part of a literal stands for; raises SyntaxError where an escape is wrong."""
    if literal.is_raw or "\\" not in written:
        return written
    at_end = _BACKSLASHES_AT_END.search(written)
    if at_end is not None and len(at_end.group()) % 2:  # before a field
        written += "\\"
    quoted = _QUOTES_AND_ESCAPES.sub(lambda found: '\\"' if found.group() == '"' else found.group(), written)
    value = ast.literal_eval(f'"""{quoted}"""')
    assert isinstance(value, str)
    return value
