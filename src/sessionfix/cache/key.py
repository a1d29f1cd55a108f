"""Under which circumstances answers were found: others may bring other answers."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from sessionfix import __version__
from sessionfix.environment import Environment
from sessionfix.settings import Settings

# Every other setting counts, so that a new one can be forgotten here without harm.
_WITHOUT_EFFECT = frozenset(
    {
        *("exclude", "extend_exclude", "force_exclude"),  # they choose targets
        *("output_format", "output_file", "color", "quiet", "verbose", "exit_zero", "exit_non_zero_on_fix"),
        *("backup_dir", "no_backup", "jobs", "cache_dir", "no_cache"),
    }
)


def key_of(root: Path, settings: Settings, environment: Environment | None) -> str:
    """All that answers depend on beside the content of files."""
    effective = {
        each.name: getattr(settings, each.name) for each in fields(settings) if each.name not in _WITHOUT_EFFECT
    }
    return repr((__version__, _own_state(), sys.version, sys.platform, str(root), effective, environment))


def _own_state() -> int:
    """What stands for the sizes of this package's own modules: two states of a repository can have one version."""
    return zlib.crc32(repr(sorted(_sizes_in(str(Path(__file__).parent.parent)))).encode())


def _sizes_in(folder: str) -> Iterator[tuple[str, int]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    yield from _sizes_in(entry.path)
                elif entry.name.endswith(".py"):
                    yield entry.path, entry.stat().st_size
    except OSError:  # in an archive: then the version must do
        return
