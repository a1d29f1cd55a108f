"""The examples of benchmarks/misuses, and the projects that benchmarks/growth.py makes up and runs."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import growth
import pytest
from click.testing import CliRunner
from corpora import Corpus
from growing import axes, one_file, points, projects, situations

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


def corpus(folder: Path, files: int) -> Corpus:
    paths = [folder / "corpus" / f"module_{number}.py" for number in range(files)]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_text(f"name = {path.stem!r}\n", encoding="utf-8")
    return Corpus("tiny", folder, tuple(paths))


def reported(project: Path) -> int:
    arguments = [str(project), "--no-cache", "--output-format", "json"]
    return len(json.loads(CliRunner().invoke(main, arguments).stdout))


@pytest.mark.parametrize(
    ("files", "size", "modules", "findings"),
    [
        (projects.more_factories, 11, 1000, 2),
        (projects.re_exports, 10, 12, 1),
        (projects.wrappers, 10, 12, 1),
        (projects.beside_its_factory(one_file.many_sites), 3, 2, 3),
        (projects.beside_its_factory(one_file.of_size), 2, 2, 1),
    ],
)
def test_what_is_made_up_has_the_findings_of_its_size(
    files: Callable[[int], projects.Files], size: int, modules: int, findings: int, tmp_path: Path
) -> None:
    growth.write_project(tmp_path, files(size))
    assert len(list(tmp_path.rglob("*.py"))) == modules
    assert reported(tmp_path) == findings


@pytest.mark.parametrize(
    ("filled", "size", "findings"),
    [(projects.more_files, 30, 10), (projects.more_of_all, 100, 1), (projects.more_of_all, 200, 2)],
)
def test_a_corpus_fills_a_project_however_few_its_files_are(
    filled: Callable[[Corpus], Callable[[int], projects.Files]], size: int, findings: int, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    growth.write_project(project, filled(corpus(tmp_path, 7))(size))
    assert len(list(project.rglob("*.py"))) == size
    assert reported(project) == findings


def test_files_of_a_corpus_that_may_define_factories_are_left_out(tmp_path: Path) -> None:
    whole = corpus(tmp_path, 3)
    whole.files[1].write_text("from contextlib import contextmanager\n", encoding="utf-8")
    assert projects.without_factories(whole).files == (whole.files[0], whole.files[2])


@pytest.mark.parametrize("kilobytes", [1, 10, 100])
def test_a_file_is_as_large_as_it_should_be(kilobytes: int) -> None:
    source = one_file.of_size(kilobytes)
    assert 0 <= 1000 * kilobytes - len(source) < 500


@pytest.mark.parametrize("axis", list(axes.file_axes()), ids=lambda axis: axis.name)
def test_the_smallest_file_that_is_rewritten_is_python(axis: axes.Axis) -> None:
    assert axis.text
    assert [ast.parse(content).body for _, content in axis.files(axis.sizes[0])]


def test_growth_is_measured_and_added_to_the_record(tmp_path: Path) -> None:
    record = tmp_path / "growth.csv"
    kept = points.Point("files", "check", "file", 100, 1.5, 2.0, None, 10, "1")
    old = points.Point("wrappers", "check", "function", 7, 1.5, 2.0, 40.5, 10, "1")
    points.write(record, [kept, old])
    arguments = ["--repeat", "1", "--at-most", "3", "--record", str(record), "wrappers"]
    result = CliRunner().invoke(growth.main, arguments)
    assert result.exit_code == 0, result.output
    first, *measured = points.read(record)
    assert first == kept
    assert [(point.axis, point.size, point.reported, point.exit_codes) for point in measured] == [
        ("wrappers", 1, 1, "1"),
        ("wrappers", 3, 1, "1"),
    ]
    assert "| wrappers | check | 3 |" in result.output


def test_an_axis_that_needs_a_corpus_is_unknown_without_one() -> None:
    result = CliRunner().invoke(growth.main, ["files"])
    assert result.exit_code == 2
    assert "no axis: files" in result.output


def test_a_run_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    growth.write_project(tmp_path, projects.wrappers(1))
    run = situations.run_in(tmp_path, situations.CHECKED, limit=0)
    assert run.was_stopped
    stopped = points.point("wrappers", "check", "function", 1, [run])
    assert points.groups([stopped]) == {}


@pytest.mark.parametrize(
    ("cost", "power"),
    [(lambda size: 3 + 0.1 * size, 1.0), (lambda size: 0.5 + 0.01 * (size - 1) ** 2, 2.0), (lambda size: 3.0, None)],
)
def test_the_exponent_is_the_power_of_the_size_above_the_smallest(
    cost: Callable[[int], float], power: float | None
) -> None:
    assert points.exponent((size, cost(size)) for size in (1, 10, 100, 1000)) == (power and pytest.approx(power))
