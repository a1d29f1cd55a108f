"""Programs written by hand, rewritten and compared with what their authors meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from differential import programs
from differential.choices import Choices
from differential.factories import ASYNC, SYNC, Variant
from differential.recording import Deed
from differential.run import run_program
from differential.tool import judge

PLAIN = [variant for variant in SYNC if variant.is_plain]
ASYNC_PLAIN = [variant for variant in ASYNC if variant.is_plain]

SYNC_PROGRAMS = {**programs.ROWS, **programs.HARD, **programs.MODULES}
ASYNC_PROGRAMS = {**programs.ASYNC_ROWS, **programs.ASYNC_HARD}


def named(variants: list[Variant] | tuple[Variant, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("variant", variants, ids=lambda variant: variant.name)


def assert_equal_if_rewritten(folder: Path, variant: Variant, text: str, steps: int | None = None) -> None:
    verdict = judge(folder, variant.program(text, steps=steps))
    assert verdict.is_right, verdict.report()


@named(PLAIN)
@pytest.mark.parametrize("name", programs.ROWS)
def test_each_row_of_the_table_is_rewritten(tmp_path: Path, name: str, variant: Variant) -> None:
    verdict = judge(tmp_path, variant.program(programs.ROWS[name]))
    assert verdict.is_clean, verdict.refusals
    assert verdict.is_right, verdict.report()


@named(ASYNC_PLAIN)
@pytest.mark.parametrize("name", programs.ASYNC_ROWS)
def test_each_row_of_the_table_is_rewritten_in_async_programs(tmp_path: Path, name: str, variant: Variant) -> None:
    verdict = judge(tmp_path, variant.program(programs.ASYNC_ROWS[name]))
    assert verdict.is_clean, verdict.refusals
    assert verdict.is_right, verdict.report()


@named(SYNC)
@pytest.mark.parametrize("name", SYNC_PROGRAMS)
def test_a_safe_rewrite_is_right(tmp_path: Path, name: str, variant: Variant) -> None:
    assert_equal_if_rewritten(tmp_path, variant, SYNC_PROGRAMS[name])


@named(ASYNC)
@pytest.mark.parametrize("name", ASYNC_PROGRAMS)
def test_a_safe_rewrite_is_right_in_async_programs(tmp_path: Path, name: str, variant: Variant) -> None:
    assert_equal_if_rewritten(tmp_path, variant, ASYNC_PROGRAMS[name])


@named(SYNC)
@pytest.mark.parametrize("name", programs.GENERATORS)
def test_a_generator_that_is_closed_early_is_right(tmp_path: Path, name: str, variant: Variant) -> None:
    assert_equal_if_rewritten(tmp_path, variant, programs.HARD[name], steps=1)


def open_when_waiting(deeds: tuple[Deed, ...]) -> set[int]:
    """The sessions that were open at a `log("wait")`."""
    sessions: set[int] = set()
    for deed in deeds:
        if deed.kind == "open":
            sessions.add(deed.lease or 0)
        elif deed.kind == "exit":
            sessions.discard(deed.lease or 0)
        elif deed.text == "log('wait')":
            return sessions
    raise AssertionError("the program does not wait")


@named(PLAIN)
@pytest.mark.parametrize("name", programs.NARROW)
def test_a_block_is_not_wider_than_needed(tmp_path: Path, name: str, variant: Variant) -> None:
    program = variant.program(programs.NARROW[name])
    verdict = judge(tmp_path, program)
    assert verdict.is_right, verdict.report()
    assert verdict.rewritten is not None, verdict.refusals
    run = run_program(program.with_text(verdict.rewritten), Choices(), plays=False)
    assert open_when_waiting(run.deeds) == set(), verdict.rewritten
