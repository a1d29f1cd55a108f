"""Several processes say what one says, in the same order, whatever becomes of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import BROKEN, DATABASE, UNFIXABLE, SmallProject
from sessionfix import fixer, runner
from sessionfix.checking import Checker
from sessionfix.diagnostics import FileResult
from sessionfix.outcomes import Outcome
from sessionfix.settings import Settings
from sessionfix.targets import Job, plan
from sessionfix.width import width_of
from sessionfix.workers import DIED, check_in_parallel

ONE_PROCESS = Settings(jobs=1, no_cache=True)
START_METHODS = [method for method in ("fork", "spawn") if method in multiprocessing.get_all_start_methods()]
# A program that waits in each worker until it is killed, and writes there who it is.
WAITING = """
import os, signal, sys, time
from pathlib import Path
from sessionfix import fixer
from sessionfix.cli import main

def wait(*_, **__):
    Path(f"{os.getpid()}.worker").touch()
    time.sleep(60)

fixer.check_file = wait
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs the tests may ignore it
main(["--no-cache", "--jobs", "2", "."], prog_name="sessionfix")
"""


@pytest.fixture
def job(project: SmallProject) -> Job:
    project.write({"db.py": DATABASE, "fine.py": "x = 1\n", "torn.py": "def (:\n", "odd.py": b"x = '\xff'\n"})
    project.write({f"{name}/app_{number}.py": BROKEN for name in "ab" for number in range(3)})
    project.write({"c/app.py": UNFIXABLE})
    return plan(project.root, ONE_PROCESS, [project.root])


@pytest.mark.parametrize(("method", "width"), [(START_METHODS[0], 1), (START_METHODS[0], 3), ("spawn", 2)])
def test_several_processes_find_what_one_finds(job: Job, method: str, width: int) -> None:
    one, checker = Checker(job), Checker(job)
    alone = list(runner.check_all(job, one))

    assert list(check_in_parallel(job, checker, width, method)) == alone
    assert checker.asked.questions.keys() == one.asked.questions.keys()
    assert checker.sieved == one.sieved
    assert sum(outcome.result.error is not None for outcome in alone) == 2
    assert sum(len(outcome.result.findings) for outcome in alone) == 7


@pytest.mark.parametrize("arguments", [["--diff"], ["--output-format", "json"], ["--unsafe-fixes"]])
def test_the_report_is_the_same_to_the_byte(job: Job, project: SmallProject, arguments: list[str]) -> None:
    runs = [
        project.run(*arguments, "--no-cache", *jobs, ".") for jobs in (["--jobs=1"], ["--jobs=2"], ["--jobs=9"], [])
    ]

    assert [(run.stdout_bytes, run.stderr, run.code) for run in runs] == 4 * [
        (runs[0].stdout_bytes, runs[0].stderr, runs[0].code)
    ]


def test_files_are_rewritten_the_same(job: Job, project: SmallProject) -> None:
    project.run("--write", "--jobs=1", "--no-cache", ".")
    alone = project.contents()
    project.run("--undo")

    project.run("--write", "--jobs=2", "--no-cache", ".")

    assert project.contents() == alone


def test_few_files_are_checked_in_one_process(job: Job) -> None:
    checker = Checker(job)

    assert width_of(job, checker) == 1
    assert width_of(replace(job, settings=Settings()), checker) <= 1
    assert width_of(replace(job, settings=Settings(jobs=3)), checker) == 3
    assert width_of(replace(job, settings=Settings(jobs=50)), checker) == len(job.targets)


def test_as_many_processes_as_processors_check_many_files(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write({"db.py": DATABASE, **{f"app_{number}.py": BROKEN + b"# much\n" * 150_000 for number in range(4)}})
    job = plan(project.root, Settings(), [project.root])
    for processors in (1, 2, 64):
        monkeypatch.setattr("sessionfix.width._processors", lambda found=processors: found)
        assert width_of(job, Checker(job)) == min(processors, 4)


@pytest.mark.skipif("fork" not in START_METHODS, reason="a worker that is not forked can't be made to die")
def test_a_worker_that_dies_costs_its_own_file_and_no_other(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    check_file = fixer.check_file

    def deadly(project: object, path: Path, text: str, **more: object) -> FileResult:
        if path.name == "app_1.py":
            os.kill(os.getpid(), signal.SIGKILL)
        return check_file(project, path, text, **more)  # type: ignore[arg-type]

    alone = {outcome.result.path: outcome for outcome in runner.check_all(job)}
    monkeypatch.setattr(fixer, "check_file", deadly)

    found = list(check_in_parallel(job, Checker(job), 2, "fork"))

    assert [outcome.result.path for outcome in found] == list(alone)
    for outcome in found:
        if outcome.result.path.name == "app_1.py":
            assert outcome == Outcome(FileResult(outcome.result.path, error=DIED))
        else:
            assert outcome == alone[outcome.result.path]
    assert multiprocessing.active_children() == []


def test_processes_end_where_nobody_wants_the_rest(job: Job) -> None:
    outcomes = check_in_parallel(job, Checker(job), 2)
    next(outcomes)

    outcomes.close()  # type: ignore[attr-defined]  # it is a generator

    assert multiprocessing.active_children() == []


def _wait_for(found: Callable[[], list[int]], count: int) -> list[int]:
    """What is found once it is so many, which it soon is."""
    end = time.monotonic() + 30
    while len(found()) < count and time.monotonic() < end:
        time.sleep(0.02)
    assert len(found()) == count
    return found()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif("fork" not in START_METHODS, reason="a worker that is not forked can't be made to wait")
@pytest.mark.parametrize("sent", [signal.SIGINT, getattr(signal, "SIGKILL", None)], ids=["interrupted", "killed"])
def test_workers_end_with_the_command(job: Job, project: SmallProject, sent: signal.Signals) -> None:
    before = project.contents()
    command = subprocess.Popen([sys.executable, "-c", WAITING], stderr=subprocess.PIPE, start_new_session=True)
    workers = _wait_for(lambda: sorted(map(int, (path.stem for path in project.root.glob("*.worker")))), 2)

    if sent is signal.SIGINT:
        os.killpg(command.pid, sent)  # as a terminal does
    else:
        command.send_signal(sent)
    _, said = command.communicate(timeout=30)

    _wait_for(lambda: [pid for pid in workers if not _is_running(pid)], 2)
    assert command.returncode == (2 if sent is signal.SIGINT else -sent)
    assert said.decode().startswith("interrupted" if sent is signal.SIGINT else "")
    assert len(said.splitlines()) == (sent is signal.SIGINT)
    assert {name: content for name, content in project.contents().items() if not name.endswith(".worker")} == before
