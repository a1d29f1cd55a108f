"""What a type checker finds before and after a factory's annotation is put right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup

DB = """\
from contextlib import asynccontextmanager, contextmanager


class Session:
    def commit(self) -> None: ...


class AsyncSession:
    async def commit(self) -> None: ...


@contextmanager
def get_session() -> Session:
    yield Session()


@asynccontextmanager
async def get_async_session() -> "AsyncSession | None":
    yield AsyncSession()
"""
APP = """\
from db import Session, get_async_session, get_session


def take(session: Session) -> None: ...


def work() -> None:
    with get_session() as session:  # right
        session.commit()  # right
    with get_session() as session:  # right
        session.comit()  # mistyped
    get_session().commit()  # no with
    take(get_session())  # no with


async def work_async() -> None:
    async with get_async_session() as session:  # right
        if session:  # right
            await session.commit()  # right
    async with get_async_session() as session:  # right
        await session.commit()  # None has no commit
    await get_async_session()  # no with
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "db.py").write_text(DB, encoding="utf-8")
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    return tmp_path


def errors(folder: Path) -> tuple[int, set[str]]:
    """The number of errors that mypy reports in db.py, and the remarks in the lines of app.py that have one."""
    options = ["--strict", "--config-file=", "--no-incremental", f"--cache-dir={os.devnull}"]
    command = [sys.executable, "-m", "mypy", *options, "db.py", "app.py"]
    report = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
    assert "Found" in report, report
    places = re.findall(r"^(db|app)\.py:(\d+): error:", report, re.MULTILINE)
    lines = APP.splitlines()
    rows = [int(row) for file, row in places if file == "app"]
    return len(places) - len(rows), {lines[row - 1].partition("  # ")[2] for row in rows}


def test_mypy_tells_right_uses_from_wrong_ones_afterwards(folder: Path) -> None:
    before = errors(folder)

    files = [folder / "db.py", folder / "app.py"]
    result = check_file(Project(Setup(folder, files)), files[0], DB, codes=frozenset({"SF502"}), unsafe=False)
    assert result.fixed_text is not None
    (folder / "db.py").write_text(result.fixed_text, encoding="utf-8")

    assert before[0] > 0
    assert before[1] >= {"right", "no with"}
    assert errors(folder) == (0, {"no with", "mistyped", "None has no commit"})
