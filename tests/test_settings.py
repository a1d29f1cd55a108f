from __future__ import annotations

from pathlib import Path

import pytest

from sessionfix.settings import Settings, SettingsError, load


@pytest.fixture
def pyproject(tmp_path: Path) -> Path:
    return tmp_path / "pyproject.toml"


def test_every_key(pyproject: Path) -> None:
    pyproject.write_text(
        """
        [tool.sessionfix]
        src = ["src"]
        select = ["SF1"]
        extend-select = ["SF201"]
        ignore = ["SF104"]
        exclude = ["legacy/"]
        extend-exclude = ["generated/*.py"]
        force-exclude = true
        unsafe-fixes = true
        factories = ["pkg.db:Manager.get_session"]
        contextmanager-decorators = ["pkg.tools.manager"]
        output-format = "concise"
        output-file = "report.txt"
        backup-dir = "backups"
        no-backup = true
        cache-dir = "cache"
        no-cache = true
        exit-zero = true
        exit-non-zero-on-fix = true
        color = "never"
        quiet = true
        verbose = true
        jobs = 2

        [tool.sessionfix.per-file-ignores]
        "tests/*" = ["SF104"]
        """
    )

    assert load(pyproject) == Settings(
        src=("src",),
        select=("SF1",),
        extend_select=("SF201",),
        ignore=("SF104",),
        per_file_ignores={"tests/*": ("SF104",)},
        exclude=("legacy/",),
        extend_exclude=("generated/*.py",),
        force_exclude=True,
        unsafe_fixes=True,
        factories=("pkg.db:Manager.get_session",),
        contextmanager_decorators=("pkg.tools.manager",),
        output_format="concise",
        output_file="report.txt",
        backup_dir="backups",
        no_backup=True,
        cache_dir="cache",
        no_cache=True,
        exit_zero=True,
        exit_non_zero_on_fix=True,
        color="never",
        quiet=True,
        verbose=True,
        jobs=2,
    )


@pytest.mark.parametrize("content", ["", "[tool.ruff]\nline-length = 1\n", "[project]\nname = 'x'\n"])
def test_without_a_table_the_defaults_hold(pyproject: Path, content: str) -> None:
    pyproject.write_text(content)

    assert load(pyproject) == Settings()


def test_without_a_file_the_defaults_hold(pyproject: Path) -> None:
    assert load(pyproject) == Settings()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("selct = ['SF1']", "unknown key `selct` in [tool.sessionfix]; the nearest is `select`"),
        ("force_exclude = true", "the nearest is `force-exclude`"),
        ("select = 'SF1'", "`select` must be a list of strings, not 'SF1'"),
        ("select = [1]", "`select` must be a list of strings, not [1]"),
        ("force-exclude = 'yes'", "`force-exclude` must be true or false, not 'yes'"),
        ("jobs = true", "`jobs` must be a whole number, not True"),
        ("jobs = 0", "`jobs` must be at least 1, not 0"),
        ("backup-dir = 1", "`backup-dir` must be a string, not 1"),
        (r'python = "a\u0000"', "`python` must be without null bytes, not 'a\\x00'"),
        (r'src = ["a\u0000"]', "`src` must be without null bytes, not ['a\\x00']"),
        ("per-file-ignores = ['SF1']", "`per-file-ignores` must be a table of lists of strings"),
        ("output-format = 'xml'", "`output-format` must be one of text, concise, json, not 'xml'"),
        ("color = 'blue'", "`color` must be one of auto, always, never, not 'blue'"),
        ("select = ", "is no TOML"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_names_file_and_key(pyproject: Path, content: str, message: str) -> None:
    pyproject.write_text(f"[tool.sessionfix]\n{content}\n")

    with pytest.raises(SettingsError) as caught:
        load(pyproject)

    assert str(caught.value).startswith(f"{pyproject}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("content", [b"tool = 1\n", b"[tool]\nsessionfix = 1\n", b"x = '\xff'\n"])
def test_a_file_of_another_shape_is_an_error(pyproject: Path, content: bytes) -> None:
    pyproject.write_bytes(content)

    with pytest.raises(SettingsError):
        load(pyproject)


@pytest.mark.parametrize("content", [None, "", "[tool.ruff]\n"])
def test_a_file_that_is_asked_for_must_hold_the_table(pyproject: Path, content: str | None) -> None:
    if content is not None:
        pyproject.write_text(content)

    with pytest.raises(SettingsError):
        load(pyproject, is_required=True)


def test_a_line_that_is_no_pattern_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="`exclude`"):
        Settings(exclude=("!",)).exclusion(tmp_path)
