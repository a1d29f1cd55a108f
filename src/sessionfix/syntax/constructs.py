"""Where a text has syntax that an older Python rejects, and what to put there so that it does not.

Each patch is as long as what it covers and keeps its line breaks, so that all the rest stays at its rows and columns.
Found are PEP 646 (starred subscripts and annotations), 654 (`except*`), 695 and 696 (type parameters, `type`), 701 and
750 (formatted strings and templates), 758 (`except A, B`), 798 (starred comprehensions) and 810 (`lazy import`).
"""

from __future__ import annotations

import contextlib
import enum
import keyword
import tokenize
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sessionfix.syntax.literals import Literal, literals, syntax_error
from sessionfix.syntax.tokens import plain, tokens_of_code

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_SHORTEST = 3  # `f""`
MOST_BRACKETS = 200  # CPython's own limit
_NO_CODE = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


class Kind(enum.Enum):
    """What a patch stands for."""

    LAYOUT = "nothing that is in the tree: the patch is there to be parsed"
    STRINGS = "formatted strings, with the literals that are joined to them"
    TUPLE = "a tuple without parentheses"
    STARRED = "a starred expression"
    UNPACKED = "`**x` in a comprehension"


@dataclass(frozen=True)
class Patch:
    """What to read from `start` to `end` instead of the text."""

    start: int
    end: int
    text: str
    kind: Kind = Kind.LAYOUT
    literals: tuple[Literal, ...] = ()


@dataclass(frozen=True)
class TypeParameter:
    """`T: bound = default`, with `*` or `**` before it for a tuple of types or for parameters."""

    start: int
    end: int
    stars: str
    name: str
    bound: tuple[int, int] | None
    default: tuple[int, int] | None


@dataclass(frozen=True)
class Constructs:
    """What was found: patches by position, outer before inner, and the statements that are others than they seem."""

    patches: list[Patch] = field(default_factory=list)
    parameters: dict[int, list[TypeParameter]] = field(default_factory=dict)
    aliases: set[int] = field(default_factory=set)
    lazy_imports: dict[int, int] = field(default_factory=dict)  # `import` to `lazy`
    starred_handlers: set[int] = field(default_factory=set)
    comments: list[tuple[int, int]] = field(default_factory=list)


class Token(NamedTuple):
    """A token and where it stands, in characters from the start of the text."""

    type: int
    string: str
    start: int
    end: int


def constructs_in(text: str) -> Constructs:
    """The newer constructs of a text whose lines end with `\\n`; raises SyntaxError."""
    found = literals(text)
    every = list(_tokens(plain(text, found)))
    code = [token for token in every if token.type != tokenize.COMMENT]
    finder = _Finder(text, code, {literal.start: literal for literal in found})
    finder.run()
    finder.found.comments.extend((token.start, token.end) for token in every if token.type == tokenize.COMMENT)
    finder.found.patches.sort(key=lambda patch: (patch.start, -patch.end))
    return finder.found


def _tokens(text: str) -> Iterator[Token]:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for token in _until_error(tokens_of_code(text)):
        if token.type not in _NO_CODE:
            start, end = starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1]
            yield Token(token.type, token.string, start, end)


def _until_error(found: Iterator[tokenize.TokenInfo]) -> Iterator[tokenize.TokenInfo]:
    """The tokens up to the end of a text in a bracket, which the finder can say more of."""
    with contextlib.suppress(tokenize.TokenError):
        yield from found


