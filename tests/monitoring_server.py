"""Runs the monitoring application's programs as a user would: each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sessionfix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIXTURES = Path(__file__).parent / "fixtures"
BROKEN_APPLICATION = FIXTURES / "monitoring_api"
EXPECTED_FILES = FIXTURES / "monitoring_api_expected"

START_DEADLINE_SECONDS = 120
STOP_DEADLINE_SECONDS = 20
COMMAND_DEADLINE_SECONDS = 300

_SERVING = re.compile(r"Uvicorn running on http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Server:
    """A running application. `log` is complete once the server has stopped."""

    port: int
    log_file: Path
    process_id: int

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def socket_url(self, path: str) -> str:
        """The address of one of its WebSockets."""
        return f"ws://127.0.0.1:{self.port}{path}"

    @property
    def status_socket_url(self) -> str:
        return self.socket_url("/api/monitoring/ws")

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")


@contextmanager
def serving(
    application: Path, database: Path, log_file: Path, *, port: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Serve `application` until the block ends; on a port that the system chooses, where `port` is 0.

    `settings` are variables of its environment, such as MONITORING_PUSH_SECONDS.
    """
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "main.py", "--port", str(port)],
            cwd=application,
            env={**_environment(database), **(settings or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(_port_once_serving(process, log_file), log_file, process.pid)
    finally:
        _stop(process)


def run_init_script(application: Path, database: Path) -> subprocess.CompletedProcess[str]:
    """Run the application's script that fills the database."""
    return _run("scripts.init_source_pools", cwd=application, env=_environment(database))


def run_sessionfix(application: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run sessionfix in the application's folder."""
    return _run("sessionfix", *arguments, cwd=application, env=_environment())


def _run(module: str, *arguments: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=COMMAND_DEADLINE_SECONDS,
        check=False,
    )


def _environment(database: Path | None = None) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITORING_")}
    # The application's folder shall hold its sources and nothing else: tests compare it byte for byte.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PYTHONUTF8"] = "1"
    # sessionfix may be on the path of this process only, and by a relative entry.
    sources = str(Path(sessionfix.__file__).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [sources, os.environ.get("PYTHONPATH")]))
    if database is not None:
        environment["MONITORING_DATABASE_URL"] = f"sqlite:///{database.as_posix()}"
        environment["MONITORING_LOG_DIR"] = str(database.parent / "logs")
        environment["MONITORING_SOURCES_FILE"] = str(_no_sources_beside(database))
    return environment


def _no_sources_beside(database: Path) -> Path:
    """Write a configuration without sources: what the application asks is to stay on this machine."""
    sources = database.with_suffix(".sources.json")
    sources.write_text('{"data_types": {}}', encoding="utf-8")
    return sources


def _port_once_serving(process: subprocess.Popen[bytes], log_file: Path) -> int:
    deadline = time.monotonic() + START_DEADLINE_SECONDS
    while True:
        has_ended = process.poll() is not None
        log = log_file.read_text(encoding="utf-8", errors="replace")
        if serving_at := _SERVING.search(log):
            return int(serving_at[1])
        if has_ended or time.monotonic() > deadline:
            raise AssertionError(f"the application does not serve (exit code: {process.returncode}):\n{log}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_DEADLINE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
