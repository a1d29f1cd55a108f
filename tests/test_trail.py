"""What an answer rests on is known, also where what it came from was found for another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import SmallProject
from sessionfix.checking import Checker
from sessionfix.project.search import Search
from sessionfix.project.trail import Asking, Memo, Question, Trail
from sessionfix.selection import ALL
from sessionfix.settings import Settings
from sessionfix.targets import Job, plan
from test_cache_edits import CONTENTS, LARGE

FIXTURES = Path(__file__).parent / "fixtures"
ONE, OTHER = (Question(Asking.CONTENT, name) for name in ("one.py", "other.py"))


class Asker:
    """Finds out things, and asks a question each time."""

    def __init__(self) -> None:
        self.trail = Trail()

    def ask(self, question: Question) -> str:
        self.trail.note(question)
        return question.of


def test_what_was_kept_rests_on_what_was_asked_for_it() -> None:
    asker = Asker()
    memo: Memo[str, str] = Memo(asker.trail)
    memo.once("key", lambda: asker.ask(ONE))
    asker.trail.restart()
    assert asker.trail.questions == frozenset()

    assert memo.once("key", lambda: asker.ask(OTHER)) == "one.py"

    assert asker.trail.questions == {ONE}


def test_what_was_asked_before_is_not_taken_for_what_something_rests_on() -> None:
    asker = Asker()
    memo: Memo[str, str] = Memo(asker.trail)
    asker.ask(OTHER)
    memo.keep("key", lambda: asker.ask(ONE))
    assert asker.trail.questions == {ONE, OTHER}

    asker.trail.restart()

    assert memo["key"] == "one.py"
    assert asker.trail.questions == {ONE}


def test_what_was_found_on_a_way_rests_on_all_that_was_asked_further_on() -> None:
    asker = Asker()
    search = Search(asker.trail)

    def reach(name: str, *further: Question) -> str:
        return search.once(name, lambda: "".join(map(asker.ask, further)), circular="", lost="")

    search.once("all", lambda: reach("a", ONE) + reach("b", OTHER), circular="", lost="")
    asker.trail.restart()
    reach("a")
    assert asker.trail.questions == {ONE}
    reach("all")
    assert asker.trail.questions == {ONE, OTHER}


def test_an_exception_leaves_what_was_asked_noted_and_keeps_nothing() -> None:
    asker = Asker()
    memo: Memo[str, str] = Memo(asker.trail)

    def fail() -> str:
        asker.ask(ONE)
        raise RecursionError

    with pytest.raises(RecursionError):
        memo.once("key", fail)

    assert asker.trail.questions == {ONE}
    assert "key" not in memo


@pytest.mark.parametrize("fixture", ["monitoring_api", "monitoring_api_async", None])
def test_a_file_rests_on_the_same_whatever_was_looked_at_before(project: SmallProject, fixture: str | None) -> None:
    """A conclusion that is kept from one file to the next, but not by a `Memo`, would be missing here."""
    if fixture is None:
        project.write({name: contents[0] or b"" for name, contents in CONTENTS.items()} | {"large.py": LARGE})
    root = FIXTURES / fixture if fixture else project.root
    job = plan(root, Settings(select=(ALL,)), [root])
    together = asked_for(job, job.targets)

    for file in job.targets:
        alone = asked_for(job, [file])
        assert alone.get(file, frozenset()) <= together.get(file, frozenset()), file
    assert any(len(questions) > 5 for questions in together.values())


def asked_for(job: Job, files: tuple[str, ...] | list[str]) -> dict[str, frozenset[Question]]:
    checker = Checker(job)
    for file in files:
        checker.check(Path(file))
    return checker.asked.questions
