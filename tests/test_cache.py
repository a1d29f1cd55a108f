"""The cache as users meet it: the same answers, sooner, and nothing of it where it is not wanted."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from conftest import BROKEN, DATABASE, FIXED, UNFIXABLE, SmallProject, trust_every_stat
from sessionfix import fixer, incremental
from sessionfix.cache import key, recall
from sessionfix.settings import Settings
from sessionfix.targets import plan

CLEAN = b"from db import get_session\n\nwith get_session() as session:\n    session.add(1)\n"
WATCHED = """
import os, sys
seen = []
root = os.path.realpath(".")
def hook(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".py") and os.path.realpath(str(arguments[0])).startswith(root):
        seen.append("read " + os.path.basename(arguments[0]))
    elif event == "compile" and arguments[1] == "<unknown>":
        seen.append("parse")
sys.addaudithook(hook)
from sessionfix.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
seen += sorted({"libcst", "sessionfix.project.project", "sessionfix.fixer"} & set(sys.modules))
print(sorted(set(seen)), file=sys.stderr)
"""


def watched(*arguments: str) -> set[str]:
    """What a run in a process of its own reads, parses and imports."""
    command = [sys.executable, "-c", WATCHED, *arguments]
    completed = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(ast.literal_eval(completed.stderr.splitlines()[-1]))


def caches(project: SmallProject, folder: str = ".sessionfix_cache") -> list[Path]:
    return sorted((project.root / folder).glob("*.cache"))


# what a warm run does


def test_a_run_without_changes_reads_no_file_and_parses_none(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    project.write({"db.py": DATABASE, "app.py": CLEAN})
    assert {"read app.py", "parse", "sessionfix.fixer"} <= watched("--no-cache")

    project.run()

    assert watched() == set()
    assert watched("app.py") == set()


def test_a_run_reads_the_files_with_findings_to_show_them_and_parses_none(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    broken_project.run()

    assert watched() == {"read app.py"}
    assert watched("app.py") == {"read app.py"}

    broken_project.run("app.py", "--unsafe-fixes")
    assert watched("app.py", "--unsafe-fixes") == {"read app.py"}


def test_files_that_were_just_changed_are_read_but_not_parsed(project: SmallProject) -> None:
    project.write({"db.py": DATABASE, "app.py": CLEAN})
    project.run()

    assert watched() == {"read app.py", "read db.py"}


def test_a_file_that_was_touched_is_not_parsed_again(project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    trust_every_stat(monkeypatch)
    project.write({"db.py": DATABASE, "app.py": CLEAN})
    project.run()
    os.utime(project.root / "app.py", ns=(10**18, 10**18))

    assert watched() == {"read app.py"}
    project.run()
    assert watched() == set()


@pytest.mark.parametrize(
    "arguments",
    [("--output-format", "text"), ("--output-format", "concise"), ("--output-format", "json"), ("--diff",)],
    ids=" ".join,
)
@pytest.mark.parametrize("unsafe", [(), ("--unsafe-fixes",)])
def test_the_report_is_the_same_to_the_byte(
    project: SmallProject, arguments: tuple[str, ...], unsafe: tuple[str, ...]
) -> None:
    latin = BROKEN.replace(b"def add", b"# caf\xe9\n\n\ndef add")
    project.write({"db.py": DATABASE, "app.py": BROKEN, "b.py": UNFIXABLE, "c.py": CLEAN, "d.py": b"def (:\n"})
    project.write(
        {"latin.py": b"# coding: latin-1\n" + latin, "bad.py": latin, "crlf.py": BROKEN.replace(b"\n", b"\r\n")}
    )
    cold = project.run(*arguments, *unsafe, "--no-cache")

    runs = [project.run(*arguments, *unsafe) for _ in range(3)]

    assert runs == [cold, cold, cold]
    assert cold.code == 2


def test_how_much_was_in_the_cache_is_told_on_request(broken_project: SmallProject) -> None:
    assert "cache: 0 of 2 files are as they were" in broken_project.run("-v").stderr
    assert "cache: 2 of 2 files are as they were" in broken_project.run("-v").stderr
    assert "cache:" not in broken_project.run().stderr
    assert "cache:" not in broken_project.run("-v", "--no-cache").stderr


# changes that are hard to see


def test_a_content_of_the_same_size_with_the_old_time_is_seen(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    app = broken_project.root / "app.py"
    before = app.stat()
    assert broken_project.run().code == 1

    other = broken_project.root / "other"
    other.write_bytes(b"x = 1\n".ljust(before.st_size))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(app)

    assert app.stat().st_mtime_ns == before.st_mtime_ns
    assert broken_project.run().code == 0


def test_a_change_within_what_the_file_system_takes_for_one_moment_is_seen(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def coarse(files: Iterable[str]) -> list[int]:
        found = [Path(file).stat() for file in files]
        return [number for one in found for number in (one.st_size, one.st_mtime_ns // 10**9 * 10**9 - 5, 7, 7)]

    monkeypatch.setattr(recall, "stats_of", coarse)
    monkeypatch.setattr(incremental, "stats_of", coarse)
    app = broken_project.root / "app.py"
    size, time = app.stat().st_size, app.stat().st_mtime_ns
    assert broken_project.run().code == 1

    app.write_bytes(b"x = 1\n".ljust(size))
    os.utime(app, ns=(time, time))

    assert broken_project.run().code == 0


def test_a_file_with_a_time_in_the_future_is_seen_to_change(broken_project: SmallProject) -> None:
    app = broken_project.root / "app.py"
    size, future = app.stat().st_size, 4 * 10**18
    os.utime(app, ns=(future, future))
    assert broken_project.run().code == 1

    app.write_bytes(b"x = 1\n".ljust(size))
    os.utime(app, ns=(future, future))

    assert broken_project.run().code == 0


def test_a_file_that_changes_during_the_run_leaves_nothing_wrong_behind(broken_project: SmallProject) -> None:
    notes: list[str] = []
    outcomes = incremental.check_all(plan(broken_project.root, Settings(), [broken_project.root]), notes.append)
    next(outcomes)
    broken_project.write({"db.py": DATABASE + b"\n"})
    list(outcomes)

    assert notes[-1] == "cache: not stored: files were changed meanwhile"
    assert caches(broken_project) == []


def test_what_was_concluded_in_several_runs_depends_on_all_that_these_asked(project: SmallProject) -> None:
    project.write({"db.py": DATABASE, "manage.py": DATABASE, "app.py": BROKEN})
    project.write({"b.py": BROKEN.replace(b"from db", b"from manage")})
    assert (project.run("app.py").code, project.run("b.py").code) == (1, 1)

    project.write({"db.py": b"x = 1\n"})

    assert (project.run("app.py").code, project.run("b.py").code) == (0, 1)


def test_two_runs_at_once_leave_a_cache_that_is_right(broken_project: SmallProject) -> None:
    job = plan(broken_project.root, Settings(), [broken_project.root])
    slow = incremental.check_all(job, str)
    next(slow)
    assert broken_project.run("--select", "SF2").code == 0
    assert broken_project.run().code == 1
    list(slow)

    assert len(caches(broken_project)) == 2
    assert broken_project.run() == broken_project.run("--no-cache")
    broken_project.write({"db.py": b"x = 1\n"})
    assert broken_project.run().code == 0


# circumstances


def test_other_settings_find_other_things(broken_project: SmallProject) -> None:
    codes = [broken_project.run(*arguments).code for arguments in ((), ("--ignore", "SF101"), (), ("--select", "SF2"))]

    assert codes == [1, 0, 1, 0]


def test_settings_without_effect_on_findings_share_a_cache(broken_project: SmallProject) -> None:
    for arguments in ((), ("--exit-zero",), ("--output-format", "json"), ("--exclude", "db.py")):
        broken_project.run(*arguments)

    assert len(caches(broken_project)) == 1


@pytest.mark.parametrize("name", ["__version__", "_own_state"])
def test_another_sessionfix_begins_anew(
    broken_project: SmallProject, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_project.run()
    monkeypatch.setattr(key, name, str)

    assert "cache: 0 of 2" in broken_project.run("-v").stderr


def test_another_python_begins_anew(broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_project.run()
    monkeypatch.setattr(sys, "version", "3.99.0")

    assert "cache: 0 of 2" in broken_project.run("-v").stderr


def test_a_wrong_setting_is_an_error_whatever_the_cache_holds(broken_project: SmallProject) -> None:
    broken_project.run()

    assert broken_project.run("--select", "SF999").code == 2
    assert broken_project.run("--select", "SF999").code == 2


PACKAGE = b"from contextlib import contextmanager\n\n\n@contextmanager\ndef connected():\n    yield 1\n"
USE = b"import acme\n\n\ndef add():\n    session = acme.connected()\n    session.add(1)\n    session.commit()\n"


def with_package(project: SmallProject, content: bytes) -> Path:
    packages = project.root / ".venv" / "lib" / "python3.11" / "site-packages"
    project.write({"app.py": USE, ".venv/pyvenv.cfg": b"version = 3.11.4\n"})
    (packages / "acme").mkdir(parents=True)
    (packages / "acme" / "__init__.py").write_bytes(content)
    return packages


def test_an_edit_in_an_installed_package_is_seen(project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    trust_every_stat(monkeypatch)
    packages = with_package(project, b"from acme.tools import *\n")
    assert [project.run().code for _ in range(2)] == [0, 0]

    (packages / "acme" / "tools.py").write_bytes(PACKAGE)
    assert [project.run().code for _ in range(2)] == [1, 1]

    (packages / "acme" / "tools.py").write_bytes(b"connected = 1\n")
    assert [project.run().code for _ in range(2)] == [0, 0]


def test_a_package_that_was_installed_a_moment_ago_is_not_relied_on(project: SmallProject) -> None:
    with_package(project, PACKAGE)

    assert "installed packages were changed a moment ago" in project.run("-v").stderr
    assert caches(project) == []


# rewriting, and what has no cache


def test_a_rewrite_is_seen_by_the_next_run_and_so_is_its_undoing(broken_project: SmallProject) -> None:
    assert [broken_project.run().code for _ in range(2)] == [1, 1]

    assert broken_project.run("--write").code == 0
    assert broken_project.read("app.py") == FIXED
    assert [broken_project.run().code for _ in range(2)] == [0, 0]

    broken_project.run("--undo")
    assert [broken_project.run().code for _ in range(2)] == [1, 1]


def test_a_rewrite_from_the_cache_is_the_one_that_was_found(broken_project: SmallProject) -> None:
    cold = broken_project.run("--diff", "--no-cache")
    broken_project.run("--diff")
    broken_project.write({"app.py": BROKEN})
    assert broken_project.run("--diff") == cold

    assert broken_project.run("--write").code == 0
    assert broken_project.read("app.py") == FIXED


def test_standard_input_is_checked_as_it_is_given(broken_project: SmallProject) -> None:
    broken_project.run()

    assert broken_project.run("--stdin-filename", "app.py", stdin=FIXED).code == 0
    assert broken_project.run("--stdin-filename", "app.py", stdin=BROKEN).code == 1
    assert broken_project.run().code == 1


def test_a_fault_is_not_remembered(broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patching:
        patching.setattr(fixer, "check_file", faulty)
        assert broken_project.run().code == 2

    assert broken_project.run().code == 1


# where it is


def test_the_folder_is_ignored_by_git_and_marked_as_a_cache(broken_project: SmallProject) -> None:
    broken_project.run()

    folder = broken_project.root / ".sessionfix_cache"
    assert (folder / ".gitignore").read_text().splitlines()[-1] == "*"
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert len(caches(broken_project)) == 1


@pytest.mark.parametrize("setting", ["", "[tool.sessionfix]\nno-cache = true\n"])
def test_no_cache_is_read_or_written_where_none_is_wanted(broken_project: SmallProject, setting: str) -> None:
    broken_project.write({"pyproject.toml": setting})

    assert broken_project.run(*([] if setting else ["--no-cache"])).code == 1
    assert not (broken_project.root / ".sessionfix_cache").exists()


def test_the_cache_is_put_where_the_option_or_the_setting_says(broken_project: SmallProject) -> None:
    broken_project.write({"pyproject.toml": "[tool.sessionfix]\ncache-dir = 'var/cache'\n", "sub/x.py": b""})

    broken_project.run()
    assert len(caches(broken_project, "var/cache")) == 1
    broken_project.run("--cache-dir", "elsewhere")
    assert len(caches(broken_project, "elsewhere")) == 1
    assert not (broken_project.root / ".sessionfix_cache").exists()


def test_a_folder_that_was_there_before_gets_no_gitignore(broken_project: SmallProject) -> None:
    (broken_project.root / "mine").mkdir()
    broken_project.write({"mine/old.cache": b"not of sessionfix"})

    broken_project.run("--cache-dir", "mine")

    assert len(caches(broken_project, "mine")) == 2
    assert not (broken_project.root / "mine" / ".gitignore").exists()
