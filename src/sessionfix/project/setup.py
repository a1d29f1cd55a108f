"""What a project is made of, before any of its files is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sessionfix.project.contents import Contents
from sessionfix.project.modules import ModuleIndex
from sessionfix.project.packages import Packages


@dataclass(frozen=True)
class Setup:
    """A project's root, all its Python `files`, and its source roots `src`, all absolute.

    `factories` ("pkg.db:Manager.get_session") and `decorators` (dotted names) are the settings', `packages` the
    installed ones, where they are at hand.
    """

    root: Path
    files: Sequence[Path | str]
    src: Sequence[Path] = ()
    factories: Sequence[str] = ()
    decorators: Sequence[str] = ()
    packages: Packages | None = None

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The files' paths as strings: what is asked of thousands of them takes a tenth of the time so."""
        return tuple(map(str, self.files))

    @cached_property
    def contents(self) -> Contents:
        """What the files hold."""
        return Contents()

    @cached_property
    def index(self) -> ModuleIndex:
        """Where the modules lie."""
        return ModuleIndex(str(self.root), self.paths, map(str, self.src), self.packages)
