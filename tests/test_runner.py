from __future__ import annotations

from pathlib import Path

import pytest

from conftest import BROKEN, DATABASE, FIXED, SmallProject
from sessionfix import fixer, runner
from sessionfix.backup import BackupError, runs
from sessionfix.diagnostics import FileResult
from sessionfix.outcomes import Outcome
from sessionfix.settings import Settings
from sessionfix.targets import Job, plan


@pytest.fixture
def folder(project: SmallProject) -> Path:
    return project.root / ".sessionfix" / "backups"


def job_of(project: SmallProject) -> Job:
    return plan(project.root, Settings(), [project.root])


def checked(project: SmallProject) -> tuple[Outcome, ...]:
    return tuple(runner.check_all(job_of(project)))


def test_outcomes_come_in_the_order_of_the_paths(project: SmallProject) -> None:
    project.write({"db.py": DATABASE, "b.py": BROKEN, "a/z.py": b"def (:\n", "a/b.py": b"x = '\xff'\n"})

    outcomes = checked(project)

    names = [outcome.result.path.relative_to(project.root).as_posix() for outcome in outcomes]
    assert names == ["a/b.py", "a/z.py", "b.py", "db.py"]
    assert [bool(outcome.result.error) for outcome in outcomes] == [True, True, False, False]


def test_a_fault_in_one_file_is_told_and_the_rest_is_done(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_file = fixer.check_file

    def faulty(project: object, path: Path, text: str, **more: object) -> FileResult:
        if path.name == "faulty.py":
            raise ZeroDivisionError("division by zero")
        return check_file(project, path, text, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(fixer, "check_file", faulty)
    broken_project.write({"faulty.py": b"x = 1\n"})

    errors = {outcome.result.path.name: outcome.result.error for outcome in checked(broken_project)}

    assert errors == {
        "app.py": None,
        "db.py": None,
        "faulty.py": "fault of sessionfix: ZeroDivisionError: division by zero",
    }


def test_all_backups_are_on_the_disk_before_the_first_file_is_replaced(
    broken_project: SmallProject, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_project.write({"other.py": BROKEN})
    replace_file = runner.replace_file
    kept: list[list[bytes]] = []

    def watching(path: Path, expected: bytes, content: bytes) -> None:
        (run,) = runs(folder, broken_project.root)
        kept.append([(run.folder / entry.backup).read_bytes() for entry in run.entries])
        replace_file(path, expected, content)

    monkeypatch.setattr(runner, "replace_file", watching)
    runner.write_all(broken_project.root, checked(broken_project), folder)

    assert kept == [[BROKEN, BROKEN], [BROKEN, BROKEN]]


def test_a_file_that_changed_during_the_run_is_left_and_told(broken_project: SmallProject, folder: Path) -> None:
    broken_project.write({"other.py": BROKEN})
    outcomes = checked(broken_project)
    broken_project.write({"app.py": BROKEN + b"# edited meanwhile\n"})

    done, run = runner.write_all(broken_project.root, outcomes, folder)

    assert broken_project.read("app.py") == BROKEN + b"# edited meanwhile\n"
    assert broken_project.read("other.py") == FIXED
    assert done[0].result.error == "has changed since it was read; left as it is"
    assert (len(done[0].left), done[0].after) == (1, None)
    assert run is not None


def test_an_interrupt_leaves_each_file_old_or_new_and_a_manifest_that_says_which(
    broken_project: SmallProject, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_project.write({"other.py": BROKEN})
    replace_file = runner.replace_file

    def interrupted(path: Path, expected: bytes, content: bytes) -> None:
        if path.name == "other.py":
            raise KeyboardInterrupt
        replace_file(path, expected, content)

    monkeypatch.setattr(runner, "replace_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner.write_all(broken_project.root, checked(broken_project), folder)

    assert (broken_project.read("app.py"), broken_project.read("other.py")) == (FIXED, BROKEN)
    (run,) = runs(folder, broken_project.root)
    assert [entry.path for entry in run.entries] == ["app.py"]
    assert broken_project.run("--undo").code == 0
    assert broken_project.read("app.py") == BROKEN


def test_nothing_to_write_makes_no_backup(project: SmallProject, folder: Path) -> None:
    project.write({"db.py": DATABASE})

    assert runner.write_all(project.root, checked(project), folder)[1] is None
    assert not folder.exists()


def test_a_backup_that_fails_stops_all_writing(
    broken_project: SmallProject, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    outcomes = checked(broken_project)
    monkeypatch.setattr("sessionfix.backup.write_new", full)

    with pytest.raises(BackupError, match="No space left on device; nothing is replaced"):
        runner.write_all(broken_project.root, outcomes, folder)
    assert broken_project.read("app.py") == BROKEN


def test_hard_links_are_noted(broken_project: SmallProject, folder: Path) -> None:
    (broken_project.root / "twin.txt").hardlink_to(broken_project.root / "app.py")

    done, _ = runner.write_all(broken_project.root, checked(broken_project), folder)

    assert "hard link" in done[0].notes[0]
    assert broken_project.read("app.py") == FIXED
    assert broken_project.read("twin.txt") == BROKEN


@pytest.mark.parametrize(
    "content",
    [
        BROKEN.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + BROKEN,
        b"# -*- coding: latin-1 -*-\n" + BROKEN.replace(b"(name)\n", b"('\xe4\xf6')\n"),
        BROKEN.rstrip(b"\n"),
        BROKEN.replace(b"db import", b"db import  "),
    ],
    ids=["crlf", "byte order mark", "latin-1", "no newline at the end", "blanks"],
)
def test_a_rewrite_changes_no_byte_beside_the_site(project: SmallProject, folder: Path, content: bytes) -> None:
    project.write({"db.py": DATABASE, "app.py": content})

    runner.write_all(project.root, checked(project), folder)

    newline = b"\r\n" if b"\r\n" in content else b"\n"
    before = content.split(b"    session = get_session()")[0]
    call = next(line for line in content.splitlines() if b"session.add" in line)
    expected = [before + b"    with get_session() as session:", b"    " + call, b""]
    assert project.read("app.py") in (newline.join(expected), newline.join(expected).rstrip(newline))
