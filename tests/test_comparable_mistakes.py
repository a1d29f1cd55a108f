"""The mistakes of comparable tools, each with the outcome that it has here.

The programs of `hard_inputs` are those on which tools that put a `with` around code lost comments, closed a resource
too early or raised false alarms. Each is rewritten, and what was rewritten is run beside what its author meant.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import hard_inputs
from conftest import SmallProject
from differential.factories import ASYNC, SYNC, Variant
from differential.tool import Verdict, judge, wrong_with
from hard_inputs.base import HardInput, Outcome
from sessionfix.diagnostics import Applicability

GROUPS = sorted(found.name for found in pkgutil.iter_modules(hard_inputs.__path__) if found.name != "base")
INPUTS: dict[str, HardInput] = {
    f"{group}: {name}": example
    for group in GROUPS
    for name, example in importlib.import_module(f"hard_inputs.{group}").INPUTS.items()
}


def variants(name: str) -> tuple[Variant, ...]:
    return ASYNC if name.startswith("asynchronous") else SYNC


def verdict_on(folder: Path, name: str, variant: Variant, *, unsafe: bool = False) -> Verdict:
    return judge(folder, variant.program(INPUTS[name].text), unsafe=unsafe)


def plain(name: str) -> Variant:
    """A factory that commits at exit, and does nothing that is out of the ordinary."""
    return next(variant for variant in variants(name) if variant.is_plain)


def with_outcome(outcome: Outcome) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [name for name, example in INPUTS.items() if example.outcome is outcome])


@with_outcome(Outcome.SAFE)
def test_is_rewritten_and_does_what_was_meant(tmp_path: Path, name: str) -> None:
    verdict = verdict_on(tmp_path, name, plain(name))

    assert verdict.is_clean, verdict.refusals
    assert verdict.is_right, verdict.report()
    assert {fix.applicability for fix in verdict.fixes} == {Applicability.SAFE}


@with_outcome(Outcome.UNSAFE)
def test_is_rewritten_on_demand_only(tmp_path: Path, name: str) -> None:
    safe = verdict_on(tmp_path, name, plain(name))
    unsafe = verdict_on(tmp_path, name, plain(name), unsafe=True)

    assert safe.rewritten is None
    assert unsafe.is_clean
    assert unsafe.faults == ()
    assert [fix.applicability for fix in unsafe.fixes] == [Applicability.UNSAFE]
    assert INPUTS[name].words in unsafe.fixes[0].message


@with_outcome(Outcome.REFUSED)
def test_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    verdict = verdict_on(tmp_path, name, plain(name), unsafe=True)

    assert verdict.rewritten is None
    assert verdict.result.error is None
    assert len(verdict.refusals) == len(verdict.result.findings) == 1
    assert INPUTS[name].words
    assert INPUTS[name].words in verdict.refusals[0]


@with_outcome(Outcome.SILENT)
def test_is_no_finding(tmp_path: Path, name: str) -> None:
    verdict = verdict_on(tmp_path, name, plain(name), unsafe=True)

    assert verdict.result.findings == ()
    assert verdict.rewritten is None
    assert verdict.result.error is None


@pytest.mark.slow
@pytest.mark.parametrize("name", INPUTS)
def test_does_what_was_meant_with_every_factory(tmp_path: Path, name: str) -> None:
    assert wrong_with(tmp_path, variants(name), INPUTS[name].text) == []


def test_there_are_more_kinds_than_the_41_that_such_a_tool_was_once_tried_on() -> None:
    assert len(INPUTS) > 41
    assert len({example.text for example in INPUTS.values()}) == len(INPUTS)
    assert all(example.why.endswith(".") for example in INPUTS.values())


# What a codemod did to whole files, and a linter to its exit code

FACTORY = b"""\
from contextlib import contextmanager


@contextmanager
def get_session():
    with connect() as session:
        yield session
"""
SITE = b"    session = get_session()\n    print(session.query(1))\n"
MENDED = b"    with get_session() as session:\n        print(session.query(1))\n"
UNMENDABLE = b"def work():\n    session = get_session()\n    return session.query(1)\n"
IMPORT = b"from db import get_session\n\n\n"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_a_file_that_is_not_changed_keeps_its_bytes(project: SmallProject, newline: bytes) -> None:
    untouched = {
        "clean.py": b"x = 1\ny = 2\n".replace(b"\n", newline),
        "left.py": (IMPORT + UNMENDABLE).replace(b"\n", newline),
        "mixed.py": IMPORT.replace(b"\n", newline) + UNMENDABLE,
    }
    project.write({"db.py": FACTORY, **untouched})

    project.run("--write", "--unsafe-fixes", ".")

    assert {name: (project.root / name).read_bytes() for name in untouched} == untouched


def test_a_file_that_is_changed_keeps_its_line_endings(project: SmallProject) -> None:
    head, tail = b"# one\r\n# two\n# three\r\n", b"\nafter = 1\r\nlast = 2\n"
    project.write({"db.py": FACTORY, "app.py": head + IMPORT + b"def work():\n" + SITE + tail})

    completed = project.run("--write", ".")

    assert completed.code == 0
    assert (project.root / "app.py").read_bytes() == head + IMPORT + b"def work():\n" + MENDED + tail


@pytest.mark.parametrize("count", [1, 2, 256])
def test_the_exit_code_is_no_count(project: SmallProject, count: int) -> None:
    sites = b"".join(b"\n\ndef work_%d():\n%s" % (number, SITE) for number in range(count))
    project.write({"db.py": FACTORY, "app.py": IMPORT + sites})

    completed = project.run("--check", ".")

    assert completed.stdout.count(" SF101 ") == count
    assert completed.code == 1
