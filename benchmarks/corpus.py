"""The packages that are measured: pinned, fetched as wheels and unpacked, never imported."""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

_HERE = Path(__file__).resolve().parent
# The same wheels on every machine, whatever Python runs this.
_WHEELS = (
    "--no-deps",
    "--only-binary=:all:",
    "--ignore-requires-python",
    "--implementation=cp",
    "--python-version=3.11",
    "--platform=manylinux_2_28_x86_64",
    "--platform=manylinux2014_x86_64",
)


@dataclass(frozen=True)
class Package:
    """A package at one version."""

    name: str
    version: str


def packages(only: Iterable[str] = ()) -> list[Package]:
    """The packages of `packages.csv`, or those of them that are named; raises ClickException if one is not there."""
    wanted = set(only)
    with (_HERE / "packages.csv").open(encoding="utf-8", newline="") as table:
        pinned = [Package(row["name"], row["version"]) for row in csv.DictReader(table)]
    unknown = wanted - {package.name for package in pinned}
    if unknown:
        raise click.ClickException(f"not in packages.csv: {', '.join(sorted(unknown))}")
    return [package for package in pinned if not wanted or package.name in wanted]


def outside_of_repository(folder: Path) -> Path:
    """The folder itself; raises ClickException if it is inside of this repository."""
    if folder.resolve().is_relative_to(_HERE.parent):
        raise click.ClickException(f"{folder} is inside of the repository")
    return folder


def source_of(package: Package, folder: Path) -> Path:
    """The package's files below `folder`, fetched if they are not there yet; raises ClickException if that fails."""
    source = outside_of_repository(folder) / f"{package.name}-{package.version}"
    if not source.exists():
        wheel = downloaded(package, folder / "wheels" / source.name)
        partly = source.with_name(f"{source.name}.part")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(partly)
        partly.rename(source)
    return source


def downloaded(package: Package, folder: Path, *, sdist: bool = False) -> Path:
    """The package's archive in `folder`, fetched if it is not there yet; raises ClickException if that fails.

    pip runs the build system of an sdist to learn its metadata, and no other code of it.
    """
    pinned = f"{package.name}=={package.version}"
    if not any(folder.glob("*")):
        kind = ("--no-deps", "--no-binary=:all:") if sdist else _WHEELS
        command = [sys.executable, "-m", "pip", "download", "--quiet", *kind, f"--dest={folder}", pinned]
        if subprocess.run(command, check=False).returncode:
            raise click.ClickException(f"pip could not fetch {pinned}")
    return next(folder.glob("*"))
