"""Changes that leave no trace in a folder which was listed, or that happen during a run: no answer outlives them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from conftest import BROKEN, SmallProject, trust_every_stat
from sessionfix import cli
from sessionfix.cache import stamps
from sessionfix.outcomes import Report
from sessionfix.settings import Settings
from test_cache_answers import PACKAGE, SITE_PACKAGES, USE, settle

TICK = 0.25  # seconds
COARSE = 100_000_000  # nanoseconds by which the clock of a file system may lag behind ours

needs_links = pytest.mark.skipif(os.name == "nt", reason="needs a privilege there")


def check_again(project: SmallProject, *arguments: str) -> None:
    """The command says what the whole way says, which is another thing than before."""
    found = project.start(*arguments)
    assert not found.was_known
    assert found == project.run(*arguments, "--no-cache")


@needs_links
@pytest.mark.parametrize(
    "linked", [{"x.pth": "{}\n"}, {"x.pth": "import __editable___a_finder\n", "__editable___a_finder.py": "{}"}]
)
def test_an_environments_link_out_of_the_project(
    project: SmallProject, tmp_path: Path, linked: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    SmallProject(tmp_path / "other").write({"acme/__init__.py": PACKAGE})
    link = tmp_path / "link"
    link.symlink_to(project.root)
    places = {"x.pth": str(link), "__editable___a_finder.py": f"MAPPING = {{'acme': {str(link / 'acme')!r}}}"}
    project.write({"app.py": USE, ".venv/pyvenv.cfg": "version = 3.11.4\n"})
    project.write({f"{SITE_PACKAGES}/{name}": text.format(places[name]) for name, text in linked.items()})
    settle(project)
    assert project.start().code == 0

    link.unlink()
    link.symlink_to(tmp_path / "other")

    check_again(project)
    assert project.start().code == 1


@needs_links
@pytest.mark.parametrize("name", ["pyproject.toml", ".git"])
def test_a_folder_becomes_a_project_behind_a_link(
    broken_project: SmallProject, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    broken_project.write({"sub/x.py": BROKEN})
    (broken_project.root / "sub" / name).symlink_to(tmp_path / "nothing")
    settle(broken_project, "sub")

    (tmp_path / "nothing").touch()

    check_again(broken_project, "sub")


def test_another_thing_is_ignored_below_an_environment(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    broken_project.write({"sub/pyvenv.cfg": "", "sub/.gitignore": "y.py\n", "sub/inner/x.py": BROKEN})
    settle(broken_project, "sub/inner")

    broken_project.write({"sub/.gitignore": "x.py\n"})

    check_again(broken_project, "sub/inner")


@pytest.mark.parametrize("folder", [".", "sub"])
def test_a_new_file_where_the_answers_are(
    broken_project: SmallProject, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_every_stat(monkeypatch)
    broken_project.write({"sub/x.py": BROKEN})
    for _ in range(3):
        broken_project.start("--cache-dir", folder)

    broken_project.write({f"{folder}/new.py": BROKEN})

    check_again(broken_project, "--cache-dir", folder)


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("../.gitignore", False),
        ("../settings.toml", False),
        (f"{SITE_PACKAGES}/acme/__init__.py", False),
        ("../other.txt", True),
    ],
)
def test_what_vanishes_during_a_run(
    broken_project: SmallProject, name: str, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, arguments = broken_project, ("--config", "../settings.toml")
    project.write({"../.git/HEAD": "", "../.gitignore": "sub\n", "sub/x.py": BROKEN, "use.py": USE})
    project.write({"../settings.toml": "[tool.sessionfix]\n", ".venv/pyvenv.cfg": "version = 3.11.4\n"})
    project.write({f"{SITE_PACKAGES}/acme/__init__.py": PACKAGE, "../other.txt": ""})
    monkeypatch.setattr(stamps, "MARGIN", COARSE)
    time.sleep(TICK)
    project.run(*arguments)
    time.sleep(TICK)
    rendered = cli._rendered

    def late(report: Report, settings: Settings) -> bytes:
        (project.root / name).unlink(missing_ok=True)
        return rendered(report, settings)

    monkeypatch.setattr(cli, "_rendered", late)
    assert not project.start(*arguments).was_known
    monkeypatch.setattr(cli, "_rendered", rendered)

    assert project.start(*arguments).was_known == is_kept
