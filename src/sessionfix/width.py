"""How many processes pay."""

from __future__ import annotations

import os
from pathlib import Path

from sessionfix.checking import Checker
from sessionfix.targets import Job

# A process more costs 20 ms where it is forked, and 300 ms where all is imported and read again. It is spared some 2 s
# for each megabyte that is looked at, less what two processes do twice, of the modules that both look into.
_LEAST_FORKED = 300_000
_LEAST_SPAWNED = 1_000_000
_MOST = 8  # if nobody says how many: each holds some 100 megabytes
_LIMIT = 61  # of Windows


def width_of(job: Job, checker: Checker) -> int:
    """How many processes to use: as many as the settings say, or else as pay for what has to be read."""
    if job.settings.jobs == 1:
        return 1
    todo = [path for path in map(Path, job.targets) if checker.needs_look(path)]
    if job.settings.jobs is not None:
        return min(job.settings.jobs, len(todo), _LIMIT)
    least = _LEAST_FORKED if hasattr(os, "fork") else _LEAST_SPAWNED
    return min(_processors(), _MOST, len(todo), sum(map(checker.size, todo)) // least)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
