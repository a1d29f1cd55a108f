"""Room for code that is nested deeply: a thread with a large stack, in which functions may recurse further."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

STACK = 256 << 20  # bytes of address space: what is not used takes no memory
RECURSION = 50_000  # Python 3.10 takes less than a kilobyte of the stack for each


def with_room(work: Callable[[], T]) -> T:
    """What `work` returns or raises, done where there is room; RecursionError where the system gives none."""
    results: list[T] = []
    errors: list[BaseException] = []
    before = sys.getrecursionlimit()

    def run() -> None:
        sys.setrecursionlimit(max(before, RECURSION))  # for all threads, but the one that waits does not recurse
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again by the thread that waits
            errors.append(error)
        finally:
            sys.setrecursionlimit(before)

    thread = _started(run)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def with_room_if_needed(work: Callable[[], T]) -> T:
    """What `work` returns or raises, done once more where there is room if it recurses too far."""
    try:
        return work()
    except RecursionError:
        return with_room(work)


def _started(run: Callable[[], None]) -> threading.Thread:
    before = threading.stack_size()
    try:
        threading.stack_size(STACK)
        thread = threading.Thread(target=run, daemon=True)  # an interrupted run does not wait for it
        thread.start()
    except (ValueError, RuntimeError, MemoryError) as error:
        raise RecursionError("the system gives no larger stack") from error
    finally:
        threading.stack_size(before)
    return thread
