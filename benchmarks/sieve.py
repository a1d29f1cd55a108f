"""Compares what is found with the sieve and without it, in folders as they are and with their sessions taken apart.

    python benchmarks/sieve.py FOLDER... [--take-apart]

The folders are copied where anything in them is changed. It ends with 1 if there is any difference. Without the sieve
every call of every file is looked at, which takes minutes where a folder has thousands of files.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from resolution import python_files
from roundtrip import break_all, copied

from sessionfix.files import FileError, read_source
from sessionfix.project import Project
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.project.sites import Site

_UNREADABLE = (FileError, SyntaxError, ValueError, RecursionError)


@dataclass(frozen=True)
class Run:
    """The sites of each file that has any, how many files were looked at, and the seconds that it took."""

    sites: dict[Path, list[Site]]
    looked_at: int
    seconds: float


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--take-apart", is_flag=True, help="Take every `with` of a factory apart before.")
def main(folders: tuple[Path, ...], *, take_apart: bool) -> None:
    """Compare both ways over each of FOLDERS."""
    differ = [folder for folder in folders if not _is_same(folder.resolve(), take_apart=take_apart)]
    raise SystemExit(1 if differ else 0)


def _is_same(folder: Path, *, take_apart: bool) -> bool:
    if not take_apart:
        return _compared(folder.name, folder)
    with tempfile.TemporaryDirectory(prefix="sieve-") as temporary:
        copy = copied(folder, Path(temporary).resolve())
        break_all(sorted(copy.rglob("*.py")), all_of_them=True)
        return _compared(f"{folder.name}, taken apart", copy)


def _compared(name: str, folder: Path) -> bool:
    files = python_files(folder)
    sieved, exhaustive = (_run(folder, files, sieve=sieve) for sieve in (True, False))
    count = sum(map(len, exhaustive.sites.values()))
    click.echo(
        f"{name}: {len(files)} files, {sieved.looked_at} looked at, {count} sites, "
        f"{sieved.seconds:.1f} s instead of {exhaustive.seconds:.1f} s"
    )
    for path in sorted(sieved.sites.keys() | exhaustive.sites.keys()):
        if sieved.sites.get(path) != exhaustive.sites.get(path):
            click.echo(f"  differs: {path.relative_to(folder)}")
    return sieved.sites == exhaustive.sites


def _run(folder: Path, files: Sequence[Path], *, sieve: bool) -> Run:
    start = time.perf_counter()
    over = Sieve(folder, files) if sieve else None
    project = Project(folder, files, sieve=over)
    chosen = [path for path in files if over is None or over.may_have_sites(path)]
    found = {path: sites for path in chosen if (sites := _sites(project, path))}
    return Run(found, len(chosen), time.perf_counter() - start)


def _sites(project: Project, path: Path) -> list[Site]:
    try:
        return project.sites(path, read_source(path).text)
    except _UNREADABLE:
        return []


if __name__ == "__main__":
    main()
