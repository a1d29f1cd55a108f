"""Times commands as whole processes, in turns, so that a busy minute slows all of them."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Contender:
    """A command that runs in `folder`; `before` is done ahead of each run, and is not timed.

    `rival` is the label of the contender that it is compared with, which may be itself.
    """

    label: str
    rival: str
    command: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str]
    before: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Ratio:
    """How many times as long as its rival a contender took: the median of all rounds, and the extremes."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def timed(contender: Contender, limit: float) -> float | None:
    """The seconds that one run takes; None if they exceed the limit. Raises RuntimeError if the command breaks off."""
    contender.before()
    start = time.perf_counter()
    try:
        done = subprocess.run(
            contender.command,
            cwd=contender.folder,
            env=dict(contender.variables),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return None
    seconds = time.perf_counter() - start
    if done.returncode not in range(64):  # by a signal, or by a shell
        raise RuntimeError(f"{contender.label}: exit code {done.returncode}: {done.stderr!r}")
    return seconds


def in_turns(contenders: Sequence[Contender], rounds: int, limit: float) -> dict[str, list[float]]:
    """The seconds of each contender, by its label, after two runs that fill the caches: the second keeps its answer.

    One that takes longer than the limit is not run again, and has fewer.
    """
    ready = [one for one in contenders if all(timed(one, limit) is not None for _ in range(2))]
    seconds: dict[str, list[float]] = {contender.label: [] for contender in contenders}
    for _ in range(rounds):
        for contender in ready:
            taken = timed(contender, limit)
            if taken is not None:
                seconds[contender.label].append(taken)
    return seconds


def ratio(seconds: Sequence[float], rival: Sequence[float]) -> Ratio | None:
    """The ratio of the two, round by round; None without a round."""
    ratios = [own / other for own, other in zip(seconds, rival, strict=False)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios)) if ratios else None
