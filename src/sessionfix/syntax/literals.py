"""The string literals of a text, with what is in those that are formatted (PEP 701: anything, quotes and comments too).

`tokenize` sees into them from Python 3.12 on, and into templates (PEP 750) from 3.14 on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

MOST_NESTED = 150  # CPython's own limit

_START = r"(?P<prefix>(?<!\w)(?:[bfrtuBFRTU]|[rR][bftBFT]|[bftBFT][rR]))?(?P<quote>'''|\"\"\"|'|\")"
_IN_MODULE = re.compile(rf"#[^\r\n]*|{_START}")
_IN_FIELD = re.compile(rf"#[^\r\n]*|{_START}|(?P<operator>[!=<>]=|[()\[\]{{}}!:=])")
_CONVERSION = re.compile(r"(\w+)\s*")


@dataclass(frozen=True)
class Text:
    """A run of characters in a formatted literal: `written` is the source, but with single braces."""

    start: int
    end: int
    written: str


@dataclass(frozen=True)
class Field:
    """A replacement field, from brace to brace; its expression reaches to `=`, `!`, `:` or the closing brace."""

    start: int
    end: int
    expression: tuple[int, int]
    shown_end: int | None = None  # the end of `x=` in `{x=}`
    conversion: str = ""
    spec: tuple[Text | Field, ...] | None = None
    spec_start: int = 0


Parts = tuple[Text | Field, ...]


@dataclass(frozen=True)
class Literal:
    """One literal, from its prefix to its closing quotes; only one that is formatted has parts."""

    start: int
    end: int
    prefix: str
    quote: str
    parts: Parts = ()

    @property
    def is_formatted(self) -> bool:
        return "f" in self.prefix or self.is_template

    @property
    def is_template(self) -> bool:
        return "t" in self.prefix

    @property
    def is_raw(self) -> bool:
        return "r" in self.prefix


def literals(text: str) -> list[Literal]:
    """All literals in the order in which they begin, those in replacement fields too; raises SyntaxError."""
    scanner = _Scanner(text)
    scanner.run()
    return sorted(scanner.found, key=lambda literal: literal.start)


def syntax_error(message: str, text: str, offset: int) -> SyntaxError:
    """The error for a place in a text."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return SyntaxError(message, ("<unknown>", before.count("\n") + 1, len(before) - before.rfind("\n"), None))


@cache
def _plain(quote: str) -> re.Pattern[str]:
    newline = "" if len(quote) == 3 else r"|(?P<newline>[\r\n])"
    return re.compile(rf"\\(?:\r\n|[\s\S])|(?P<quote>{quote}){newline}")


@cache
def _formatted(quote: str, *, is_raw: bool, in_spec: bool) -> re.Pattern[str]:
    """What ends, or interrupts, the text of a formatted literal; before a brace a backslash is only a backslash."""
    named = "" if is_raw else r"\\N\{[^{}\r\n]*\}|"
    doubled = "" if in_spec else r"|(?P<doubled>\{\{|\}\})"
    newline = "" if len(quote) == 3 else r"|(?P<newline>[\r\n])"
    return re.compile(rf"{named}\\(?:\r\n|[^{{}}]){doubled}|(?P<open>\{{)|(?P<close>\}})|(?P<quote>{quote}){newline}")


@dataclass
class _Scanner:
    text: str
    found: list[Literal] = field(default_factory=list)
    level: int = 0

    def run(self) -> None:
        position = 0
        while match := _IN_MODULE.search(self.text, position):
            position = self.literal(match) if match["quote"] else match.end()

    def literal(self, match: re.Match[str]) -> int:
        """Read the literal that begins there; returns its end."""
        prefix, quote = (match["prefix"] or "").lower(), match["quote"]
        parts: Parts = ()
        if "f" in prefix or "t" in prefix:
            parts, end = self.formatted(match, prefix, quote)
        else:
            end = self.plain_end(match, quote)
        self.found.append(Literal(match.start(), end, prefix, quote, parts))
        return end

    def plain_end(self, opening: re.Match[str], quote: str) -> int:
        position = opening.end()
        while match := _plain(quote).search(self.text, position):
            position = match.end()
            if match.lastgroup == "quote":
                return position
            if match.lastgroup == "newline":
                break
        raise syntax_error("unterminated string literal", self.text, opening.start())

    def formatted(self, opening: re.Match[str], prefix: str, quote: str) -> tuple[Parts, int]:
        self.level += 1
        if self.level > MOST_NESTED:
            raise syntax_error("too many nested f-strings", self.text, opening.start())
        parts, closing = self.parts(opening.end(), _Style(quote, "r" in prefix))
        if closing.lastgroup != "quote":
            raise syntax_error("f-string: unterminated, or a single '}'", self.text, closing.start())
        self.level -= 1
        return parts, closing.end()

    def parts(self, start: int, style: _Style, *, in_spec: bool = False) -> tuple[Parts, re.Match[str]]:
        """The text and fields from `start` on, and what ends them: quotes, a newline or a closing brace."""
        parts: list[Text | Field] = []
        position = written_from = start
        written = ""
        pattern = _formatted(style.quote, is_raw=style.is_raw, in_spec=in_spec)
        while match := pattern.search(self.text, position):
            position = match.end()
            if match.lastgroup == "doubled":
                written += self.text[written_from : position - 1]
                written_from = position
            elif match.lastgroup:
                written += self.text[written_from : match.start()]
                if match.start() > start:
                    parts.append(Text(start, match.start(), written))
                if match.lastgroup != "open":
                    return tuple(parts), match
                parts.append(self.field(match.start(), style))
                start = position = written_from = parts[-1].end
                written = ""
        raise syntax_error("unterminated f-string literal", self.text, start)

    def field(self, start: int, style: _Style) -> Field:
        """The field whose opening brace is at `start`."""
        mark = self.after_expression(start + 1)
        expression = (start + 1, mark.start())
        shown_end, conversion = None, ""
        if mark["operator"] == "=":
            mark = self.after_expression(mark.end())
            shown_end = mark.start()
        if mark["operator"] == "!":
            named = _CONVERSION.match(self.text, mark.end())
            conversion = named[1] if named else ""
            mark = self.after_expression(named.end() if named else mark.end())
            if conversion not in ("s", "r", "a"):
                raise syntax_error("f-string: invalid conversion character", self.text, mark.start())
        if mark["operator"] == "}":
            return Field(start, mark.end(), expression, shown_end, conversion)
        if mark["operator"] != ":":
            raise syntax_error("f-string: expecting '}'", self.text, mark.start())
        spec, closing = self.parts(mark.end(), style, in_spec=True)
        if closing.lastgroup != "close":
            raise syntax_error("f-string: expecting '}'", self.text, closing.start())
        return Field(start, closing.end(), expression, shown_end, conversion, spec, mark.start())

    def after_expression(self, position: int) -> re.Match[str]:
        """The `=`, `!`, `:` or closing brace that is in no bracket of the expression from `position` on."""
        depth = 0
        while match := _IN_FIELD.search(self.text, position):
            position = self.literal(match) if match["quote"] else match.end()
            operator = match["operator"] or ""
            if not depth and operator in ("=", "!", ":", "}"):
                return match
            depth += (operator in ("(", "[", "{")) - (operator in (")", "]", "}"))
            if depth < 0:
                raise syntax_error(f"f-string: unmatched '{operator}'", self.text, match.start())
        raise syntax_error("f-string: expecting '}'", self.text, position)


@dataclass(frozen=True)
class _Style:
    """How a formatted literal is quoted, which is also how the text in its format specifications ends."""

    quote: str
    is_raw: bool
