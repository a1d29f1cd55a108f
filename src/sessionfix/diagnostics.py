"""What sessionfix says about a file: frozen, plain data, without syntax trees.

Rows and columns count from 1; columns count characters, as editors and ruff's JSON do.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path


class Applicability(enum.Enum):
    """How far a fix can be trusted (the terms are ruff's)."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class Certainty(enum.Enum):
    """How a finding is known: the chain resolves, or only the names agree."""

    CERTAIN = "certain"
    PROBABLE = "probable"


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file."""

    row: int
    column: int


@dataclass(frozen=True, order=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: Position
    end: Position


@dataclass(frozen=True)
class ChainStep:
    """One step of how a call was followed to its factory."""

    path: Path
    row: int
    text: str


@dataclass(frozen=True)
class Edit:
    """Replace what `span` covers with `content`."""

    content: str
    span: Span


@dataclass(frozen=True)
class Fix:
    """A rewrite that mends one finding.

    `imports` is the name that has to be imported for it, `decorates` the row of a function whose decorators change.
    """

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...] = ()
    imports: str | None = None
    decorates: int | None = None


@dataclass(frozen=True)
class Finding:
    """One wrong use of a factory.

    `span` covers the factory call. Either `fix` or `refusal` is set: a fix, or why there is none. `fixed` says
    that the rewrite is part of `FileResult.fixed_text`. `commits_at_exit` names the factory, if it commits: then the
    rewrite brings writes to life that were never made.
    """

    code: str
    message: str
    path: Path
    span: Span
    last_row: int  # of the statement: an ignore comment may stand there too
    chain: tuple[ChainStep, ...]
    certainty: Certainty
    fix: Fix | None = None
    refusal: str | None = None
    fixed: bool = False
    commits_at_exit: str | None = None


@dataclass(frozen=True)
class FileResult:
    """All that is known about one target file.

    `text` is the decoded source, `fixed_text` the proved rewrite of it (None: nothing to write). `error` is set
    if the file could not be read or parsed, or if a rewrite failed its proof; then the exit code is 2.
    """

    path: Path
    text: str = ""
    findings: tuple[Finding, ...] = ()
    fixed_text: str | None = None
    error: str | None = None
