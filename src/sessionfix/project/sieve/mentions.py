"""Where a name stands in a file's code, and whether it matters there.

Most mentions of a factory do not: its definition, its import, and above all `with factory():`. They are told by the
line that they stand in. What can't be told matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.project.sieve.entering import closing, entry_of
from sessionfix.project.sieve.leaving import is_read_after

_IN_NAME = re.compile(rb"[\w\x80-\xff]")
_CALLED = re.compile(rb"[ \t\f]*\(")
_DEFINING = re.compile(rb"\b(def|class)[ \t\f]+$")
_IMPORT = re.compile(rb"(?<![\w\x80-\xff])import(?![\w\x80-\xff])")
_LISTED = re.compile(rb"[\w\s.,(\x80-\xff]*")
_RENAMED = re.compile(rb"[ \t\f]+as\b")
_QUIET = re.compile(rb"[.:]|[ \t]*=(?!=)|[ \t\f]+import\b")  # looked into, a key, given a value, a module
_BEFORE_STATEMENT = re.compile(rb"[ \t\f]*")
_READ_OFF = re.compile(rb"[ \t\f]*\.")
_MEMBER = re.compile(rb"[ \t\f]*\.(?![ \t\f]*__class__\b)")
_DISCARDED = re.compile(rb"[ \t\f]*(?:\n|\Z)")
_DECORATED = re.compile(rb"[ \t\f]*@[ \t]*(?:[\w\x80-\xff]+\.)*")
_ALONE = re.compile(rb"[ \t]*\n")
_HEADER = re.compile(rb"[^>\n]*?\)[ \t]*(->[^\n]*)?:[ \t]*\n")
_YIELDING = re.compile(rb"->\s*[\"']?(?:[\w.]+\.)?(?:Async)?(?:Iterator|Generator)\b[^|]*$")
_LINE = re.compile(rb"^([ \t\f]*)(?:(?:async[ \t\f]+)?(class|def)\b|[^\s])", re.MULTILINE)
_LONGEST = 100_000  # bytes of a line
_FAR = 20_000  # bytes above a definition in which the class is looked for
_DEFINED = re.compile(rb"^([ \t\f]*)(async[ \t\f]+)?def[ \t\f]+([\w\x80-\xff]+)", re.MULTILINE)


@dataclass(frozen=True)
class Decorated:
    """A function under a decorator; `is_member`: of a class, `is_global`: of a module or a function; in doubt both.

    `is_told_plainly`: it is not annotated, or as what yields.
    """

    name: str
    is_async: bool
    is_member: bool
    is_global: bool
    is_told_plainly: bool


@dataclass(frozen=True)
class Mention:
    """A place in a file's code where a name stands."""

    code: bytes
    start: int
    end: int

    @property
    def before(self) -> bytes:
        """What stands before the name in its line; of a line that nobody would write, the end."""
        earliest = max(0, self.start - _LONGEST)
        line = self.code.rfind(b"\n", earliest, self.start) + 1
        return self.code[line : self.start] if line or not earliest else b"?" + self.code[earliest : self.start]

    @property
    def is_attribute(self) -> bool:
        return self.before.rstrip(b" \t\f").endswith(b".")

    @property
    def is_plain(self) -> bool:
        """Whether the name alone is read as a value."""
        return not self.is_attribute and not self.is_call

    @property
    def is_call(self) -> bool:
        return _CALLED.match(self.code, self.end) is not None

    @property
    def is_definition(self) -> bool:
        return _DEFINING.search(self.code, max(0, self.start - 100), self.start) is not None

    @property
    def is_imported(self) -> bool:
        """Whether an import names it."""
        before = self.before
        end = len(before)
        while (found := before.rfind(b"import", 0, end)) >= 0:
            keyword, end = _IMPORT.match(before, found), found
            if keyword is not None:
                return _LISTED.fullmatch(before, keyword.end()) is not None
        return False

    @property
    def is_import(self) -> bool:
        """Whether an import names it, and under this name."""
        return self.is_imported and not _RENAMED.match(self.code, self.end)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing comes of it: an import, a definition, an attribute that is looked into or given a value."""
        return bool(_QUIET.match(self.code, self.end)) or self.is_import or self.is_definition

    @property
    def is_quiet_type(self) -> bool:
        """The same of a class, which an annotation may name."""
        return bool(_MEMBER.match(self.code, self.end)) or self.is_import or self.is_definition

    def enters(self, *, is_async: bool, blocks_matter: bool) -> bool:
        """Whether it is called as an item of a `with` (of an `async with`), and nothing else comes of it.

        `blocks_matter`: it may not give its session a name.
        """
        entry = entry_of(self.code, self.start, self.end)
        if entry is None or entry.is_async != is_async:
            return False
        if entry.name is None:
            return True
        return not blocks_matter and not is_read_after(self.code, entry.start, entry.end, entry.name)

    @property
    def is_entered(self) -> bool:
        """Whether it is called as an item of a `with`."""
        return entry_of(self.code, self.start, self.end) is not None

    @property
    def is_dropped(self) -> bool:
        """Whether what its call returns gets no other name: it is discarded, or an attribute of it is read."""
        call = _CALLED.match(self.code, self.end)
        end = closing(self.code, call.end() - 1) if call else None
        if end is None:
            return False
        is_statement = _BEFORE_STATEMENT.fullmatch(self.before) and _DISCARDED.match(self.code, end)
        return bool(is_statement or _READ_OFF.match(self.code, end))

    def decorated(self, source: bytes) -> Decorated | None:
        """The function that it decorates, by a line of its own; `source` is the code with all its texts."""
        if not _DECORATED.fullmatch(self.before) or not _ALONE.match(self.code, self.end):
            return None
        found = _DEFINED.search(self.code, self.end)
        if found is None:
            return None
        header = _HEADER.match(self.code, found.end())
        annotation = source[header.start(1) : header.end(1)] if header and header[1] else None
        is_told_plainly = header is not None and (annotation is None or _YIELDING.search(annotation) is not None)
        owner = _owner(self.code, found.start(), len(found[1]))
        name = found[3].decode(errors="replace")
        return Decorated(name, bool(found[2]), owner in (b"class", b"?"), owner != b"class", is_told_plainly)


def _owner(code: bytes, start: int, indentation: int) -> bytes:
    """What a definition is part of, `class` or `def`, or neither; `?` if that is far away.

    Goes from line to line upward, always to one that is indented less.
    """
    earliest = max(0, start - _FAR)
    for line in reversed(list(_LINE.finditer(code, earliest, start))):
        if len(line[1]) < indentation:
            indentation = len(line[1])
            if line[2]:
                return bytes(line[2])
    return b"?" if indentation and earliest else b""


def mentions(code: bytes, name: bytes) -> Iterator[Mention]:
    """Every place in which a name stands."""
    for found in re.finditer(re.escape(name), code):
        start, end = found.span()
        if not _IN_NAME.match(code, end) and not (start and _IN_NAME.match(code, start - 1)):
            yield Mention(code, start, end)
