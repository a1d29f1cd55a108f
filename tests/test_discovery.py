from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import SmallProject
from sessionfix.discovery import Exclusion, Ignores, find_root, is_excluded, walk


def found(project: SmallProject, top: str = ".", exclusion: Exclusion | None = None) -> list[str]:
    walked = walk(project.root / top, project.root, exclusion or Exclusion())
    return [Path(path).relative_to(project.root).as_posix() for path in (*walked.files, *walked.links)]


def patterns(project: SmallProject, *lines: str) -> Exclusion:
    return Exclusion(patterns=Ignores.from_lines(project.root, lines))


def test_finds_python_files_alone_in_order(project: SmallProject) -> None:
    project.write(dict.fromkeys(["b.py", "a/z.py", "a/b/c.py", "a.pyi", "a.ipynb", "script", "a.pyc", "x.py.txt"], b""))

    assert found(project) == ["a/b/c.py", "a/z.py", "b.py"]


@pytest.mark.parametrize(
    "name", [".git", ".venv", "venv", "node_modules", "__pycache__", "build", "dist", ".sessionfix"]
)
def test_passes_over_folders_that_hold_no_source(project: SmallProject, name: str) -> None:
    project.write({f"{name}/a.py": b"", f"pkg/{name}/b.py": b"", f"pkg/{name}.py": b"", "c.py": b""})

    assert found(project) == ["c.py", f"pkg/{name}.py"]


def test_passes_over_an_environment_of_any_name(project: SmallProject) -> None:
    project.write({"env311/pyvenv.cfg": b"", "env311/lib/a.py": b"", "b.py": b""})

    assert found(project) == ["b.py"]


def test_honours_gitignore_files_of_all_levels(project: SmallProject) -> None:
    project.write(
        {
            ".gitignore": "generated/\n*_pb2.py\n/top.py\n# a comment\n\n*.log\n",
            "pkg/.gitignore": "local.py\n!kept_pb2.py\n",
            **dict.fromkeys(["top.py", "pkg/top.py", "generated/a.py", "pkg/generated/a.py", "a_pb2.py"], b""),
            **dict.fromkeys(["pkg/local.py", "local.py", "pkg/kept_pb2.py", "pkg/sub/local.py", "b.log/c.py"], b""),
        }
    )

    assert found(project) == ["local.py", "pkg/kept_pb2.py", "pkg/top.py"]


def test_what_git_ignores_is_what_discovery_leaves_out(project: SmallProject) -> None:
    project.write({".gitignore": "*\n!*/\n!*.py\nsecret*\n", "a/b.py": b"", "secret/c.py": b"", "a/secret.py": b""})

    assert found(project) == ["a/b.py"]


def test_what_is_in_a_folder_that_is_not_ignored_after_all_is_found(project: SmallProject) -> None:
    project.write({".gitignore": "lib*\n!libs/\n", "libs/a.py": b"", "library/b.py": b"", "libs/lib.py": b""})

    assert found(project) == ["libs/a.py"]


