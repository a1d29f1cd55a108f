"""A cache that is damaged, foreign or hostile is no cache; one that can't be written is none either."""

from __future__ import annotations

import errno
import itertools
import json
import os
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import SmallProject
from sessionfix.cache import folder as cache_folder
from sessionfix.cache import grounds as packing
from sessionfix.cache.folder import CacheFolder
from sessionfix.cache.grounds import Grounds
from sessionfix.cache.plain import NotPlainError
from sessionfix.cache.record import Record, packed, unpacked
from sessionfix.cache.stamps import Stamped
from sessionfix.diagnostics import Applicability, Certainty, ChainStep, Edit, FileResult, Finding, Fix, Position, Span
from sessionfix.project.asked import Asked
from sessionfix.project.sieve.generators import GeneratorNames
from sessionfix.project.sieve.roles import Role
from sessionfix.project.sieve.sieve import Sieved
from sessionfix.project.sieve.suspects import Suspects
from sessionfix.project.trail import Asking, Question


def sealed(content: bytes) -> bytes:
    """A content with a checksum that is right."""
    return b"sessionfix cache %08x\n" % zlib.crc32(content) + content


def deep(_: bytes) -> bytes:
    return sealed(b"[" * 200_000 + b"]" * 200_000)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut in the head": lambda cache: cache[:10],
    "cut in the middle": lambda cache: cache[: len(cache) // 2],
    "cut at the end": lambda cache: cache[:-1],
    "zeros at the beginning": lambda cache: bytes(64) + cache[64:],
    "zeros in the middle": lambda cache: cache[:500] + bytes(300) + cache[800:],
    "zeros at the end": lambda cache: cache[:-300] + bytes(300),
    "all zeros": lambda cache: bytes(len(cache)),
    "noise": lambda cache: random.Random(1).randbytes(len(cache)),
    "sealed noise": lambda cache: sealed(random.Random(2).randbytes(len(cache))),
    "another digit": lambda cache: cache.replace(b"SF101", b"SF102"),
    "more at the end": lambda cache: cache + b" ",
    "sealed, not UTF-8": lambda cache: sealed(b'{"key": "\xff"}'),
    "sealed, foreign": lambda _: sealed(b'{"name": "package", "version": 1}'),
    "sealed, a list": lambda _: sealed(b"[1, 2, 3]"),
    "sealed, a number of many digits": lambda _: sealed(b"1" * 10_000),
    "sealed, nested deeply": deep,
    "another tool's": lambda _: b'{"key": 1}',
}


def cache_of(project: SmallProject) -> Path:
    (path,) = (project.root / ".sessionfix_cache").glob("*.cache")
    return path


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_cache_is_none_and_is_replaced(
    broken_project: SmallProject, damage: Callable[[bytes], bytes]
) -> None:
    cold = broken_project.run()
    cache = cache_of(broken_project)
    cache.write_bytes(damage(cache.read_bytes()))

    assert "cache: 0 of 2" in broken_project.run("-v").stderr
    assert "cache: 2 of 2" in broken_project.run("-v").stderr
    assert broken_project.run() == cold


def test_a_byte_that_tipped_over_anywhere_makes_it_no_cache(broken_project: SmallProject) -> None:
    broken_project.run()
    whole = cache_of(broken_project).read_bytes()
    folder = CacheFolder(broken_project.root / ".sessionfix_cache")
    key = json.loads(whole.partition(b"\n")[2])["key"]
    assert folder.load(key) is not None

    for place in range(0, len(whole), 37):
        cache_of(broken_project).write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert folder.load(key) is None


# the shape of what is in it

