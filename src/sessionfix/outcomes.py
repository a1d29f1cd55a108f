"""What became of the targets of a run, and which exit code follows."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from pathlib import Path

from sessionfix.diagnostics import Applicability, FileResult, Finding
from sessionfix.files import FileError, SourceFile


class Mode(enum.Enum):
    """What a run does with what it finds."""

    CHECK = "check"
    WRITE = "write"
    DIFF = "diff"


class ExitCode(enum.IntEnum):
    """The meanings are ruff's."""

    CLEAN = 0
    FINDINGS = 1
    ERROR = 2


@dataclass(frozen=True)
class Outcome:
    """One target: what is known about it, its bytes, and its bytes rewritten (None: there is nothing to write).

    One that was `passed_over` was not parsed: in its bytes no name stands that may be a factory's.
    """

    result: FileResult
    before: bytes = b""
    after: bytes | None = None
    encoding: str = "utf-8"
    notes: tuple[str, ...] = ()
    passed_over: bool = False

    @property
    def left(self) -> tuple[Finding, ...]:
        """The findings that the rewrite does not mend."""
        return tuple(finding for finding in self.result.findings if not finding.fixed)

    @property
    def mended(self) -> tuple[Finding, ...]:
        """The findings that the rewrite mends."""
        return tuple(finding for finding in self.result.findings if finding.fixed)

    def not_written(self, reason: str) -> Outcome:
        """The same target, left as it was for `reason`."""
        findings = tuple(replace(finding, fixed=False) for finding in self.result.findings)
        return replace(self, result=replace(self.result, findings=findings, error=reason), after=None)


def outcome_of(source: SourceFile, result: FileResult) -> Outcome:
    """The outcome of a file that was read; the text of a clean one is let go, as all of them would fill the memory."""
    if not result.findings and result.error is None:
        return Outcome(replace(result, text=""))
    outcome = Outcome(result, before=source.content, encoding=source.encoding)
    if result.fixed_text is None:
        return outcome
    try:
        return replace(outcome, after=source.encode(result.fixed_text))
    except FileError as error:
        return outcome.not_written(str(error))


@dataclass(frozen=True)
class KeptBackup:
    """Where a run's backups lie, and the command that brings them back."""

    folder: Path
    undo_command: str


@dataclass(frozen=True)
class Report:
    """All that a reporter needs. `silent` counts the targets without an outcome, clean as the cache knows."""

    outcomes: tuple[Outcome, ...]
    mode: Mode
    cwd: Path
    backups: tuple[KeptBackup, ...] = ()
    color: bool = False
    quiet: bool = False
    silent: int = 0

    @property
    def checked(self) -> int:
        """How many files the report is about."""
        return len(self.outcomes) + self.silent

    @property
    def findings(self) -> tuple[tuple[Outcome, Finding], ...]:
        """The findings to report, by path and place: all of them, or those that the rewrite leaves."""
        pairs = [
            (outcome, finding)
            for outcome in self.outcomes
            for finding in (outcome.result.findings if self.mode is Mode.CHECK else outcome.left)
        ]
        return tuple(sorted(pairs, key=lambda pair: (str(pair[1].path), pair[1].span, pair[1].code)))

    @property
    def mended(self) -> tuple[Finding, ...]:
        """The findings that the rewrites mend."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.mended)

    @property
    def rewritten(self) -> tuple[Outcome, ...]:
        """The targets that are, or would be, rewritten."""
        return tuple(outcome for outcome in self.outcomes if outcome.after is not None)

    @property
    def errors(self) -> tuple[Outcome, ...]:
        """The targets that something went wrong with."""
        return tuple(outcome for outcome in self.outcomes if outcome.result.error is not None)

    def exit_code(self, *, exit_zero: bool = False, exit_non_zero_on_fix: bool = False) -> ExitCode:
        """2 for errors; else 1 for what is left to do, or was done where that counts; else 0."""
        if self.errors:
            return ExitCode.ERROR
        if exit_non_zero_on_fix and self.mode is Mode.WRITE and self.rewritten:
            return ExitCode.FINDINGS
        is_clean = not self.findings and not (self.mode is Mode.DIFF and self.rewritten)
        return ExitCode.CLEAN if is_clean or exit_zero else ExitCode.FINDINGS


def applicability_of(finding: Finding) -> Applicability | None:
    """How far the finding's fix can be trusted; None where it has none."""
    return finding.fix.applicability if finding.fix else None
