"""Small projects on disk, and the command to run on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sessionfix.cache import replay, stamps
from sessionfix.cli import main
from sessionfix.project.sieve import sieve

DATABASE = b"""\
from contextlib import contextmanager


@contextmanager
def get_session():
    session = connect()
    try:
        yield session
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()
"""

BROKEN = b"""\
from db import get_session


def add(name):
    session = get_session()
    session.add(name)
    session.close()
"""

FIXED = b"""\
from db import get_session


def add(name):
    with get_session() as session:
        session.add(name)
"""

UNFIXABLE = b"""\
from db import get_session


def warm_up():
    get_session()
"""


@dataclass(frozen=True)
class Completed:
    """What the command said, and its exit code."""

    stdout_bytes: bytes
    stderr: str
    code: int
    was_known: bool = field(default=False, compare=False)

    @property
    def stdout(self) -> str:
        return self.stdout_bytes.decode()

    @property
    def json(self) -> list[dict[str, Any]]:
        findings: list[dict[str, Any]] = json.loads(self.stdout_bytes)
        return findings


@dataclass(frozen=True)
class SmallProject:
    """A folder with a pyproject.toml, which is the working directory."""

    root: Path

    def write(self, files: Mapping[str, bytes | str]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def contents(self) -> dict[str, bytes]:
        """All files but what sessionfix keeps for itself."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not {".sessionfix", ".sessionfix_cache"} & {*path.parts}
        }

    def run(self, *arguments: str, stdin: bytes = b"") -> Completed:
        result = CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)
        return Completed(result.stdout_bytes, result.stderr, result.exit_code)

    def start(self, *arguments: str) -> Completed:
        """The command as a shell starts it: with the answer that it had before, if there is one."""
        command = replay.given([*arguments])
        assert command is not None
        known = replay.answer(command)
        if known is not None:
            return Completed(known[0], "", known[1], was_known=True)
        result = CliRunner().invoke(main, arguments, obj=command, catch_exceptions=False)
        return Completed(result.stdout_bytes, result.stderr, result.exit_code)


def trust_every_stat(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the files were old."""
    monkeypatch.setattr(stamps, "MARGIN", -(10**15))


@pytest.fixture
def _look_through_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every project was large enough for that."""
    monkeypatch.setattr(sieve, "LEAST_FOR_PACKAGES", 0)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    """An empty project."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").touch()
    monkeypatch.chdir(root)
    for name in ("NO_COLOR", "FORCE_COLOR", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    return SmallProject(root)


@pytest.fixture
def broken_project(project: SmallProject) -> SmallProject:
    """A factory, and a module that uses it without `with`."""
    project.write({"db.py": DATABASE, "app.py": BROKEN})
    return project
