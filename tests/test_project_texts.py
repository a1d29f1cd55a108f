"""What is searched for in the bytes of files: rather too much is found than too little, and quickly in any text."""

from __future__ import annotations

from pathlib import Path

import pytest

from project_samples import DB, open_project
from sessionfix.project.search import Search
from sessionfix.project.sieve.marks import GIVEN, OPENED
from sessionfix.project.sieve.sketch import sketch_of
from sessionfix.project.texts import Texts
from sessionfix.project.trail import Trail
from sessionfix.project.traits import base_names, stores

STORING = [
    "a.name = 1",
    "a.name: int = 1",
    "a.name, b = 1, 2",
    "a.name += 1",
    "a . name = 1",
    "(a.name) = 1",
    "a.name \\\n    = 1",
    "[a.name, b] = c",
    "for a.name in b:\n    pass",
    "for x, a.name in b:\n    pass",
    "[x for x in y for a.name in z]",
    "with b() as a.name:\n    pass",
    "with (b() as\n      a.name):\n    pass",
    "setattr(a, 'name', 1)",
    'setattr(\n    a(b),\n    "name", 1)',
]
NOT_STORING = [
    "a.name == 1",
    "a.name()",
    "a.names = 1",
    "name = 1",
    "for x in a.name:\n    pass",
    "setattr(a, b, 'name')",
]


@pytest.mark.parametrize("source", STORING)
def test_what_may_store_an_attribute_is_seen(source: str) -> None:
    assert stores(source.encode(), "name")


@pytest.mark.parametrize("source", NOT_STORING)
def test_what_only_reads_an_attribute_is_not_taken_for_it(source: str) -> None:
    assert not stores(source.encode(), "name")


DERIVING = [
    "class A(Base): pass",
    "class A(x.Base, metaclass=M): pass",
    "class A(\n    Other,\n    Base,\n): pass",
    "class A(  # so: it is\n    Base): pass",
    "class A(Other, word='#', more=Base): pass",
    "class A[T](Base): pass",
    "class A[T: int, U: str](Base[T]): pass",
    "from x import Base as B\nclass A(B): pass",
    "B = x.Base  # it\nclass A(B): pass",
]


@pytest.mark.parametrize("source", DERIVING)
def test_a_class_that_may_be_derived_from_another_is_seen(source: str) -> None:
    assert "Base" in base_names(source.encode())


@pytest.mark.parametrize("source", ["class A: pass\nBase()", "x = Base", "def f(Base): pass", "subclass(Base)"])
def test_a_name_that_is_no_base_is_not_taken_for_one(source: str) -> None:
    assert "Base" not in base_names(source.encode())


