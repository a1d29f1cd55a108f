"""The hooks, run by pre-commit itself on a git repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import BROKEN, DATABASE, FIXED, SmallProject

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parent.parent
HOOK_SOURCES = ("src", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)


def commit_all(folder: Path) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for arguments in (("init", "--quiet"), ("add", "--all"), (*identity, "commit", "--quiet", "--message", "all")):
        run("git", *arguments, cwd=folder).check_returncode()


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project as a repository of hooks, with what is in the working tree."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in HOOK_SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    commit_all(folder)
    return folder


@pytest.fixture
def staged_project(project: SmallProject) -> SmallProject:
    """Three files: a factory, a broken file that is committed, and one that is staged."""
    project.write({"db.py": DATABASE, "committed.py": BROKEN})
    commit_all(project.root)
    project.write({"staged.py": BROKEN})
    run("git", "add", "staged.py", cwd=project.root).check_returncode()
    return project


def try_hook(project: SmallProject, hooks: Path, hook: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "pre_commit", "try-repo", str(hooks), hook, "--verbose")
    return run(*command, cwd=project.root)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """pre-commit keeps its environments in a folder of this test run."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path_factory.getbasetemp() / "pre-commit"))


def test_the_check_hook_reports_the_staged_file_alone(staged_project: SmallProject, hooks: Path) -> None:
    before = staged_project.contents()["staged.py"]

    completed = try_hook(staged_project, hooks, "sessionfix")

    assert completed.returncode == 1, completed.stdout + completed.stderr
    assert "staged.py:5:15: SF101 " in completed.stdout
    assert "db.py:5)" in completed.stdout
    assert "committed.py" not in completed.stdout
    assert staged_project.read("staged.py") == before


def test_the_fix_hook_rewrites_the_staged_file_alone(staged_project: SmallProject, hooks: Path) -> None:
    completed = try_hook(staged_project, hooks, "sessionfix-fix")

    assert completed.returncode == 1, completed.stdout + completed.stderr
    assert "files were modified by this hook" in completed.stdout
    assert staged_project.read("staged.py") == FIXED
    assert staged_project.read("committed.py") == BROKEN

    run("git", "add", "staged.py", cwd=staged_project.root).check_returncode()
    assert try_hook(staged_project, hooks, "sessionfix-fix").returncode == 0
