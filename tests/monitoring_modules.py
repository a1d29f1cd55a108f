"""The modules of the monitoring application, to be imported by tests of its parts.

They have common names (`utils`, `api`, `database`), which other tests have other modules for. So they can be found
only while `importable()` lasts, and are forgotten by the import system afterwards.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitoring_server import BROKEN_APPLICATION

if TYPE_CHECKING:
    from collections.abc import Iterator


class FakeClock:
    """A clock that stands still unless it is moved."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def no_sleep(seconds: float) -> None:
    """Wait for nothing."""


@contextmanager
def importable() -> Iterator[None]:
    """Let the application's modules be imported in the block."""
    path = str(BROKEN_APPLICATION)
    before = set(sys.modules)
    sys.path.insert(0, path)
    try:
        yield
    finally:
        sys.path.remove(path)
        for name in set(sys.modules) - before:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(path):
                del sys.modules[name]
