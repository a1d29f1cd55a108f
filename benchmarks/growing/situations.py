"""The commands that are measured, and one run of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from sessionfix.outcomes import ExitCode

MEGABYTE = 1 << 20
STOPPED = -9  # the exit code of a run that took too long, whatever the system says of it
_REPORTED = re.compile(rb"^\S+:\d+:\d+: SF\d+", re.MULTILINE)


@dataclass(frozen=True)
class Situation:
    """A command; where it is `repeated`, it runs once before it is measured, and leaves a cache."""

    name: str
    arguments: tuple[str, ...]
    repeated: bool = False


CHECKED = Situation("check", ("--check", "--no-cache"))
REPEATED = Situation("check again", ("--check",), repeated=True)
WRITTEN = Situation("write", ("--write", "--no-backup"))


@dataclass(frozen=True)
class Run:
    """How one run of sessionfix ended.

    `seconds` is the processor time of all its processes, and `megabytes` the most that the largest of them held; where
    the system does not tell them, they are `wall`, the time on the clock, and None. `reported` counts the findings.
    """

    seconds: float
    wall: float
    megabytes: float | None
    reported: int
    exit_code: int

    @property
    def was_stopped(self) -> bool:
        return self.exit_code == STOPPED


def run_in(project: Path, situation: Situation, limit: float) -> Run:
    """Run the command on the project; one that takes longer than the limit, in seconds, is stopped."""
    if situation.repeated:
        first = _run(project, situation.arguments, limit)
        if first.was_stopped:
            return first
    return _run(project, situation.arguments, limit)


def _run(project: Path, arguments: tuple[str, ...], limit: float) -> Run:
    command = [sys.executable, "-m", "sessionfix", *arguments, "--output-format", "concise", "."]
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=project, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        timer = threading.Timer(limit, _stop, [process])
        timer.start()
        seconds, megabytes = _usage(process)
        wall = time.perf_counter() - start
        timer.cancel()
        output.seek(0)
        text = output.read()
    reported = len(_REPORTED.findall(text))
    exit_code = process.returncode if wall < limit else STOPPED
    if exit_code == ExitCode.FINDINGS and not reported:
        raise click.ClickException(f"sessionfix made no report: {text.decode(errors='replace')}")
    return Run(wall if seconds is None else seconds, wall, megabytes, reported, exit_code)


def _usage(process: subprocess.Popen[bytes]) -> tuple[float | None, float | None]:
    """Wait for the process; its processor time and memory where the system tells them."""
    if not hasattr(os, "wait4"):
        process.wait()
        return None, None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / MEGABYTE


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and those that it started."""
    if not hasattr(os, "killpg"):
        process.kill()
        return
    with suppress(ProcessLookupError):  # it has just ended
        os.killpg(process.pid, signal.SIGKILL)
