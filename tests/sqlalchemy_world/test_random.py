"""Random programs over SQLAlchemy, rewritten and run on a real database beside the programs that were meant.

The same ones are run each time. `SESSIONFIX_RANDOM_PROGRAMS=5000` looks further, at programs that differ from run to
run.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from sqlalchemy_world.factories import SYNC, Variant
from sqlalchemy_world.grammar import Grammar
from sqlalchemy_world.judging import judge
from sqlalchemy_world.programs import HEAD

ASKED_FOR = os.environ.get("SESSIONFIX_RANDOM_PROGRAMS", "")


@st.composite
def program_texts(draw: st.DrawFn) -> str:
    text = HEAD + Grammar(lambda width: draw(st.integers(0, width - 1))).program()
    try:
        compile(text, "prog.py", "exec")
    except SyntaxError:
        assume(False)
    return text


@pytest.mark.slow
@settings(
    max_examples=int(ASKED_FOR or 100),
    derandomize=not ASKED_FOR,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(text=program_texts(), variant=st.sampled_from(SYNC))
def test_what_is_applied_as_safe_works_as_meant(
    tmp_path_factory: pytest.TempPathFactory, text: str, variant: Variant
) -> None:
    verdict = judge(tmp_path_factory.mktemp("project"), variant, text)
    event(verdict.outcome)
    assert not verdict.differences, verdict.report()
