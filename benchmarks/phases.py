"""Shows where the time of one run of sessionfix goes: the share of each phase, and the functions that take most.

    python benchmarks/phases.py [--top N] [ARGUMENT ...]

The arguments are sessionfix's own; `--no-cache --jobs 1` go before them. All runs in one process, under cProfile, which
makes calls dearer than they are: read the shares, not the seconds.
"""

from __future__ import annotations

import cProfile
import os
from collections import defaultdict
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path
from types import CodeType
from typing import TypeAlias

import click

import sessionfix

Code: TypeAlias = CodeType | str
"""A function: its code, or the description of one that is built in."""

_PACKAGE = Path(sessionfix.__file__).parent
_PHASES = {  # by the beginning of a path in the package; the first counts
    "discovery.py": "walk",
    "targets.py": "walk",
    "environment.py": "walk",
    "files.py": "read",
    "project/texts.py": "read",
    "project/sieve/": "sieve",
    "parsing.py": "parse",
    "syntax/compound.py": "resolve",
    "syntax/same.py": "judge and rewrite",
    "syntax/": "parse",
    "project/summary/": "summarise",
    "project/drafts.py": "summarise",
    "project/target.py": "summarise",
    "project/": "resolve",
    "rules/": "judge and rewrite",
    "rewrite/": "judge and rewrite",
    "fixer.py": "judge and rewrite",
}
_IMPORT = "import"
_OTHER = "command line and report"
_LONGEST_WAY = 20  # of calls from one of our functions to one of a library


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--top", default=20, show_default=True, type=click.IntRange(0), help="How many functions to list.")
def main(arguments: tuple[str, ...], *, top: int) -> None:
    """Profile `sessionfix ARGUMENT ...`."""
    profile = cProfile.Profile()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        profile.runcall(_run, ("--no-cache", "--jobs", "1", *arguments))
    entries = profile.getstats()
    own = {entry.code: entry.inlinetime for entry in entries}
    callers: dict[Code, dict[Code, float]] = defaultdict(lambda: defaultdict(float))
    for entry in entries:
        for called in entry.calls or ():
            callers[called.code][entry.code] += called.totaltime
    _say_phases(own, callers)
    click.echo("\nown s   all s     calls  function")
    for entry in sorted(entries, key=lambda entry: -entry.inlinetime)[:top]:
        click.echo(f"{entry.inlinetime:>5.2f} {entry.totaltime:>7.2f} {entry.callcount:>9}  {_shown(entry.code)}")


def _run(arguments: tuple[str, ...]) -> None:
    from sessionfix.cli import main as sessionfix_main

    sessionfix_main(arguments, standalone_mode=False)


def _say_phases(own: dict[Code, float], callers: dict[Code, dict[Code, float]]) -> None:
    parts = _parts(own, callers)
    seconds: dict[str, float] = defaultdict(float)
    for code, spent in own.items():
        for phase, part in (parts[code] or {_OTHER: 1.0}).items():
            seconds[phase] += spent * part
    for phase, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        click.echo(f"{spent / sum(seconds.values()):>7.1%}  {phase}")


def _parts(codes: Iterable[Code], callers: dict[Code, dict[Code, float]]) -> dict[Code, dict[str, float]]:
    """How much of each function belongs to which phase: a library's function is what its callers are."""
    parts: dict[Code, dict[str, float]] = {}
    for code in codes:
        phase = _phase(code)
        parts[code] = {phase: 1.0} if phase else {}
    unknown = [code for code, known in parts.items() if not known]
    for _ in range(_LONGEST_WAY):
        for code in unknown:
            parts[code] = _mixed((parts[caller], spent) for caller, spent in callers[code].items())
    return parts


def _mixed(weighted: Iterable[tuple[dict[str, float], float]]) -> dict[str, float]:
    mixed: dict[str, float] = defaultdict(float)
    for parts, weight in weighted:
        for phase, part in parts.items():
            mixed[phase] += weight * part
    whole = sum(mixed.values())
    return {phase: part / whole for phase, part in mixed.items()} if whole else {}


def _phase(code: Code) -> str | None:
    """The phase of one of our own functions, and of imports."""
    if isinstance(code, str):
        return None
    if code.co_filename.startswith("<frozen importlib"):
        return _IMPORT
    if not Path(code.co_filename).is_relative_to(_PACKAGE):
        return None
    file = Path(code.co_filename).relative_to(_PACKAGE).as_posix()
    return next((phase for start, phase in _PHASES.items() if file.startswith(start)), _OTHER)


def _shown(code: Code) -> str:
    if isinstance(code, str):
        return code
    path = Path(code.co_filename)
    file = path.relative_to(_PACKAGE).as_posix() if path.is_relative_to(_PACKAGE) else path.name
    return f"{file}:{code.co_firstlineno} {code.co_name}"


if __name__ == "__main__":
    main()
