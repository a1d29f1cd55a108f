"""A headless Chromium, driven over its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/ has the commands: of the domains Page, Runtime and Emulation.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from websockets.sync.client import ClientConnection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DEADLINE_SECONDS = 90
MAXIMUM_MESSAGE_BYTES = 32 * 1024 * 1024

# It asks the network for nothing, and needs no sandbox of its own in a container that runs as root.
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--hide-scrollbars",
    "--remote-allow-origins=*",
    "--remote-debugging-port=0",
)


def found_chromium() -> str | None:
    """The program: what the variable CHROMIUM names, or the first of the usual names that is on the path."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One page of the browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its result; raises AssertionError for an error."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(timeout=DEADLINE_SECONDS))
            if message.get("id") == number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON has it; raises AssertionError where it throws."""
        result = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def text(self, element_id: str) -> str:
        """The text of the element that has an id."""
        return str(self.evaluate(f"document.getElementById({json.dumps(element_id)}).textContent"))

    def wait_for(self, expression: str) -> Any:
        """Wait until a JavaScript expression is truthy, and give its value. Raises AssertionError in the end."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < deadline, f"{expression} is {value!r}; the page says: {self.body()}"
            time.sleep(0.05)
        return value

    def body(self) -> str:
        """All the text that is to be seen."""
        return str(self.evaluate("document.body.innerText"))

    def go_to(self, url: str) -> None:
        """Load a page."""
        self.command("Page.enable")
        self.command("Page.navigate", url=url)
        self.wait_for("location.href !== 'about:blank' && document.readyState === 'complete'")

    def use_screen(self, width: int, height: int) -> None:
        """Let the page have this size, in pixels."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def screenshot(self) -> bytes:
        """What is to be seen, as a PNG file."""
        return base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"])


@contextmanager
def opened_page(program: str, profile: Path) -> Iterator[Page]:
    """Start the browser with a new profile in the folder `profile`, and end it with the block."""
    profile.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [program, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = _page_url(_port_once_listening(process, profile / "DevToolsActivePort"))
        with connect(url, proxy=None, max_size=MAXIMUM_MESSAGE_BYTES, open_timeout=DEADLINE_SECONDS) as connection:
            yield Page(connection)
    finally:
        process.kill()
        process.wait()


def _port_once_listening(process: subprocess.Popen[bytes], file: Path) -> int:
    """The port, which the browser writes into a file of its profile."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (file.is_file() and (lines := file.read_text(encoding="utf-8").splitlines())):
        assert process.poll() is None, f"Chromium has ended with the exit code {process.returncode}"
        assert time.monotonic() < deadline, "Chromium does not listen"
        time.sleep(0.05)
    return int(lines[0])


def _page_url(port: int) -> str:
    targets = httpx.get(f"http://127.0.0.1:{port}/json/list", trust_env=False, timeout=DEADLINE_SECONDS).json()
    return next(str(target["webSocketDebuggerUrl"]) for target in targets if target["type"] == "page")
