"""Compares what sessionfix and other tools report of the examples in misuses/.

    python benchmarks/found.py FOLDER

The other tools are installed below FOLDER, which is kept. benchmarks/README.md says what the columns mean.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
from corpus import outside_of_repository
from peers import Peers, installed_peers

_EXAMPLES = Path(__file__).resolve().parent / "misuses"
_MARK = re.compile(r"# wrong$", re.MULTILINE)
_PLACE = re.compile(r"\b((?:store|right|wrong)[/\\]\w+\.py):(\d+)")
_SECONDS = 300
_OWN = "-m sessionfix --no-cache --select ALL --output-format concise ."
_PEERS = {
    "ruff, SIM115": "ruff check --select SIM115 --preview --isolated --no-cache --output-format concise .",
    "pylint, R1732": "pylint --disable=all --enable=consider-using-with store wrong right",
    "pylint, all errors": "pylint --errors-only store wrong right",
    "mypy, strict": "mypy --strict --allow-untyped-defs --allow-incomplete-defs --allow-untyped-calls .",
    "pyright": "pyright .",
    "pyrefly": "pyrefly check --preset default --output-format min-text",
    "ty": "ty check --output-format concise",
}


class Place(NamedTuple):
    """A line of a module."""

    module: str
    row: int


@dataclass(frozen=True)
class Score:
    """What a tool reports: mistakes in their line, those in another line of the module, and modules without mistake."""

    in_line: int
    nearby: int
    false_alarms: int


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Run every tool over the examples, and print how much of them it finds."""
    peers = installed_peers(outside_of_repository(folder))
    with tempfile.TemporaryDirectory(prefix="found-") as temporary:
        examples = Path(shutil.copytree(_EXAMPLES, Path(temporary).resolve() / "examples"))
        (examples / "pyproject.toml").touch()  # no settings but the tools' own
        marks = set(_marks(examples))
        modules = {path.relative_to(examples).as_posix() for path in examples.rglob("*.py")}
        right = modules - {mark.module for mark in marks}
        click.echo(f"{len(marks)} mistakes in {len(modules) - len(right)} modules, and {len(right)} modules without\n")
        click.echo("| | found in the line | elsewhere in the module | false alarms |\n|---|---|---|---|")
        for label, command in _commands(peers).items():
            score = _score(_reported(command, examples, peers), marks)
            click.echo(f"| {label} | {score.in_line} | {score.nearby} | {score.false_alarms} |")


def _commands(peers: Peers) -> dict[str, tuple[str, ...]]:
    """The command lines by what the table calls them, of the tools that are there."""
    commands = {"sessionfix": (sys.executable, *_OWN.split())}
    for label, words in _PEERS.items():
        name = words.split()[0]
        if name in peers.versions:
            tool, comma, what = label.partition(",")
            commands[f"{tool} {peers.versions[name]}{comma}{what}"] = peers.command(words)
    return commands


def _marks(folder: Path) -> Iterator[Place]:
    for path in folder.rglob("*.py"):
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if _MARK.search(line):
                yield Place(path.relative_to(folder).as_posix(), row)


def _reported(command: tuple[str, ...], examples: Path, peers: Peers) -> set[Place]:
    """The places that a tool's report names: each of them reports one by one line that has it."""
    variables = None if command[0] == sys.executable else peers.variables
    done = subprocess.run(
        command, cwd=examples, env=variables, capture_output=True, encoding="utf-8", check=False, timeout=_SECONDS
    )
    if done.returncode not in range(64):
        raise click.ClickException(f"{command[0]} failed: {done.stderr}")
    lines = (line for line in done.stdout.splitlines() if ": note:" not in line)
    return {Place(match[1].replace("\\", "/"), int(match[2])) for line in lines if (match := _PLACE.search(line))}


def _score(reported: set[Place], marks: set[Place]) -> Score:
    in_line = reported & marks
    modules = {place.module for place in reported}
    nearby = [mark for mark in marks - in_line if mark.module in modules]
    false_alarms = modules - {mark.module for mark in marks}
    return Score(len(in_line), len(nearby), len(false_alarms))


if __name__ == "__main__":
    main()
