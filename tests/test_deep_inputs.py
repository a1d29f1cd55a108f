"""Files that are nested deeply, or hold very long chains: analysed as far as it goes, and none ends the process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fixing import HEADER, check, fixed
from sessionfix import fixer
from sessionfix.rewrite import depth, reasons
from sessionfix.room import with_room

SITE = HEADER + "\n\ndef add(a, b):\n    session = get_session()\n    session.add(1)\n    session.close()\n\n\n"

LONG: dict[str, Callable[[int], str]] = {
    "sum": lambda count: "x = " + " + ".join(["a"] * count),
    "power": lambda count: "x = " + " ** ".join(["a"] * count),
    "condition": lambda count: "x = " + " and ".join(["a"] * count),
    "comparison": lambda count: "x = " + " < ".join(["a"] * count),
    "attributes": lambda count: "x = a" + ".b" * count,
    "subscripts": lambda count: "x = a" + "[0]" * (count // 2),
    "signs": lambda count: "x = " + "-" * count + "a",
    "choices": lambda count: "x = " + "a if b else " * (count // 2) + "a",
    "lambdas": lambda count: "x = " + "lambda: " * count + "a",
    "loops": lambda count: "x = [a " + "for b in a " * (count // 10) + "]",
    "strings": lambda count: "x = (" + '"a" ' * count + ")",
    "strings over lines": lambda count: "x = (" + '"a"\n' * count + ")",
    "formatted strings": lambda count: "x = (" + 'f"{a}" ' * count + ")",
    "branches": lambda count: "if a:\n    pass\n" + "elif b:\n    pass\n" * count,
}
TOO_LONG: dict[str, Callable[[int], str]] = {
    **{name: LONG[name] for name in LONG if name not in {"comparison", "loops", "choices", "subscripts", "lambdas"}},
    "dotted import": lambda count: "import a" + ".b" * count,
    "dotted from": lambda count: "from a" + ".b" * count + " import c",
    "patterns": lambda count: f"match a:\n    case {'{1: ' * (count // 100)}b{'}' * (count // 100)}:\n        pass",
}


@pytest.mark.parametrize("name", LONG)
def test_long_chains_beside_a_site_do_not_stand_in_its_way(name: str, tmp_path: Path) -> None:
    code = LONG[name](500)

    assert fixed(f"{SITE}{code}\n", tmp_path, unsafe=True).endswith(f"{code}\n")


@pytest.mark.parametrize("name", ["sum", "condition", "attributes", "strings", "branches"])
def test_long_chains_in_the_function_of_a_site_are_followed(name: str, tmp_path: Path) -> None:
    code = "".join(f"    {line}\n" for line in LONG[name](500).splitlines())

    text = fixed(f"{SITE.rstrip()}\n    return session\n".replace("    return session\n", code), tmp_path, unsafe=True)

    assert "with get_session() as session:" in text


@pytest.mark.parametrize("name", TOO_LONG)
def test_what_libcst_cannot_read_is_refused(name: str, tmp_path: Path) -> None:
    result = check(f"{SITE}{TOO_LONG[name](depth.DEEPEST + 100)}\n", tmp_path, unsafe=True)

    assert result.fixed_text is None
    assert [finding.refusal for finding in result.findings] == [reasons.TOO_LONG]


@pytest.mark.parametrize("name", ["sum", "signs", "branches", "attributes"])
def test_what_no_python_runs_is_left_alone(name: str, tmp_path: Path) -> None:
    result = check(f"{SITE}{LONG[name](30_000)}\n", tmp_path)

    assert result.fixed_text is None
    assert result.error == fixer.TOO_DEEP or [one.refusal for one in result.findings] == [reasons.TOO_LONG]


def test_ninety_suites_are_read(tmp_path: Path) -> None:
    suites = "".join(f"{' ' * level}if a:\n" for level in range(90)) + " " * 90 + "pass\n"

    assert fixed(SITE + suites, tmp_path, unsafe=True).endswith(suites)


def test_a_string_with_many_quotes_is_one_string(tmp_path: Path) -> None:
    text = f'{SITE}TEXT = """\n{chr(39) * (depth.DEEPEST + 1)}\n"""\nNAMES = [{"a".__repr__() + ", "} * 3000]\n'

    assert "with get_session()" in fixed(text, tmp_path, unsafe=True)


def test_a_deep_file_beside_is_read(tmp_path: Path) -> None:
    deep = "def make():\n    if a:\n        pass\n" + "    elif b:\n        pass\n" * 600
    db = f"{HEADER.replace('db', 'base')}\n{deep}"
    (tmp_path / "base.py").write_text("", encoding="utf-8")

    result = check(SITE, tmp_path, db=f"{db}\n{_factory()}")

    assert [finding.fixed for finding in result.findings] == [True]


def _factory() -> str:
    return (
        "from contextlib import contextmanager\n\n\n@contextmanager\ndef get_session():\n"
        "    session = Store()\n    yield session\n    session.close()\n"
    )


def test_what_is_done_with_room_returns_raises_and_leaves_no_trace() -> None:
    before = sys.getrecursionlimit(), threading.stack_size(), threading.active_count()

    def depth_of(levels: int) -> int:
        return 1 + depth_of(levels - 1) if levels else 0

    assert with_room(lambda: depth_of(5000)) == 5000
    with pytest.raises(RecursionError):
        with_room(lambda: depth_of(10**6))
    with pytest.raises(KeyError):
        with_room(lambda: {}["none"])
    assert before == (sys.getrecursionlimit(), threading.stack_size(), threading.active_count())


def test_no_larger_stack_is_an_error_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Thread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading, "Thread", Thread)

    assert check(f"{SITE}{LONG['sum'](500)}\n", tmp_path).error == fixer.TOO_DEEP


def test_warnings_of_the_parser_are_not_shown(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    text = SITE.replace("session.add(1)", r"session.add('\d' if 1is 1else 0)")

    fixed(text, tmp_path, unsafe=True)

    assert [str(warning.message) for warning in recwarn] == []
