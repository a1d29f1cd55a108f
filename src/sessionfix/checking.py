"""Check one file after the other, each against the whole project."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sessionfix.diagnostics import FileResult
from sessionfix.files import FileError, SourceFile, is_too_large, read_source
from sessionfix.outcomes import Outcome, outcome_of
from sessionfix.project.asked import Asked
from sessionfix.project.packages import Packages
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve, Sieved
from sessionfix.project.trail import Question
from sessionfix.rules import uses_of
from sessionfix.selection import ALL, DEFAULT, selected_codes
from sessionfix.settings import Settings
from sessionfix.targets import Job

if TYPE_CHECKING:
    from sessionfix.project import Project


@dataclass(frozen=True)
class Counts:
    """How many files were read, how many targets needed no look, and how often one was parsed: by `ast`, by LibCST."""

    read: int
    left_out: int
    parsed: int
    parsed_by_libcst: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(own + its for own, its in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Counts) -> Counts:
        return Counts(*(own - its for own, its in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        return (
            f"{self.read} files read, {self.left_out} left out by the names in them; "
            f"parsed: {self.parsed} by ast, {self.parsed_by_libcst} by LibCST"
        )


@dataclass(frozen=True)
class Work:
    """What was asked of the project's files to tell some outcomes, and how far they were looked into.

    `sieved` is what was first told from all files together then.
    """

    asked: Asked
    sieved: Sieved
    counts: Counts


class Checker:
    """Checks one file after the other against one project.

    Raises SettingsError or SelectionError at once where the job's settings can't be used; a file's fault is an outcome.
    """

    def __init__(self, job: Job, sieved: Sieved | None = None) -> None:
        self._job = job
        self._unsafe = job.settings.unsafe_fixes
        self._codes = _CodesByFile(job.settings, job.root)
        self._setup = setup_of(job)
        self._sieve = Sieve(self._setup, uses=uses_of(self._codes.all), sieved=sieved)
        self._opened: Project | None = None
        self._answers: dict[str, frozenset[Question]] = {}  # what was asked for each
        self._elsewhere = Work(Asked(), Sieved(), Counts(0, 0, 0, 0))
        self._left_out = 0
        self._with_findings = 0

    @property
    def _project(self) -> Project:
        """The project, made when the first file is looked at: often there is none.

        To follow every call of a few files takes a fraction of the time that the search for suspect names would.
        """
        if self._opened is None:
            from sessionfix.project import Project

            self._opened = Project(self._setup, sieve=self._sieve, follows_all=self._job.is_small)
        return self._opened

    @property
    def asked(self) -> Asked:
        """What was asked of the project's files for the answers about those that were looked at."""
        asked = Asked()
        asked.add(self._elsewhere.asked)
        asked.add(self._sieve.asked)
        if self._opened is not None:
            asked.add(self._opened.asked(self._answers))
        return asked

    def asked_for(self, paths: Collection[Path]) -> Asked:
        """The same for some of these."""
        return self.asked.only(frozenset(map(str, paths)))

    @property
    def sieved(self) -> Sieved:
        """What the files that need no look were told by."""
        return self._sieve.sieved

    def may_tell_otherwise(self, before: Sieved, changed: Collection[str]) -> bool:
        """Whether `take_up` has to read all files."""
        return self._sieve.may_tell_otherwise(before, changed)

    def take_up(self, before: Sieved, changed: Collection[str]) -> bool:
        """Go on from what files were told by before some were changed; whether that holds."""
        return self._sieve.take_up(before, changed)

    @property
    def counts(self) -> Counts:
        """How far the files were looked into so far."""
        parsed = self._sieve.parsed + (self._opened.parsed if self._opened else 0)
        return Counts(self._sieve.read, self._left_out, parsed, self._with_findings) + self._elsewhere.counts

    def take_over(self, work: Work) -> None:
        """Count as this checker's what another one did."""
        self._elsewhere.asked.add(work.asked)
        self._sieve.learn(work.sieved)
        self._elsewhere = replace(self._elsewhere, counts=self._elsewhere.counts + work.counts)

    def size(self, path: Path) -> int:
        """A file's size in bytes."""
        return self._sieve.size([path])

    def needs_look(self, path: Path | str) -> bool:
        """Whether a file has to be parsed to tell its outcome; few targets all are, for their errors."""
        return (self._job.is_small and not is_too_large(path)) or self._sieve.may_have_sites(path)

    def prepare(self) -> None:
        """Load what every file that needs a look does, for all processes that are forked from this one."""
        from sessionfix import fixer  # noqa: F401

        _ = self._project

    def check(self, path: Path) -> Outcome:
        """The outcome for the file at `path`; one that can have no site may be passed over."""
        if not self.needs_look(path):
            self._left_out += 1
            return Outcome(FileResult(path), passed_over=True)
        try:
            return self.check_source(read_source(path))
        except FileError as error:
            return Outcome(FileResult(path, error=str(error)))

    def check_source(self, source: SourceFile) -> Outcome:
        """The outcome for a file that was read already."""
        from sessionfix.fixer import check_file  # with all that analyses: 50 ms that a clean run need not pay

        codes = self._codes.of(source.path)
        try:
            self._project.trail.restart()
            result = check_file(self._project, source.path, source.text, codes=codes, unsafe=self._unsafe)
            self._answers[str(source.path)] = self._project.trail.questions
        except Exception as error:  # noqa: BLE001  # one file's fault must not end the run
            reason = f"fault of sessionfix: {type(error).__name__}: {error}"
            return Outcome(FileResult(source.path, source.text, error=reason))
        self._with_findings += bool(result.findings)
        return outcome_of(source, result)


def setup_of(job: Job) -> Setup:
    """The project that a job is about."""
    settings, environment = job.settings, job.environment
    return Setup(
        job.root,
        job.files,
        [job.root / each for each in settings.src],
        settings.factories,
        settings.contextmanager_decorators,
        Packages(environment.folders, environment.mapped) if environment else None,
    )


class _CodesByFile:
    """The codes that are asked for, less what `per-file-ignores` has for a file."""

    def __init__(self, settings: Settings, root: Path) -> None:
        self.all = selected_codes((*(settings.select or (DEFAULT,)), *settings.extend_select), settings.ignore)
        self._file_ignores = [
            (ignores, self.all - selected_codes((ALL,), prefixes)) for ignores, prefixes in settings.file_ignores(root)
        ]

    def of(self, path: Path) -> frozenset[str]:
        codes = self.all
        for ignores, ignored in self._file_ignores:
            if ignores.ignore(str(path)):
                codes -= ignored
        return codes
