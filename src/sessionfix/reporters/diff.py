"""Unified diffs that `patch -p1` and `git apply` accept, made of bytes: encodings and newlines stay what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sessionfix.files import shown_path
from sessionfix.outcomes import Outcome, Report

NO_NEWLINE = b"\n\\ No newline at end of file\n"


def render(report: Report) -> bytes:
    """The diffs of all files that a rewrite changes."""
    return b"".join(
        unified_diff(shown_path(outcome.result.path, report.cwd), outcome.before, after)
        for outcome in report.rewritten
        if (after := outcome.after) is not None
    )


def shown_diff(outcome: Outcome, name: str) -> str:
    """One file's diff for reading."""
    if outcome.after is None:
        return ""
    return unified_diff(name, outcome.before, outcome.after).decode(outcome.encoding, "replace").replace("\r", "")


def unified_diff(name: str, before: bytes, after: bytes) -> bytes:
    """The diff of the file `name`, which is relative and has forward slashes."""
    return b"".join(_with_line_ends(_diff_lines(name, before, after)))


def _diff_lines(name: str, before: bytes, after: bytes) -> Iterator[bytes]:
    import difflib  # only a run with rewrites needs it

    return difflib.diff_bytes(
        difflib.unified_diff, _lines(before), _lines(after), _label(f"a/{name}"), _label(f"b/{name}"), lineterm=b"\n"
    )


def _lines(content: bytes) -> list[bytes]:
    # only "\n" ends a line for patch and git, unlike for splitlines
    return re.findall(rb"[^\n]*\n|[^\n]+", content)


def _with_line_ends(lines: Iterator[bytes]) -> Iterator[bytes]:
    return (line if line.endswith(b"\n") else line + NO_NEWLINE for line in lines)


def _label(name: str) -> bytes:
    """The name as git writes it: in quotes if it needs them, and ended by a tab if it has blanks."""
    raw = name.encode("utf-8", "surrogateescape")
    if re.search(rb'[\x00-\x1f"\\\x7f]', raw):
        return b'"' + re.sub(rb'[\x00-\x1f"\\\x7f]', lambda match: b"\\%03o" % match[0][0], raw) + b'"'
    return raw + b"\t" if b" " in raw else raw