SPAN = Span(Position(1, 2), Position(3, 4))
FINDING = Finding(
    *("SF101", "m", Path("a.py"), SPAN, 5, (ChainStep(Path("b.py"), 1, "t"),), Certainty.CERTAIN),
    fix=Fix(Applicability.SAFE, "use with", (Edit("x", SPAN),), "contextlib"),
)
STAMPED = Stamped(("a.py", "b.py"), [1, 2, 3, 4, -1, -1, -1, -1], "01" * 32)
RECORD = Record(
    STAMPED,
    Stamped(("c.py",), [5, 6, 7, 8], "2" * 32),
    frozenset({"b.py"}),
    frozenset(),
    {"a.py": FileResult(Path("a.py"), "", (FINDING,), "with x:\n", None)},
    frozenset({"a.py"}),
    {"/p/acme": ("/p/acme.py", None)},
    "grounds",
    {"/p": 7},
)
FILES = STAMPED.files
SEARCH = Question(Asking.MATCHING, "word", r"\bNAME\b")
DEFINED = Question(Asking.DEFINING, "contextmanager")
GROUNDS = Grounds(
    Asked(
        {"a.py": frozenset({Question(Asking.CONTENT, "a.py"), SEARCH}), "b.py": frozenset({SEARCH, DEFINED})},
        {SEARCH: {"a.py": "1", "b.py": "1"}, DEFINED: {"b.py": "get_session as"}},
    ),
    Sieved(
        Suspects(
            frozenset({"make", "lend"}),
            frozenset({"make"}),
            frozenset({"a.py"}),
            frozenset({"make", "run"}),
            *(frozenset({"a.py"}), frozenset(FILES), frozenset({"b.py"}), frozenset({"a.py"})),
            {"connected": frozenset({Role(1, is_async=False), Role(1, is_async=True, of_object=True)})},
            frozenset({"tools"}),
        ),
        GeneratorNames(frozenset({b"rows", b"\xff"}), frozenset({b"rows"}), {"a.py": frozenset({"rows"})}),
        {"b.py": frozenset({"get_session"})},
    ),
)
WRONG = (None, True, 1, -(2**70), 0.5, "x", "", [], [None], [[]], {}, {"x": []})


def test_a_record_comes_back_as_it_was() -> None:
    assert unpacked(packed(RECORD, "key"), "key") == RECORD
    assert unpacked(packed(RECORD, "key"), "another key") is None


