"""What is measured of each size of an axis, and how fast it grows."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from growing.situations import STOPPED, Run

_TIMES_TO_COUNT = 1.5  # what is below so many times the smallest size says nothing about growth


@dataclass(frozen=True)
class Point:
    """The medians of all runs of one size; `exit_codes` are separated by commas."""

    axis: str
    situation: str
    unit: str
    size: int
    seconds: float
    wall: float
    megabytes: float | None
    reported: int
    exit_codes: str

    @property
    def was_stopped(self) -> bool:
        return str(STOPPED) in self.exit_codes.split(",")


def point(axis: str, situation: str, unit: str, size: int, runs: Sequence[Run]) -> Point:
    known = [run.megabytes for run in runs if run.megabytes is not None]
    return Point(
        axis,
        situation,
        unit,
        size,
        round(statistics.median(run.seconds for run in runs), 3),
        round(statistics.median(run.wall for run in runs), 3),
        round(statistics.median(known), 1) if known else None,
        statistics.median_low(run.reported for run in runs),
        ",".join(sorted({str(run.exit_code) for run in runs})),
    )


def exponent(sizes_and_costs: Iterable[tuple[int, float | None]]) -> float | None:
    """The power of the size with which the cost grows over the upper half of the sizes; None where that is not seen.

    It is the slope of a line through the logarithms of sizes and costs, both less those of the smallest size.
    """
    pairs = sorted((size, cost) for size, cost in sizes_and_costs if cost is not None)
    least, base = pairs[0] if pairs else (0, 0.0)
    grown = [
        (math.log(size - least), math.log(cost - base))
        for size, cost in pairs[len(pairs) // 2 :]
        if size > least and cost > _TIMES_TO_COUNT * base
    ]
    if len(grown) < 2:
        return None
    return statistics.linear_regression(*zip(*grown, strict=True)).slope


def groups(points: Iterable[Point]) -> dict[tuple[str, str], list[Point]]:
    """The points that were not stopped, by axis and situation, in the order in which they stand."""
    found: dict[tuple[str, str], list[Point]] = {}
    for one in points:
        if not one.was_stopped:
            found.setdefault((one.axis, one.situation), []).append(one)
    return found


def read(path: Path) -> list[Point]:
    """The points that were written to the file; none if there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [_parsed(row) for row in csv.DictReader(file)]


def write(path: Path, points: Iterable[Point]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(field.name for field in fields(Point))
        rows.writerows(astuple(point) for point in points)


def _parsed(row: dict[str, str]) -> Point:
    return Point(
        row["axis"],
        row["situation"],
        row["unit"],
        int(row["size"]),
        float(row["seconds"]),
        float(row["wall"]),
        float(row["megabytes"]) if row["megabytes"] else None,
        int(row["reported"]),
        row["exit_codes"],
    )
