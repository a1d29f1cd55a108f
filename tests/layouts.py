"""The same program in other layouts: comments, blank lines, indentation steps, continuations and line endings."""

from __future__ import annotations

import io
import itertools
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Choose = Callable[[int], int]  # a number below the argument; 0 is the simplest choice

STEPS = ("    ", "  ", "\t", " ", "        ", "\t ", "   \t")
BLANKS = ("", "", "    ", " ", "\t", "            ", "\f")
ENDINGS = ("\n", "\r\n", "\r")
REMARKS = (
    "# {}",
    "#: {}",
    "# noqa: E501 {}",
    "# pragma: no cover {}",
    "# pylint: disable=c{}",
    "# fmt: skip {}",
    "# سلام 🙂 {}",
    "#",
)
UNTOUCHED = (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
OPENING, CLOSING = "([{", ")]}"
STARTS, ENDS = {"FSTRING_START", "TSTRING_START"}, {"FSTRING_END", "TSTRING_END"}  # from Python 3.12 on


@dataclass
class Layout:
    """Lays a program out anew, asking `choose` at every turn. `is_tidy`: only in what a formatter leaves alone."""

    choose: Choose
    is_tidy: bool = False
    steps: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def lay_out(self, text: str) -> str:
        """A text of the same syntax tree; `text` has four spaces a step, and line feeds."""
        self.steps.clear()
        done = "".join(self.line(line) for line in logical_lines(text))
        if self.is_tidy:
            return done
        if self.chance(6):
            done = done.rstrip("\n")
        return self.with_endings(done)

    def chance(self, one_in: int) -> bool:
        return self.choose(one_in) == one_in - 1

    def pick(self, options: tuple[str, ...]) -> str:
        return options[self.choose(len(options))]

    def remark(self) -> str:
        return self.pick(REMARKS if not self.is_tidy else REMARKS[:-1]).format(next(self.numbers))

    def with_endings(self, text: str) -> str:
        kind = self.choose(6)
        if kind < len(ENDINGS):
            return text.replace("\n", ENDINGS[kind])
        if kind == len(ENDINGS):
            return "".join(line.replace("\n", self.pick(ENDINGS[:2])) for line in text.splitlines(keepends=True))
        return text

    def line(self, words: list[Word]) -> str:
        """One logical line, with what stands above it, or what ends the suites before it."""
        above = ""
        for word in words:
            if word.kind == tokenize.DEDENT:
                above += self.own_lines(5, "".join(self.steps))
                self.steps.pop()
            elif word.kind == tokenize.INDENT:
                self.steps.append(self.pick(STEPS) if not self.is_tidy else STEPS[0])
        indentation = "".join(self.steps)
        code = [word for word in words if word.kind not in UNTOUCHED]
        if not code:
            return above
        above += self.own_lines(3, indentation)
        feed = "\f" if not self.is_tidy and self.chance(40) else ""
        return above + feed + indentation + self.code(code)

    def own_lines(self, one_in: int, indentation: str) -> str:
        """Comments and blank lines."""
        lines = ""
        while self.chance(one_in):
            blank = self.pick(BLANKS) if not self.is_tidy else ""
            lines += f"{blank}\n" if self.chance(2) else f"{indentation}{self.remark()}\n"
        return lines

    def code(self, words: list[Word]) -> str:
        done, depth = "", 0
        for word in words:
            if word.kind == tokenize.NEWLINE:
                return done + (f"  {self.remark()}" if self.chance(4) else "") + "\n"
            done += (self.gap(word.gap, depth) if done else "") + word.text
            if word.kind == tokenize.OP:
                depth += (word.text in OPENING) - (word.text in CLOSING)
        return done

    def gap(self, gap: str, depth: int) -> str:
        """What stands between two words of a line."""
        if depth and not self.is_tidy and self.chance(30):
            remark = f"  {self.remark()}" if self.chance(2) else ""
            return f"{remark}\n{' ' * self.choose(12)}"
        if gap == " " and not depth and not self.is_tidy and self.chance(40):
            return f" \\\n{' ' * self.choose(12)}"
        return gap


@dataclass(frozen=True)
class Word:
    """A token, or a whole f-string, with what stands before it in its line."""

    kind: int
    text: str
    gap: str


def logical_lines(text: str) -> Iterator[list[Word]]:
    """The words of each logical line, without the comments that end lines or have lines of their own."""
    starts = [0, *itertools.accumulate(map(len, text.splitlines(keepends=True)))]
    line: list[Word] = []
    last, depth = 0, 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
        is_inner = depth > 0
        depth += name in STARTS
        depth -= name in ENDS
        if token.type in (tokenize.NL, tokenize.COMMENT):
            continue
        if is_inner:
            word = line.pop()
            line.append(Word(word.kind, text[last - len(word.text) : end], word.gap))
        else:
            line.append(Word(token.type, text[start:end], text[last:start]))
        last = end
        if token.type == tokenize.NEWLINE:
            yield line
            line = []
    yield line
