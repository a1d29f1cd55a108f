"""Where a name stands in a file's bytes, and whether it matters there.

Most mentions of a factory do not: its definition, its import, and above all `with factory():`. They are told by the
line that they stand in. What can't be told matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.project.sieve.leaving import is_read_after

_IN_NAME = re.compile(rb"[\w\x80-\xff]")
_CALLED = re.compile(rb"(?:[ \t\f\\\n]|#[^\n]*\n)*\(")
_BLANK = rb"[ \t\f]|\\\n"  # no newline: a call may follow a comment that ends with `the class`
_DEFINING = re.compile(rb"\b(def|class)(?:" + _BLANK + rb")+$")
_IMPORT = re.compile(rb"(?<![\w\x80-\xff])import(?![\w\x80-\xff])")
_LISTED = re.compile(rb"(?:[\w.,\x80-\xff]|" + _BLANK + rb")*")
_LISTED_IN_BRACKETS = re.compile(rb"(?:" + _BLANK + rb")*\((?:[\w\s,\x80-\xff]|\\\n|#[^\n]*\n)*")
_NO_COMMENT = re.compile(rb"[\"'{]")  # it may be a line of a text, which ends there or has a field
_RENAMED = re.compile(rb"[\s\\]+as\b")
_QUIET = re.compile(rb"""["'.:]|[ \t]*=(?!=)""")  # part of a text, looked into, a key, given a value
_RECEIVER = rb"(?:[\w.\x80-\xff]|\([^()\"'#]*\)|\[[^\[\]\"'#]*\])*"
_ENTERING = re.compile(
    rb"[ \t\f]*(async[ \t]+)?with[ \t]+(?:" + _RECEIVER + rb"(?:[ \t]+as[ \t]+[\w.]+)?[ \t]*,[ \t]*)*" + _RECEIVER
)
_ENTERED = re.compile(rb"[ \t]*(?:[:,]|as[ \t]+([\w\x80-\xff]+)[ \t]*[:,])")
_PART = re.compile(rb"""[()]|"[^"\\\n{}]*"|'[^'\\\n{}]*'|[^()"'#{}]+""")
_ALONE = re.compile(rb"[ \t]*(?:#|\n)")
_DECORATED = re.compile(rb"[ \t\f]*@[ \t]*(?:[\w\x80-\xff]+\.)*$")
_HEADER = re.compile(rb"[^>#]*?\)[ \t]*(->[^\n#]*)?:[ \t]*(?:#[^\n]*)?\n")
_YIELDING = re.compile(rb"->[ \t]*[\"']?(?:[\w.]+\.)?(?:Async)?(?:Iterator|Generator)\b[^|]*$")
_LONG_TEXT = re.compile(rb"""\'\'\'|\"\"\"""")
_DEFINED = re.compile(rb"^([ \t\f]*)(async[\s\\]+)?def[\s\\]+([\w\x80-\xff]+)", re.MULTILINE)


@dataclass(frozen=True)
class Decorated:
    """A function under a decorator; `is_indented`: it may be a method.

    `is_told_plainly`: it is not annotated, or as what yields.
    """

    name: str
    is_async: bool
    is_indented: bool
    is_told_plainly: bool


@dataclass(frozen=True)
class Mention:
    """A place where a name stands."""

    text: bytes
    start: int
    end: int

    @property
    def before(self) -> bytes:
        """What stands before the name in its line."""
        return self.text[self.text.rfind(b"\n", 0, self.start) + 1 : self.start]

    @property
    def is_attribute(self) -> bool:
        return self.text[: self.start].endswith(b".") or self.before.rstrip(b" \t\f\\").endswith(b".")

    @property
    def is_plain(self) -> bool:
        """Whether the name alone is read as a value."""
        return not self.is_attribute and not self.is_call

    @property
    def is_call(self) -> bool:
        return _CALLED.match(self.text, self.end) is not None

    @property
    def is_definition(self) -> bool:
        return _DEFINING.search(self.text, max(0, self.start - 100), self.start) is not None

    @property
    def is_comment(self) -> bool:
        before = self.before
        return before.lstrip().startswith(b"#") and not _NO_COMMENT.search(before)

    @property
    def is_imported(self) -> bool:
        """Whether an import names it."""
        end = self.start
        while (found := self.text.rfind(b"import", 0, end)) >= 0:
            keyword, end = _IMPORT.match(self.text, found), found
            if keyword is not None:
                lists = (_LISTED, _LISTED_IN_BRACKETS)
                return any(one.fullmatch(self.text, keyword.end(), self.start) for one in lists)
        return False

    @property
    def is_import(self) -> bool:
        """Whether an import names it, and under this name."""
        return self.is_imported and not _RENAMED.match(self.text, self.end)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing comes of it: an import, a text, an attribute that is looked into or given a value."""
        return bool(_QUIET.match(self.text, self.end)) or self.is_import or self.is_comment or self.is_definition

    def enters(self, *, is_async: bool, blocks_matter: bool) -> bool:
        """Whether it is called as an item of a `with` (of an `async with`), and nothing else comes of it.

        `blocks_matter`: it may not give its session a name.
        """
        found = _ENTERING.fullmatch(self.before)
        if found is None or bool(found[1]) != is_async:
            return False
        end = self._closing()
        entered = _ENTERED.match(self.text, end) if end is not None else None
        if entered is None or entered[1] is None:
            return entered is not None
        return not blocks_matter and not is_read_after(
            self.text, self.start - len(self.before), entered.end(), entered[1]
        )

    def _closing(self) -> int | None:
        """The end of the call, if there is nothing difficult in it."""
        opening = _CALLED.match(self.text, self.end)
        depth, position = 1, opening.end() if opening else len(self.text)
        while depth and (part := _PART.match(self.text, position)):
            depth += {b"(": 1, b")": -1}.get(part[0], 0)
            position = part.end()
        return position if depth == 0 else None

    def decorated(self) -> Decorated | None:
        """The function that it decorates, by a line of its own."""
        if not _DECORATED.fullmatch(self.before) or not _ALONE.match(self.text, self.end):
            return None
        found = _DEFINED.search(self.text, self.end)
        if found is None or _LONG_TEXT.search(self.text, self.end, found.start()):
            return None
        header = _HEADER.match(self.text, found.end())
        is_told_plainly = header is not None and (header[1] is None or _YIELDING.search(header[1]) is not None)
        return Decorated(found[3].decode(errors="replace"), bool(found[2]), bool(found[1]), is_told_plainly)


def mentions(text: bytes, name: bytes) -> Iterator[Mention]:
    """Every place in which a name stands."""
    for found in re.finditer(re.escape(name), text):
        start, end = found.span()
        if not _IN_NAME.match(text, end) and not (start and _IN_NAME.match(text, start - 1)):
            yield Mention(text, start, end)