SEGMENTS = st.sampled_from(["*", "**", "a", "b", "a.py", "[ab]", "a*", "?", "*.py", "!a", "\\\\!a"])
PATTERNS = st.builds(
    lambda negation, start, segments, end: f"{negation}{start}{'/'.join(segments)}{end}",
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(SEGMENTS, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
).filter(lambda pattern: pattern.count("**") < 2)  # pathspec reads `**/**` and `**/*/**/` in its own way
FOLDERS = ["", "a/", "b/", "a/a/", "a/b/", "b/a/"]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(PATTERNS, max_size=4), st.sampled_from(FOLDERS), st.lists(PATTERNS, max_size=3))
def test_what_git_would_see_is_found(above: list[str], folder: str, below: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        project = SmallProject(Path(name).resolve())
        subprocess.run(["git", "init", "--quiet", name], check=True)
        project.write({f"{each}{file}.py": b"" for each in FOLDERS for file in "ac"})
        project.write({".gitignore": "\n".join(above)})
        project.write({f"{folder}.gitignore": "\n".join(below)})
        listing = ["git", "-C", name, "ls-files", "--others", "--exclude-standard", "*.py"]
        seen = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split()

        assert found(project) == sorted(seen)


def test_a_gitignore_above_the_project_counts_up_to_the_repository(project: SmallProject) -> None:
    project.write({".git/config": b"", ".gitignore": "local*.py\n", "service/pyproject.toml": b""})
    project.write({"service/a.py": b"", "service/local_settings.py": b""})

    walked = walk(project.root / "service", project.root / "service", Exclusion())

    assert [Path(path).name for path in walked.files] == ["a.py"]


def test_a_line_that_is_no_pattern_is_passed_over(project: SmallProject) -> None:
    project.write({".gitignore": b"!\n\xff\xfe\nlocal.py\n", "local.py": b"", "a.py": b""})

    assert found(project) == ["a.py"]


def test_a_folder_that_is_named_is_searched_though_it_is_ignored(project: SmallProject) -> None:
    project.write({".gitignore": "gen*\n*_pb2.py\n", "generated/a.py": b"", "generated/sub/b.py": b""})
    project.write({"generated/c_pb2.py": b""})

    assert found(project) == []
    assert found(project, "generated") == ["generated/a.py", "generated/sub/b.py"]


def test_a_folder_that_is_named_is_searched_though_it_is_excluded(project: SmallProject) -> None:
    project.write({"legacy/a.py": b"", "legacy/sub/b.py": b"", "legacy/old.py": b""})
    exclusion = patterns(project, "legacy/", "old.py")

    assert found(project, exclusion=exclusion) == []
    assert found(project, "legacy", exclusion) == ["legacy/a.py", "legacy/sub/b.py"]
    assert found(project, "legacy/sub", exclusion) == ["legacy/sub/b.py"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a.py", ["pkg/b.py"]),
        ("/a.py", ["pkg/a.py", "pkg/b.py"]),
        ("pkg/", ["a.py"]),
        ("pkg", ["a.py"]),
        ("pkg/a.py", ["a.py", "pkg/b.py"]),
        ("**/b.py", ["a.py", "pkg/a.py"]),
        ("*.py", []),
        ("[ab].p?", []),
    ],
)
def test_patterns_are_those_of_gitignore(project: SmallProject, pattern: str, expected: list[str]) -> None:
    project.write({"a.py": b"", "pkg/a.py": b"", "pkg/b.py": b""})

    assert found(project, exclusion=patterns(project, pattern)) == expected


def test_links_lead_nowhere_twice(project: SmallProject) -> None:
    project.write({"pkg/a.py": b""})
    (project.root / "pkg" / "again").symlink_to(project.root / "pkg", target_is_directory=True)
    (project.root / "circle.py").symlink_to("circle.py")
    (project.root / "nowhere.py").symlink_to("gone.py")
    (project.root / "link.py").symlink_to("pkg/a.py")

    assert found(project) == ["pkg/a.py", "link.py"]


def test_a_folder_that_is_gone_is_told(project: SmallProject) -> None:
    walked = walk(project.root / "gone", project.root, Exclusion())

    assert not walked.files
    assert [unlisted.path.name for unlisted in walked.unlisted] == ["gone"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.py", False),
        ("local.py", True),
        ("pkg/local.py", False),
        ("gen/a.py", True),
        ("gen", True),
        ("venv/a.py", True),
        ("legacy/deep/a.py", True),
        ("legacy", True),
        ("pkg/nested.py", True),
    ],
)
def test_is_excluded_says_what_discovery_would_leave_out(project: SmallProject, path: str, expected: bool) -> None:
    names = ["a.py", "local.py", "pkg/local.py", "gen/a.py", "venv/a.py", "legacy/deep/a.py", "pkg/nested.py"]
    project.write(dict.fromkeys(names, b""))
    project.write({".gitignore": "/local.py\ngen\n", "pkg/.gitignore": "nested.py"})

    assert is_excluded(project.root / path, project.root, patterns(project, "legacy/")) is expected


@pytest.mark.parametrize("marker", ["pyproject.toml", ".git"])
def test_the_root_is_the_nearest_marker_upward(tmp_path: Path, marker: str) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "inner" / "pkg").mkdir(parents=True)
    (tmp_path / "inner" / marker).touch()

    assert find_root(tmp_path / "inner" / "pkg" / "a.py", tmp_path) == tmp_path / "inner"
    assert find_root(tmp_path / "inner", tmp_path) == tmp_path / "inner"
    assert find_root(tmp_path / "a.py", tmp_path) == tmp_path


def test_without_a_marker_the_root_is_the_working_directory_or_lies_above_the_packages(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "pkg" / "sub"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()

    assert find_root(package / "a.py", tmp_path) == tmp_path
    assert find_root(package / "a.py", tmp_path / "elsewhere") == tmp_path / "lib"
