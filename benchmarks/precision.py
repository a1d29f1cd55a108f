"""Runs sessionfix over published packages, and compares what it reports with what was found by reading.

    python benchmarks/precision.py FOLDER [--package NAME ...] [--no-census]

The packages of packages.csv are fetched into FOLDER, which is kept; nothing of them is imported or run. Ends with 1
if there is a finding that reviewed.csv does not have, or one of its findings is not there. benchmarks/README.md says
what the columns mean.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import click
from corpus import Package, packages, source_of
from resolution import Census, Reader
from running import JsonFinding, run_sessionfix

_REVIEWED = Path(__file__).with_name("reviewed.csv")
_PLACES = ("in a with", "through a stack", "returned", "yielded", "as a decorator", "passed", "bound", "by hand")


class Alarm(NamedTuple):
    """A finding of a package, as the list has it."""

    package: str
    version: str
    path: str
    row: int
    code: str
    certainty: str


class Review(NamedTuple):
    """What a reader thought of it."""

    verdict: str
    why: str


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--package", "names", multiple=True, help="Look at this package alone; may be given again.")
@click.option("--census/--no-census", default=True, help="Count factories and their calls too.")
def main(folder: Path, names: tuple[str, ...], *, census: bool) -> None:
    """Check the packages below FOLDER, and compare the findings with reviewed.csv."""
    chosen = packages(names)
    reviewed = {alarm: review for alarm, review in _reviewed().items() if alarm.package in {one.name for one in chosen}}
    found: list[Alarm] = []
    _say_row("package", ("files", "factories", "calls", *_PLACES, "elsewhere", "findings", "seconds"))
    for package in chosen:
        source = source_of(package, folder)
        run = run_sessionfix(source, "--check", "--select", "ALL", "--jobs", "1", "--output-format", "json", ".")
        alarms = [_alarm(package, finding) for finding in json.loads(run.stdout)]
        counts = Reader(source.resolve()).census() if census else Census()
        cells = (counts.files, counts.factories, counts.calls, *(counts.places[place] for place in _PLACES))
        _say_row(package.name, (*cells, counts.places["elsewhere"], len(alarms), f"{run.seconds:.0f}"))
        found += alarms
    _say_precision(found, reviewed)
    sys.exit(_say_changes(found, reviewed))


def _reviewed() -> dict[Alarm, Review]:
    with _REVIEWED.open(encoding="utf-8", newline="") as table:
        return {
            Alarm(row["package"], row["version"], row["path"], int(row["row"]), row["code"], row["certainty"]): Review(
                row["verdict"], row["why"]
            )
            for row in csv.DictReader(table)
        }


def _alarm(package: Package, finding: JsonFinding) -> Alarm:
    path = Path(finding["filename"]).as_posix()
    return Alarm(package.name, package.version, path, finding["location"]["row"], finding["code"], finding["certainty"])


def _say_row(label: str, cells: Iterable[object]) -> None:
    click.echo(f"{label:<24}" + "".join(f"{cell!s:>16}" for cell in cells))


def _say_precision(found: Sequence[Alarm], reviewed: dict[Alarm, Review]) -> None:
    for certainty in ("certain", "probable"):
        verdicts = Counter(
            reviewed[alarm].verdict if alarm in reviewed else "not reviewed"
            for alarm in found
            if alarm.certainty == certainty
        )
        judged = verdicts["true"] + verdicts["false"]
        share = f"{verdicts['true'] / judged:.1%}" if judged else "no finding"
        click.echo(f"{certainty}: {verdicts['true']} true, {verdicts['false']} false; precision {share}")


def _say_changes(found: Sequence[Alarm], reviewed: dict[Alarm, Review]) -> int:
    """Show what differs from the list; the exit code."""
    new = [alarm for alarm in found if alarm not in reviewed]
    gone = [alarm for alarm in reviewed if alarm not in set(found)]
    for label, alarms in (("not reviewed", new), ("no longer found", gone)):
        for alarm in alarms:
            click.echo(f"{label}: {','.join(map(str, alarm))}")
    return 1 if new or gone else 0


if __name__ == "__main__":
    main()
