"""The examples of benchmarks/misuses, on which sessionfix is compared with other tools."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner

from sessionfix.cli import main

EXAMPLES = Path(__file__).parents[1] / "benchmarks" / "misuses"


def marked(folder: Path) -> set[tuple[str, int]]:
    return {
        (path.relative_to(folder).as_posix(), row)
        for path in folder.rglob("*.py")
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.endswith("# wrong")
    }


def test_the_marked_lines_of_the_examples_are_found_and_nothing_else(tmp_path: Path) -> None:
    examples = Path(shutil.copytree(EXAMPLES, tmp_path / "examples"))
    (examples / "pyproject.toml").touch()
    arguments = [str(examples), "--select", "ALL", "--no-cache", "--output-format", "json"]
    findings = json.loads(CliRunner().invoke(main, arguments).stdout)
    places = [(Path(finding["filename"]), finding["location"]["row"]) for finding in findings]
    found = [((Path.cwd() / file).resolve().relative_to(examples.resolve()).as_posix(), row) for file, row in places]
    assert sorted(found) == sorted(marked(examples))


def test_there_are_as_many_examples_without_a_mistake() -> None:
    wrong, right = (len(list((EXAMPLES / kind).glob("[!_]*.py"))) for kind in ("wrong", "right"))
    assert right >= wrong >= 30
    assert {file.partition("/")[0] for file, _ in marked(EXAMPLES)} == {"store", "wrong"}
