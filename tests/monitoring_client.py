"""What users of the monitoring application do with it, over real HTTP and a real WebSocket."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import httpx
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitoring_server import Server

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

Request: TypeAlias = "tuple[str, str, Json]"  # method, path, body

# Each of the eleven endpoints, by its function's name, with a request that its validation lets through.
POOL_REQUESTS: dict[str, Request] = {
    "list_pools": ("GET", "/api/pools", None),
    "create_pool": ("POST", "/api/pools", {"name": "Spare", "category": "market_data"}),
    "get_pool_status": ("GET", "/api/pools/1", None),
    "update_pool": ("PUT", "/api/pools/1", {"description": "changed"}),
    "delete_pool": ("DELETE", "/api/pools/1", None),
    "add_pool_member": ("POST", "/api/pools/1/members", {"provider_id": 1}),
    "update_pool_member": ("PUT", "/api/pools/1/members/1", {"priority": 2}),
    "remove_pool_member": ("DELETE", "/api/pools/1/members/1", None),
    "trigger_rotation": ("POST", "/api/pools/1/rotate", {}),
    "trigger_failover": ("POST", "/api/pools/1/failover", {"failed_provider_id": 1}),
    "get_rotation_history": ("GET", "/api/pools/1/history", None),
}

STATUS_REQUESTS: dict[str, Request] = {
    "get_system_status": ("GET", "/api/monitoring/status", None),
    "get_detailed_sources": ("GET", "/api/monitoring/sources/detailed", None),
}

SOCKET_TIMEOUT_SECONDS = 60


@dataclass
class Client:
    """Sends requests, and keeps what came back in `transcript`, without the times of day."""

    http: httpx.Client
    transcript: list[tuple[str, int, Json]] = field(default_factory=list)

    def send(self, method: str, path: str, body: Json = None) -> tuple[int, Json]:
        """Give the answer's status code and its JSON; None where the answer is plain text."""
        response = self.http.request(method, path, json=body)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        answer: Json = response.json() if is_json else None
        self.transcript.append((f"{method} {path}", response.status_code, without_times(answer)))
        return response.status_code, answer

    def succeed(self, method: str, path: str, body: Json = None) -> dict[str, Json]:
        """Give the JSON object of an answer that must be a success."""
        status_code, answer = self.send(method, path, body)
        assert status_code in (200, 201), (method, path, status_code, answer)
        assert isinstance(answer, dict)
        return answer


@contextmanager
def client_of(server: Server) -> Iterator[Client]:
    """Open a client that goes straight to the server, with a new connection for each request.

    uvicorn drops the connection after an unhandled exception; a request that reuses it would be lost.
    """
    one_request_each = {"Connection": "close"}
    with httpx.Client(base_url=server.http_url, headers=one_request_each, timeout=60, trust_env=False) as http:
        yield Client(http)


def pushed_statuses(server: Server, count: int) -> list[Json]:
    """Read the first statuses that the WebSocket pushes; raises ConnectionClosedError if the server drops it."""
    statuses: list[Json] = []
    with connect(server.status_socket_url, proxy=None, open_timeout=SOCKET_TIMEOUT_SECONDS) as socket:
        while len(statuses) < count:
            message = json.loads(socket.recv(timeout=SOCKET_TIMEOUT_SECONDS))
            if message["type"] == "update":
                statuses.append(message["data"]["status"])
    return statuses


def without_times(answer: Json) -> Json:
    """Leave out what differs from run to run: the times."""
    if isinstance(answer, dict):
        return {key: without_times(value) for key, value in answer.items() if not key.endswith("_at")}
    if isinstance(answer, list):
        return [without_times(element) for element in answer]
    return answer
