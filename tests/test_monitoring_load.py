"""The repaired monitoring application under load and faults: many clients, clients that vanish, sources that fail.

All in one process of its own, over real sockets on loopback; whatever it was asked, nothing may be left behind.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from monitoring_client import without_times
from monitoring_server import BROKEN_APPLICATION, Server, run_init_script, run_sessionfix, serving
from monitoring_sources import copy_sources
from source_server import SourceServer, serving_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

REQUESTS = 2000
CONNECTIONS = 20
CLIENTS = 200
KILLED = 50
BURST = 20  # of the limiter's default limits
CALLS_A_SECOND = 10
DEADLINE_SECONDS = 120
SPARE_FILES = 20  # what the database's pool keeps, and sockets that are yet to be closed: far fewer than requests

TIERS = ("primary", "secondary", "tertiary", "emergency")


@dataclass(frozen=True)
class Running:
    """A served application, and the server of its sources."""

    server: Server
    sources: SourceServer

    def has_settled(self, before: int | None) -> bool:
        """Wait until no more files are open than before, but for some; False if that does not come."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while before is not None and (self.open_files() or 0) > before + SPARE_FILES:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def open_files(self) -> int | None:
        """How many files and sockets the application has open; None where the system does not say."""
        folder = Path(f"/proc/{self.server.process_id}/fd")
        return sum(1 for _ in folder.iterdir()) if folder.is_dir() else None


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("load")
    application = copy_sources(BROKEN_APPLICATION, folder / "monitoring_api")
    assert run_sessionfix(application, "--write", ".").returncode == 0
    database = folder / "monitoring.db"
    assert run_init_script(application, database).returncode == 0
    with serving_sources() as sources:
        settings = {
            "MONITORING_SOURCES_FILE": str(sources_file(folder / "sources.json", sources)),
            "MONITORING_PUSH_SECONDS": "0.2",
            "MONITORING_HEARTBEAT_SECONDS": "0.5",
        }
        with serving(application, database, folder / "server.log", settings=settings) as server:
            yield Running(server, sources)
    assert "Traceback" not in server.log


def sources_file(path: Path, sources: SourceServer) -> Path:
    """Write a configuration with a source of news in each tier, whose answers are old at once."""
    news = {tier: [{"name": tier, "url": sources.url(tier), "attempts": 1}] for tier in TIERS}
    defaults = {"fresh_seconds": 0, "timeout_seconds": 2, "rest_seconds": 0.05, "longest_rest_seconds": 0.05}
    path.write_text(json.dumps({"defaults": defaults, "data_types": {"news": news}}), encoding="utf-8")
    return path


# --- HTTP


def test_two_thousand_requests_over_twenty_connections(running: Running) -> None:
    statuses = asyncio.run(answers_to(running.server, REQUESTS // 4))
    before = running.open_files()
    statuses += asyncio.run(answers_to(running.server, REQUESTS))

    assert statuses.total() == REQUESTS + REQUESTS // 4
    assert set(statuses) <= {200, 201}
    assert connections_in_use(running.server) == 0
    assert running.has_settled(before)


async def answers_to(server: Server, count: int) -> Counter[int]:
    """Send requests of all kinds, and count the answers by their status."""
    kinds: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", "/api/pools", None),
        ("GET", "/api/monitoring/status", None),
        ("GET", "/api/pools/1", None),
        ("GET", "/api/monitoring/sources/detailed", None),
        ("GET", "/api/pools/1/history", None),
        ("GET", "/api/monitoring/requests/recent", None),
        ("GET", "/ws/stats", None),
        ("POST", "/api/pools/1/rotate", {"reason": "manual"}),
        ("POST", "/api/monitoring/requests/log", {"origin": "load", "path": "/x", "duration_ms": 1}),
        ("GET", "/system-monitor", None),
    ]
    waiting = iter(range(count))
    statuses: Counter[int] = Counter()

    async def send_all() -> None:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        async with httpx.AsyncClient(
            base_url=server.http_url, limits=limits, timeout=DEADLINE_SECONDS, trust_env=False
        ) as client:
            for number in waiting:
                method, path, body = kinds[number % len(kinds)]
                response = await client.request(method, path, json=body)
                statuses[response.status_code] += 1

    await asyncio.gather(*(send_all() for _ in range(CONNECTIONS)))
    return statuses


def connections_in_use(server: Server) -> int:
    counts = httpx.get(f"{server.http_url}/api/monitoring/database", trust_env=False, timeout=DEADLINE_SECONDS).json()
    in_use = counts["in_use"]
    assert isinstance(in_use, int)
    return in_use


# --- WebSockets


def test_two_hundred_clients_of_which_fifty_are_killed(running: Running) -> None:
    before = running.open_files()

    asyncio.run(connect_and_kill(running.server))

    asyncio.run(until_active(running.server, 0))
    assert connections_in_use(running.server) == 0
    assert running.has_settled(before)


async def connect_and_kill(server: Server) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(server, "/ws")) for _ in range(CLIENTS)]
        await asyncio.gather(*(subscribe(client, "status") for client in clients))
        await until_active(server, CLIENTS)

        killed, left = clients[:KILLED], clients[KILLED:]
        for client in killed:
            client.transport.abort()  # no close frame, and no farewell of TCP either
        await until_active(server, CLIENTS - KILLED)

        updates = await asyncio.gather(*(next_update(client) for client in left))
        assert {json.dumps(without_times(update["data"]), sort_keys=True) for update in updates} == {
            json.dumps(without_times(updates[0]["data"]), sort_keys=True)
        }
        assert updates[0]["data"]["providers"] == 7


