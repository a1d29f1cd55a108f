"""Runs sessionfix as a command, and reads what it reports."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import click

from sessionfix.outcomes import ExitCode


class JsonFix(TypedDict):
    """The part of a fix that is read here."""

    applicability: str


class JsonLocation(TypedDict):
    """The part of a location that is read here."""

    row: int


class JsonFinding(TypedDict):
    """The part of a finding in sessionfix's JSON that is read here."""

    filename: str
    code: str
    message: str
    location: JsonLocation
    certainty: str
    fix: JsonFix | None


@dataclass(frozen=True)
class Run:
    """How a run of sessionfix ended."""

    stdout: str
    exit_code: int
    seconds: float


def run_sessionfix(cwd: Path, *arguments: str) -> Run:
    """Run the command in `cwd`, and pass on what it says of errors; raises ClickException if there is no report."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "sessionfix", "--quiet", *arguments],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    seconds = time.perf_counter() - start
    click.echo(done.stderr, nl=False, err=True)
    if done.returncode == ExitCode.ERROR and not done.stdout:
        raise click.ClickException("sessionfix made no report")
    return Run(done.stdout, done.returncode, seconds)
