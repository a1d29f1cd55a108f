"""Each program is rewritten as `--write` does, and run on a real database beside the program that was meant."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sessionfix.diagnostics import Applicability
from sqlalchemy_world.factories import ASYNC, SYNC, Variant
from sqlalchemy_world.judging import apply_tool, judge, run_meant, run_rewritten
from sqlalchemy_world.programs import ASYNC as ASYNC_PROGRAMS
from sqlalchemy_world.programs import SYNC as SYNC_PROGRAMS

pytestmark = [
    pytest.mark.filterwarnings("ignore:Object of type"),
    # a lazy read outside of its greenlet is what some of the programs are about
    pytest.mark.filterwarnings("ignore:coroutine 'Connection.cursor' was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

KEEPS, EXPIRES = SYNC[:2]
ASYNC_KEEPS, ASYNC_EXPIRES = ASYNC[:2]
OTHERS = [variant for variant in SYNC if variant not in (KEEPS, EXPIRES)]
WORDS = r"; (?:.*\bassumes? that\b|the block reaches over|the session is opened before)"


def named(variants: list[Variant]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("variant", variants, ids=lambda variant: variant.name)


def assert_right_if_rewritten(folder: Path, variant: Variant, text: str) -> None:
    verdict = judge(folder, variant, text)
    assert not verdict.differences, verdict.report()


@pytest.mark.slow
@named([KEEPS, EXPIRES])
@pytest.mark.parametrize("name", SYNC_PROGRAMS)
def test_what_is_applied_as_safe_works_as_meant(tmp_path: Path, name: str, variant: Variant) -> None:
    assert_right_if_rewritten(tmp_path, variant, SYNC_PROGRAMS[name])


@pytest.mark.slow
@named([ASYNC_KEEPS, ASYNC_EXPIRES])
@pytest.mark.parametrize("name", ASYNC_PROGRAMS)
def test_what_is_applied_as_safe_works_as_meant_in_async_programs(tmp_path: Path, name: str, variant: Variant) -> None:
    assert_right_if_rewritten(tmp_path, variant, ASYNC_PROGRAMS[name])


@pytest.mark.slow
@named(OTHERS)
@pytest.mark.parametrize("name", SYNC_PROGRAMS)
def test_it_works_with_every_factory(tmp_path: Path, name: str, variant: Variant) -> None:
    assert_right_if_rewritten(tmp_path, variant, SYNC_PROGRAMS[name])


@pytest.mark.slow
@named(list(ASYNC[2:]))
@pytest.mark.parametrize("name", ASYNC_PROGRAMS)
def test_it_works_with_every_async_factory(tmp_path: Path, name: str, variant: Variant) -> None:
    assert_right_if_rewritten(tmp_path, variant, ASYNC_PROGRAMS[name])


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
    from sqlalchemy_world.judging import Verdict

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
