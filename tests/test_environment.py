"""Where installed packages lie, without running anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from sessionfix.environment import Environment, NoEnvironmentError, find_environment

POSIX = "lib/python3.11/site-packages"


def environment(folder: Path, packages: str = POSIX, config: str = "version = 3.11.4\n") -> Path:
    """A virtual environment as `venv` lays it out; its folder of packages."""
    (folder / packages).mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(config, encoding="utf-8")
    return folder / packages


def found(root: Path, named: str | None = None, variables: Mapping[str, str] | None = None) -> Environment | None:
    return find_environment(root, named, variables or {})


def folders(root: Path, named: str | None = None, variables: Mapping[str, str] | None = None) -> list[str]:
    environment = found(root, named, variables)
    return [] if environment is None else list(environment.folders)


@pytest.mark.parametrize("name", [".venv", "venv"])
@pytest.mark.parametrize(
    "packages",
    [
        POSIX,
        "lib/python3.13/site-packages",
        "lib/pypy3.10/site-packages",
        "Lib/site-packages",
        "lib64/python3.12/site-packages",
    ],
)
def test_virtual_environment_in_the_project(tmp_path: Path, name: str, packages: str) -> None:
    where = environment(tmp_path / name, packages, config="home = /usr/bin\n")

    assert folders(tmp_path) == [str(where)]


def test_no_environment(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()

    assert found(tmp_path) is None
    assert found(tmp_path, variables={"VIRTUAL_ENV": ""}) is None
    assert found(tmp_path, variables={"VIRTUAL_ENV": str(tmp_path / "gone")}) is None


def test_named_goes_before_active_before_the_projects_own(tmp_path: Path) -> None:
    named, active, own = (environment(tmp_path / name) for name in ("named", "active", ".venv"))
    variables = {"VIRTUAL_ENV": str(tmp_path / "active")}

    assert folders(tmp_path, "named", variables) == [str(named)]
    assert folders(tmp_path, None, variables) == [str(active)]
    assert folders(tmp_path) == [str(own)]


@pytest.mark.parametrize(
    ("interpreter", "packages"), [("bin/python", POSIX), ("Scripts/python.exe", "Lib/site-packages")]
)
def test_named_by_its_interpreter(tmp_path: Path, interpreter: str, packages: str) -> None:
    where = environment(tmp_path / "env", packages)
    path = tmp_path / "env" / interpreter
    path.parent.mkdir()
    path.touch()

    assert folders(tmp_path, f"env/{interpreter}") == [str(where)]


def test_an_interpreters_own_version_is_looked_into(tmp_path: Path) -> None:
    for version in ("3.9", "3.11", "3.13"):
        (tmp_path / f"usr/lib/python{version}/site-packages").mkdir(parents=True)
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "usr/bin/python3.11").touch()

    assert folders(tmp_path, "usr/bin/python3.11") == [str(tmp_path / "usr/lib/python3.11/site-packages")]


def test_configured_version_is_looked_into(tmp_path: Path) -> None:
    where = environment(tmp_path / ".venv", "lib/python3.9/site-packages", config="version_info = 3.9.1.final.0\n")
    (tmp_path / ".venv/lib/python3.12/site-packages").mkdir(parents=True)

    assert folders(tmp_path) == [str(where)]


def test_packages_of_the_system_where_the_environment_has_them(tmp_path: Path) -> None:
    config = f"home = {tmp_path / 'usr' / 'bin'}\ninclude-system-site-packages = true\nversion = 3.11.4\n"
    own = environment(tmp_path / ".venv", config=config)
    base = tmp_path / "usr" if os.name != "nt" else tmp_path / "usr" / "bin"
    (base / POSIX).mkdir(parents=True)

    assert folders(tmp_path) == [str(own), str(base / POSIX)]


@pytest.mark.parametrize("named", ["nowhere", "empty", "pyproject.toml"])
def test_named_where_there_is_none(tmp_path: Path, named: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "pyproject.toml").touch()

    with pytest.raises(NoEnvironmentError, match=f"`python`: .*{named}: no Python environment"):
        found(tmp_path, named)


def test_pth_files_add_folders_and_are_never_run(tmp_path: Path) -> None:
    packages = environment(tmp_path / "env")
    (tmp_path / "other" / "src").mkdir(parents=True)
    (tmp_path / "more").mkdir()
    witness = tmp_path / "run"
    (packages / "a.pth").write_text(
        f"# comment\n\n{tmp_path / 'other' / 'src'}\nimport pathlib; pathlib.Path({str(witness)!r}).touch()\n"
        f"{tmp_path / 'gone'}\n",
        encoding="utf-8",
    )
    (packages / "b.pth").write_bytes("\ufeff../../../../more\r\n".encode())
    (packages / "c.txt").write_text(str(tmp_path), encoding="utf-8")
    root = tmp_path / "project"
    root.mkdir()

    assert folders(root, str(tmp_path / "env")) == [
        str(packages),
        str(tmp_path / "other" / "src"),
        str(tmp_path / "more"),
    ]
    assert not witness.exists()


def test_finders_of_editable_installs_are_read_and_never_run(tmp_path: Path) -> None:
    packages = environment(tmp_path / "env")
    (packages / "__editable__.pkg-1.0.pth").write_text(
        "import __editable___pkg_1_0_finder; __editable___pkg_1_0_finder.install()\nimport other_finder\n",
        encoding="utf-8",
    )
    (packages / "__editable___pkg_1_0_finder.py").write_text(
        f"raise SystemExit\nMAPPING: dict[str, str] = {{'pkg': {str(tmp_path / 'code' / 'pkg')!r}}}\n", encoding="utf-8"
    )
    root = tmp_path / "project"
    root.mkdir()
    environment_ = found(root, str(tmp_path / "env"))

    assert environment_ is not None
    assert environment_.mapped == {"pkg": str(tmp_path / "code" / "pkg")}


def test_editable_install_of_the_project_itself_adds_nothing(tmp_path: Path) -> None:
    packages = environment(tmp_path / ".venv")
    (tmp_path / "src" / "pkg").mkdir(parents=True)
    (packages / "a.pth").write_text(f"{tmp_path / 'src'}\n{tmp_path}\n", encoding="utf-8")
    (packages / "b.pth").write_text("import __editable___pkg_finder\n", encoding="utf-8")
    (packages / "__editable___pkg_finder.py").write_text(
        f"MAPPING = {{'pkg': {str(tmp_path / 'src' / 'pkg')!r}}}\n", encoding="utf-8"
    )

    assert found(tmp_path) == Environment((str(packages),))


def test_broken_finders_add_nothing(tmp_path: Path) -> None:
    packages = environment(tmp_path / ".venv")
    (packages / "a.pth").write_text(
        "import __editable___a_finder\nimport __editable___b_finder\nimport __editable___c_finder\n", encoding="utf-8"
    )
    (packages / "__editable___a_finder.py").write_text("MAPPING = {\n", encoding="utf-8")
    (packages / "__editable___b_finder.py").write_text("MAPPING = {**other, name: 'x'}\n", encoding="utf-8")

    assert found(tmp_path) == Environment((str(packages),))


@pytest.mark.parametrize("content", ["/some/where\n".encode("utf-16"), b"a\0b\n", b"import __editable___a_finder\n"])
def test_a_link_that_is_no_path_is_none(tmp_path: Path, content: bytes) -> None:
    where = environment(tmp_path / ".venv")
    (where / "x.pth").write_bytes(content)
    (where / "__editable___a_finder.py").write_text(r"MAPPING = {'a': '/a\0', 'b': '/b'}", encoding="utf-8")

    linked = found(tmp_path)

    assert linked is not None
    assert linked.folders == (str(where),)
    assert "a" not in linked.mapped


def test_a_home_that_is_no_path_has_no_packages(tmp_path: Path) -> None:
    config = "version = 3.11.4\ninclude-system-site-packages = true\nhome = /a\0b/bin\n"
    where = environment(tmp_path / ".venv", config=config)

    assert folders(tmp_path) == [str(where)]
