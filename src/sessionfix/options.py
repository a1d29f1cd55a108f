"""What the command line can say, and what it says."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from click.core import ParameterSource

from sessionfix import __version__
from sessionfix.files import reason_of
from sessionfix.outcomes import Mode
from sessionfix.settings import COLORS, OUTPUT_FORMATS, Settings, load

if TYPE_CHECKING:
    from sessionfix.cache.replay import Command

LATEST = "latest"
MODES = {"check": Mode.CHECK, "write": Mode.WRITE, "diff": Mode.DIFF}
_PLAIN = ("stdin_filename", "config", "explain", "list_backups", "undo", "explain_site")
Function = TypeVar("Function", bound=Callable[..., object])


@dataclass(frozen=True)
class Options:
    """One command line. `overrides` are the settings that it gives; `command` is it all, if its answer may be kept."""

    paths: tuple[str, ...]
    mode: Mode
    overrides: Mapping[str, object]
    cwd: Path
    stdin_filename: str | None = None
    config: str | None = None
    explain: str | None = None
    list_backups: bool = False
    undo: str | None = None
    explain_site: str | None = None
    command: Command | None = None

    def settings(self, root: Path) -> Settings:
        """The settings of the project at `root`, as the command line has them; raises SettingsError."""
        settings = load(self.config_of(root), is_required=self.config is not None)
        return replace(settings, **self.overrides)  # type: ignore[arg-type]  # click has checked them

    def config_of(self, root: Path) -> Path:
        """The file that has the settings of the project at `root`."""
        return self.cwd / self.config if self.config else root / "pyproject.toml"

    def absolute(self, path: str) -> Path:
        """`path`, which is relative to the working directory, with its symbolic links as they are."""
        return Path(os.path.normpath(self.cwd / path))


def parsed_options(context: click.Context) -> Options:
    """What the command line of `context` says; raises UsageError where it contradicts itself."""
    params = context.params
    modes = [mode for name, mode in MODES.items() if params[name]]
    if len(modes) > 1:
        raise click.UsageError("--check, --write and --diff exclude each other")
    overrides = {
        each.name: params[each.name]
        for each in fields(Settings)
        if context.get_parameter_source(each.name) is ParameterSource.COMMANDLINE
    }
    if "select" in overrides:
        overrides.setdefault("ignore", ())
    if params["undo"] and Path(params["undo"]).is_dir():  # `--undo FOLDER`: no run, but the project to undo it in
        params = {**params, "undo": LATEST, "paths": (params["undo"], *params["paths"])}
    return Options(
        paths=params["paths"],
        mode=modes[0] if modes else Mode.CHECK,
        overrides=overrides,
        cwd=_cwd(),
        command=context.obj,
        **{name: params[name] for name in _PLAIN},
    )


def with_options(command: Function) -> Function:
    """Declare all arguments and options on `command`."""
    return functools.reduce(lambda declared, declare: declare(declared), reversed(_DECLARATIONS), command)


def _items(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(item.strip() for value in values for item in value.split(",") if item.strip())


def _absolute(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return None if value is None else os.path.normpath(_cwd() / value)


def _cwd() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise click.UsageError(f"the working directory cannot be found: {reason_of(error)}") from error


def _list_of(metavar: str, help_text: str, name: str) -> Callable[[Function], Function]:
    return click.option(name, multiple=True, callback=_items, metavar=metavar, help=help_text)


def _flag(help_text: str, *names: str) -> Callable[[Function], Function]:
    return click.option(*names, is_flag=True, help=help_text)


_DECLARATIONS: tuple[Callable[[Function], Function], ...] = (
    click.argument("paths", nargs=-1),
    _flag("Report, write nothing (the default).", "--check"),
    _flag("Apply safe rewrites; back up what they replace.", "--write", "--fix"),
    _flag("Print the diff that --write would make.", "--diff"),
    _flag("Apply unsafe rewrites too.", "--unsafe-fixes/--no-unsafe-fixes"),
    _list_of("CODES", "Codes, or prefixes such as SF1.", "--select"),
    _list_of("CODES", "Add to the selected codes.", "--extend-select"),
    _list_of("CODES", "Codes or prefixes to leave out.", "--ignore"),
    _list_of("PATTERNS", "What to leave out, in gitignore syntax, in place of the defaults.", "--exclude"),
    _list_of("PATTERNS", "What to leave out beside.", "--extend-exclude"),
    _flag("Leave it out even where it is named.", "--force-exclude/--no-force-exclude"),
    click.option("--output-format", type=click.Choice(OUTPUT_FORMATS), help="How to report."),
    click.option("--output-file", callback=_absolute, metavar="FILE", help="Where the report goes."),
    click.option("--backup-dir", callback=_absolute, metavar="DIR", help="In place of .sessionfix/backups."),
    _flag("Keep no backup.", "--no-backup"),
    click.option("--cache-dir", callback=_absolute, metavar="DIR", help="In place of .sessionfix_cache."),
    _flag("Neither read nor write a cache.", "--no-cache"),
    click.option(
        "--undo", is_flag=False, flag_value=LATEST, metavar="[RUN]", help="Bring back what the latest run replaced."
    ),
    _flag("List what can be undone.", "--list-backups"),
    click.option("--explain", metavar="CODE", help="Explain a rule, or `all`."),
    click.option("--explain-site", metavar="FILE:LINE", help="Say what the calls of a line lead to, and why."),
    click.option("--stdin-filename", metavar="FILE", help="Where standard input (`-`) would lie."),
    click.option(
        "--python",
        callback=_absolute,
        metavar="PATH",
        help="The interpreter, or the virtual environment, whose packages are looked into for factories.",
    ),
    click.option("--config", metavar="FILE", help="A TOML file with [tool.sessionfix]."),
    _flag("Exit with 0 even if there are findings.", "--exit-zero"),
    _flag("Exit with 1 if something was rewritten.", "--exit-non-zero-on-fix"),
    click.option("--color", type=click.Choice(COLORS), help="When to use colours."),
    click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use."),
    _flag("Print findings and errors alone.", "-q", "--quiet"),
    _flag("Say more.", "-v", "--verbose"),
    click.version_option(__version__, "-V", "--version", prog_name="sessionfix", message="%(prog)s %(version)s"),
)
