"""Search for wrong rewrites: programs made at random, rewritten, run, and counted by what became of their sites."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from differential.factories import ASYNC, SYNC, VARIANTS
from differential.grammar import Grammar
from differential.handed import handed
from differential.reducing import reduced
from differential.tool import Verdict, is_python, judge
from sessionfix.diagnostics import Applicability, Finding

RUNS_OF_EACH = 60
STEPS = (None, 1)
HANDED_IN = 6  # one program of so many has functions that take a session, or open their own
NEVER_AWAITED = "coroutine .* was never awaited"
NAMES = {variant: name for name, variant in VARIANTS.items()}


@dataclass(frozen=True)
class Sample:
    """A program made at random, with what it is judged against: a factory, and how far a generator is read."""

    text: str
    factory: str  # a key of VARIANTS
    steps: int | None

    def judged(self, folder: Path) -> Verdict:
        program = VARIANTS[self.factory].program(self.text, steps=self.steps)
        return judge(folder, program, limit=RUNS_OF_EACH)


@st.composite
def samples(draw: st.DrawFn, *, is_async: bool) -> Sample:
    """Programs that compile.

    Drawn choice by choice, 60% of the programs would be ones that were there before.
    """
    random = draw(st.randoms(use_true_random=True))
    text = Grammar(random.randrange, is_async=is_async).program()
    if random.randrange(HANDED_IN) == 0:
        text = handed(text, random.randrange) or text
    assume(is_python(text))
    variant = random.choice(ASYNC if is_async else SYNC)
    return Sample(text, NAMES[variant], random.choice(STEPS))


@dataclass(frozen=True)
class Wrong:
    """A wrong rewrite: the smallest program found that shows it, and the report on that."""

    sample: Sample
    report: str


@dataclass
class Tally:
    """What became of many programs and their sites."""

    programs: int = 0
    with_sites: int = 0
    rewritten: int = 0
    rewritten_whole: int = 0
    sites: int = 0
    safe: int = 0
    unsafe: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        """Count one program and its sites."""
        findings = verdict.result.findings
        self.programs += 1
        self.with_sites += bool(findings)
        self.rewritten += verdict.rewritten is not None
        self.rewritten_whole += verdict.is_clean
        self.sites += len(findings)
        for finding in findings:
            self._count(finding)

    def _count(self, finding: Finding) -> None:
        if finding.fixed:
            self.safe += 1
        elif finding.fix is not None and finding.fix.applicability is Applicability.UNSAFE:
            self.unsafe += 1
        else:
            self.refused[reason_of(finding)] += 1

    def merge(self, other: Tally) -> None:
        for name, value in vars(other).items():
            if isinstance(value, Counter):
                getattr(self, name).update(value)
            else:
                setattr(self, name, getattr(self, name) + value)

    def as_data(self) -> Mapping[str, object]:
        """What `from_data` reads, for JSON."""
        return {**vars(self), "refused": dict(self.refused), "wrong": [asdict(wrong) for wrong in self.wrong]}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Tally:
        wrong = [Wrong(Sample(**each["sample"]), each["report"]) for each in data["wrong"]]
        return cls(**{**data, "refused": Counter(data["refused"]), "wrong": wrong})


def reason_of(finding: Finding) -> str:
    """Why there is no rewrite, without the names and rows of the one case."""
    reason = finding.refusal or "the fix was left out"
    return re.sub(r"\d+", "N", re.sub(r"`[^`]*`", "`…`", reason))


def search(folder: Path, number: int, programs: int, *, is_async: bool) -> Tally:
    """Judge that many programs; the same `number` gives the same ones. Wrong ones are made small."""
    tally = Tally()

    @seed(number)
    @settings(
        max_examples=programs,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(samples(is_async=is_async))
    def look_at(sample: Sample) -> None:
        verdict = sample.judged(folder)
        tally.add(verdict)
        if not verdict.is_right:
            tally.wrong.append(made_small(folder, sample))

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", NEVER_AWAITED, RuntimeWarning)  # a program may drop a coroutine
        look_at()
    return tally


def made_small(folder: Path, sample: Sample) -> Wrong:
    """The wrong program, without the lines that it can do without."""
    rules = sample.judged(folder).broken

    def is_as_wrong(text: str) -> bool:
        return bool(rules & Sample(text, sample.factory, sample.steps).judged(folder).broken)

    small = Sample(reduced(sample.text, is_as_wrong), sample.factory, sample.steps)
    return Wrong(small, small.judged(folder).report())
