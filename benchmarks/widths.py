"""Compares what is said with one process, with several, without a cache, with an empty one and with a filled one.

    python benchmarks/widths.py FOLDER... [--jobs N]...

The folders are copied, and every `with` of a factory in them is taken apart, so that there is something to be found. It
ends with 1 if any two runs differ in a byte of what they print, or in the exit code.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
from roundtrip import break_all, copied

_WIDTHS = (1, 2, 3, 8)


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--jobs", "widths", multiple=True, default=_WIDTHS, show_default=True, type=click.IntRange(1))
def main(folders: tuple[Path, ...], *, widths: tuple[int, ...]) -> None:
    """Compare runs of all widths over each of FOLDERS."""
    differ = [folder for folder in folders if not _is_same(folder.resolve(), widths)]
    raise SystemExit(1 if differ else 0)


def _is_same(folder: Path, widths: Sequence[int]) -> bool:
    with tempfile.TemporaryDirectory(prefix="widths-") as temporary:
        copy = copied(folder, Path(temporary).resolve())
        break_all(sorted(copy.rglob("*.py")), all_of_them=True)
        said = [one for width in widths for one in _said(copy, width, Path(temporary) / f"cache-{width}")]
    number = said[0][1].count(b'"code"')
    click.echo(f"{folder.name}, taken apart: {number} findings, {len(said)} runs, {len(set(said)) - 1} differ")
    return len(set(said)) == 1


def _said(folder: Path, width: int, cache: Path) -> list[tuple[int, bytes, bytes]]:
    """The exit code, the report and the messages: without a cache, with an empty one, with that of the run before."""
    with_cache = ("--cache-dir", str(cache))
    return [_run(folder, "--jobs", str(width), *options) for options in (("--no-cache",), with_cache, with_cache)]


def _run(folder: Path, *options: str) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-m", "sessionfix", "--select", "ALL", "--output-format", "json", *options, str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


if __name__ == "__main__":
    main()
