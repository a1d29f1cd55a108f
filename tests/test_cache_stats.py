"""The stats of many files, for which two processes ask: the same as those for which one asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sessionfix.cache import stats

ASKED = """
import os, sys
from sessionfix.cache import stats
paths = [os.fsencode(path) for path in sys.argv[2:]]
stats._MANY, os.cpu_count = 0, lambda: 2
if sys.argv[1] == "killed":
    real, parent = stats.stats_of, os.getpid()
    stats.stats_of = lambda paths: real(paths) if os.getpid() == parent else os.abort()
elif sys.argv[1] == "refused":
    def fork():
        raise BlockingIOError
    os.fork = fork
forked = []
os.register_at_fork(before=lambda: forked.append(1))
same = stats.state_of(paths) == stats.as_bytes(stats.stats_of(paths))
print(len(forked), same)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize(
    ("happens", "count", "said"),
    [("", 0, "1 True"), ("", 1, "1 True"), ("", 8, "1 True"), ("killed", 8, "1 False"), ("refused", 8, "0 True")],
)
def test_two_processes_say_what_one_says(tmp_path: Path, happens: str, count: int, said: str) -> None:
    paths = [tmp_path / f"{number}.py" for number in range(count)]
    for path in paths[::2]:
        path.write_text(path.name, encoding="utf-8")

    command = [sys.executable, "-c", ASKED, happens, *map(str, paths)]
    completed = subprocess.run(command, check=True, capture_output=True, text=True)

    assert (completed.stdout.strip(), completed.stderr) == (said, "")


def test_any_change_makes_other_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    seen = set()
    for path in (*paths, paths[1]):
        path.write_bytes(path.read_bytes() + b"x" if path.exists() else b"")
        seen.add(stats.as_bytes(stats.stats_of(map(str, paths))))
    paths[2].unlink()
    seen.add(stats.as_bytes(stats.stats_of(map(str, paths))))

    assert len(seen) == 5