def connected(server: Server, path: str) -> connect:
    return connect(
        server.socket_url(path), proxy=None, open_timeout=DEADLINE_SECONDS, close_timeout=1, ping_interval=None
    )


async def subscribe(client: ClientConnection, topic: str) -> None:
    await client.send(json.dumps({"action": "subscribe", "topic": topic}))
    await next_update(client)


async def next_update(client: ClientConnection) -> dict[str, Any]:
    """Read on to the next update, and answer pings."""
    while True:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(client.recv(), DEADLINE_SECONDS))
        if message["type"] == "ping":
            await client.send(json.dumps({"action": "pong"}))
        if message["type"] == "update":
            return message


async def until_active(server: Server, count: int) -> None:
    """Wait until the application has this number of clients. Raises AssertionError if that does not come."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=DEADLINE_SECONDS) as client:
        while (active := (await client.get(f"{server.http_url}/ws/stats")).json()["active_connections"]) != count:
            assert time.monotonic() < deadline, f"{active} clients, not {count}"
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("path", "topic"), [("/ws", "pools"), ("/ws", "limits"), ("/ws", "requests"), ("/ws/live", "live.news")]
)
def test_each_websocket_service_tells_its_news(running: Running, path: str, topic: str) -> None:
    running.sources.behaviours.clear()

    async def read() -> list[dict[str, Any]]:
        async with connected(running.server, path) as client:
            await subscribe(client, topic)
            return [await next_update(client)]

    (update,) = asyncio.run(read())
    assert update["topic"] == topic
    assert update["data"]


# --- limits and fallback


def test_limiter_lets_the_burst_pass_then_blocks_then_lets_calls_pass_again(running: Running) -> None:
    running.sources.behaviours.clear()
    with httpx.Client(base_url=running.server.http_url, trust_env=False, timeout=DEADLINE_SECONDS) as client:
        until_refilled(client)
        started = time.monotonic()
        answers = [client.get("/api/data/news") for _ in range(100)]
        took = time.monotonic() - started

        allowed = [answer for answer in answers if answer.status_code == 200]
        blocked = [answer for answer in answers if answer.status_code == 429]
        assert len(allowed) + len(blocked) == 100
        assert {answer.status_code for answer in answers[:BURST]} == {200}
        assert len(allowed) <= BURST + took * CALLS_A_SECOND + 1
        assert all("Rate limit exceeded" in answer.json()["detail"] for answer in blocked)

        until_refilled(client)
        assert client.get("/api/data/news").status_code == 200


def until_refilled(client: httpx.Client) -> None:
    """Wait until the client has its whole burst again."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (left := client.get("/api/limits").json()["remaining"]["burst"]) < BURST:
        assert time.monotonic() < deadline, f"{left} of {BURST} calls are left"
        time.sleep(0.1)


def test_engine_falls_back_over_failing_sources_to_what_it_has(running: Running) -> None:
    with httpx.Client(base_url=running.server.http_url, trust_env=False, timeout=DEADLINE_SECONDS) as client:
        until_refilled(client)
        running.sources.behaviours.clear()
        assert data_from(client) == ("primary", False)

        running.sources.behaviours.update(primary="broken")
        assert data_from(client) == ("secondary", False)
        running.sources.behaviours.update(primary="reset", secondary="failing")
        assert data_from(client) == ("tertiary", False)
        running.sources.behaviours.update(tertiary="reset", emergency="missing")
        assert data_from(client)[1] is True


def data_from(client: httpx.Client) -> tuple[str, bool]:
    """Give the source of an answer, and whether it is an old one."""
    answer = client.get("/api/data/news")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["source"], found["stale"]
