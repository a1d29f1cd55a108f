"""Bytes that can't matter are not parsed, and that changes no answer."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pytest

from project_samples import DB, found_in, open_project, write_project
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.definitions import factory_names


class EveryName:
    """Stands for the names of factories where nothing is sieved out."""

    def __contains__(self, name: object) -> bool:
        return True


class Exhaustive(Project):
    """A project that looks at every file for every name."""

    @cached_property
    def factory_names(self) -> EveryName:  # type: ignore[override]  # all that is asked of it is `in`
        return EveryName()


def names_in(source: str, *decorators: str) -> frozenset[str]:
    return factory_names(["a"], {"a": source.encode()}.__getitem__, decorators).names


@pytest.mark.parametrize(
    "source",
    [
        "from contextlib import contextmanager\n@contextmanager\ndef wanted(): ...",
        "from contextlib import asynccontextmanager\n@asynccontextmanager\nasync def wanted(): ...",
        "import contextlib\nclass A:\n    @contextlib.contextmanager\n    def wanted(self): ...",
        "@contextmanager\n@other(\n    1,\n)\n# why\n\ndef wanted(): ...",
        "from contextlib import contextmanager as cm\n@cm\ndef wanted(): ...",
        "cm = contextlib.contextmanager\n@cm\ndef wanted(): ...",
        "import contextlib\nwanted = contextlib.contextmanager(gen)",
        "wanted: object = contextmanager(gen)",
        "@contextmanager\r\ndef wanted(): ...",
        "@mine\ndef wanted(): ...",
    ],
)
def test_names_of_factories_are_seen_in_the_bytes(source: str) -> None:
    assert "wanted" in names_in(source, "pkg.mine")


def test_other_names_are_not() -> None:
    assert names_in("def other(): ...\n@property\ndef more(self): ...") == frozenset()


def test_alias_of_the_decorator_in_another_module() -> None:
    sources = {"a": b"from contextlib import contextmanager as cm", "b": b"from a import cm\n@cm\ndef wanted(): ..."}
    assert factory_names(list(sources), sources.__getitem__, ()).names == {"wanted"}


def test_answers_are_the_same_without_the_sieve(tmp_path: Path) -> None:
    sources = {
        "compat.py": "from contextlib import contextmanager as cm\n",
        "db.py": DB,
        "more.py": "from compat import cm\n@cm\ndef odd_scope():\n    yield 1\n",
        "main.py": """
            def f(m, n):
                m.get_session().query(1)
                m.odd_scope().query(1)
                m.plain().query(1)
                n.unheard().query(1)
                s = m.get_session()
                s.execute(1)
        """,
    }
    sieved = found_in(open_project(tmp_path, sources), tmp_path)
    assert found_in(Exhaustive(Setup(tmp_path, write_project(tmp_path, {}))), tmp_path) == sieved
    assert len(sieved) == 3


def test_other_modules_are_read_only_as_needed(tmp_path: Path) -> None:
    read: list[str] = []

    class Watched(Project):
        def facts_of(self, file: str) -> object:  # type: ignore[override]  # the same answer, with a note
            read.append(Path(file).name)
            return super().facts_of(file)

    files = write_project(tmp_path, {"db.py": DB, "other.py": "x = 1\n", "main.py": MAIN})
    project = Watched(Setup(tmp_path, files))
    assert len(project.sites(tmp_path / "main.py", (tmp_path / "main.py").read_text())) == 1
    assert set(read) == {"main.py", "db.py"}


MAIN = """
import other
from db import get_session
def f():
    print(len([1]))
    get_session().query(other.x)
"""
