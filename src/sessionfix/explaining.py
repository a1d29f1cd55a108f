"""`--explain-site`: what the calls of a line lead to, step by step, and what is said of them or why nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sessionfix.diagnostics import ChainStep
from sessionfix.errors import SessionfixError
from sessionfix.files import FileError, printed_path, read_source
from sessionfix.project import Project
from sessionfix.project.explained import Explained, Spot
from sessionfix.room import with_room
from sessionfix.rules import RULE_OF_USE


class SiteError(SessionfixError):
    """A place that names no call; the message says what is wrong with it."""


def parsed_site(site: str) -> tuple[str, int]:
    """The file and the row of `FILE:LINE`, or `FILE:LINE:COLUMN`; raises SiteError."""
    file, _, row = site.rpartition(":")
    before, _, earlier = file.rpartition(":")
    if before and row.isdecimal() and earlier.isdecimal():
        file, row = before, earlier
    if not file or not row.isdecimal():
        raise SiteError(f"{site}: is not of the form FILE:LINE")
    return file, int(row)


def explain_site(project: Project, path: Path, row: int, cwd: Path) -> str:
    """The explanation of every call in the row; raises SiteError where there is none, or the file can't be read."""
    shown = printed_path(path, cwd)
    try:
        text = read_source(path).text
        calls = with_room(lambda: project.explain(path, text, row))
    except (FileError, SyntaxError, ValueError, RecursionError) as error:
        raise SiteError(f"{shown}: {error}") from error
    if not calls:
        raise SiteError(f"{shown}:{row}: there is no call in this line")
    return "\n".join("".join(f"{line}\n" for line in _lines(one, shown, project, cwd)) for one in calls)


def _lines(one: Explained, shown: str, project: Project, cwd: Path) -> Iterator[str]:
    yield f"{shown}:{one.row}: `{one.call}`"
    for step in map(project.chain_step, one.steps):
        yield f"    {_step(step, cwd)}"
    yield f"  returns: {one.result}{_at(one.settled, project, cwd)}"
    if one.use is not None and one.certainty is not None:
        tell = f" (`{one.detail}`)" if one.detail else ""
        yield f"  {RULE_OF_USE[one.use].code}, {one.certainty.value}: {one.use.value}{tell}"
    else:
        yield f"  silent: {one.silent}{_at(one.decided, project, cwd)}"


def _step(step: ChainStep, cwd: Path) -> str:
    return f"{printed_path(step.path, cwd)}:{step.row}: {step.text}"


def _at(spot: Spot | None, project: Project, cwd: Path) -> str:
    if spot is None:
        return ""
    path = printed_path(project.shown_file(spot.file), cwd)
    places = ", ".join(f"{path}:{row}" for row in spot.rows)
    return f" ({places or path})"
