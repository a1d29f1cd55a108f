"""The search for wrong rewrites: what it counts, what it keeps, how it makes programs small."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import long_run
from differential.programs import HEAD
from differential.reducing import reduced
from differential.search import Sample, Tally, Wrong, search
from differential.tool import Verdict

WRONG = Wrong(Sample("s = get_session()\n", "commits", None), "what is wrong")
CHUNK = 3

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_run, "CHUNK", CHUNK)


def test_every_program_and_every_site_is_counted(tmp_path: Path) -> None:
    tally = search(tmp_path, 3, 25, is_async=False)
    assert tally.programs == 25
    assert tally.sites == tally.safe + tally.unsafe + tally.refused.total()
    assert 0 < tally.rewritten_whole <= tally.rewritten <= tally.with_sites <= 25
    assert tally.wrong == []


def test_the_same_number_gives_the_same_programs(tmp_path: Path) -> None:
    first, second, other = (search(tmp_path, number, 10, is_async=True).as_data() for number in (1, 1, 2))
    assert first == second != other


def test_a_tally_can_be_written_down() -> None:
    tally = Tally(programs=2, sites=3, wrong=[WRONG])
    tally.refused["a reason"] += 3
    assert Tally.from_data(json.loads(json.dumps(tally.as_data()))) == tally


def test_a_wrong_rewrite_is_kept_and_made_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Sample.judged

    def judged(self: Sample, folder: Path) -> Verdict:
        faults = ("closes are wrong",) if ".close()" in self.text.partition("def main")[2] else ()
        return replace(real(self, folder), faults=faults)

    monkeypatch.setattr(Sample, "judged", judged)
    found = search(tmp_path, 1, 8, is_async=False).wrong
    assert found
    for wrong in found:
        assert "closes are wrong" in wrong.report
        assert len(wrong.sample.text.partition("def main")[2].splitlines()) <= 8


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "seed-2.jsonl"
    command = [str(2 * CHUNK), "--seed", "2", "--jobs", "1", "--results", str(tmp_path)]
    long_run.append(results, 0, Tally(programs=CHUNK, sites=5, safe=5))
    with results.open("a", encoding="utf-8") as file:
        file.write('{"chunk": 1, "tally": {"prog')
    assert long_run.main(command) == 0
    shown = capsys.readouterr().out
    assert f"programs: {2 * CHUNK}," in shown
    assert set(long_run.read(results)) == {0, 1}
    assert long_run.main(command) == 0
    assert capsys.readouterr().out == shown


def test_a_wrong_rewrite_ends_the_run_with_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long_run.append(tmp_path / "seed-1.jsonl", 0, Tally(programs=CHUNK, wrong=[WRONG]))
    assert long_run.main([str(CHUNK), "--results", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "what is wrong" in shown
    assert "wrong: 1" in shown


def test_a_program_is_made_small() -> None:
    text = HEAD + (
        "def main():\n"
        "    if cond(1):\n"
        "        for n in range(2):\n"
        "            log(n)\n"
        "            s = get_session()  # here\n"
        "    else:\n"
        "        log('''a\n    b''')\n"
        "\n"
        "    return None\n"
    )
    assert reduced(text, lambda each: "get_session()" in each) == "s = get_session()  # here\n"
