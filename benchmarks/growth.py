"""Measures how the time and the memory of `sessionfix --write` grow with the size and the shape of a file.

    python benchmarks/growth.py [--repeat N] [--at-most SIZE] [AXIS ...]

All files are made up, in a temporary folder. benchmarks/README.md says what the numbers mean.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

FACTORY = """\
from contextlib import contextmanager

from store import Store


@contextmanager
def get_session():
    session = Store()
    try:
        yield session
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()
"""
HEAD = "from db import get_session\n\n\n"
MEGABYTE = 1 << 20
LONGEST_BAR = 40
STARTUPS_TO_COUNT = 1.5  # a run below so many start-ups says nothing about growth


@dataclass(frozen=True)
class Axis:
    """One way in which a file grows: what is counted, how far, and the source of each size."""

    name: str
    unit: str
    sizes: tuple[int, ...]
    source: Callable[[int], str]


@dataclass(frozen=True)
class Run:
    """How one run of sessionfix ended; `megabytes` is the most that it held, None where that is not known."""

    seconds: float
    megabytes: float | None
    exit_code: int


@dataclass(frozen=True)
class Point:
    """All runs of one size of an axis."""

    size: int
    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def megabytes(self) -> float | None:
        known = [run.megabytes for run in self.runs if run.megabytes is not None]
        return statistics.median(known) if known else None

    @property
    def exit_codes(self) -> str:
        return ",".join(sorted({str(run.exit_code) for run in self.runs}))


# Sources


def _site(number: int, name: str = "session", row: str = "") -> list[str]:
    """Four lines with one session of its own; what it adds is new, unless a `row` is named."""
    return [
        f"{name} = get_session()",
        f"{name}.add({row or f'Row({number})'})",
        f"total = {name}.count({number})",
        f"{name}.close()",
    ]


def _plain(number: int) -> str:
    """A line that has nothing to do with sessions."""
    return f"value_{number % 13} = [row_{number % 7}, {number}, helper(value, key={number})]"


def _indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in lines]


def _function(name: str, body: Iterable[str]) -> str:
    parameters = ", ".join(f"row_{number}" for number in range(7))
    return "\n".join([f"def {name}({parameters}):", *_indented(body), ""])


def _file(functions: Iterable[str]) -> str:
    return HEAD + "\n\n".join(functions)


def many_sites(sites: int) -> str:
    """A function a site, 20 lines each."""
    return _file(
        _function(f"job_{number}", [*map(_plain, range(6)), *_site(number), *map(_plain, range(6)), "return total"])
        for number in range(sites)
    )


def many_lines(lines: int) -> str:
    """50 sites in functions of their own, and as many plain functions of 20 lines as are needed."""
    plain = (_function(f"plain_{number}", map(_plain, range(17))) for number in range(max(0, lines - 20 * 50) // 20))
    return many_sites(min(50, lines // 20)) + "\n\n" + "\n\n".join(plain)


def in_sequence(sites: int) -> str:
    """One function with one session after the other, all of one name."""
    return _file([_function("job", (line for number in range(sites) for line in _site(number)))])


def in_sequence_by_name(sites: int) -> str:
    """One function with one session after the other, each with a name of its own."""
    return _file([_function("job", (line for number in range(sites) for line in _site(number, f"session_{number}")))])


def sharing(sites: int) -> str:
    """One function with one session after the other, to which the same objects are added: their blocks overlap."""
    return _file([_function("job", (line for number in range(sites) for line in _site(number, row="row_1")))])


def nested(sites: int) -> str:
    """One function that opens all its sessions first and closes them last."""
    names = [f"session_{number}" for number in range(sites)]
    opened = [f"{name} = get_session()" for name in names]
    used = [f"{name}.add(row_1)" for name in names]
    return _file([_function("job", [*opened, *used, *(f"{name}.close()" for name in reversed(names))])])


def overlapping(pairs: int) -> str:
    """Functions with three sessions each that share a suite: each function takes three rounds."""
    body = [
        *(f"{name} = get_session()" for name in "abc"),
        *(f"{name}.add(row_{number})" for number, name in enumerate("abc")),
        *(f"{name}.close()" for name in "abc"),
    ]
    return _file(_function(f"job_{number}", body) for number in range(pairs))


def one_session_in_long_function(statements: int) -> str:
    """One session whose block reaches over all statements of its function."""
    body = (f"session.add({_plain(number).partition(' = ')[2]})" for number in range(statements))
    return _file([_function("job", ["session = get_session()", *body, "session.close()"])])


def some_sessions_in_long_function(statements: int) -> str:
    """Ten sessions in one function, with plain statements between them."""
    parts = [[*map(_plain, range(statements // 10 - 4)), *_site(number)] for number in range(10)]
    return _file([_function("job", (line for part in parts for line in part))])


def values_in_long_function(statements: int) -> str:
    """A function that gives each value which it reads from its session a name of its own."""
    body = (f"value_{number} = session.get({number})" for number in range(statements))
    return _file([_function("job", ["session = get_session()", *body, "session.close()"])])


def deep(depth: int) -> str:
    """One session below so many `if`s."""
    headers = [f"{'    ' * level}if row_{level % 7}:" for level in range(depth)]
    return _file([_function("job", [*headers, *_indented(_site(1), depth)])])


def in_loops(depth: int) -> str:
    """One session whose block holds so many loops, one in the other."""
    headers = [f"{'    ' * level}for row_{level % 7} in session.read({level}):" for level in range(depth)]
    body = [*headers, f"{'    ' * depth}session.add(row_0)"]
    return _file([_function("job", ["session = get_session()", *body, "session.close()"])])


def terms(count: int) -> str:
    """A file with one session and an expression of so many terms."""
    return _file([_function("job", _site(1)), _function("sums", ["return " + " + ".join(["row_1"] * count)])])


def elements(count: int) -> str:
    """A file with one session and a list of so many numbers in one line."""
    return _file([_function("job", _site(1))]) + "\n\nNUMBERS = [" + "12345, " * count + "]\n"


AXES = (
    Axis("sites", "site", (1, 10, 50, 100, 200, 500, 1000, 2000), many_sites),
    Axis("lines", "line", (500, 1000, 2000, 5000, 10000, 20000, 50000), many_lines),
    Axis("sequence", "site", (1, 10, 25, 50, 100, 200), in_sequence),
    Axis("sequence-by-name", "site", (1, 10, 25, 50, 100, 200), in_sequence_by_name),
    Axis("sharing", "site", (1, 10, 25, 50, 100, 200), sharing),
    Axis("nested", "site", (1, 2, 5, 10, 15, 50), nested),
    Axis("overlapping", "function", (1, 10, 50, 100, 200, 500), overlapping),
    Axis("long-block", "statement", (10, 100, 500, 1000, 2000, 20000), one_session_in_long_function),
    Axis("long-function", "statement", (100, 500, 1000, 2000, 20000), some_sessions_in_long_function),
    Axis("many-values", "statement", (10, 100, 500, 1000, 2000), values_in_long_function),
    Axis("depth", "level", (1, 10, 20, 50, 90), deep),
    Axis("loops", "level", (1, 2, 4, 8, 12, 16), in_loops),
    Axis("terms", "term", (10, 50, 100, 200, 500, 5000), terms),
    Axis("elements", "element", (100, 1000, 10000, 50000, 150000), elements),
)


# Runs


@click.command()
@click.argument("names", metavar="[AXIS ...]", nargs=-1, type=click.Choice([axis.name for axis in AXES]))
@click.option("--repeat", default=3, show_default=True, type=click.IntRange(1), help="Runs of each size.")
@click.option("--at-most", default=sys.maxsize, type=click.IntRange(1), help="Leave out the sizes above this.")
def main(names: tuple[str, ...], *, repeat: int, at_most: int) -> None:
    """Measure all axes, or those that are named."""
    axes = [axis for axis in AXES if not names or axis.name in names]
    with tempfile.TemporaryDirectory(prefix="growth-") as temporary:
        workplace = Path(temporary).resolve()
        startup = Point(1, tuple(_run(workplace, many_sites(1)) for _ in range(repeat))).seconds
        click.echo(f"a file with one site: {startup:.2f} s")
        for axis in axes:
            _say(axis, _measured(workplace, axis, repeat, at_most), startup)


def _measured(workplace: Path, axis: Axis, repeat: int, at_most: int) -> list[Point]:
    """Run every size `repeat` times, in an order of its own each time, so that a busy minute spoils no one size."""
    sizes = [size for size in axis.sizes if size <= at_most]
    sources = {size: axis.source(size) for size in sizes}
    runs: dict[int, list[Run]] = {size: [] for size in sizes}
    shuffled = random.Random(axis.name)
    for _ in range(repeat):
        for size in shuffled.sample(sizes, len(sizes)):
            runs[size].append(_run(workplace, sources[size]))
    return [Point(size, tuple(found)) for size, found in runs.items()]


def _run(workplace: Path, source: str) -> Run:
    """Run the command on a fresh project with this one file."""
    with tempfile.TemporaryDirectory(dir=workplace) as folder, tempfile.TemporaryFile(dir=workplace) as output:
        Path(folder, "pyproject.toml").touch()
        Path(folder, "db.py").write_text(FACTORY, encoding="utf-8")
        Path(folder, "jobs.py").write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "sessionfix", "--write", "--no-backup", "."]
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        return _ended(process, start)


def _ended(process: subprocess.Popen[bytes], start: float) -> Run:
    """Wait for a run: its processor time and memory where the system tells them, else the time on the clock."""
    if not hasattr(os, "wait4"):
        exit_code = process.wait()
        return Run(time.perf_counter() - start, None, exit_code)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / MEGABYTE, process.returncode)


# Report


def _say(axis: Axis, points: Sequence[Point], startup: float) -> None:
    click.echo(f"\n{axis.name}: {' '.join((axis.source.__doc__ or '').split())}")
    click.echo(f"{axis.unit + 's':>10} {'seconds':>8} {'ms each':>8} {'MB':>6} {'exit':>5}")
    slowest = max((point.seconds for point in points), default=1.0)
    for point in points:
        each = 1000 * max(0.0, point.seconds - startup) / point.size
        memory = f"{point.megabytes:.0f}" if point.megabytes is not None else "?"
        bar = "#" * round(LONGEST_BAR * point.seconds / slowest)
        click.echo(f"{point.size:>10} {point.seconds:>8.2f} {each:>8.2f} {memory:>6} {point.exit_codes:>5} {bar}")
    exponent = _exponent(points, startup)
    click.echo("exponent: " + ("too quick to tell" if exponent is None else f"{exponent:.2f}"))


def _exponent(points: Iterable[Point], startup: float) -> float | None:
    """The slope of a line through the logarithms of sizes and times, less the start-up; None without two points."""
    known = [
        (math.log(point.size), math.log(point.seconds - startup))
        for point in points
        if point.seconds > STARTUPS_TO_COUNT * startup
    ]
    if len(known) < 2:
        return None
    return statistics.linear_regression(*zip(*known, strict=True)).slope


if __name__ == "__main__":
    main()