HOSTILE = {
    "class with brackets": b"class A(",
    "class with type parameters": b"class A[",
    "setattr": b"setattr(",
    "setattr with a name": b"setattr('name'",
    "for": b"for ",
    "as": b" as .name",
    "attributes": b".name",
    "spaces": b" ",
    "one long word": b"w",
    "dots": b". ",
    "assignments": b"=a.",
    "commas": b".name,",
    "comments": b"# ",
    "lines": b"\n",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_text_of_any_kind_is_searched_in_proportion_to_its_length(piece: bytes) -> None:
    """A pattern that looks through the rest of the text from each place in it would take minutes."""
    text = b"class A(x): pass\nfor" + piece * (200_000 // len(piece)) + b"\nz.last = 'last'"

    assert stores(text, "last")
    assert not stores(text, "never")
    assert stores(text, "name") or b" as .name" not in text
    assert "x" in base_names(text)
    assert b"A" in sketch_of(text + b"\nA()").names.split()


@pytest.mark.parametrize("words", [0, 200])
def test_a_file_with_another_content_is_found_by_that_content(tmp_path: Path, words: int) -> None:
    files = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    for file in files:
        file.write_text("x.word = 1\nclass A(Word): pass\n", encoding="utf-8")
    texts = Texts(list(map(str, files)))
    for number in range(words):
        texts.naming(f"word{number}")

    def found() -> list[set[str]]:
        answers = (
            texts.naming("word"),
            texts.matching("word", r"\.NAME\b"),
            texts.storing("word"),
            texts.deriving("Word"),
        )
        return [{Path(file).name for file in answer} for answer in answers]

    assert found() == [{"a.py", "b.py", "c.py"}] * 4
    texts.replace(str(files[1]), b"other")
    assert found() == [{"a.py", "c.py"}] * 4
    texts.replace(str(files[0]), b"y.word = 2; class B(Word): pass")
    assert found() == [{"a.py", "b.py", "c.py"}] * 4
    assert list(map(str, files)) == list(texts.naming("word"))
    texts.restore()
    assert texts.content(str(files[0])).startswith(b"x.word")


def test_a_file_is_judged_by_the_disk_again_after_another_text_was_tried_for_it(tmp_path: Path) -> None:
    sources = {"db.py": DB, "app.py": "from db import get_session\ns = get_session()\ns.query(1)  # <- BOUND\n"}
    project = open_project(tmp_path, sources)
    app = tmp_path / "app.py"
    text = app.read_text(encoding="utf-8")

    before = project.sites(app, text)
    tried = project.sites(app, "from db import get_session\nwith get_session() as s: s.query(1)\n")
    others = project.sites(tmp_path / "db.py", (tmp_path / "db.py").read_text(encoding="utf-8"))

    assert (len(before), tried, others) == (1, [], [])
    assert project.sites(app, text) == before


class Maze:
    """Questions that each depend on others, and how often each was gone into."""

    def __init__(self, ways: dict[str, str]) -> None:
        self.ways = ways
        self.search = Search(Trail())
        self.visits: list[str] = []

    def reach(self, start: str) -> frozenset[str]:
        return self.search.once(start, lambda: self._reach(start), circular=frozenset(), lost=frozenset())

    def _reach(self, start: str) -> frozenset[str]:
        self.visits.append(start)
        return frozenset(start).union(*map(self.reach, self.ways[start]))


def test_a_circle_is_gone_through_once_for_all_that_lead_to_it() -> None:
    maze = Maze({"a": "b", "b": "ca", "c": "b", "x": "p", "y": "q", "p": "c", "q": "c"})

    assert maze.reach("x") == set("xpcba")
    entered = maze.visits.count("c")
    assert maze.reach("y") == set("yqcba")
    assert maze.visits.count("c") == entered == 1


def test_what_was_cut_short_by_a_question_before_it_is_not_kept() -> None:
    maze = Maze({"a": "b", "b": "ca", "c": "b", "x": "a"})

    assert maze.reach("x") == set("xabc")
    assert maze.reach("b") == maze.reach("c") == set("abc")


@pytest.mark.parametrize("words", [0, 200], ids=["few words", "many words"])
def test_the_same_files_are_found_however_many_words_were_asked_for(words: int, tmp_path: Path) -> None:
    contents = {
        "alone": "open_db()",
        "within": "reopen_db_now()",
        "twice": "open_db(reopen_db_now, open_db)",
        "in a text": "'dépôt.open_db'",
        "elsewhere": "open_d(b)",
        "overridden": "override(Store)  # reopen_db_now",
        "empty": "",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    texts = Texts([str(tmp_path / name) for name in contents])
    for number in range(words):
        assert not list(texts.naming(f"word_{number}"))
    naming, holding, overriding, dotted = (
        [Path(file).name for file in found]
        for found in (
            texts.naming("open_db"),
            texts.matching("open_db", "NAME"),
            texts.matching("open_db", r"\bNAME\.|\boverride\("),
            texts.matching("dépôt.open_db", "NAME"),
        )
    )
    assert naming == ["alone", "twice", "in a text"]
    assert holding == ["alone", "within", "twice", "in a text", "overridden"]
    assert overriding == ["overridden"]
    assert dotted == ["in a text"]


@pytest.mark.parametrize("words", [0, 200], ids=["few words", "many words"])
def test_the_same_files_match_where_it_is_said_what_stands_beside_the_word(words: int, tmp_path: Path) -> None:
    contents = {
        "given": "def f(db=Depends(get_db)): ...",
        "attribute": "Annotated[Session, Security(dependency=deps.get_db)]",
        "another": "def f(db=Depends(get_cache)): get_db()",
        "unmarked": "with get_db() as db: ...",
        "marked": "def f(db=Depends(other)): ...",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    plain, quick = (Texts([str(tmp_path / name) for name in contents]) for _ in range(2))
    for number in range(words):
        assert not list(quick.naming(f"word_{number}"))

    found = list(quick.matching("get_db", GIVEN, OPENED))

    assert found == list(plain.matching("get_db", GIVEN)) == [str(tmp_path / name) for name in ("given", "attribute")]
