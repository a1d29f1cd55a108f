"""A real HTTP server on loopback that stands in for the sources of the monitoring application, good and bad."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Behaviour = Literal["ok", "missing", "busy", "failing", "slow", "broken", "not a number", "busy for ever", "reset"]

RETRY_AFTER_SECONDS = 40
LONGEST_SLOWNESS_SECONDS = 60

# On closing, a socket with this option answers what is under way with a reset.
_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class SourceServer(ThreadingHTTPServer):
    """Answers `GET /<name>` as `behaviours` has it for that name, and notes the names in `requested`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviours: dict[str, Behaviour] = {}
        self.requested: list[str] = []
        self.closing = threading.Event()
        self.to_reset: set[Any] = set()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"

    def shutdown_request(self, request: Any) -> None:
        if request in self.to_reset:
            self.to_reset.discard(request)
            self.close_request(request)  # without the farewell, which would come before the reset
        else:
            super().shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    server: SourceServer

    def do_GET(self) -> None:
        name = self.path.strip("/")
        self.server.requested.append(name)
        behaviour = self.server.behaviours.get(name, "ok")
        getattr(self, f"_be_{behaviour.replace(' ', '_')}")(name)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""

    def _be_ok(self, name: str) -> None:
        self._answer(200, json.dumps({"from": name}))

    def _be_missing(self, name: str) -> None:
        self._answer(404, "{}")

    def _be_busy(self, name: str) -> None:
        self._answer(429, "{}", {"Retry-After": str(RETRY_AFTER_SECONDS)})

    def _be_failing(self, name: str) -> None:
        self._answer(503, "{}")

    def _be_slow(self, name: str) -> None:
        self.server.closing.wait(LONGEST_SLOWNESS_SECONDS)

    def _be_broken(self, name: str) -> None:
        self._answer(200, '{"from": ')

    def _be_not_a_number(self, name: str) -> None:
        self._answer(200, '{"from": NaN}')

    def _be_busy_for_ever(self, name: str) -> None:
        self._answer(429, "{}", {"Retry-After": "9" * 400})

    def _be_reset(self, name: str) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self.server.to_reset.add(self.connection)

    def _answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())


@contextmanager
def serving_sources() -> Iterator[SourceServer]:
    """Serve until the block ends."""
    with SourceServer() as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
