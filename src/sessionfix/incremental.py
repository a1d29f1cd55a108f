"""Check what may have changed since the last run, and take the rest from the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sessionfix.cache.folder import CacheFolder
from sessionfix.cache.key import key_of
from sessionfix.cache.recall import are_where_they_were, recalled
from sessionfix.cache.record import Record, packed, unpacked
from sessionfix.cache.stamps import Moment, digest
from sessionfix.cache.stats import stats_of
from sessionfix.diagnostics import FileResult
from sessionfix.files import CANNOT_BE_PARSED, FileError, read_source
from sessionfix.outcomes import Outcome, outcome_of
from sessionfix.targets import Job

if TYPE_CHECKING:
    from sessionfix.again import Again


def check_all(
    job: Job, say: Callable[[str], None], all_known: Callable[[Record], None] | None = None
) -> Iterator[Outcome]:
    """The outcomes of the job's targets, after those of folders that can't be listed; `say` is told about the cache.

    Targets have none that the cache knows to be clean: thousands of them would take their time. Once all are told, and
    all were known before, `all_known` is given the record that knew.
    Raises what `runner.check_all` raises, before the first outcome.
    """
    if job.settings.no_cache:
        from sessionfix import runner

        return runner.check_all(job, say=say)
    return _Cached(job, say, all_known).check_all()


class _Cached:
    """One run with a cache: what it finds there, and what it adds."""

    def __init__(self, job: Job, say: Callable[[str], None], all_known: Callable[[Record], None] | None) -> None:
        self._job = job
        self._say = say
        self._all_known = all_known
        self._moment = Moment()
        self._stats = stats_of(job.files)
        self._folder = CacheFolder.of(job.root, job.settings.cache_dir)
        self._key = key_of(job.root, job.settings, job.environment)
        content = self._folder.load(self._key)
        self._before = (unpacked(content, self._key) if content is not None else None) or Record()
        self._kept, self._changed = recalled(self._before, job.files, self._stats)
        self._again: Again | None = None
        self._results: list[FileResult] = []
        self._passed_over: set[str] = set()

    def check_all(self) -> Iterator[Outcome]:
        if self._changed:
            self._again = self._taken_up()
            self._kept = self._again.kept
        silent = self._kept.clean if self._job.is_small else self._kept.clean | self._kept.passed_over
        rest = [path for path in self._job.targets if path not in silent]
        shown = self._shown(rest)
        todo = tuple(path for path in rest if path not in shown)
        self._say(f"cache: {self._job.size - len(todo)} of {self._job.size} files are as they were")
        is_known = bool(silent or shown) and not todo and not self._job.unlisted
        checked = iter(()) if is_known else self._checked(todo)
        for path in (*(str(each.path) for each in self._job.unlisted), *rest):
            yield shown[path] if path in shown else next(checked)
        yield from checked  # nothing, but the end of it: then it is known what was asked
        self._store()
        if is_known and self._again is None and self._all_known is not None:
            self._all_known(self._kept)

    def _taken_up(self) -> Again:
        """What goes on where the last run ended; it takes much to be imported."""
        from sessionfix.again import take_up

        return take_up(self._job, self._kept, self._changed)

    def _shown(self, paths: Sequence[str]) -> dict[str, Outcome]:
        """The outcomes of the files in which something was found before."""
        unsure = frozenset[str]() if self._job.is_small else self._kept.few
        found = [self._kept.found[path] for path in paths if path in self._kept.found and path not in unsure]
        digests = self._kept.own.digest_by_file() if found else {}
        outcomes = ((str(result.path), _with_text(result, digests)) for result in found)
        return {path: outcome for path, outcome in outcomes if outcome is not None}

    def _checked(self, todo: tuple[str, ...]) -> Iterator[Outcome]:
        """The outcomes of targets that must be looked at; those that a later run may rely on are kept."""
        from sessionfix import runner  # with all that analyses: most of the time that a run takes to start

        self._again = self._again or self._taken_up()
        for outcome in runner.check_all(replace(self._job, targets=todo), self._again.checker, self._say):
            if outcome.passed_over:
                self._passed_over.add(str(outcome.result.path))
            elif _is_told_by_content(outcome.result):
                self._results.append(replace(outcome.result, text=""))
            yield outcome

    def _store(self) -> None:
        if self._again is not None and not self._again.is_lasting:
            return
        record = self._record() if self._has_looked else self._kept
        if record == self._before or (not self._has_looked and record.is_nearly(self._before)):
            return
        if self._again is not None:
            record = replace(record, grounds=self._again.grounds(record))
        reason = self._obstacle(record) or self._folder.store(
            self._key, lambda clock: packed(record.trusted(self._moment.by(clock)), self._key)
        )
        if reason is not None:
            self._say(f"cache: not stored: {reason}")

    @property
    def _has_looked(self) -> bool:
        return bool(self._results or self._passed_over)

    def _obstacle(self, record: Record) -> str | None:
        """Why the record may be of other files than those that there were when their stats were taken."""
        if self._has_looked and stats_of(self._job.files) != self._stats:
            return "files were changed meanwhile"
        if not record.beyond.is_trusted(self._moment.clock) or not are_where_they_were(record.modules, record.folders):
            return "installed packages were changed a moment ago"
        return None

    def _record(self) -> Record:
        """What was kept, with all that this run has added."""
        assert self._again is not None
        asked, kept = self._again.checker.asked, self._again.kept
        outside = tuple(sorted({*kept.beyond.files, *asked.beyond}))
        found = {str(each.path): each for each in self._results if each != FileResult(each.path)}
        clean = {str(each.path) for each in self._results} - found.keys()
        few = {file for file, result in found.items() if result.error is not None} if self._job.is_small else set()
        passed_over = (kept.passed_over | self._passed_over) - clean
        return Record(
            kept.own,
            kept.beyond.now(outside, stats_of(outside)),
            kept.clean | clean,
            passed_over,
            {**kept.found, **found},
            (kept.few - found.keys() | few) - passed_over,
            {**kept.modules, **asked.modules},
            folders={**kept.folders, **asked.folders},
        )


def _with_text(result: FileResult, digests: Mapping[str, str]) -> Outcome | None:
    """The outcome for a result and the file's text; None if that is no longer the one of the digest."""
    try:
        source = read_source(result.path)
    except FileError:
        return None
    if digest(source.content) != digests[str(result.path)]:
        return None
    return outcome_of(source, replace(result, text=source.text))


def _is_told_by_content(result: FileResult) -> bool:
    """Whether a result follows from the content of files; a fault, or too little memory, may be gone the next time."""
    return result.error is None or (bool(result.text) and result.error.startswith(CANNOT_BE_PARSED))