@dataclass
class _Finder:
    text: str
    code: Sequence[Token]
    literal_at: dict[int, Literal]
    found: Constructs = field(default_factory=Constructs)

    def run(self) -> None:
        """Look at every token; raises SyntaxError where brackets do not match."""
        assert len(self.brackets[0]) == len(self.code)
        for index, token in enumerate(self.code):
            if token.start in self.literal_at:
                self.strings(index)
            if token.string in ("*", "**"):
                self.star(index)
            elif token.string in ("def", "class") and self.string(index + 2) == "[":
                self.definition(index)
            elif token.type == tokenize.NAME and self.starts_statement(index):
                self.statement(index)

    def statement(self, index: int) -> None:
        """A statement that begins with a name."""
        word, following = self.code[index].string, self.string(index + 1)
        if word == "except":
            self.handler(index)
        elif word == "lazy" and following in ("import", "from"):
            self.lazy(index)
        elif word == "type" and self.is_name(index + 1) and self.string(index + 2) in ("[", "="):
            self.alias(index)

    # tokens

    def string(self, index: int) -> str:
        return self.code[index].string if 0 <= index < len(self.code) else ""

    @cached_property
    def brackets(self) -> tuple[list[int], dict[int, int]]:
        """The innermost bracket around each token (or -1), and each opening bracket's closing one."""
        around: list[int] = []
        partner: dict[int, int] = {}
        stack = [-1]
        for index, token in enumerate(self.code):
            if token.type == tokenize.OP and token.string in _CLOSING:
                if len(stack) == 1:
                    raise syntax_error(f"unmatched '{token.string}'", self.text, token.start)
                partner[stack.pop()] = index
            around.append(stack[-1])
            if token.type == tokenize.OP and token.string in _OPENING:
                stack.append(index)
                if len(stack) > MOST_BRACKETS:
                    raise syntax_error("too many nested parentheses", self.text, token.start)
        if len(stack) > 1:
            raise syntax_error("a bracket was never closed", self.text, self.code[stack[-1]].start)
        return around, partner

    def around(self, index: int) -> int:
        return self.brackets[0][index]

    def partner(self, index: int) -> int:
        return self.brackets[1][index]

    def first(self, words: Sequence[str], index: int) -> int:
        """The first token, from `index` on, that is one of the words or ends the bracket or the line it stands in."""
        while index < len(self.code):
            token = self.code[index]
            if token.string in words or token.type == tokenize.NEWLINE:
                return index
            if token.type == tokenize.OP and token.string in _CLOSING:
                return index
            index = self.partner(index) + 1 if index in self.brackets[1] else index + 1
        return index

    def starts_statement(self, index: int) -> bool:
        if self.around(index) != -1:
            return False
        return not index or self.code[index - 1].type == tokenize.NEWLINE or self.string(index - 1) in (";", ":")

    def is_name(self, index: int) -> bool:
        name = self.string(index)
        return name.isidentifier() and not keyword.iskeyword(name)

    def span(self, first: int, end: int) -> tuple[int, int]:
        """From where the token `first` starts to where the last before `end` ends."""
        if first >= end:
            raise syntax_error("invalid syntax", self.text, self.code[min(first, len(self.code) - 1)].start)
        return self.code[first].start, self.code[end - 1].end

    def put(self, index: int, text: str, end: int | None = None) -> None:
        """Put `text` over the beginning of a token, and blanks over the rest, up to `end`."""
        start = self.code[index].start
        end = self.code[index].end if end is None else end
        if end - start < len(text) or "\n" in self.text[start : start + len(text)]:
            raise syntax_error("invalid syntax", self.text, start)
        blanks = _blanks(self.text[start:end])
        width = sum(map(len, blanks[: len(text)]))
        self.found.patches.append(Patch(start, end, text.ljust(width) + "".join(blanks[len(text) :])))

    def stand_in(self, start: int, end: int, kind: Kind) -> None:
        """Let an empty tuple stand for an expression."""
        blanks = _blanks(self.text[start:end])
        blanks[0], blanks[-1] = f"({blanks[0][1:]}", f"{blanks[-1][1:]})"
        self.found.patches.append(Patch(start, end, "".join(blanks), kind))

    # expressions

    def strings(self, index: int) -> None:
        """The literals from a token on that are joined to one string, if one of them is formatted."""
        joined: list[Literal] = []
        while index < len(self.code) and (literal := self.literal_at.pop(self.code[index].start, None)):
            joined.append(literal)
            index = bisect_left(self.code, literal.end, key=lambda token: token.start)
        if any(literal.is_formatted for literal in joined):
            start, end = joined[0].start, joined[-1].end
            self.found.patches.append(
                Patch(start, end, _called_string(self.text[start:end]), Kind.STRINGS, tuple(joined))
            )

    def star(self, index: int) -> None:
        if index and self.string(index - 1) in _OPENING:
            end = self.first((",", "for", "async"), index + 1)
            if self.string(end) in ("for", "async"):
                kind = Kind.STARRED if self.string(index) == "*" else Kind.UNPACKED
                self.stand_in(*self.span(index, end), kind)
                return
        if self.string(index) == "*" and (self.is_subscript(index) or self.is_annotation(index)):
            self.stand_in(*self.span(index, self.first((",", "="), index + 1)), Kind.STARRED)

    def is_subscript(self, index: int) -> bool:
        """Whether a star begins an item of a subscript."""
        opening = self.around(index)
        if opening < 1 or self.string(opening) != "[" or (index - 1 != opening and self.string(index - 1) != ","):
            return False
        before = self.code[opening - 1]
        if before.type == tokenize.NAME:
            is_pattern = before.string in ("match", "case") and self.starts_statement(opening - 1)
            return not keyword.iskeyword(before.string) and not is_pattern
        return before.type == tokenize.STRING or before.string in _CLOSING

    def is_annotation(self, index: int) -> bool:
        """Whether a star begins the annotation of a parameter that is starred, too."""
        return (
            self.string(self.around(index)) == "("
            and self.string(index - 1) == ":"
            and self.string(index - 3) == "*"
            and self.string(index - 2).isidentifier()
        )

    # statements

    def definition(self, index: int) -> None:
        """`def name[T](...)`, `class Name[T]`: the first bracket becomes that of the parameters, or of the bases."""
        opening = index + 2
        closing = self.partner(opening)
        if self.string(closing + 1) not in (("(",) if self.string(index) == "def" else ("(", ":")):
            raise syntax_error("invalid syntax", self.text, self.code[closing].end)
        is_async = self.string(index - 1) == "async"
        self.found.parameters[self.code[index - is_async].start] = list(self.type_parameters(opening))
        self.put(opening, "(", self.code[closing].start)
        self.put(*((closing, " ", self.code[closing + 1].end) if self.string(closing + 1) == "(" else (closing, ")")))

    def alias(self, index: int) -> None:
        """`type Name[T] = ...` becomes `_ = Name[0] = ...`."""
        self.found.aliases.add(self.code[index].start)
        self.put(index, "_ =", self.code[index + 1].start)
        if self.string(index + 2) == "[":
            closing = self.partner(index + 2)
            self.found.parameters[self.code[index].start] = list(self.type_parameters(index + 2))
            self.put(index + 3, "0", self.code[closing].start)

    def lazy(self, index: int) -> None:
        """`lazy import name` becomes `pass;import name`."""
        self.found.lazy_imports[self.code[index + 1].start] = self.code[index].start
        self.put(index, "pass;", self.code[index + 1].start)

    def handler(self, index: int) -> None:
        """`except* A:`, `except A, B:`"""
        first = index + 1
        if self.string(first) == "*":
            self.found.starred_handlers.add(self.code[index].start)
            self.put(first, " ")
            first += 1
        comma = self.first((",", ":", "as", "lambda"), first)
        if self.string(comma) == ",":
            self.stand_in(*self.span(first, self.header_end(comma)), Kind.TUPLE)

    def header_end(self, index: int) -> int:
        """The colon that ends a header; a name for the exception is not taken with several types."""
        end = self.first((":", "as", "lambda"), index)
        if self.string(end) != ":":
            raise syntax_error("multiple exception types must be parenthesized", self.text, self.code[index].start)
        return end

    def type_parameters(self, opening: int) -> Iterator[TypeParameter]:
        index, closing = opening + 1, self.partner(opening)
        while index < closing:
            end = self.first((",",), index)
            yield self.type_parameter(index, end)
            index = end + 1

    def type_parameter(self, index: int, end: int) -> TypeParameter:
        start, stop = self.span(index, end)
        stars = self.string(index) if self.string(index) in ("*", "**") else ""
        named = index + bool(stars)
        equals = self.first(("=", ","), named)
        equals = min(equals, end)
        has_bound = self.string(named + 1) == ":"
        if not self.string(named).isidentifier() or (equals != named + 1 and not has_bound):
            raise syntax_error("invalid type parameter", self.text, start)
        bound = self.span(named + 2, equals) if has_bound else None
        default = self.span(equals + 1, end) if equals < end else None
        return TypeParameter(start, stop, stars, self.string(named), bound, default)


def _called_string(text: str) -> str:
    """A string, or the call of one, that has the extent of `text`: unlike a name it can follow none."""
    if len(text) == _SHORTEST:
        return '" "'
    blanks = _blanks(text)
    blanks[:2] = '""'
    opening = next(index for index in range(2, len(text)) if text[index] != "\n")
    blanks[opening], blanks[-1] = f"({blanks[opening][1:]}", ")"
    return "".join(blanks)


def _blanks(text: str) -> list[str]:
    """For each character as many blanks as it has bytes in UTF-8, for `ast` counts these; line breaks stay."""
    return ["\n" if character == "\n" else " " * len(character.encode("utf-8", "surrogatepass")) for character in text]
