"""Measures how the time and the memory of sessionfix grow with the size and the shape of a project, or of one file.

    python benchmarks/growth.py [--repeat N] [--at-most SIZE] [--corpora FOLDER] [--record FILE] [AXIS ...]

All projects are made up, in a temporary folder. benchmarks/README.md says what the numbers mean.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from corpora import NAMES, fetched_corpora
from growing import points as recorded
from growing.axes import Axis, corpus_axes, file_axes, project_axes
from growing.points import Point, point
from growing.projects import Files
from growing.report import lines_of, summary
from growing.situations import Run, Situation, run_in


@click.command()
@click.argument("names", metavar="[AXIS ...]", nargs=-1)
@click.option("--repeat", default=3, show_default=True, type=click.IntRange(1), help="Runs of each size.")
@click.option("--at-most", default=sys.maxsize, type=click.IntRange(1), help="Leave out the sizes above this.")
@click.option("--limit", default=300.0, show_default=True, help="Stop a run after so many seconds.")
@click.option("--corpora", type=click.Path(path_type=Path), help="Where corpora are, or are fetched to.")
@click.option("--corpus", default="large", show_default=True, type=click.Choice(NAMES), help="What fills projects.")
@click.option("--record", type=click.Path(path_type=Path), help="A CSV file to which the medians are added.")
def main(
    names: tuple[str, ...],
    *,
    repeat: int,
    at_most: int,
    limit: float,
    corpora: Path | None,
    corpus: str,
    record: Path | None,
) -> None:
    """Measure all axes, or those that are named."""
    known = recorded.read(record) if record else []
    with tempfile.TemporaryDirectory(prefix="growth-") as temporary:
        for axis in _chosen(names, corpora, corpus):
            click.echo(f"\n{axis.name}: {axis.text}")
            measured = list(_measured(Path(temporary).resolve(), axis, repeat, at_most, limit))
            known = [old for old in known if old.axis != axis.name] + measured
            if record:
                recorded.write(record, known)
    click.echo("\n" + "\n".join(summary(known)))


def _chosen(names: Sequence[str], folder: Path | None, corpus: str) -> list[Axis]:
    """The axes of these names, or all; those that need a corpus only with a folder of corpora."""
    filled = [axis for found in fetched_corpora(folder, [corpus]) for axis in corpus_axes(found)] if folder else []
    axes = {axis.name: axis for axis in (*filled, *project_axes(), *file_axes())}
    unknown = ", ".join(sorted(set(names) - set(axes)))
    if unknown:
        without = "" if folder else " (without --corpora: those that need none)"
        raise click.UsageError(f"no axis: {unknown}; there are {', '.join(axes)}{without}")
    return [axes[name] for name in names] or list(axes.values())


def _measured(workplace: Path, axis: Axis, repeat: int, at_most: int, limit: float) -> Iterator[Point]:
    """Run every size `repeat` times, in an order of its own each time, so that a busy minute spoils no one size."""
    sizes = [size for size in axis.sizes if size <= at_most]
    runs: dict[tuple[Situation, int], list[Run]] = {(held, size): [] for held in axis.situations for size in sizes}
    shuffled = random.Random(axis.name)
    for _ in range(repeat):
        for size in shuffled.sample(sizes, len(sizes)):
            for situation, run in _runs(workplace, axis, size, limit):
                runs[situation, size].append(run)
    for situation in axis.situations:
        points = [point(axis.name, situation.name, axis.unit, size, runs[situation, size]) for size in sizes]
        click.echo("\n".join(["", situation.name, *lines_of(points)]))
        yield from points


def _runs(workplace: Path, axis: Axis, size: int, limit: float) -> Iterator[tuple[Situation, Run]]:
    """One run in each situation, on a fresh project."""
    with tempfile.TemporaryDirectory(dir=workplace) as folder:
        project = Path(folder)
        write_project(project, axis.files(size))
        for situation in axis.situations:
            yield situation, run_in(project, situation, limit)


def write_project(project: Path, files: Files) -> None:
    """Write the files below the folder, and settings that say nothing."""
    (project / "pyproject.toml").touch()
    for path, content in files:
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


if __name__ == "__main__":
    main()
