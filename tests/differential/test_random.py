"""Programs made at random, rewritten and compared with what their authors meant.

A few hundred programs are run each time, always the same. `SESSIONFIX_RANDOM_PROGRAMS=20000` looks further, at programs
that differ from run to run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from differential.factories import ASYNC, SYNC, Variant
from differential.grammar import Grammar
from differential.tool import is_python, judge

ASKED_FOR = os.environ.get("SESSIONFIX_RANDOM_PROGRAMS", "")
PROGRAMS = int(ASKED_FOR or 200)
RUNS_OF_EACH = 60

searching = settings(
    max_examples=PROGRAMS,
    derandomize=not ASKED_FOR,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@st.composite
def program_texts(draw: st.DrawFn, *, is_async: bool) -> str:
    text = Grammar(lambda width: draw(st.integers(0, width - 1)), is_async=is_async).program()
    assume(is_python(text))
    return text


def assert_right_if_rewritten(folder: Path, variant: Variant, text: str, steps: int | None) -> None:
    verdict = judge(folder, variant.program(text, steps=steps), limit=RUNS_OF_EACH)
    event("rewritten" if verdict.is_clean else "rewritten in part" if verdict.rewritten else "left")
    assert verdict.is_right, verdict.report()


@pytest.mark.slow
@searching
@given(text=program_texts(is_async=False), variant=st.sampled_from(SYNC), steps=st.sampled_from([None, 1]))
def test_a_safe_rewrite_is_right(
    tmp_path_factory: pytest.TempPathFactory, text: str, variant: Variant, steps: int | None
) -> None:
    assert_right_if_rewritten(tmp_path_factory.mktemp("project"), variant, text, steps)


@pytest.mark.slow
@searching
@given(text=program_texts(is_async=True), variant=st.sampled_from(ASYNC), steps=st.sampled_from([None, 1]))
def test_a_safe_rewrite_is_right_in_async_programs(
    tmp_path_factory: pytest.TempPathFactory, text: str, variant: Variant, steps: int | None
) -> None:
    assert_right_if_rewritten(tmp_path_factory.mktemp("project"), variant, text, steps)
