"""The asynchronous flavour of the monitoring application: broken in four places, found, rewritten, working."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from monitoring_server import FIXTURES, Server, run_sessionfix, serving
from monitoring_sources import copy_sources, read_sources

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = FIXTURES / "monitoring_api_async"
EXPECTED = FIXTURES / "monitoring_api_async_expected"

DEADLINE_SECONDS = 60
NAMES = ["Block Explorers", "Market Data", "News"]


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A copy of the broken application, in a folder of its own."""
    return copy_sources(BROKEN, tmp_path / "monitoring_api_async")


def test_check_finds_the_four_broken_places(application: Path) -> None:
    result = run_sessionfix(application, "--check", "--output-format", "json")

    findings = json.loads(result.stdout)
    assert result.returncode == 1, result.stderr
    assert sorted(finding["code"] for finding in findings) == ["SF101", "SF101", "SF201", "SF202"]
    assert {finding["fix"]["applicability"] for finding in findings} == {"safe"}


def test_write_makes_the_expected_files_and_undo_takes_them_back(application: Path) -> None:
    written = run_sessionfix(application, "--write", ".")
    assert written.returncode == 0, written.stdout + written.stderr
    assert read_sources(application) == read_sources(BROKEN) | read_sources(EXPECTED)
    assert run_sessionfix(application, "--check").returncode == 0

    assert run_sessionfix(application, "--undo").returncode == 0
    assert read_sources(application) == read_sources(BROKEN)


@pytest.mark.slow
def test_broken_application_fails_in_all_four(application: Path, tmp_path: Path) -> None:
    with served(application, tmp_path) as server:
        for method, path in (("GET", "/api/pools"), ("GET", "/api/monitoring/status"), ("POST", "/api/pools/1/rotate")):
            assert asked(server, method, path).status_code == 500, path
        with pytest.raises(ConnectionClosedError):
            names_over_socket(server, 1)
    assert "AttributeError" in server.log


@pytest.mark.slow
def test_repaired_application_works(application: Path, tmp_path: Path) -> None:
    assert run_sessionfix(application, "--write", ".").returncode == 0

    with served(application, tmp_path) as server:
        assert [asked(server, "POST", "/api/pools/1/rotate").json()["rotations"] for _ in range(3)] == [1, 2, 3]
        assert asked(server, "POST", "/api/pools/99/rotate").status_code == 404
        listed = asked(server, "GET", "/api/pools").json()
        assert [pool["name"] for pool in listed["pools"]] == NAMES
        assert [pool["rotations"] for pool in listed["pools"] if pool["pool_id"] == 1] == [3]
        assert asked(server, "GET", "/api/monitoring/status").json() == {"pools": 3, "rotations": 3}
        assert names_over_socket(server, 20) == [NAMES] * 20
    assert "Error" not in server.log


def served(application: Path, folder: Path) -> AbstractContextManager[Server]:
    database = folder / "async.db"
    settings = {"MONITORING_DATABASE_URL": f"sqlite+aiosqlite:///{database.as_posix()}"}
    return serving(application, database, folder / "server.log", settings=settings)


def asked(server: Server, method: str, path: str) -> httpx.Response:
    return httpx.request(method, f"{server.http_url}{path}", trust_env=False, timeout=DEADLINE_SECONDS)


def names_over_socket(server: Server, count: int) -> list[list[str]]:
    """Ask for the names of the pools, again and again over one connection."""
    with connect(server.status_socket_url, proxy=None, open_timeout=DEADLINE_SECONDS) as socket:
        answers = []
        for _ in range(count):
            socket.send("names?")
            answers.append(json.loads(socket.recv(timeout=DEADLINE_SECONDS))["pools"])
        return answers
