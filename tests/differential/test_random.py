"""Programs made at random, rewritten and compared with what their authors meant.

A few hundred programs are run each time, always the same; `long_run.py` looks further.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings

from differential.search import Sample, samples

PROGRAMS = 200

searching = settings(
    max_examples=PROGRAMS,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def assert_right_if_rewritten(folder: Path, sample: Sample) -> None:
    verdict = sample.judged(folder)
    event("rewritten" if verdict.is_clean else "rewritten in part" if verdict.rewritten else "left")
    assert verdict.is_right, verdict.report()


@pytest.mark.slow
@searching
@given(sample=samples(is_async=False))
def test_a_safe_rewrite_is_right(tmp_path_factory: pytest.TempPathFactory, sample: Sample) -> None:
    assert_right_if_rewritten(tmp_path_factory.mktemp("project"), sample)


@pytest.mark.slow
@searching
@given(sample=samples(is_async=True))
def test_a_safe_rewrite_is_right_in_async_programs(tmp_path_factory: pytest.TempPathFactory, sample: Sample) -> None:
    assert_right_if_rewritten(tmp_path_factory.mktemp("project"), sample)
