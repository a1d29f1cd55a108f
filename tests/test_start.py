"""The process: what it does with its streams, and from where it is started, whether its answer is known or not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from conftest import SmallProject, trust_every_stat
from test_cache_answers import FULL, settle

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a shell that can close streams")

COMMAND = f"'{sys.executable}' -m sessionfix"
ERROR = b"Error: the report cannot be written: "


def in_a_shell(words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(words, shell=True, check=False, capture_output=True)


@pytest.fixture(params=[True, False])
def started_project(broken_project: SmallProject, request: pytest.FixtureRequest) -> SmallProject:
    """A project of which the answer is known, or not."""
    if request.param:
        with pytest.MonkeyPatch.context() as patch:
            trust_every_stat(patch)
            settle(broken_project)
    return broken_project


@pytest.mark.parametrize(
    ("streams", "is_printed", "error", "code"),
    [
        ("<&-", True, b"", 1),
        ("2>&-", True, b"", 1),
        (">&-", False, b"", 1),
        ("<&- >&- 2>&-", False, b"", 1),
        (f"1<'{__file__}'", False, ERROR + b"Bad file descriptor\n", 2),
        (f"1<'{__file__}' 2>&-", False, b"", 2),
        *([(f"2>{FULL}", True, b"", 1), (f">{FULL} 2>&-", False, b"", 2)] if FULL.exists() else []),
    ],
)
def test_streams_that_are_closed(
    started_project: SmallProject, streams: str, is_printed: bool, error: bytes, code: int
) -> None:
    completed = in_a_shell(f"{COMMAND} {streams}")

    printed = started_project.run("--no-cache").stdout_bytes if is_printed else b""
    assert (completed.stdout, completed.stderr, completed.returncode) == (printed, error, code)


def test_a_closed_standard_input_is_empty(project: SmallProject) -> None:
    completed = in_a_shell(f"{COMMAND} - <&-")

    assert (completed.stdout, completed.stderr, completed.returncode) == (b"Nothing found in 1 file.\n", b"", 0)


def test_a_standard_input_that_cannot_be_read_is_told(project: SmallProject) -> None:
    completed = in_a_shell(f"{COMMAND} - 0>unreadable")

    assert completed.stderr == b"Error: standard input cannot be read: Bad file descriptor\n"
    assert (completed.stdout, completed.returncode) == (b"", 2)


@pytest.mark.parametrize("arguments", ["", "app.py", "--python x"])
def test_a_working_directory_that_is_gone_is_told(project: SmallProject, arguments: str) -> None:
    completed = in_a_shell(f"mkdir gone && cd gone && rmdir ../gone && {COMMAND} {arguments}")

    assert completed.stderr.endswith(b"Error: the working directory cannot be found: No such file or directory\n")
    assert (completed.stdout, completed.returncode) == (b"", 2)
