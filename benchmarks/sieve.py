"""Compares what is found with the sieve and without it, in folders as they are and with something made wrong in them.

    python benchmarks/sieve.py FOLDER... [--take-apart | --undecorate]

The folders are copied where anything in them is changed. It ends with 1 if there is any difference. Without the sieve
every call of every file is looked at, which takes minutes where a folder has thousands of files.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from resolution import python_files
from roundtrip import break_all, copied

from sessionfix.files import FileError, read_source
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.project.sites import Site

_DECORATOR = re.compile(rb"^[ \t]*@(?:contextlib\.)?(?:async)?contextmanager[ \t]*\r?\n", re.MULTILINE)
_UNREADABLE = (FileError, SyntaxError, ValueError, RecursionError)


@dataclass(frozen=True)
class Run:
    """The sites of each file that has any, how many files were looked at, and the seconds that it took."""

    sites: dict[Path, list[Site]]
    looked_at: int
    seconds: float


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--take-apart", "change", flag_value="taken apart", help="Take every `with` of a factory apart before.")
@click.option("--undecorate", "change", flag_value="undecorated", help="Take the factories' decorators away before.")
def main(folders: tuple[Path, ...], *, change: str | None) -> None:
    """Compare both ways over each of FOLDERS."""
    differ = [folder for folder in folders if not _is_same(folder.resolve(), change)]
    raise SystemExit(1 if differ else 0)


def _is_same(folder: Path, change: str | None) -> bool:
    if change is None:
        return _compared(folder.name, folder)
    with tempfile.TemporaryDirectory(prefix="sieve-") as temporary:
        copy = copied(folder, Path(temporary).resolve())
        files = sorted(copy.rglob("*.py"))
        if change == "undecorated":
            undecorate_all(files)
        else:
            break_all(files, all_of_them=True)
        return _compared(f"{folder.name}, {change}", copy)


def undecorate_all(files: Iterable[Path]) -> None:
    """Make plain generator functions, which a `with` can't enter, of the factories under contextlib's decorators."""
    for path in files:
        content = path.read_bytes()
        if b"contextmanager" in content:
            path.write_bytes(_DECORATOR.sub(b"", content))


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
    setup = Setup(folder, files)
    over = Sieve(setup) if sieve else None
    project = Project(setup, sieve=over)
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
