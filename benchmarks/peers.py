"""The tools to compare with: pinned in peers.txt, and installed into an environment of their own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Peers:
    """An environment with those of the tools that could be installed: their versions by their packages' names."""

    programs: Path
    versions: dict[str, str]

    @property
    def variables(self) -> dict[str, str]:
        """The variables of a process that runs in this environment, as if it had been activated."""
        path = os.pathsep.join((str(self.programs), os.environ.get("PATH", "")))
        others = {name: value for name, value in compiled_once().items() if name != "PYTHONPATH"}
        return {**others, "PATH": path, "VIRTUAL_ENV": str(self.programs.parent)}

    def command(self, words: str) -> tuple[str, ...]:
        """A command line, whose first word is a program of this environment."""
        program, *rest = shlex.split(words)
        return (str(self.programs / program), *rest)


def compiled_once() -> dict[str, str]:
    """This process's variables, under which Python keeps what it compiles: users do not wait for that in each run."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def installed_peers(folder: Path) -> Peers:
    """The tools, installed below `folder` unless they are; says of each that can't be installed why it is left out."""
    environment = folder.resolve() / "peers"
    if not environment.exists():
        venv.create(environment, with_pip=True)
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    present = set(_pip(programs, "freeze").stdout.lower().splitlines())
    return Peers(programs, dict(_versions(programs, present)))


def _versions(programs: Path, present: set[str]) -> Iterator[tuple[str, str]]:
    for pinned in (_HERE / "peers.txt").read_text(encoding="utf-8").split():
        name, _, version = pinned.partition("==")
        if pinned not in present:
            done = _pip(programs, "install", "--quiet", pinned)
            if done.returncode:
                reason = done.stderr.strip().splitlines()[-1:]
                click.echo(f"left out: {pinned}: {' '.join(reason)}", err=True)
                continue
        yield name, version


def _pip(programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(programs / "python"), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
