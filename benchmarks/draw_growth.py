"""Draws what growth.py recorded: seconds and megabytes against sizes, both as logarithms, one line for each axis.

    python benchmarks/draw_growth.py [CSV] [SVG]

It needs matplotlib: pip install -e ".[benchmarks]".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click
import matplotlib as mpl
from growing.points import Point, groups, read
from matplotlib.axes import Axes
from matplotlib.figure import Figure

HERE = Path(__file__).parent
COSTS: dict[str, Callable[[Point], float | None]] = {
    "seconds": lambda point: point.seconds,
    "megabytes": lambda point: point.megabytes,
}


@click.command()
@click.argument("record", default=HERE / "growth.csv", type=click.Path(path_type=Path, exists=True))
@click.argument("image", default=HERE / "growth.svg", type=click.Path(path_type=Path))
def main(record: Path, image: Path) -> None:
    """Draw the record as an image."""
    points = read(record)
    situations = list(dict.fromkeys(point.situation for point in points))
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "growth", "font.size": 8})
    figure = Figure(figsize=(4.5 * len(situations), 8), layout="constrained")
    panels = figure.subplots(len(COSTS), len(situations), squeeze=False, sharey="row")
    for row, (unit, cost) in zip(panels, COSTS.items(), strict=True):
        for panel, situation in zip(row, situations, strict=True):
            _draw(panel, [point for point in points if point.situation == situation], cost)
            panel.set_title(f"{situation}: {unit}")
    figure.savefig(image, metadata={"Creator": None, "Date": None})


def _draw(panel: Axes, points: Sequence[Point], cost: Callable[[Point], float | None]) -> None:
    for (axis, _), group in groups(points).items():
        known = [(point.size, held) for point in group if (held := cost(point)) is not None]
        panel.plot(*zip(*known, strict=True), marker=".", label=f"{axis} ({group[0].unit})")
    panel.loglog()
    panel.grid(alpha=0.3)
    panel.legend(fontsize="x-small")


if __name__ == "__main__":
    main()
