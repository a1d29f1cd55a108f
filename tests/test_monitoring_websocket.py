"""The WebSockets of the monitoring application: what clients are told, and that nothing of them is left behind.

The server is uvicorn on loopback, in the event loop of the test, and so are its clients.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from monitoring_modules import FakeClock, importable

with importable():
    from api import websocket_endpoints
    from api.websocket import ConnectionManager
    from backend.server import Server
    from backend.services.container import Services
    from backend.services.multi_source_fallback_engine import AllSourcesFailedError, FetchResult
    from backend.services.real_websocket import LiveFeed
    from backend.services.request_log import RequestLog
    from backend.services.source_configuration import DataType
    from backend.services.websocket_service import WebSocketService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

SILENCE_SECONDS = 45
DEADLINE_SECONDS = 30


class Sources:
    """Stands in for the fallback engine: gives what it is told to give."""

    def __init__(self) -> None:
        self.data_types = [DataType.NEWS, DataType.EXPLORER]
        self.fetched: Counter[DataType] = Counter()
        self.are_available = True

    async def fetch(self, data_type: DataType) -> FetchResult:
        self.fetched[data_type] += 1
        if not self.are_available:
            raise AllSourcesFailedError(data_type, 12.34)
        return FetchResult(data_type, "one", {"number": self.fetched[data_type]})


@dataclass
class Application:
    """A served application, whose topics are `count` and `broken`."""

    url: str
    services: Services
    clock: FakeClock
    sources: Sources
    server: Server

    @property
    def open_connections(self) -> int:
        """Count the connections that uvicorn has yet, whether the application knows them or not."""
        return len(self.server.server_state.connections)

    def connect(self, path: str = "/ws") -> Any:
        return connect(self.url + path, proxy=None)

    async def once(self, number_of_clients: int) -> None:
        """Wait until there are so many, for the application and for uvicorn."""

        async def wait() -> None:
            while {len(self.services.connections), self.open_connections} != {number_of_clients}:
                await asyncio.sleep(0.005)

        await asyncio.wait_for(wait(), DEADLINE_SECONDS)


def counting() -> Callable[[], Awaitable[Any]]:
    counted = Counter[str]()

    async def count() -> Any:
        counted["calls"] += 1
        return counted["calls"]

    return count


async def break_down() -> Any:
    raise AttributeError("as in the broken application")


@asynccontextmanager
async def served(send_timeout: float = DEADLINE_SECONDS) -> AsyncIterator[Application]:
    clock, sources = FakeClock(), Sources()
    connections = ConnectionManager(clock=clock, silence_timeout=SILENCE_SECONDS, send_timeout=send_timeout)
    topics = WebSocketService(connections, {"count": counting(), "broken": break_down})
    engine: Any = sources
    services = Services(connections, engine, LiveFeed(connections, engine), topics, RequestLog())
    app = FastAPI()
    app.state.services = services
    app.include_router(websocket_endpoints.router)
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = Server(config, patience=0.2)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.001)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Application(f"ws://127.0.0.1:{port}", services, clock, sources, server)
    finally:
        server.should_exit = True
        await task


async def told(client: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), DEADLINE_SECONDS))


async def say(client: ClientConnection, **message: object) -> None:
    await client.send(json.dumps(message))


async def subscribed(client: ClientConnection, topic: str) -> Any:
    """Subscribe, and give the first news."""
    assert (await told(client))["type"] == "welcome"
    await say(client, action="subscribe", topic=topic)
    assert await told(client) == {"type": "subscribed", "topic": topic}
    return await told(client)


# --- what clients are told


def test_client_is_welcomed_subscribes_and_is_told_the_news_until_it_unsubscribes() -> None:
    async def main() -> None:
        async with served() as app, app.connect() as client:
            assert await subscribed(client, "count") == {"type": "update", "topic": "count", "data": 1}
            await app.services.topics.publish()
            assert await told(client) == {"type": "update", "topic": "count", "data": 2}
            await say(client, action="unsubscribe", topic="count")
            assert await told(client) == {"type": "unsubscribed", "topic": "count"}
            await app.services.topics.publish()
            await say(client, action="ping")
            assert await told(client) == {"type": "pong"}

    asyncio.run(main())


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ('{"action": "subscribe", "topic": "none"}', "There is no topic 'none'"),
        ('{"action": "subscribe", "topic": ["count"]}', "There is no topic ['count']"),
        ('{"action": "subscribe"}', "Send JSON with an action"),
        ('{"action": "dance"}', "Send JSON with an action"),
        ("[1]", "Send JSON with an action"),
        ("not JSON", "Send JSON with an action"),
        ("", "Send JSON with an action"),
        pytest.param("[" * 200_000, "Send JSON with an action", id="nested deeply"),
        (b"\xff", "Send JSON with an action"),
    ],
)
def test_message_that_makes_no_sense_is_complained_of_and_does_no_harm(message: str | bytes, complaint: str) -> None:
    async def main() -> None:
        async with served() as app, app.connect() as client:
            await told(client)
            await client.send(message)
            answer = await told(client)
            assert answer["type"] == "error"
            assert answer["message"].startswith(complaint)
            await say(client, action="ping")
            assert await told(client) == {"type": "pong"}

    asyncio.run(main())


def test_live_data_is_fetched_only_for_those_who_want_it() -> None:
    async def main() -> None:
        async with served() as app, app.connect("/ws/live") as client, app.connect("/ws/live"):
            first = await subscribed(client, "live.news")
            assert (first["data"]["source"], first["data"]["data"]) == ("one", {"number": 1})
            await app.services.live.publish()
            assert (await told(client))["data"]["data"] == {"number": 2}
            app.sources.are_available = False
            await app.services.live.publish()
            assert (await told(client))["data"] == {
                "data_type": "news",
                "error": "No source of news is available",
                "retry_after": 12.3,
            }
            assert app.sources.fetched == {DataType.NEWS: 3}

    asyncio.run(main())


def test_broadcast_reaches_all_and_news_only_the_subscribers_on_any_socket() -> None:
    async def main() -> None:
        async with served() as app, app.connect() as one, app.connect() as other, app.connect("/ws/live") as third:
            await subscribed(one, "count")
            assert (await told(other))["type"] == (await told(third))["type"] == "welcome"
            assert await app.services.connections.broadcast({"type": "hello"}) == 3
            assert [await told(client) for client in (one, other, third)] == [{"type": "hello"}] * 3
            assert await app.services.connections.broadcast({"type": "news"}, topic="count") == 1
            assert await told(one) == {"type": "news"}

    asyncio.run(main())


def test_statistics_count_connections_messages_and_topics() -> None:
    async def main() -> None:
        async with served() as app, app.connect() as client, app.connect("/ws/live"):
            await subscribed(client, "count")
            await app.once(2)
            app.clock.now += 5
            async with httpx.AsyncClient(trust_env=False) as http:
                answer = await http.get(app.url.replace("ws:", "http:") + "/ws/stats")
        assert answer.json() == {
            "active_connections": 2,
            "total_connections": 2,
            "messages_sent": 4,
            "messages_received": 1,
            "dropped": {},
            "topics": {"count": 1},
            "uptime_seconds": 5.0,
        }

    asyncio.run(main())


# --- nothing is left behind


@pytest.mark.parametrize("path", ["/ws", "/ws/live"])
@pytest.mark.parametrize("farewell", ["close frame", "none"])
def test_nothing_is_left_of_a_client_that_is_gone(path: str, farewell: str, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with served() as app, app.connect(path) as staying:
            for _ in range(5):
                client = await app.connect(path)
                await told(client)
                if farewell == "none":
                    client.transport.abort()
                else:
                    await client.close()
            await app.once(1)
            assert app.services.connections.stats()["total_connections"] == 6
            assert await told(staying)

    with caplog.at_level(logging.INFO):
        asyncio.run(main())
    assert [record.message for record in caplog.records if record.levelno > logging.INFO] == []
    assert sum(record.name == "api.websocket_endpoints" for record in caplog.records) == 6


def test_nothing_is_left_of_a_client_that_takes_nothing_in() -> None:
    more_than_all_buffers = {"type": "news", "text": "x" * 20_000_000}

    async def main() -> None:
        async with served(send_timeout=0.1) as app:
            client = await deaf_client(app)
            await app.once(1)
            while len(app.services.connections):
                await app.services.connections.broadcast(more_than_all_buffers)
            assert app.services.connections.stats()["dropped"] == {"slow": 1}
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # only Linux lets go of it before the client does
                await app.once(0)
            client.abort()
            await app.once(0)

    asyncio.run(main())


async def deaf_client(app: Application) -> asyncio.Transport:
    """Open a WebSocket by hand, and read nothing from it."""
    address = urlsplit(app.url)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, address.hostname, address.port)
    transport.pause_reading()
    handshake = (
        "GET /ws HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: MDAwMDAwMDAwMDAwMDAwMA==",
        "Sec-WebSocket-Version: 13",
    )
    transport.write("\r\n".join([*handshake, "", ""]).encode())
    return transport


def test_silent_client_is_dropped_and_told_why_while_one_that_answers_stays() -> None:
    async def main() -> None:
        async with served() as app, app.connect() as silent, app.connect() as answering:
            assert (await told(silent))["type"] == (await told(answering))["type"] == "welcome"
            app.clock.now += SILENCE_SECONDS
            await app.services.connections.heartbeat()
            assert await told(silent) == await told(answering) == {"type": "ping"}

            await say(answering, action="pong")
            await say(answering, action="ping")
            assert await told(answering) == {"type": "pong"}
            app.clock.now += 1
            await app.services.connections.heartbeat()
            with pytest.raises(ConnectionClosedError) as closed:
                await told(silent)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "silent")
            assert await told(answering) == {"type": "ping"}
            stats = app.services.connections.stats()
            assert (stats["active_connections"], stats["dropped"]) == (1, {"silent": 1})

    asyncio.run(main())


def test_nothing_is_left_of_a_client_whose_first_news_fail() -> None:
    async def main() -> None:
        async with served() as app, app.connect() as client:
            await told(client)
            await say(client, action="subscribe", topic="broken")
            assert await told(client) == {"type": "subscribed", "topic": "broken"}
            with pytest.raises(ConnectionClosedError):
                await told(client)
            await app.once(0)

    asyncio.run(main())


def test_shutdown_ends_all_connections() -> None:
    async def main() -> list[int]:
        async with served() as app:
            clients = [await app.connect() for _ in range(5)]
            await app.once(5)
            connections = app.services.connections
        for client in clients:
            await client.wait_closed()
        return [len(connections)]

    assert asyncio.run(main()) == [0]


# --- sockets that misbehave, without a network


class FakeWebSocket:
    """Takes messages in as it is told: at once, never, or not at all."""

    def __init__(self, failure: Exception | None = None, *, takes_for_ever: bool = False) -> None:
        self.failure = failure
        self.takes_for_ever = takes_for_ever
        self.sent: list[str] = []
        self.closed_with: tuple[int, str] | None = None

    async def accept(self) -> None:
        """Shake hands."""

    async def send_text(self, text: str) -> None:
        if self.failure:
            raise self.failure
        if self.takes_for_ever:
            await asyncio.Event().wait()
        self.sent.append(text)

    async def close(self, code: int, reason: str) -> None:
        self.closed_with = (code, reason)
        if self.failure:
            raise self.failure


async def serve(manager: ConnectionManager, websocket: Any) -> None:
    async with manager.connected(websocket):
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (FakeWebSocket(takes_for_ever=True), "slow"),
        (FakeWebSocket(WebSocketDisconnect(1006)), "unreachable"),
        (FakeWebSocket(RuntimeError("a close message has been sent")), "unreachable"),
        (FakeWebSocket(ConnectionResetError()), "unreachable"),
    ],
)
def test_who_cannot_be_reached_is_dropped_and_keeps_nobody_waiting(bad: FakeWebSocket, reason: str) -> None:
    async def main() -> None:
        manager, good = ConnectionManager(send_timeout=0.01), FakeWebSocket()
        serving = [asyncio.create_task(serve(manager, websocket)) for websocket in (bad, good)]
        await asyncio.sleep(0)

        assert await manager.broadcast({"type": "news"}) == 1
        await serving[0]  # the block that serves it has ended
        assert bad.closed_with == (1008, reason)
        assert good.sent == ['{"type": "news"}']
        assert (len(manager), manager.stats()["dropped"]) == (1, {reason: 1})

        serving[1].cancel()
        await asyncio.wait(serving)
        assert len(manager) == 0

    asyncio.run(main())


def test_message_to_a_client_that_was_dropped_reaches_nobody() -> None:
    async def main() -> None:
        manager, websocket = ConnectionManager(), FakeWebSocket()
        async with manager.connected(websocket) as connection:  # type: ignore[arg-type]
            assert await manager.send_personal(connection, {"number": 1})
            manager.drop(connection, "for the test")
            manager.drop(connection, "once more")
            assert not await manager.send_personal(connection, {"number": 2})
        assert websocket.sent == ['{"number": 1}']
        assert manager.stats()["dropped"] == {"for the test": 1}

    asyncio.run(main())


def test_error_in_the_block_is_not_swallowed_and_leaves_nothing_behind() -> None:
    manager = ConnectionManager()

    async def main() -> None:
        async with manager.connected(FakeWebSocket()):  # type: ignore[arg-type]
            assert len(manager) == 1
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(main())
    assert len(manager) == 0
