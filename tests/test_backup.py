from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from conftest import SmallProject
from sessionfix.backup import BackupError, Replacement, runs, save, settle, undo
from sessionfix.diagnostics import Certainty, Finding, Position, Span

OLD = b"old\r\n\xff"
NEW = b"new\r\n\xff"


@pytest.fixture
def folder(project: SmallProject) -> Path:
    return project.root / ".sessionfix" / "backups"


def replacement(path: Path) -> Replacement:
    finding = Finding("SF101", "no with", path, Span(Position(3, 5), Position(3, 9)), 3, (), Certainty.CERTAIN)
    return Replacement(path, OLD, NEW, (finding,))


def rewrite(project: SmallProject, folder: Path, *names: str) -> str:
    """What `--write` does: the run's name."""
    paths = [project.root / name for name in names]
    project.write(dict.fromkeys(names, OLD))
    run = save(folder, project.root, [replacement(path) for path in paths])
    project.write(dict.fromkeys(names, NEW))
    return run.name


def test_a_run_holds_bytes_mode_and_manifest(project: SmallProject, folder: Path) -> None:
    project.write({"pkg/app.py": OLD})
    path = project.root / "pkg" / "app.py"
    path.chmod(0o640)

    run = save(folder, project.root, [replacement(path)])

    copy = run.folder / "files" / "pkg" / "app.py"
    manifest = json.loads((run.folder / "manifest.json").read_bytes())
    assert copy.read_bytes() == OLD
    assert stat.S_IMODE(copy.stat().st_mode) == stat.S_IMODE(path.stat().st_mode)
    assert manifest["run"] == run.name
    assert manifest["version"]
    assert manifest["time"]
    assert manifest["files"] == [
        {
            "path": "pkg/app.py",
            "backup": "files/pkg/app.py",
            "mode": stat.S_IMODE(path.stat().st_mode),
            "sha256_before": hashlib.sha256(OLD).hexdigest(),
            "sha256_after": hashlib.sha256(NEW).hexdigest(),
            "findings": [{"code": "SF101", "row": 3, "column": 5, "message": "no with"}],
        }
    ]


def test_undo_brings_back_bytes_and_mode(project: SmallProject, folder: Path) -> None:
    project.write({"app.py": OLD})
    path = project.root / "app.py"
    path.chmod(0o751)
    save(folder, project.root, [replacement(path)])
    path.write_bytes(NEW)
    path.chmod(0o600)

    undone = undo(folder, project.root)

    assert undone.restored == (path,)
    assert path.read_bytes() == OLD
    assert stat.S_IMODE(path.stat().st_mode) == 0o751 or os.name == "nt"


def test_undo_refuses_what_changed_since_and_restores_the_rest(project: SmallProject, folder: Path) -> None:
    rewrite(project, folder, "a.py", "b.py", "c.py")
    project.write({"b.py": b"edited"})
    (project.root / "c.py").unlink()

    undone = undo(folder, project.root)

    assert project.read("a.py") == OLD
    assert project.read("b.py") == b"edited"
    assert undone.restored == (project.root / "a.py",)
    assert [(path.name, reason.split(";")[0]) for path, reason in undone.refused] == [
        ("b.py", "has changed since"),
        ("c.py", "cannot be read: No such file or directory"),
    ]


def test_a_run_with_refused_files_can_be_undone_again(project: SmallProject, folder: Path) -> None:
    rewrite(project, folder, "a.py", "b.py")
    project.write({"b.py": b"edited"})
    undo(folder, project.root)
    project.write({"b.py": NEW})

    assert not undo(folder, project.root).refused
    assert (project.read("a.py"), project.read("b.py")) == (OLD, OLD)


def test_undo_goes_back_run_by_run(project: SmallProject, folder: Path) -> None:
    first = rewrite(project, folder, "a.py")
    (folder / first).rename(folder / "20000101-000000-0000")
    second = rewrite(project, folder, "b.py")

    assert undo(folder, project.root).run.name == second
    assert undo(folder, project.root).run.name == "20000101-000000-0000"
    with pytest.raises(BackupError, match="nothing to undo"):
        undo(folder, project.root)


def test_a_run_is_undone_by_name_and_once(project: SmallProject, folder: Path) -> None:
    name = rewrite(project, folder, "a.py")

    undo(folder, project.root, name)

    with pytest.raises(BackupError, match=f"the run {name} was undone already"):
        undo(folder, project.root, name)
    with pytest.raises(BackupError, match="there is no run 2020"):
        undo(folder, project.root, "2020")


def test_a_damaged_backup_is_refused(project: SmallProject, folder: Path) -> None:
    name = rewrite(project, folder, "a.py")
    (folder / name / "files" / "a.py").write_bytes(b"something else")

    assert undo(folder, project.root).refused == ((project.root / "a.py", "its backup is damaged; left as it is"),)
    assert project.read("a.py") == NEW


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"files": [{"path": 1}]}', b"\xff"])
def test_a_damaged_manifest_is_named(project: SmallProject, folder: Path, content: bytes) -> None:
    name = rewrite(project, folder, "a.py")
    manifest = folder / name / "manifest.json"
    manifest.write_bytes(content)

    with pytest.raises(BackupError, match="cannot be read") as caught:
        runs(folder, project.root)

    assert str(manifest) in str(caught.value)


def test_what_was_not_replaced_leaves_the_manifest(project: SmallProject, folder: Path) -> None:
    project.write({"a.py": OLD, "b.py": OLD})
    run = save(folder, project.root, [replacement(project.root / name) for name in ("a.py", "b.py")])
    project.write({"a.py": NEW})

    settle(run)

    (kept,) = runs(folder, project.root)
    assert [entry.path for entry in kept.entries] == ["a.py"]


def test_a_run_that_replaced_nothing_leaves_nothing(project: SmallProject, folder: Path) -> None:
    project.write({"a.py": OLD})

    assert settle(save(folder, project.root, [replacement(project.root / "a.py")])) is None

    assert runs(folder, project.root) == ()
    assert list(folder.iterdir()) == []


def test_files_outside_the_project_are_kept_too(project: SmallProject, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.py"
    path.write_bytes(OLD)
    save(folder, project.root, [replacement(path)])
    path.write_bytes(NEW)

    undo(folder, project.root)

    assert path.read_bytes() == OLD


def test_a_backup_that_cannot_be_written_says_so(project: SmallProject, folder: Path) -> None:
    project.write({"a.py": OLD, ".sessionfix": b"a file in the way"})

    with pytest.raises(BackupError, match="no backup can be written"):
        save(folder, project.root, [replacement(project.root / "a.py")])


def test_git_does_not_see_the_backups(project: SmallProject, folder: Path) -> None:
    rewrite(project, folder, "a.py")
    subprocess.run(["git", "init", "--quiet"], check=True)

    status = subprocess.run(["git", "status", "--porcelain", "-uall"], check=True, capture_output=True, text=True)

    assert ".sessionfix" not in status.stdout
