"""Programs written by hand, rewritten and compared with what their authors meant."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from differential import owned, programs
from differential.choices import Choices
from differential.factories import ASYNC, SYNC, Variant
from differential.handed_on import HANDED_ON
from differential.recording import Deed
from differential.run import run_program
from differential.tool import judge, wrong_with
from sessionfix.diagnostics import Applicability

PLAIN = [variant for variant in SYNC if variant.is_plain]
ASYNC_PLAIN = [variant for variant in ASYNC if variant.is_plain]

NARROW = {f"narrow: {name}": text for name, text in programs.NARROW.items()}
OWNED = {f"owned: {name}": text for name, text in {**owned.OWNED, **owned.OWNED_HARD}.items()}
SYNC_PROGRAMS = {**programs.ROWS, **programs.HARD, **programs.FOUND, **HANDED_ON, **programs.MODULES, **NARROW, **OWNED}
if sys.version_info >= (3, 11):
    SYNC_PROGRAMS |= {f"except star: {name}": text for name, text in programs.EXCEPT_STAR.items()}
ASYNC_PROGRAMS = {
    **programs.ASYNC_ROWS,
    **{f"hard: {name}": text for name, text in programs.ASYNC_HARD.items()},
    **{f"owned: {name}": text for name, text in owned.ASYNC_OWNED.items()},
}
# of these, the tests of what must be rewritten judge the rewrites with plain factories
REWRITTEN = {*programs.ROWS, *NARROW, *(f"owned: {name}" for name in owned.OWNED)}
ASYNC_REWRITTEN = {*programs.ASYNC_ROWS, *(f"owned: {name}" for name in owned.ASYNC_OWNED)}
EVERY_PROGRAM = [(PLAIN[0], name, text) for name, text in SYNC_PROGRAMS.items()]
EVERY_PROGRAM += [(ASYNC_PLAIN[0], f"async {name}", text) for name, text in ASYNC_PROGRAMS.items()]


def assert_rewritten(folder: Path, variants: Iterable[Variant], text: str) -> None:
    for variant in variants:
        verdict = judge(folder, variant.program(text))
        assert verdict.is_clean, (variant.name, verdict.refusals)
        assert verdict.is_right, f"{variant.name}\n{verdict.report()}"


@pytest.mark.parametrize("name", programs.ROWS)
def test_each_row_of_the_table_is_rewritten(tmp_path: Path, name: str) -> None:
    assert_rewritten(tmp_path, PLAIN, programs.ROWS[name])


@pytest.mark.parametrize("name", programs.ASYNC_ROWS)
def test_each_row_of_the_table_is_rewritten_in_async_programs(tmp_path: Path, name: str) -> None:
    assert_rewritten(tmp_path, ASYNC_PLAIN, programs.ASYNC_ROWS[name])


@pytest.mark.parametrize("name", owned.OWNED)
def test_a_session_that_may_be_handed_in_is_rewritten(tmp_path: Path, name: str) -> None:
    assert_rewritten(tmp_path, PLAIN, owned.OWNED[name])


@pytest.mark.parametrize("name", owned.ASYNC_OWNED)
def test_an_async_session_that_may_be_handed_in_is_rewritten(tmp_path: Path, name: str) -> None:
    assert_rewritten(tmp_path, ASYNC_PLAIN, owned.ASYNC_OWNED[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SYNC_PROGRAMS)
def test_a_safe_rewrite_is_right(tmp_path: Path, name: str) -> None:
    variants = [variant for variant in SYNC if not (variant.is_plain and name in REWRITTEN)]
    assert wrong_with(tmp_path, variants, SYNC_PROGRAMS[name]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ASYNC_PROGRAMS)
def test_a_safe_rewrite_is_right_in_async_programs(tmp_path: Path, name: str) -> None:
    variants = [variant for variant in ASYNC if not (variant.is_plain and name in ASYNC_REWRITTEN)]
    assert wrong_with(tmp_path, variants, ASYNC_PROGRAMS[name]) == []


@pytest.mark.parametrize(
    ("variant", "text"),
    [(variant, text) for variant, _, text in EVERY_PROGRAM],
    ids=[name for _, name, _ in EVERY_PROGRAM],
)
def test_an_unsafe_rewrite_states_its_assumption_and_keeps_the_text(
    tmp_path: Path, variant: Variant, text: str
) -> None:
    verdict = judge(tmp_path, variant.program(text), unsafe=True)
    assert not verdict.faults, verdict.report()
    if verdict.differences:
        unsafe = [fix for fix in verdict.fixes if fix.applicability is Applicability.UNSAFE]
        assert unsafe, verdict.report()
        assert all("; " in fix.message for fix in unsafe), [fix.message for fix in unsafe]


@pytest.mark.parametrize("name", programs.GENERATORS)
def test_a_generator_that_is_closed_early_is_right(tmp_path: Path, name: str) -> None:
    assert wrong_with(tmp_path, SYNC, programs.HARD[name], steps=1) == []


def open_when_waiting(deeds: tuple[Deed, ...]) -> set[str]:
    """The sessions that were open at a `log("wait")`."""
    sessions: set[str] = set()
    for deed in deeds:
        if deed.kind == "open":
            sessions.add(deed.text.rpartition("#")[2])
        elif deed.kind == "exit":
            sessions.discard(deed.text.rpartition("#")[2])
        elif deed.text == "log('wait')":
            return sessions
    raise AssertionError("the program does not wait")


@pytest.mark.parametrize("name", programs.NARROW)
def test_a_block_is_not_wider_than_needed(tmp_path: Path, name: str) -> None:
    for variant in PLAIN:
        program = variant.program(programs.NARROW[name])
        verdict = judge(tmp_path, program)
        assert verdict.is_right, verdict.report()
        assert verdict.rewritten is not None, verdict.refusals
        run = run_program(program.with_text(verdict.rewritten), Choices(), plays=False)
        assert open_when_waiting(run.deeds) == set(), verdict.rewritten
