"""Tables of what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from growing.points import Point, exponent, groups


def lines_of(points: Sequence[Point]) -> Iterator[str]:
    """A table of all sizes of one axis in one situation, the smallest first."""
    yield f"{points[0].unit:>10} {'seconds':>8} {'wall':>8} {'ms each':>8} {'MB':>6} {'reported':>8} {'exit':>5}"
    least = points[0]
    for point in points:
        each = 1000 * (point.seconds - least.seconds) / max(1, point.size - least.size)
        row = f"{point.size:>10} {point.seconds:>8.2f} {point.wall:>8.2f} {each:>8.2f} {_rounded(point.megabytes):>6}"
        yield f"{row} {point.reported:>8} {point.exit_codes:>5}"
    yield f"exponents: time {_exponents(points)}"


def summary(points: Iterable[Point]) -> Iterator[str]:
    """A table in Markdown with one row for each axis and situation."""
    yield "| grows | command | largest | seconds | on the clock | MB | exponents: time, memory |"
    yield "|---|---|---|---|---|---|---|"
    for (axis, situation), group in groups(points).items():
        last = group[-1]
        costs = f"{last.size:,} | {last.seconds:.1f} | {last.wall:.1f} | {_rounded(last.megabytes)}"
        yield f"| {axis} | {situation} | {costs} | {_exponents(group)} |"


def _exponents(points: Sequence[Point]) -> str:
    measured = [point for point in points if not point.was_stopped]
    time = exponent((point.size, point.seconds) for point in measured)
    memory = exponent((point.size, point.megabytes) for point in measured)
    return f"{_shown(time)}, {_shown(memory)}"


def _shown(power: float | None) -> str:
    return "-" if power is None else f"{power:.2f}"


def _rounded(megabytes: float | None) -> str:
    return "?" if megabytes is None else f"{megabytes:.0f}"
