"""The same command given again: its answer is the one that the whole way would have, however little is done for it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conftest import BROKEN, DATABASE, FIXED, SmallProject, trust_every_stat
from sessionfix.cache import packing, replay
from sessionfix.cache.folder import MOST

Change = Callable[[SmallProject], object]

PLAIN = DATABASE.replace(b"@contextmanager\n", b"")
PACKAGE = b"from contextlib import contextmanager\n\n\n@contextmanager\ndef connected():\n    yield 1\n"
USE = b"import acme\n\n\ndef add():\n    session = acme.connected()\n    session.add(1)\n    session.commit()\n"
FULL = Path("/dev/full")
SITE_PACKAGES = ".venv/lib/python3.11/site-packages"


@pytest.fixture(autouse=True)
def _old_files(monkeypatch: pytest.MonkeyPatch) -> None:
    trust_every_stat(monkeypatch)


@pytest.fixture
def outer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    """A project in a folder which has nothing to say about it yet, and which the command is given in."""
    project = SmallProject(tmp_path / "outer" / "inner" / "project")
    project.write({"pyproject.toml": "", "db.py": DATABASE, "app.py": BROKEN, "sub/other.py": BROKEN})
    monkeypatch.chdir(project.root)
    for name in ("NO_COLOR", "FORCE_COLOR", "VIRTUAL_ENV", "TERM"):
        monkeypatch.delenv(name, raising=False)
    return project


def settle(project: SmallProject, *arguments: str) -> None:
    """The command is given until its answer is known: by the first run, and kept by the second."""
    assert [project.start(*arguments).was_known for _ in range(3)] == [False, False, True]


def answers(project: SmallProject) -> list[Path]:
    return sorted((project.root / ".sessionfix_cache").glob("*.answer"))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (".",),
        ("app.py",),
        ("sub",),
        ("sub/other.py", "app.py"),
        ("--check", "--quiet"),
        ("--output-format", "json"),
        ("--color", "always", "--output-format", "concise"),
        ("--exit-zero",),
        ("--select", "ALL", "--jobs", "2"),
        ("--unsafe-fixes", "."),
        ("--exclude", "sub"),
        ("--config", "other.toml"),
        ("--cache-dir", "elsewhere"),
        ("--cache-dir=sub/caches",),
        ("--cache-dir=one", "--cache-dir", "../other"),
    ],
    ids=" ".join,
)
def test_the_answer_is_the_one_of_the_whole_way(outer: SmallProject, arguments: tuple[str, ...]) -> None:
    outer.write({"other.toml": '[tool.sessionfix]\nignore = ["SF2"]\n'})
    settle(outer, *arguments)

    assert outer.start(*arguments) == outer.run(*arguments, "--no-cache")


def test_no_answer_is_kept_where_none_would_be_looked_for(broken_project: SmallProject) -> None:
    broken_project.write({"pyproject.toml": '[tool.sessionfix]\ncache-dir = "elsewhere"\n'})

    assert not any(broken_project.start().was_known for _ in range(3))
    assert not list(broken_project.root.rglob("*.answer"))


def test_each_command_has_an_answer_of_its_own(broken_project: SmallProject) -> None:
    settle(broken_project, "db.py")
    settle(broken_project, "app.py")

    assert [broken_project.start(name).code for name in ("db.py", "app.py", "db.py")] == [0, 1, 0]


def test_no_more_answers_are_kept_than_commands_are_in_use(broken_project: SmallProject) -> None:
    broken_project.run()
    for number in range(MOST["answer"] + 4):
        broken_project.start("--jobs", str(number + 1))

    assert len(answers(broken_project)) == MOST["answer"]
    assert len(list((broken_project.root / ".sessionfix_cache").glob("*.cache"))) == 1


# what is seen

CHANGES: Mapping[str, Change] = {
    "a file is repaired": lambda project: project.write({"app.py": FIXED}),
    "a file becomes another of its size": lambda project: project.write({"app.py": BROKEN.replace(b"name", b"thing")}),
    "the factory is none any more": lambda project: project.write({"db.py": PLAIN}),
    "a file is new": lambda project: project.write({"sub/new.py": BROKEN}),
    "a file is new in a folder that is new": lambda project: project.write({"new/new.py": BROKEN}),
    "a file is gone": lambda project: (project.root / "app.py").unlink(),
    "a file has another name": lambda project: (project.root / "app.py").rename(project.root / "application.py"),
    "a file is a link": lambda project: relinked(project.root / "app.py", project.root / "db.py"),
    "a folder has another name": lambda project: (project.root / "sub").rename(project.root / "subfolder"),
    "a folder is ignored": lambda project: project.write({".gitignore": "sub\n"}),
    "a file is ignored in its folder": lambda project: project.write({"sub/.gitignore": "other.py\n"}),
    "a folder is ignored from above": lambda project: above(project, {".git/HEAD": "", ".gitignore": "sub\n"}),
    "a folder above is a repository": lambda project: above(project, {".git/HEAD": ""}),
    "the settings": lambda project: project.write({"pyproject.toml": '[tool.sessionfix]\nexclude = ["sub"]\n'}),
    "a folder becomes a project": lambda project: project.write({"sub/pyproject.toml": ""}),
    "a folder becomes an environment": lambda project: project.write({"sub/pyvenv.cfg": ""}),
    "the root is none any more": lambda project: (project.root / "pyproject.toml").unlink(),
    "the project gets an environment": lambda project: environment(project, PACKAGE),
    "the cache is gone": lambda project: answers(project)[0].unlink(),
}


def above(project: SmallProject, files: Mapping[str, bytes | str]) -> None:
    SmallProject(project.root.parent).write(files)


def relinked(link: Path, target: Path) -> None:
    link.unlink()
    link.symlink_to(target)


def environment(project: SmallProject, package: bytes) -> None:
    project.write({".venv/pyvenv.cfg": "version = 3.11.4\n", f"{SITE_PACKAGES}/acme/__init__.py": package})


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_changed_is_seen(outer: SmallProject, change: Change) -> None:
    settle(outer)

    change(outer)

    found = outer.start()
    assert not found.was_known
    assert found == outer.run("--no-cache")
    assert outer.start() == found
    assert outer.start() == found


@pytest.mark.parametrize("name", ["NO_COLOR", "FORCE_COLOR", "TERM", "VIRTUAL_ENV", "PYTHONPATH"])
def test_another_environment_variable_may_bring_another_answer(
    broken_project: SmallProject, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(broken_project)

    monkeypatch.setenv(name, "1")

    assert not broken_project.start().was_known


@pytest.mark.parametrize(
    ("thing", "value"),
    [("version", "3.99"), ("platform", "other"), ("__version__", "99"), ("__file__", "elsewhere")],
    ids=lambda value: value,
)
def test_another_python_or_sessionfix_begins_anew(
    broken_project: SmallProject, thing: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(broken_project)

    monkeypatch.setattr(replay if thing.startswith("_") else sys, thing, value)

    assert not broken_project.start().was_known


@pytest.mark.skipif(os.name == "nt", reason="has no such number there")
def test_another_user_begins_anew(broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(broken_project)

    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    assert not broken_project.start().was_known


def test_the_same_words_elsewhere_are_another_command(outer: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(outer)

    monkeypatch.chdir(outer.root / "sub")

    assert outer.start() == outer.run("--no-cache") != outer.run("..", "--no-cache")


PACKAGE_CHANGES: Mapping[str, tuple[Change, int]] = {
    "a package hands out another thing": (lambda project: environment(project, b"connected = open\n"), 0),
    "a package is gone": (lambda project: (project.root / SITE_PACKAGES / "acme" / "__init__.py").unlink(), 0),
    "a package is shadowed": (lambda project: project.write({"acme.py": "connected = open\n"}), 0),
    "the environment is none any more": (lambda project: (project.root / ".venv" / "pyvenv.cfg").unlink(), 0),
    "a file of the environment links another folder": (
        lambda project: project.write({f"{SITE_PACKAGES}/more.pth": "/nowhere\n"}),
        1,
    ),
    "another version of Python": (
        lambda project: project.write({".venv/pyvenv.cfg": "version = 3.12.0\n", ".venv/lib/python3.12/x": ""}),
        0,
    ),
}


@pytest.mark.parametrize(("change", "code"), PACKAGE_CHANGES.values(), ids=PACKAGE_CHANGES)
def test_what_has_changed_in_packages_is_seen(project: SmallProject, change: Change, code: int) -> None:
    project.write({"app.py": USE})
    environment(project, PACKAGE)
    settle(project)
    assert project.start().code == 1

    change(project)

    found = project.start()
    assert not found.was_known
    assert found == project.run("--no-cache")
    assert found.code == code


def test_a_module_that_a_package_did_not_have_is_seen(project: SmallProject) -> None:
    project.write({"app.py": USE})
    environment(project, b"from acme.tools import connected\n")
    settle(project)
    assert project.start().code == 0

    project.write({f"{SITE_PACKAGES}/acme/tools.py": PACKAGE})

    assert project.start() == project.run("--no-cache")
    assert project.start().code == 1


def test_a_linked_folder_that_comes_into_being_is_seen(project: SmallProject, tmp_path: Path) -> None:
    project.write({"app.py": USE, f"{SITE_PACKAGES}/more.pth": f"{tmp_path / 'linked'}\n"})
    project.write({".venv/pyvenv.cfg": "version = 3.11.4\n"})
    settle(project)

    SmallProject(tmp_path / "linked").write({"acme.py": PACKAGE})

    assert project.start() == project.run("--no-cache")
    assert project.start().code == 1


def test_an_edit_of_sessionfix_itself_is_seen(broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = SmallProject(broken_project.root.parent / "copy")
    copy.write({"sessionfix/rules/one.py": "", "sessionfix/__init__.py": ""})
    monkeypatch.setattr("sessionfix.__file__", str(copy.root / "sessionfix" / "__init__.py"))
    settle(broken_project)

    copy.write({"sessionfix/rules/one.py": "1"})

    assert not broken_project.start().was_known


def test_another_version_of_what_sessionfix_needs_is_seen(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = SmallProject(broken_project.root.parent / "installed")
    installed.write({"pathspec-1.0.dist-info/METADATA": ""})
    monkeypatch.syspath_prepend(installed.root)
    settle(broken_project)

    (installed.root / "pathspec-1.0.dist-info").rename(installed.root / "pathspec-1.1.dist-info")

    assert not broken_project.start().was_known


def test_a_file_that_was_just_changed_is_not_trusted(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(broken_project.root)

    assert [broken_project.start().was_known for _ in range(3)] == [False, False, False]
    assert answers(broken_project) == []


# what is not kept


@pytest.mark.parametrize(
    "arguments",
    [
        ("--verbose",),
        ("--no-cache",),
        ("--diff",),
        ("--output-file", "report.txt"),
        ("nowhere.py",),
        ("broken.py",),
        ("empty",),
        ("../outside.py",),
        ("--explain", "SF101"),
        ("--list-backups",),
        ("--select", "SF999"),
        ("--version",),
    ],
    ids=" ".join,
)
def test_nothing_is_kept_of_a_run_that_does_more_than_report(
    broken_project: SmallProject, arguments: tuple[str, ...]
) -> None:
    broken_project.write({"broken.py": "def\n", "empty/text.txt": "", "../outside.py": BROKEN})

    assert [broken_project.start(*arguments).was_known for _ in range(3)] == [False] * 3
    assert answers(broken_project) == []


def test_a_rewrite_is_made_each_time(broken_project: SmallProject) -> None:
    for _ in range(3):
        broken_project.write({"app.py": BROKEN})
        assert broken_project.start("--write").code == 0
        assert broken_project.read("app.py") == FIXED
    assert answers(broken_project) == []


@pytest.mark.skipif(os.name == "nt", reason="needs a privilege there")
@pytest.mark.parametrize("target", ["db.py", "nowhere.py", "."])
def test_nothing_is_kept_where_links_lead_to_who_knows_what(broken_project: SmallProject, target: str) -> None:
    (broken_project.root / "link.py").symlink_to(target)

    assert not any(broken_project.start().was_known for _ in range(3))


@pytest.mark.skipif(os.name == "nt", reason="needs a privilege there")
@pytest.mark.parametrize("target", ["app.py", "nowhere", "sub"])
def test_nothing_is_kept_of_links_that_are_named(broken_project: SmallProject, target: str) -> None:
    broken_project.write({"sub/x.py": BROKEN})
    link = broken_project.root / "link.pyi"
    link.symlink_to(target)

    assert not any(broken_project.start("link.pyi", "db.py").was_known for _ in range(3))


@pytest.mark.parametrize("named", ["build/lib/app.py", "build/lib"])
def test_nothing_is_kept_of_what_is_named_though_it_is_excluded(broken_project: SmallProject, named: str) -> None:
    broken_project.write({"build/lib/app.py": BROKEN})

    assert not any(broken_project.start(named).was_known for _ in range(3))

    broken_project.write({"build/pyproject.toml": ""})
    assert broken_project.start(named) == broken_project.run(named, "--no-cache")


def test_nothing_is_kept_of_what_is_excluded_though_it_is_named(broken_project: SmallProject) -> None:
    broken_project.write({"build/app.py": BROKEN, "build/db.py": DATABASE})
    arguments = ("--force-exclude", "build", "app.py")

    assert not any(broken_project.start(*arguments).was_known for _ in range(3))

    broken_project.write({"build/pyproject.toml": ""})
    assert broken_project.start(*arguments) == broken_project.run(*arguments, "--no-cache")


def test_nothing_is_kept_where_a_folder_could_not_be_listed(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_project.write({"sub/x.py": BROKEN})
    scandir = os.scandir

    def refused(path: str) -> object:
        if os.fspath(path) == str(broken_project.root / "sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)

    assert not any(broken_project.start("app.py").was_known for _ in range(3))


def test_nothing_is_kept_where_the_system_cannot_name_what_was_looked_for(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write({"app.py": USE.replace(b"acme", "\u00e9cole".encode())})
    environment(project, PACKAGE)
    monkeypatch.setattr(os, "fsencode", lambda path: os.fspath(path).encode("ascii"))

    assert [project.start().code for _ in range(3)] == [0, 0, 0]
    assert answers(project) == []


def test_a_completion_is_asked_of_the_whole_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert replay.given([]) is not None

    monkeypatch.setenv("_SESSIONFIX_COMPLETE", "bash_complete")

    assert replay.given([]) is None


# what lies on the disk


def test_a_damaged_answer_is_none(broken_project: SmallProject) -> None:
    settle(broken_project)
    (file,) = answers(broken_project)
    whole = file.read_bytes()
    command = replay.given([])
    assert command is not None

    for place in range(0, len(whole), 41):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert replay.answer(command) is None
        file.write_bytes(whole[:place])
        assert replay.answer(command) is None
    file.write_bytes(whole)
    assert replay.answer(command) is not None


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"0 1 2 3\n", b"1 2\nabc", b"x y z\n", b"0 -1 -1 -1\n" + b"x" * 20, b"0 9 9 9 9 9\n", b"\xff" * 9],
)
def test_a_foreign_answer_is_none(broken_project: SmallProject, content: bytes) -> None:
    settle(broken_project)
    (file,) = answers(broken_project)
    file.write_bytes(packing.packed(content))

    found = broken_project.start()
    assert not found.was_known
    assert found == broken_project.run("--no-cache")


@pytest.mark.skipif(os.name == "nt", reason="needs a privilege there")
def test_a_link_in_the_place_of_the_folder_is_not_followed(broken_project: SmallProject) -> None:
    settle(broken_project)
    folder = broken_project.root / ".sessionfix_cache"
    folder.rename(broken_project.root.parent / "elsewhere")
    folder.symlink_to(broken_project.root.parent / "elsewhere")

    assert not broken_project.start().was_known


# the process

IMPORTED = """
import sys
before = {*sys.modules}
from sessionfix.start import main
sys.argv = ["sessionfix", *sys.argv[1:]]
code = main()
print(sorted({*sys.modules} - before), code, sep="\\n", file=sys.stderr)
"""
AT_HAND = {"__future__", "marshal", "zlib", "sessionfix"}


def started(stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "sessionfix"], check=False, stdout=stdout, stderr=subprocess.PIPE)


def test_nothing_is_imported_that_the_answer_does_not_need(broken_project: SmallProject) -> None:
    settle(broken_project)

    completed = subprocess.run([sys.executable, "-c", IMPORTED], check=True, capture_output=True)

    modules, code = completed.stderr.decode().splitlines()
    assert {name.partition(".")[0] for name in ast.literal_eval(modules)} <= AT_HAND
    assert "sessionfix.cli" not in modules
    assert (completed.stdout, int(code)) == (broken_project.run("--no-cache").stdout_bytes, 1)


@pytest.mark.parametrize("is_known", [True, False])
def test_the_command_prints_what_it_printed_and_ends_as_it_did(broken_project: SmallProject, is_known: bool) -> None:
    if is_known:
        settle(broken_project)

    completed = started()

    whole = broken_project.run("--no-cache")
    assert (completed.stdout, completed.stderr, completed.returncode) == (whole.stdout_bytes, b"", whole.code)


@pytest.mark.skipif(not FULL.exists(), reason="no device is always full")
@pytest.mark.parametrize("is_known", [True, False])
def test_a_full_disk_is_told(broken_project: SmallProject, is_known: bool) -> None:
    if is_known:
        settle(broken_project)

    with FULL.open("wb") as full:
        completed = started(full.fileno())

    assert completed.stderr == b"Error: the report cannot be written: No space left on device\n"
    assert completed.returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="pipes break in another way there")
@pytest.mark.parametrize("is_known", [True, False])
def test_a_reader_that_has_gone_is_no_error(broken_project: SmallProject, is_known: bool) -> None:
    if is_known:
        settle(broken_project)
    read, write = os.pipe()
    os.close(read)

    completed = started(write)

    os.close(write)
    assert (completed.stderr, completed.returncode) == (b"", 1)