def places(document: object, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to everything in a document."""
    yield way
    items = (
        document.items() if isinstance(document, dict) else enumerate(document if isinstance(document, list) else ())
    )
    for step, inner in items:
        yield from places(inner, (*way, step))


def with_other(document: object, way: tuple[str | int, ...], value: object) -> object:
    if not way:
        return value
    step, *rest = way
    copy = document.copy()  # type: ignore[attr-defined]
    copy[step] = with_other(copy[step], tuple(rest), value)
    return copy


def test_whatever_stands_in_the_place_of_anything_is_no_error() -> None:
    document = json.loads(packed(RECORD, "key"))
    ways = list(places(document))
    assert len(ways) > 60
    accepted = 0
    for way in ways:
        for value in WRONG:
            record = unpacked(json.dumps(with_other(document, way, value)).encode(), "key")
            assert record is None or is_sound(record), (way, value)
            accepted += record is not None
    assert accepted < len(ways) * len(WRONG) / 2


def is_sound(record: Record) -> bool:
    """Whether all has the types that it is declared with: then it can be packed, and comes back the same."""
    return unpacked(packed(record, "key"), "key") == record


@pytest.mark.parametrize("grounds", [GROUNDS, Grounds(), Grounds(GROUNDS.asked)])
def test_the_grounds_come_back_as_they_were(grounds: Grounds) -> None:
    assert packing.unpacked(packing.packed(grounds, FILES), FILES) == grounds


def test_whatever_stands_in_the_place_of_any_ground_is_one_or_none() -> None:
    document = json.loads(packing.packed(GROUNDS, FILES))
    ways = list(places(document))
    assert len(ways) > 40
    refused = 0
    for way, value in itertools.product(ways, WRONG):
        try:
            grounds = packing.unpacked(json.dumps(with_other(document, way, value)), FILES)
        except NotPlainError:
            refused += 1
        else:
            assert packing.unpacked(packing.packed(grounds, FILES), FILES).sieved == grounds.sieved, (way, value)
    assert refused > len(ways) * len(WRONG) / 2


def test_what_is_missing_makes_it_no_record() -> None:
    document = json.loads(packed(RECORD, "key"))
    for way in places(document):
        if way and isinstance(way[0], str) and way[0] != "found":
            kept = with_other(document, way[:1], None)
            assert unpacked(json.dumps({k: v for k, v in kept.items() if v is not None}).encode(), "key") is None  # type: ignore[attr-defined]


# where it can't be


def test_a_cache_larger_than_the_bound_is_not_kept(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = broken_project.run("--no-cache")
    monkeypatch.setattr("sessionfix.cache.packing.LARGEST", 2000)

    assert "not stored: it would take more than" in broken_project.run("-v").stderr
    assert broken_project.run() == cold
    assert not list((broken_project.root / ".sessionfix_cache").glob("sessionfix-*"))


def test_a_cache_that_has_grown_beyond_the_bound_is_not_read(
    broken_project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_project.run()
    monkeypatch.setattr("sessionfix.cache.packing.LARGEST", 2000)

    assert "cache: 0 of 2" in broken_project.run("-v").stderr


@pytest.mark.parametrize("name", ["MOST", "LARGEST_SUM"])
def test_the_oldest_caches_are_removed(
    broken_project: SmallProject, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = broken_project.root / ".sessionfix_cache"
    broken_project.run()
    bound = {"cache": 2} if name == "MOST" else cache_of(broken_project).stat().st_size * 2
    monkeypatch.setattr(cache_folder, name, bound)
    for age, code in enumerate(("SF1", "SF2", "SF101")):
        broken_project.run("--select", code)
        for path in folder.glob("*.cache"):
            os.utime(path, (path.stat().st_mtime - 100 * age - 100,) * 2)

    assert len(list(folder.glob("*.cache"))) == 2
    assert "cache: 2 of 2" in broken_project.run("--select", "SF101", "-v").stderr


def test_what_a_killed_run_left_is_removed_when_it_is_old(broken_project: SmallProject) -> None:
    broken_project.write({f".sessionfix_cache/sessionfix-{name}.tmp": b"" for name in ("old", "new")})
    os.utime(broken_project.root / ".sessionfix_cache" / "sessionfix-old.tmp", (10**9, 10**9))

    broken_project.run()

    assert [path.name for path in (broken_project.root / ".sessionfix_cache").glob("*.tmp")] == ["sessionfix-new.tmp"]


def full(path: Path, *_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("method", ["mkdir", "write_bytes", "replace"])
def test_a_disk_that_is_full_or_read_only_does_not_fail_the_run(
    broken_project: SmallProject, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = broken_project.run("--no-cache")
    with monkeypatch.context() as patching:
        patching.setattr(Path, method, full)
        assert "not stored: No space left on device" in broken_project.run("-v").stderr
        assert broken_project.run() == cold

    assert not list(broken_project.root.glob(".sessionfix_cache/sessionfix-*"))


def test_a_file_in_the_place_of_the_folder_is_left_alone(broken_project: SmallProject) -> None:
    cold = broken_project.run("--no-cache")
    broken_project.write({".sessionfix_cache": b"mine"})

    assert broken_project.run() == cold
    assert (broken_project.root / ".sessionfix_cache").read_bytes() == b"mine"


def test_a_folder_in_the_place_of_a_cache_is_left_alone(broken_project: SmallProject) -> None:
    cold = broken_project.run()
    cache = cache_of(broken_project)
    cache.unlink()
    cache.mkdir()

    assert broken_project.run() == cold
    assert cache.is_dir()


def test_a_link_in_the_place_of_the_folder_is_not_followed(broken_project: SmallProject, tmp_path: Path) -> None:
    cold = broken_project.run()
    elsewhere = tmp_path / "elsewhere"
    (broken_project.root / ".sessionfix_cache").rename(elsewhere)
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    (broken_project.root / ".sessionfix_cache").symlink_to(elsewhere, target_is_directory=True)

    assert "cache: 0 of 2" in broken_project.run("-v").stderr
    assert "not stored: it is a symbolic link" in broken_project.run("-v").stderr
    assert broken_project.run() == cold
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == before


def test_a_link_that_the_user_names_is_followed(broken_project: SmallProject, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (broken_project.root / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    broken_project.run("--cache-dir", "link")

    assert "cache: 2 of 2" in broken_project.run("--cache-dir", "link", "-v").stderr
