"""What runs beside the requests of the monitoring application: schedules, the log of requests, the settings."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from monitoring_modules import FakeClock, importable
from monitoring_server import BROKEN_APPLICATION

with importable():
    from backend.request_counting import RequestCounting
    from backend.services.request_log import RequestLog, RequestRecord
    from backend.settings import read_settings
    from utils.schedule import every

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


def test_one_failure_does_not_end_the_schedule(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("work")
        raise RuntimeError("this time")

    async def sleep(seconds: float) -> None:
        done.append(f"sleep {seconds}")
        if len(done) == 4:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(every(7, work, sleep))

    assert done == ["work", "sleep 7", "work", "sleep 7"]
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_request_log_keeps_the_latest_and_charts_the_requests_a_minute() -> None:
    clock = FakeClock(1000)
    log = RequestLog(kept=3, charted_minutes=2, clock=clock)
    for number in range(10):
        log.add(RequestRecord("served", "GET", f"/{number}", 200, 1.0, "now"))
    clock.now += 30
    log.add(RequestRecord("served", "GET", "/last", None, 1.0, "now"))

    assert [record["path"] for record in log.recent(2)] == ["/last", "/9"]
    assert len(log.recent(10)) == 3
    summary = log.summary()
    assert (summary["total"], summary["per_minute"], len(summary["chart"])) == (11, 11, 24)
    assert summary["chart"][-7:] == [10] * 6 + [11]
    clock.now += 30
    assert log.summary()["per_minute"] == 1
    clock.now += 600
    assert set(log.summary()["chart"]) == {0}


def test_each_request_that_is_served_is_logged_with_its_status_even_one_that_fails() -> None:
    log = RequestLog()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/broken":
            raise AttributeError
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def main() -> None:
        transport = httpx.ASGITransport(RequestCounting(application, log))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await client.put("/teapot")
            with pytest.raises(AttributeError):
                await client.get("/broken")

    asyncio.run(main())
    assert [(record["method"], record["path"], record["status"]) for record in log.recent(9)] == [
        ("GET", "/broken", None),
        ("PUT", "/teapot", 418),
    ]


def test_settings_come_from_the_environment_or_are_the_usual_ones() -> None:
    usual = read_settings({})
    own = read_settings({"MONITORING_PORT": "8000", "MONITORING_LOG_DIR": "/var/log", "MONITORING_PUSH_SECONDS": "0.5"})

    assert (usual.host, usual.port, usual.log_dir) == ("127.0.0.1", 7860, Path("logs"))
    assert usual.sources_file == BROKEN_APPLICATION / "config" / "sources.json"
    assert (own.port, own.log_dir, own.push_seconds) == (8000, Path("/var/log"), 0.5)
    for wrong in (
        {"MONITORING_HEALTH_SECONDS": "soon"},
        {"MONITORING_PUSH_SECONDS": "0"},
        {"MONITORING_SILENCE_SECONDS": "15"},
    ):
        with pytest.raises(ValueError, match=r"soon|intervals must be positive"):
            read_settings(wrong)
