"""The command as its users meet it: options in; words, files and exit codes out."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import sessionfix
from conftest import BROKEN, DATABASE, FIXED, UNFIXABLE, SmallProject
from sessionfix import files
from sessionfix.files import SourceFile, read_source
from sessionfix.rules import RULES

# --- modes and exit codes


@pytest.mark.parametrize(
    "arguments", [(), (".",), ("--check",), ("--check", "."), ("app.py",), ("--check", "db.py", "app.py")]
)
def test_check_reports_and_writes_nothing(broken_project: SmallProject, arguments: tuple[str, ...]) -> None:
    before = broken_project.contents()

    completed = broken_project.run(*arguments)

    assert completed.code == 1
    assert "app.py:5:15: SF101 " in completed.stdout
    assert broken_project.contents() == before
    assert not (broken_project.root / ".sessionfix").exists()


def test_a_clean_project_is_clean(project: SmallProject) -> None:
    project.write({"db.py": DATABASE, "app.py": FIXED})

    completed = project.run("--check", ".")

    assert completed.code == 0
    assert completed.stdout == "Nothing found in 2 files.\n"
    assert completed.stderr == ""


@pytest.mark.parametrize("option", ["--write", "--fix"])
def test_write_rewrites_and_the_second_time_finds_nothing(broken_project: SmallProject, option: str) -> None:
    completed = broken_project.run(option)

    assert completed.code == 0
    assert broken_project.read("app.py") == FIXED
    assert broken_project.read("db.py") == DATABASE

    assert broken_project.run(option).stdout == "Rewrote 0 sites in 0 files, 0 left.\n"
    assert broken_project.read("app.py") == FIXED


def test_write_leaves_what_it_cannot_mend_and_says_so(broken_project: SmallProject) -> None:
    broken_project.write({"warm.py": UNFIXABLE})

    completed = broken_project.run("--write")

    assert completed.code == 1
    assert "warm.py:5:5: SF104 " in completed.stdout
    assert broken_project.read("warm.py") == UNFIXABLE
    assert broken_project.read("app.py") == FIXED


@pytest.mark.parametrize("mode", ["--write", "--diff"])
def test_a_rewrite_that_brings_a_commit_to_life_says_so_once(broken_project: SmallProject, mode: str) -> None:
    broken_project.write({"more.py": broken_project.read("app.py")})

    done = broken_project.run(mode, ".")

    told = [line for line in (done.stdout + done.stderr).splitlines() if "commits at exit" in line]
    assert len(told) == 1
    assert told[0].startswith("`get_session` commits at exit: the code at 2 places")


def test_a_factory_that_does_not_commit_brings_nothing_to_life(broken_project: SmallProject) -> None:
    broken_project.write({"db.py": broken_project.read("db.py").replace(b"        session.commit()\n", b"")})

    done = broken_project.run("--write", ".")

    assert "commits at exit" not in done.stdout + done.stderr


def test_diff_prints_what_write_would_do(broken_project: SmallProject) -> None:
    completed = broken_project.run("--diff")

    assert completed.code == 1
    assert completed.stdout.startswith("--- a/app.py\n+++ b/app.py\n@@ ")
    assert "+    with get_session() as session:\n" in completed.stdout
    assert broken_project.read("app.py") == BROKEN


def test_diff_of_a_clean_project_is_empty(project: SmallProject) -> None:
    project.write({"db.py": DATABASE})

    completed = project.run("--diff")

    assert (completed.code, completed.stdout) == (0, "")


def test_diff_of_what_cannot_be_mended_says_so_beside_it(project: SmallProject) -> None:
    project.write({"db.py": DATABASE, "warm.py": UNFIXABLE})

    completed = project.run("--diff")

    assert (completed.code, completed.stdout) == (1, "")
    assert "warm.py:5:5: SF104 " in completed.stderr


@pytest.mark.parametrize("tool", [["patch", "-p1"], ["git", "apply"]])
@pytest.mark.parametrize(
    "content",
    [
        BROKEN,
        BROKEN.replace(b"\n", b"\r\n"),
        BROKEN.rstrip(b"\n"),
        b"\xef\xbb\xbf" + BROKEN,
        b"# coding: latin-1\n" + BROKEN.replace(b"(name)\n", b"('\xe4')\n"),
        BROKEN.replace(b"\n\n\ndef", b"\n\x0c\ndef"),
    ],
    ids=["plain", "crlf", "no newline at the end", "byte order mark", "latin-1", "form feed"],
)
def test_the_diff_can_be_applied(project: SmallProject, content: bytes, tool: list[str]) -> None:
    project.write({"db.py": DATABASE, "pkg/my app.py": content})
    diff = project.run("--diff").stdout_bytes
    project.run("--write")
    written = project.read("pkg/my app.py")
    project.write({"pkg/my app.py": content})

    if tool[0] == "patch":
        tool = [*tool, "--binary"]
    subprocess.run(tool, input=diff, check=True, capture_output=True)

    assert written != content
    assert project.read("pkg/my app.py") == written


@pytest.mark.parametrize("modes", [("--check", "--write"), ("--fix", "--diff"), ("--check", "--diff")])
def test_the_modes_exclude_each_other(broken_project: SmallProject, modes: tuple[str, str]) -> None:
    completed = broken_project.run(*modes)

    assert completed.code == 2
    assert "exclude each other" in completed.stderr
    assert broken_project.read("app.py") == BROKEN


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--exit-zero",), 0),
        (("--diff", "--exit-zero"), 0),
        (("--write", "--exit-non-zero-on-fix"), 1),
        (("--check", "--exit-non-zero-on-fix"), 1),
    ],
)
def test_exit_codes_on_request(broken_project: SmallProject, arguments: tuple[str, ...], code: int) -> None:
    assert broken_project.run(*arguments).code == code


def test_exit_zero_does_not_hide_errors(broken_project: SmallProject) -> None:
    broken_project.write({"bad.py": b"def (:\n"})

    assert broken_project.run("--exit-zero").code == 2


# --- rules, ignores, exclusions


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), {"SF101", "SF104"}),
        (("--select", "SF101"), {"SF101"}),
        (("--select", "SF1"), {"SF101", "SF104"}),
        (("--select", "SF2"), set()),
        (("--select", "SF101,SF104"), {"SF101", "SF104"}),
        (("--select", "SF101", "--extend-select", "SF104"), {"SF101", "SF104"}),
        (("--ignore", "SF104"), {"SF101"}),
        (("--ignore", "SF1", "--select", "SF101"), {"SF101"}),
        (("--ignore", "SF1"), set()),
    ],
)
def test_rules_are_selected(broken_project: SmallProject, arguments: tuple[str, ...], expected: set[str]) -> None:
    broken_project.write({"warm.py": UNFIXABLE})

    completed = broken_project.run("--output-format", "json", *arguments)

    assert {finding["code"] for finding in completed.json} == expected
    assert completed.code == (1 if expected else 0)


def test_what_is_not_selected_is_not_rewritten(broken_project: SmallProject) -> None:
    assert broken_project.run("--write", "--ignore", "SF101").code == 0
    assert broken_project.read("app.py") == BROKEN


@pytest.mark.parametrize("option", ["--select", "--ignore", "--extend-select", "--explain"])
def test_an_unknown_code_is_an_error(broken_project: SmallProject, option: str) -> None:
    completed = broken_project.run(option, "SF999")

    assert (completed.code, completed.stdout) == (2, "")
    assert "no rule has the code `SF999`; there are SF101, SF102" in completed.stderr


@pytest.mark.parametrize("comment", [b"# noqa", b"# sessionfix: ignore[SF101] entered later"])
def test_an_ignored_site_is_neither_reported_nor_rewritten(broken_project: SmallProject, comment: bytes) -> None:
    content = BROKEN.replace(b"get_session()\n", b"get_session()  " + comment + b"\n")
    broken_project.write({"app.py": content})

    assert broken_project.run("--check").code == 0
    assert broken_project.run("--write").code == 0
    assert broken_project.read("app.py") == content


@pytest.mark.parametrize(
    "arguments",
    [
        ("--exclude", "legacy/"),
        ("--extend-exclude", "legacy/"),
        ("--extend-exclude", "other.py,/legacy"),
        ("--exclude", "app.py", "--exclude", "other.py"),
    ],
)
def test_what_is_excluded_is_not_a_target(project: SmallProject, arguments: tuple[str, ...]) -> None:
    project.write({"db.py": DATABASE, "legacy/app.py": BROKEN})

    assert project.run(*arguments).code == 0
    assert project.run("legacy/app.py", *arguments).code == 1
    assert project.run("legacy/app.py", "--force-exclude", *arguments).code == 0


def test_a_factory_in_an_excluded_file_is_a_factory(project: SmallProject) -> None:
    project.write({"legacy/db.py": DATABASE, "app.py": BROKEN.replace(b"from db", b"from legacy.db")})

    assert project.run("--extend-exclude", "legacy/").code == 1


def test_stubs_and_notebooks_are_left_alone(project: SmallProject) -> None:
    project.write({"app.pyi": BROKEN, "app.ipynb": b"{}"})

    completed = project.run("-v", "app.pyi", "app.ipynb")

    assert completed.code == 0
    assert "stubs are left alone" in completed.stderr
    assert "notebooks are left alone" in completed.stderr


# --- targets


@pytest.mark.parametrize("cwd", [".", "api", "elsewhere"])
def test_one_file_gets_the_answer_of_the_whole_project(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch, cwd: str
) -> None:
    project.write({"db.py": DATABASE, "api/app.py": BROKEN, "elsewhere/x.py": b""})
    monkeypatch.chdir(project.root / cwd)

    whole = project.run("--output-format", "json", os.path.relpath(project.root))
    one = project.run("--output-format", "json", os.path.relpath(project.root / "api" / "app.py"))

    assert one.json == whole.json != []


def test_targets_of_several_projects_are_answered_each_by_its_own(
    project: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, database in (("one", DATABASE), ("two", DATABASE.replace(b"@contextmanager", b"@ordinary"))):
        project.write({f"{name}/pyproject.toml": b"", f"{name}/db.py": database, f"{name}/app.py": BROKEN})

    completed = project.run("--output-format", "json", "one", "two/app.py")

    assert [finding["filename"] for finding in completed.json] == ["one/app.py"]


def test_a_file_that_is_named_twice_is_reported_once(broken_project: SmallProject) -> None:
    (broken_project.root / "link.py").symlink_to("app.py")

    assert len(broken_project.run("--output-format", "json", ".", "app.py", "./app.py", "link.py").json) == 1


def test_the_settings_say_where_to_look(project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"pyproject.toml": "[tool.sessionfix]\nsrc = ['src']\n", "src/db.py": DATABASE, "src/app.py": BROKEN})
    project.write({"other/app.py": b"def (:\n"})

    assert "src/app.py:5:15: SF101" in project.run().stdout

    monkeypatch.chdir(project.root / "other")
    assert "../src/app.py:5:15: SF101" in project.run().stdout


@pytest.mark.parametrize("arguments", [(), ("empty",)])
def test_no_python_files_is_worth_a_note(project: SmallProject, arguments: tuple[str, ...]) -> None:
    (project.root / "empty").mkdir()

    completed = project.run("--output-format", "json", *arguments)

    assert (completed.code, completed.json) == (0, [])
    assert completed.stderr == "no Python files to check\n"


# --- settings


def test_options_win_over_settings(broken_project: SmallProject) -> None:
    broken_project.write({"pyproject.toml": "[tool.sessionfix]\nignore = ['SF101']\noutput-format = 'json'\n"})

    assert broken_project.run().json == []
    assert "app.py:5:15: SF101" in broken_project.run("--select", "SF101", "--output-format", "concise").stdout


def test_per_file_ignores(broken_project: SmallProject) -> None:
    broken_project.write(
        {"pyproject.toml": "[tool.sessionfix.per-file-ignores]\n'old/' = ['SF101']\n", "old/a.py": BROKEN}
    )

    completed = broken_project.run("--output-format", "json")

    assert [finding["filename"] for finding in completed.json] == ["app.py"]


def test_another_settings_file(broken_project: SmallProject) -> None:
    broken_project.write({"other.toml": "[tool.sessionfix]\nignore = ['SF101']\n"})

    assert broken_project.run("--config", "other.toml").code == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[tool.sessionfix]\nselct = ['SF1']\n", "unknown key `selct` in [tool.sessionfix]; the nearest is `select`"),
        ("[tool.sessionfix]\nselect = 'SF1'\n", "`select` must be a list of strings"),
        ("[tool.sessionfix]\nselect = ['SF999']\n", "no rule has the code `SF999`"),
        ("[tool.sessionfix.per-file-ignores]\n'a.py' = ['SF999']\n", "no rule has the code `SF999`"),
        ("[tool.sessionfix]\nexclude = ['!']\n", "`exclude`"),
        ("[tool.sessionfix\n", "is no TOML"),
    ],
)
def test_settings_that_cannot_be_used_end_the_run(broken_project: SmallProject, content: str, words: str) -> None:
    broken_project.write({"pyproject.toml": content})

    completed = broken_project.run("--write")

    assert (completed.code, completed.stdout) == (2, "")
    assert words in completed.stderr
    assert broken_project.read("app.py") == BROKEN


def test_a_settings_file_that_is_not_there_is_an_error(broken_project: SmallProject) -> None:
    assert broken_project.run("--config", "gone.toml").code == 2


# --- bad input: a message, exit code 2, untouched bytes, and the rest is done


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"def (:\n", "cannot be parsed: "),
        (b"x = '\xff'\n", "cannot be decoded: 'utf-8' codec can't decode byte 0xff"),
        (b"# coding: no-such-thing\n", "cannot be decoded: unknown encoding"),
        (b"x = 1\0\n", "cannot be parsed: "),
        (b"x = " + b"(" * 5000 + b")" * 5000 + b"\n", "cannot be parsed: "),
        (b"if x:\n\ty = 1\n        z = 2\n", "cannot be parsed: "),
    ],
    ids=["syntax", "undecodable", "unknown encoding", "null byte", "nesting", "tabs"],
)
def test_a_bad_file_is_told_and_the_rest_is_done(broken_project: SmallProject, content: bytes, words: str) -> None:
    content += BROKEN
    broken_project.write({"bad.py": content})

    completed = broken_project.run("--write")

    assert completed.code == 2
    assert f"error: bad.py: {words}" in completed.stderr
    assert broken_project.read("bad.py") == content
    assert broken_project.read("app.py") == FIXED


def test_a_file_that_is_too_large_is_told_only_if_something_may_be_wrong_in_it(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1000)
    broken_project.write({"wrong.py": BROKEN + b"#" * 1000, "plain.py": b"x = 1\n" * 1000})

    completed = broken_project.run()

    assert completed.code == 2
    assert [line for line in completed.stderr.splitlines() if "too large" in line] == [
        "error: wrong.py: is too large to be analysed: it has more than 10 megabytes"
    ]
    assert "app.py:5:15: SF101" in completed.stdout


def test_deep_nesting_is_no_crash(broken_project: SmallProject) -> None:
    broken_project.write({"deep.py": b"x = " + b"-" * 100_000 + b"1\n", "wide.py": b"x = " + b"1 + " * 20_000 + b"1\n"})

    completed = broken_project.run()

    assert completed.code in (1, 2)
    assert "app.py:5:15: SF101" in completed.stdout
    assert "fault of sessionfix" not in completed.stderr


@pytest.mark.parametrize("name", ["gone.py", "gone", "circle.py", "folder.py/app.py"])
def test_a_path_that_leads_nowhere_is_told_and_the_rest_is_done(broken_project: SmallProject, name: str) -> None:
    (broken_project.root / "circle.py").symlink_to("circle.py")

    completed = broken_project.run(name, "app.py")

    assert completed.code == 2
    assert f"error: {name}: cannot be read: " in completed.stderr
    assert "app.py:5:15: SF101" in completed.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_regular_file_is_told(project: SmallProject) -> None:
    os.mkfifo(project.root / "pipe.py")

    completed = project.run("pipe.py")

    assert completed.code == 2
    assert "error: pipe.py: is not a regular file" in completed.stderr


def test_a_folder_that_vanishes_is_told(broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_project.write({"pkg/x.py": b""})
    scandir = os.scandir

    def vanishing(path: str) -> object:
        if os.fspath(path).endswith("pkg"):
            raise FileNotFoundError(2, "No such file or directory")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", vanishing)
    completed = broken_project.run()

    assert completed.code == 2
    assert "error: pkg: cannot be listed: No such file or directory" in completed.stderr
    assert "app.py:5:15: SF101" in completed.stdout


def test_a_file_that_vanishes_is_told(broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    def vanishing(path: Path) -> SourceFile:
        path.unlink(missing_ok=True)
        return read_source(path)

    monkeypatch.setattr("sessionfix.checking.read_source", vanishing)

    assert "error: app.py: cannot be read: No such file or directory" in broken_project.run("app.py").stderr


@pytest.mark.parametrize("which", ["app.py", "pkg"])
def test_read_only_files_and_folders_are_told_and_left(broken_project: SmallProject, which: str) -> None:
    broken_project.write({"pkg/app.py": BROKEN.replace(b"from db", b"from db")})
    path = broken_project.root / which
    mode = path.stat().st_mode
    path.chmod(mode & ~0o222)
    try:
        completed = broken_project.run("--write")
        left, mended = ("app.py", "pkg/app.py") if which == "app.py" else ("pkg/app.py", "app.py")
        assert completed.code == 2
        assert f"error: {left}: " in completed.stderr
        assert "read-only; left as it is" in completed.stderr
        assert broken_project.read(left) == BROKEN
        assert broken_project.read(mended) == FIXED
    finally:
        path.chmod(mode)


def test_without_a_place_for_backups_nothing_is_replaced(broken_project: SmallProject) -> None:
    broken_project.write({".sessionfix": b"in the way"})

    completed = broken_project.run("--write")

    assert completed.code == 2
    assert "no backup can be written" in completed.stderr
    assert broken_project.read("app.py") == BROKEN


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n", b"\r\n", b"# nothing\n"])
def test_files_that_hold_nothing_are_clean(project: SmallProject, content: bytes) -> None:
    project.write({"empty.py": content})

    assert project.run("--write").code == 0
    assert project.read("empty.py") == content


# --- standard input


@pytest.mark.parametrize(
    "arguments", [("-", "--stdin-filename", "new.py"), ("--stdin-filename", "pkg/gone/new.py"), ("-",)]
)
def test_standard_input_is_checked_as_if_it_lay_there(project: SmallProject, arguments: tuple[str, ...]) -> None:
    project.write({"db.py": DATABASE})

    completed = project.run(*arguments, stdin=BROKEN)

    assert completed.code == 1
    assert f"{arguments[-1]}:5:15: SF101" in completed.stdout


@pytest.mark.parametrize("content", [BROKEN, BROKEN.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + BROKEN, BROKEN.rstrip()])
def test_fixed_standard_input_goes_to_standard_output(broken_project: SmallProject, content: bytes) -> None:
    broken_project.write({"app.py": content})

    completed = broken_project.run("--write", "-", "--stdin-filename", "app.py", stdin=content)

    assert completed.code == 0
    assert broken_project.read("app.py") == content
    broken_project.run("--write")
    assert completed.stdout_bytes == broken_project.read("app.py") != content


@pytest.mark.parametrize("content", [DATABASE, b"", b"def (:\r\n", b"x = '\xff'", b"\xef\xbb\xbfx = 1\r"])
def test_what_is_not_fixed_comes_out_as_it_went_in(project: SmallProject, content: bytes) -> None:
    assert project.run("--write", "-", stdin=content).stdout_bytes == content


def test_the_diff_of_standard_input(broken_project: SmallProject) -> None:
    completed = broken_project.run("--diff", "-", "--stdin-filename", "app.py", stdin=BROKEN)

    assert completed.code == 1
    assert completed.stdout.startswith("--- a/app.py\n+++ b/app.py\n")


def test_bad_standard_input_is_an_error(project: SmallProject) -> None:
    completed = project.run("-", stdin=b"def (:\n")

    assert completed.code == 2
    assert "error: -: cannot be parsed: " in completed.stderr


def test_excluded_standard_input_comes_out_as_it_went_in(broken_project: SmallProject) -> None:
    arguments = ("--write", "-", "--stdin-filename", "app.py", "--extend-exclude", "app.py", "--force-exclude")

    completed = broken_project.run(*arguments, stdin=BROKEN)

    assert (completed.code, completed.stdout_bytes) == (0, BROKEN)


@pytest.mark.parametrize("arguments", [("-", "app.py"), ("app.py", "--stdin-filename", "app.py")])
def test_standard_input_stands_alone(broken_project: SmallProject, arguments: tuple[str, ...]) -> None:
    assert broken_project.run(*arguments).code == 2


# --- backups and undo


def test_undo_brings_back_the_very_bytes(broken_project: SmallProject) -> None:
    before = broken_project.contents()
    broken_project.run("--write")

    completed = broken_project.run("--undo")

    assert (completed.code, completed.stdout) == (0, "restored app.py\n")
    assert broken_project.contents() == before
    assert broken_project.run("--undo").code == 2


def test_the_report_names_the_command_that_undoes_it(broken_project: SmallProject) -> None:
    report = broken_project.run("--write").stdout

    command = next(line.split() for line in report.splitlines() if line.startswith("undo "))[1:]

    assert command[0] == "sessionfix"
    assert broken_project.run(*command[1:]).code == 0
    assert broken_project.read("app.py") == BROKEN


@pytest.mark.parametrize("options", [(), ("--backup-dir", "../my backups")])
def test_the_command_that_undoes_it_works_from_another_folder(
    broken_project: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    report = broken_project.run("--write", str(broken_project.root), *options).stdout
    command = next(line for line in report.splitlines() if line.startswith("undo "))[len("undo") :].strip()

    assert broken_project.run(*shlex.split(command)[1:]).code == 0
    assert broken_project.read("app.py") == BROKEN


def test_undo_in_a_folder_that_is_named(broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_project.run("--write")
    monkeypatch.chdir(broken_project.root.parent)

    assert broken_project.run("--undo", "project").code == 0
    assert broken_project.read("app.py") == BROKEN


def test_undo_refuses_what_changed_since_by_name(broken_project: SmallProject) -> None:
    broken_project.write({"other.py": BROKEN})
    broken_project.run("--write")
    broken_project.write({"app.py": FIXED + b"# more\n"})

    completed = broken_project.run("--undo")

    assert completed.code == 2
    assert "error: app.py: has changed since; left as it is" in completed.stderr
    assert completed.stdout == "restored other.py\n"
    assert broken_project.read("app.py") == FIXED + b"# more\n"


def test_backups_are_listed(broken_project: SmallProject) -> None:
    assert "no backups" in broken_project.run("--list-backups").stderr
    broken_project.run("--write")

    listed = broken_project.run("--list-backups").stdout
    run = listed.split()[0]

    assert listed.endswith("1 file, 1 site\n")
    assert broken_project.run("--undo", run).code == 0
    assert "undone" in broken_project.run("--list-backups").stdout


def test_no_backup(broken_project: SmallProject) -> None:
    completed = broken_project.run("--write", "--no-backup")

    assert completed.code == 0
    assert "undo" not in completed.stdout
    assert broken_project.read("app.py") == FIXED
    assert not (broken_project.root / ".sessionfix").exists()


def test_backups_elsewhere_are_no_targets(broken_project: SmallProject) -> None:
    broken_project.write({"pyproject.toml": "[tool.sessionfix]\nbackup-dir = 'kept'\n"})
    broken_project.run("--write")

    assert (broken_project.root / "kept").is_dir()
    assert broken_project.run().code == 0
    assert broken_project.run("--undo").code == 0
    assert broken_project.read("app.py") == BROKEN


# --- what it prints


def test_the_report_goes_to_a_file(broken_project: SmallProject) -> None:
    expected = broken_project.run("--output-format", "json").stdout_bytes

    completed = broken_project.run("--output-format", "json", "--output-file", "report.json")

    assert (completed.code, completed.stdout) == (1, "")
    assert broken_project.read("report.json") == expected


def test_a_report_that_cannot_be_written_is_an_error(broken_project: SmallProject) -> None:
    completed = broken_project.run("--output-file", "gone/report.json")

    assert completed.code == 2
    assert "cannot be written" in completed.stderr


def test_quiet_prints_findings_and_errors_alone(broken_project: SmallProject) -> None:
    broken_project.write({"bad.py": b"def (:\n"})

    completed = broken_project.run("-q", "--output-format", "concise")

    assert [line.split(" ")[0] for line in completed.stdout.splitlines()] == ["app.py:5:15:"]
    assert completed.stderr.startswith("error: bad.py: ")
    assert broken_project.run("-q", "--write", "app.py").stdout == ""


def test_verbose_says_what_is_looked_at(broken_project: SmallProject) -> None:
    assert "2 Python files, 1 of them to check" in broken_project.run("-v", "app.py").stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--output-format", "json"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals_and_for_who_asks(
    broken_project: SmallProject,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    colored: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert (b"\033[" in broken_project.run(*arguments).stdout_bytes) is colored


@pytest.mark.parametrize("code", [rule.code for rule in RULES] + [rule.name for rule in RULES])
def test_explain_a_rule(project: SmallProject, code: str) -> None:
    completed = project.run("--explain", code)

    assert completed.code == 0
    assert code in completed.stdout.splitlines()[0]


def test_explain_all(project: SmallProject) -> None:
    page = project.run("--explain", "all").stdout

    assert [rule.code for rule in RULES if f"# {rule.code} {rule.name}\n" in page] == [rule.code for rule in RULES]


def test_version(project: SmallProject) -> None:
    assert project.run("--version").stdout == f"sessionfix {sessionfix.__version__}\n"


# --- as a process of its own


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "sessionfix", *arguments],
        check=False,
        capture_output=True,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_any_console_can_show_any_source(project: SmallProject, encoding: str) -> None:
    content = BROKEN.replace(b"(name)\n", "('テスト')\n".encode())
    project.write({"db.py": DATABASE, "möglich.py": content})

    completed = command("--diff", PYTHONIOENCODING=encoding)

    assert completed.returncode == 1
    assert "--- a/möglich.py\n" in completed.stdout.decode()
    assert "+        session.add('テスト')\n" in completed.stdout.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names that are no text")
def test_file_names_that_are_no_text(project: SmallProject) -> None:
    project.write({"db.py": DATABASE})
    Path(os.fsdecode(os.fsencode(project.root) + b"/caf\xe9.py")).write_bytes(BROKEN)

    for output_format in ("text", "concise", "json"):
        completed = command("--output-format", output_format)
        assert completed.returncode == 1, completed.stderr
        assert b"SF101" in completed.stdout
    assert command("--write").returncode == 0


def test_a_run_that_is_interrupted_says_so(broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sessionfix.runner.replace_file", interrupted)
    completed = broken_project.run("--write")

    assert completed.code == 2
    assert "interrupted" in completed.stderr
    assert broken_project.read("app.py") == BROKEN
    assert broken_project.run("--undo").code == 2


# --- installed packages

INSTALLED = (
    b"from library.db import get_session\n\n\ndef add(name):\n    session = get_session()\n    session.add(name)\n"
)


@pytest.fixture
def packages(project: SmallProject) -> str:
    """A project that uses an installed factory, and the folder of the environment that has it."""
    folder = ".venv/lib/python3.12/site-packages/library"
    project.write(
        {".venv/pyvenv.cfg": "", f"{folder}/__init__.py": "", f"{folder}/db.py": DATABASE, "app.py": INSTALLED}
    )
    return ".venv"


def test_factory_in_the_projects_environment_is_found(project: SmallProject, packages: str) -> None:
    completed = project.run()

    assert completed.code == 1
    assert "app.py:5:15: SF101 " in completed.stdout
    assert "-> library.db.get_session (library/db.py:5)\n" in completed.stdout
    assert "Found 1 finding in 1 file: 1 mended by --write." in completed.stdout


def test_nothing_in_the_environment_is_written(project: SmallProject, packages: str) -> None:
    before = {name: content for name, content in project.contents().items() if name.startswith(packages)}

    assert project.run("--write", "--unsafe-fixes").code == 0
    assert b"with get_session() as session:" in project.read("app.py")
    assert {name: content for name, content in project.contents().items() if name.startswith(packages)} == before


@pytest.mark.parametrize("way", ["option", "setting", "variable"])
def test_environment_elsewhere(project: SmallProject, packages: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / packages).rename(project.root.parent / "elsewhere")
    assert project.run().code == 0

    if way == "variable":
        monkeypatch.setenv("VIRTUAL_ENV", str(project.root.parent / "elsewhere"))
    if way == "setting":
        project.write({"pyproject.toml": '[tool.sessionfix]\npython = "../elsewhere"\n'})
    completed = project.run(*(("--python", "../elsewhere") if way == "option" else ()))

    assert completed.code == 1
    assert "-> library.db.get_session (library/db.py:5)\n" in completed.stdout


def test_environment_that_is_none_is_an_error(project: SmallProject) -> None:
    completed = project.run("--python", "nowhere")

    assert completed.code == 2
    assert "nowhere: no Python environment (no site-packages) was found there" in completed.stderr


def test_verbose_run_names_the_folders_of_packages(project: SmallProject, packages: str) -> None:
    assert "site-packages: packages are looked into\n" in project.run("--verbose").stderr.replace(os.sep, "/")
