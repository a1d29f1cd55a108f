"""Texts that LibCST does not give back byte for byte, in a disguise which it does give back.

It loses form feeds before the code of a line, line endings that are bare carriage returns, and blank lines at the end.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.lines import split_lines
from sessionfix.syntax.tokens import tokens

_TO_FORM_FEED = re.compile(r"[ \t\f]*\f")
_BLANK_END = re.compile(r"(\r\n|\n|\r)[ \t\f\r\n]*\Z")
_BARE_RETURN = re.compile(r"\r(?!\n)")
_SIGN = "\ue000form feed "  # from the area for private use: no text that holds it is put in disguise
_SIGNED = re.compile(rf"[ \t]*#{_SIGN}(\d+)\n")


@dataclass(frozen=True)
class Disguised:
    """`text` is what LibCST is to read; `reveal` turns what it gives back, edited or not, into what is meant."""

    text: str
    feeds: tuple[str, ...]
    has_bare_returns: bool
    end: str

    def reveal(self, text: str) -> str:
        """The text without its disguise."""
        text = _SIGNED.sub(lambda found: self.feeds[int(found[1])], text)
        return (text.replace("\n", "\r") if self.has_bare_returns else text) + self.end


def is_sign(comment: str) -> bool:
    """Whether a comment stands for a form feed."""
    return comment.startswith(f"#{_SIGN}")


def needs_disguise(text: str) -> bool:
    """Whether a text may be one that LibCST does not give back, its end aside."""
    return "\f" in text or _SIGN in text or text.startswith("\ufeff") or _BARE_RETURN.search(text) is not None


def disguised(text: str) -> Disguised:
    """The disguise of `text`, which may be none; raises SyntaxError or tokenize.TokenError where it is no Python."""
    if _SIGN in text:
        return Disguised(text, (), has_bare_returns=False, end="")
    has_bare_returns = "\r" in text and "\n" not in text
    text, end = _without_end(text)
    if has_bare_returns:
        text = text.replace("\r", "\n")
    lines = split_lines(text)
    feeds: list[str] = []
    for row in _first_rows(text) if "\f" in text else ():
        before = _TO_FORM_FEED.match(lines[row - 1])
        if before is not None:
            code = lines[row - 1][before.end() :]
            indentation = code[: len(code) - len(code.lstrip(" \t"))]
            lines[row - 1] = f"{indentation}#{_SIGN}{len(feeds)}\n{code}"
            feeds.append(before.group())
    return Disguised("".join(lines), tuple(feeds), has_bare_returns, end)


def _without_end(text: str) -> tuple[str, str]:
    """A text, and the blank lines below its last line."""
    end = _BLANK_END.search(text)
    return (text[: end.end(1)], text[end.end(1) :]) if end is not None else (text, "")


def _first_rows(text: str) -> Iterator[int]:
    """The rows in which a statement, a clause or a comment of its own line begins, in no bracket and no string."""
    depth, is_first = 0, True
    for token in tokens(text, newline=""):
        if token.type in (tokenize.NEWLINE, tokenize.NL):
            is_first = depth == 0
        elif token.type not in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            if is_first:
                yield token.start[0]
            is_first = False
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
