"""Each program is rewritten as `--write` does, and run on a real database beside the program that was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from sessionfix.diagnostics import Applicability, FileResult
from sqlalchemy_world.factories import ASYNC, SYNC, Variant
from sqlalchemy_world.judging import Verdict, apply_tool, compared, readings, run_meant, run_rewritten
from sqlalchemy_world.programs import ASYNC as ASYNC_PROGRAMS
from sqlalchemy_world.programs import SYNC as SYNC_PROGRAMS

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type"),
    # a lazy read outside of its greenlet is what some of the programs are about
    pytest.mark.filterwarnings("ignore:coroutine 'Connection.cursor' was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

KEEPS, EXPIRES = SYNC[:2]
ASYNC_EXPIRES = ASYNC[1]
WORDS = r"; (?:.*\bassumes? that\b|the block reaches over|the session is opened before)"


@pytest.fixture(scope="module")
def read_as(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, object]:
    """What the tool reads of each factory, by the factory's name."""
    return readings(tmp_path_factory.mktemp("factories"), [*SYNC, *ASYNC])


def wrong_verdicts(
    folder: Path, variants: Iterable[Variant], text: str, read_as: Mapping[str, object]
) -> Iterator[str]:
    """Which rewrites of a program are wrong. It runs with each factory; those that are read alike share the rewrite."""
    answers: dict[object, FileResult] = {}
    for variant in variants:
        reading = read_as[variant.name]
        if reading not in answers:
            answers[reading] = apply_tool(folder / str(len(answers)), variant, text)
        verdict = compared(variant, text, answers[reading])
        if verdict.differences:
            yield f"{variant.name}\n{verdict.report()}"


@pytest.mark.slow
@pytest.mark.parametrize("name", SYNC_PROGRAMS)
def test_what_is_applied_as_safe_works_as_meant(tmp_path: Path, name: str, read_as: Mapping[str, object]) -> None:
    assert [*wrong_verdicts(tmp_path, SYNC, SYNC_PROGRAMS[name], read_as)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ASYNC_PROGRAMS)
def test_what_is_applied_as_safe_works_as_meant_in_async_programs(
    tmp_path: Path, name: str, read_as: Mapping[str, object]
) -> None:
    assert [*wrong_verdicts(tmp_path, ASYNC, ASYNC_PROGRAMS[name], read_as)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SYNC_PROGRAMS][::40])
def test_factories_that_are_read_alike_get_the_same_rewrite(
    tmp_path: Path, name: str, read_as: Mapping[str, object]
) -> None:
    answers: dict[object, set[object]] = {}
    for variant in SYNC:
        result = apply_tool(tmp_path / variant.name, variant, SYNC_PROGRAMS[name])
        words = tuple(
            (finding.fixed, finding.refusal, finding.fix and finding.fix.message) for finding in result.findings
        )
        answers.setdefault(read_as[variant.name], set()).add((result.fixed_text, words))
    assert [len(found) for found in answers.values()] == [1] * len(answers)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SYNC_PROGRAMS, *(f"async {name}" for name in ASYNC_PROGRAMS)])
def test_an_unsafe_rewrite_is_python_and_says_what_it_assumes(tmp_path: Path, name: str) -> None:
    is_async = name.startswith("async ") and name not in SYNC_PROGRAMS
    text = ASYNC_PROGRAMS[name.removeprefix("async ")] if is_async else SYNC_PROGRAMS[name]
    result = apply_tool(tmp_path, ASYNC_EXPIRES if is_async else EXPIRES, text, unsafe=True)
    assert result.error is None
    ast.parse(result.fixed_text or text)
    for finding in result.findings:
        assert (finding.fix is None) != (finding.refusal is None)
        if finding.fix and finding.fix.applicability is Applicability.UNSAFE:
            assert re.search(WORDS, finding.fix.message), finding.fix.message


@pytest.mark.parametrize(("variant", "share"), [(KEEPS, 0.7), (EXPIRES, 0.5)], ids=["kept", "expiring"])
def test_how_many_programs_are_rewritten(tmp_path: Path, variant: Variant, share: float) -> None:
    """A tool that refuses everything would never be wrong."""
    programs = [text for name, text in SYNC_PROGRAMS.items() if name.startswith("reading: ")]
    found = [judge_word(tmp_path, variant, text) for text in programs]
    assert found.count("safe") >= share * len(programs), found


def judge_word(folder: Path, variant: Variant, text: str) -> str:
    return Verdict(apply_tool(folder, variant, text), ()).outcome


OUTCOMES = {
    "objects: object returned": ("safe", "unsafe"),
    "objects: object returned without a close": ("unsafe", "unsafe"),
    "objects: relationship list returned": ("safe", "unsafe"),
    "objects: relationship read before the close": ("safe", "safe"),
    "objects: relationship read after the close": ("safe", "safe"),
    "objects: many to one without a close": ("unsafe", "unsafe"),
    "objects: closed in a finally by a condition": ("safe", "unsafe"),
    "objects: detached object changed": ("unsafe", "unsafe"),
    "objects: method that changes a detached object": ("unsafe", "unsafe"),
    "objects: dictionary of a method": ("safe", "unsafe"),
    "reading: query returned lazily": ("refused", "refused"),
    "reading: scalars returned lazily": ("refused", "refused"),
    "reading: query iterated after close": ("safe", "safe"),
    "writing: taken name rolled back": ("safe", "safe"),
    "writing: explicit transaction": ("safe", "safe"),
    "handing: repository returned": ("refused", "refused"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome_with_kept_and_with_expiring_objects(tmp_path: Path, name: str) -> None:
    for folder, variant, expected in zip(("kept", "expiring"), (KEEPS, EXPIRES), OUTCOMES[name], strict=True):
        (tmp_path / folder).mkdir()
        assert judge_word(tmp_path / folder, variant, SYNC_PROGRAMS[name]) == expected, variant.name


def test_a_transaction_that_the_program_begins_is_not_safe_where_the_factory_began_one(tmp_path: Path) -> None:
    begins = next(variant for variant in SYNC if variant.name == "begins")
    assert judge_word(tmp_path, begins, SYNC_PROGRAMS["writing: explicit transaction"]) == "unsafe"


def test_the_world_sees_what_a_wrong_rewrite_does() -> None:
    """The comparison itself: an object that leaves its session, work that is lost, a connection that is left open."""
    text = SYNC_PROGRAMS["objects: relationship read by the caller"]
    wrong = text.replace(
        """    session = get_session()
    user = session.query(User).filter_by(name=name).first()
    return user""",
        """    with get_session() as session:
        user = session.query(User).filter_by(name=name).first()
    return user""",
    )
    assert run_meant(KEEPS, text).outcome == ["'one'", "'two'"]
    assert run_rewritten(KEEPS, wrong).outcome == "<can't be read>"
    added = SYNC_PROGRAMS["writing: add and no commit"]
    assert run_meant(KEEPS, added).rows != run_meant(KEEPS, added, commits=True).rows
    assert run_meant(KEEPS, SYNC_PROGRAMS["objects: object returned without a close"]).checked_out == 1
