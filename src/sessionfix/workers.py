"""Check the targets of a job in several processes, where that pays; the outcomes are the same, in the same order."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from sessionfix.checking import Checker, Work
from sessionfix.diagnostics import FileResult
from sessionfix.outcomes import Outcome
from sessionfix.project.sieve.sieve import Sieved
from sessionfix.targets import Job

DIED = "the process that checked it ended without an answer: it was killed, or out of memory"

_CHUNKS_EACH = 4  # so that one with much to do does not keep the others waiting; its files lie beside one another

_checker: ContextVar[Checker] = ContextVar("the checker of a worker")

Chunk = tuple[Path, ...]


@dataclass(frozen=True)
class _Answer:
    """The outcomes of a chunk, and what was done for them."""

    outcomes: tuple[Outcome, ...]
    work: Work | None = None


def check_in_parallel(job: Job, checker: Checker, width: int, start_method: str | None = None) -> Iterator[Outcome]:
    """The outcomes of the job's targets, as `checker` would give them; it takes over what is done for them.

    Files whose process dies have an outcome with an error. However this ends, no process is left.
    """
    todo = [path for path in map(Path, job.targets) if checker.needs_look(path)]
    crew = _Crew(job, checker, start_method or _start_method())
    answers = crew.spread(_chunks(todo, [checker.size(path) for path in todo], width), width)
    found = (outcome for answer in answers for outcome in _told(answer, checker))
    looked_at = set(todo)
    for path in map(Path, job.targets):
        yield next(found) if path in looked_at else checker.check(path)


def _told(answer: _Answer, checker: Checker) -> tuple[Outcome, ...]:
    if answer.work is not None:
        checker.take_over(answer.work)
    return answer.outcomes


def _start_method() -> str:
    """Processes are forked where that is safe: on Linux, as long as there are no threads."""
    is_safe = sys.platform == "linux" and threading.active_count() == 1
    return "fork" if is_safe else "spawn"


def _chunks(paths: Sequence[Path], sizes: Sequence[int], width: int) -> list[Chunk]:
    """The paths in their order, in parts of about the same size."""
    most = sum(sizes) / (width * _CHUNKS_EACH)
    chunks: list[list[Path]] = []
    room = 0.0
    for path, size in zip(paths, sizes, strict=True):
        if not chunks or room < size / 2:
            chunks.append([])
            room = most
        chunks[-1].append(path)
        room -= size
    return [tuple(chunk) for chunk in chunks]


@dataclass(frozen=True)
class _Crew:
    """The processes that check a job. One that is forked has the checker as it is, others make one of their own."""

    job: Job
    checker: Checker
    start_method: str

    def spread(self, chunks: Sequence[Chunk], width: int) -> Iterator[_Answer]:
        """The answers for the chunks, in their order; those that are lost with a process are asked for one by one."""
        done = 0
        try:
            for answer in self._answers(chunks, width):
                yield answer
                done += 1
        except BrokenProcessPool:
            for path in (path for chunk in chunks[done:] for path in chunk):
                yield from self._alone(path)

    def _alone(self, path: Path) -> Iterator[_Answer]:
        """The answer for one file, from a process that does nothing else, and has all the memory there is."""
        try:
            yield from self._answers([(path,)], 1)
        except BrokenProcessPool:
            yield _Answer((Outcome(FileResult(path, error=DIED)),))

    def _answers(self, chunks: Sequence[Chunk], width: int) -> Iterator[_Answer]:
        """The answers up to the first that is lost; raises BrokenProcessPool then."""
        with self._pool(width) as pool:
            for future in [pool.submit(_check, chunk) for chunk in chunks]:
                yield future.result()

    @contextmanager
    def _pool(self, width: int) -> Iterator[ProcessPoolExecutor]:
        """Processes that end at once where the block is left early."""
        context = multiprocessing.get_context(self.start_method)
        others = set(multiprocessing.active_children())
        if self.start_method == "fork":
            self.checker.prepare()
            pool = ProcessPoolExecutor(width, context, _use, (self.checker,))
        else:
            pool = ProcessPoolExecutor(width, context, _begin, (self.job, self.checker.sieved))
        try:
            yield pool
        except BaseException:
            for process in set(multiprocessing.active_children()) - others:
                process.kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


# what a worker does


def _begin(job: Job, sieved: Sieved) -> None:
    _use(Checker(job, sieved))


def _use(checker: Checker) -> None:
    """Prepare a worker. It leaves it to the process that started it to end it, and ends with that process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # see collector.py
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _checker.set(checker)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _check(chunk: Chunk) -> _Answer:
    checker = _checker.get()
    counts, sieved = checker.counts, checker.sieved
    outcomes = tuple(map(checker.check, chunk))
    return _Answer(outcomes, Work(checker.asked_for(chunk), checker.sieved.besides(sieved), checker.counts - counts))
