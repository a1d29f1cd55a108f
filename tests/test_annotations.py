"""Factories that are annotated with what they yield: which annotations are found, and what becomes of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.rules import uses_of

HEAD = "from contextlib import asynccontextmanager, contextmanager\n"
FACTORY = "\n\n@contextmanager\ndef get_session() -> {annotation}:\n    yield {value}\n"
MODELS = {
    "models.py": """\
import typing
from collections.abc import Iterator


class Session:
    pass


class ReadOnly(Session):
    pass


class Page(Iterator):
    pass


class Pages(Page):
    pass


class Sends(typing.Protocol):
    def send(self, value): ...


Alias = Session
T = typing.TypeVar("T", bound=Session)
Id = typing.NewType("Id", Session)
Sessions = Iterator[Session]
""",
}


def rewritten(text: str, root: Path, others: dict[str, str] | None = None) -> str | None:
    """`text` with its annotations put right; None where nothing is found."""
    files = {**(others or {}), "app.py": text}
    for name, source in files.items():
        (root / name).write_text(source, encoding="utf-8")
    project = Project(Setup(root, [root / name for name in files]))
    result = check_file(project, root / "app.py", text, codes=frozenset({"SF502"}), unsafe=False)
    sieve = Sieve(Setup(root, [root / name for name in files]), uses=uses_of(frozenset({"SF502"})))
    assert result.error is None
    assert sieve.may_have_sites(root / "app.py") or not result.findings
    assert bool(result.findings) is (result.fixed_text is not None), result.findings
    if result.fixed_text is not None:
        again = check_file(project, root / "app.py", result.fixed_text, codes=frozenset({"SF502"}), unsafe=True)
        assert (again.findings, again.fixed_text, again.error) == ((), None, None)
        ast.parse(result.fixed_text)
    return result.fixed_text


def factory(annotation: str, value: str = "connect()", imports: str = "") -> str:
    return HEAD + imports + FACTORY.format(annotation=annotation, value=value)


@pytest.mark.parametrize(
    ("imports", "annotation"),
    [
        ("from sqlalchemy.orm import Session\n", "Session"),
        ("from sqlalchemy import orm\n", "orm.Session"),
        ("import sqlalchemy.orm as orm\n", "'orm.Session'"),
        ("from sqlalchemy.orm import Session as DbSession\n", "DbSession"),
        ("from sqlalchemy.orm import Session, scoped_session\n", "scoped_session[Session]"),
        ("import sqlite3\n", "sqlite3.Connection"),
        ("from models import Session\n", "Session | None"),
        ("from models import ReadOnly as Session\n", "Session"),
        ("import models\n", "models.Session"),
        ("from models import Session, ReadOnly\nfrom typing import Union\n", "Union[Session, ReadOnly, None]"),
        ("from models import Session\nfrom typing import Annotated\n", "Annotated[Session, 'open']"),
        ("", "str"),
        ("", "dict[str, object]"),
        ("import typing\n", "typing.Tuple[str, typing.Any]"),
        ("from typing import Callable\n", "Callable[[int], typing.Any]"),
        ("try:\n    from models import Session\nexcept ImportError:\n    Session = None\n", "Session"),
    ],
)
def test_finds_plain_classes(imports: str, annotation: str, tmp_path: Path) -> None:
    text = factory(annotation, imports=imports)

    after = rewritten(text, tmp_path, MODELS)

    assert after is not None
    assert f"Iterator[{annotation}]:" in after


@pytest.mark.parametrize(
    ("imports", "annotation"),
    [
        ("from typing import Iterator\n", "Iterator"),
        ("from collections.abc import Generator\n", "Generator[str, None, None]"),
        ("from typing import ContextManager\n", "ContextManager[str]"),
        ("from contextlib import AbstractContextManager\n", "AbstractContextManager[str]"),
        ("from typing import Any\n", "Any"),
        ("from typing import Any\n", "str | Any"),
        ("from typing import Optional, Iterator\n", "Optional[Iterator[str]]"),
        ("from typing import NoReturn\n", "NoReturn"),
        ("from typing import IO\n", "IO[str]"),
        ("", "object"),
        ("", "None"),
        ("", "zip"),
        ("", "Unheard"),
        ("", "'not an annotation'"),
        ("", "str or int"),
        ("from models import Alias\n", "Alias"),
        ("from models import T\n", "T"),
        ("from models import Id\n", "Id"),
        ("from models import Page\n", "Page"),
        ("from models import Pages\n", "Pages"),
        ("from models import Sends\n", "Sends"),
        ("from models import Sessions\n", "Sessions"),
        ("from elsewhere import Session\n", "Session"),
        ("from .elsewhere import Session\n", "Session"),
        ("from elsewhere import *\n", "Session"),
        ("import sqlite3\n", "sqlite3.Cursor"),
        ("from sqlalchemy.orm import sessionmaker\nmake = sessionmaker()\n", "make"),
        ("try:\n    from models import Session\nexcept ImportError:\n    from elsewhere import Session\n", "Session"),
        ("from models import Session\nSession = Session if big else list\n", "Session"),
    ],
)
def test_says_nothing_of_what_a_generator_may_be(imports: str, annotation: str, tmp_path: Path) -> None:
    assert rewritten(factory(annotation, imports=imports), tmp_path, MODELS) is None


@pytest.mark.parametrize("value", ["Client()", "Client(url, timeout=1) if url else None", "(client := Client())"])
def test_a_class_of_another_package_is_one_if_it_is_called(value: str, tmp_path: Path) -> None:
    text = factory("Client", value, "from clients import Client\n")

    assert "-> Iterator[Client]:" in (rewritten(text, tmp_path) or "")


@pytest.mark.parametrize("value", ["connect()", "Other()", "Client", "Client.open()", "None"])
def test_a_class_of_another_package_is_unknown_otherwise(value: str, tmp_path: Path) -> None:
    assert rewritten(factory("Client", value, "from clients import Client, Other\n"), tmp_path) is None


@pytest.mark.parametrize(
    "above",
    [
        "",
        "@property\n",
        "@cache\n@contextmanager\n",
        "@unknown\n@contextmanager\n",
        "@own\n",
        "@pytest.fixture\n",
        "@contextmanager\n@own\n",
    ],
)
def test_says_nothing_where_type_checkers_see_another_decorator(above: str, tmp_path: Path) -> None:
    own = "\n\ndef own(f):\n    return contextmanager(f)\n\n\n"
    imports = "import pytest\nfrom functools import cache\nfrom elsewhere import unknown\n"

    assert rewritten(f"{HEAD}{imports}{own}{above}def get() -> str:\n    yield 'x'\n", tmp_path) is None


@pytest.mark.parametrize(
    "body", ["return connect()", "...", "return (yield_ for yield_ in ())", "return lambda: (yield)"]
)
def test_says_nothing_of_what_is_no_generator(body: str, tmp_path: Path) -> None:
    assert rewritten(f"{HEAD}\n\n@contextmanager\ndef get() -> str:\n    {body}\n", tmp_path) is None


@pytest.mark.parametrize(
    "body",
    [
        "yield",
        "yield None",
        "if url:\n        yield 'x'\n    else:\n        yield",
        "nothing = None\n    yield nothing",
    ],
)
def test_says_nothing_where_nothing_is_handed_over(body: str, tmp_path: Path) -> None:
    assert rewritten(f"{HEAD}\n\n@contextmanager\ndef raises(url) -> bool:\n    {body}\n", tmp_path) is None


def test_what_is_not_always_handed_over_is_told(tmp_path: Path) -> None:
    text = f"{HEAD}\n\n@contextmanager\ndef get(url) -> str | None:\n    yield url if url else None\n"

    assert "-> Iterator[str | None]:" in (rewritten(text, tmp_path) or "")


def test_a_type_comment_is_left_alone(tmp_path: Path) -> None:
    text = f"{HEAD}\n\n@contextmanager\ndef get(url):\n    # type: (str) -> str\n    yield connect(url)\n"

    assert rewritten(text, tmp_path) is None


def test_a_class_is_found_from_within_itself(tmp_path: Path) -> None:
    text = (
        f"{HEAD}from typing import Self\n\n\nclass Pool:\n"
        "    @classmethod\n    @contextmanager\n    def open(cls) -> 'Pool':\n        yield cls()\n\n"
        "    @contextmanager\n    def locked(self) -> Self:\n        yield self\n"
    )

    after = rewritten(text, tmp_path)

    assert after is not None
    assert "-> Iterator['Pool']:" in after
    assert "-> Iterator[Self]:" in after
    assert after.startswith("from collections.abc import Iterator\n")


@pytest.mark.parametrize(
    ("imports", "written", "added"),
    [
        ("", "Iterator[str]", "from collections.abc import Iterator\n"),
        ("from collections.abc import Iterator\n", "Iterator[str]", ""),
        ("from collections.abc import Iterator as It\n", "It[str]", ""),
        ("from collections import abc\n", "abc.Iterator[str]", ""),
        ("import collections.abc\n", "collections.abc.Iterator[str]", ""),
        ("import collections.abc as c\n", "c.Iterator[str]", ""),
        ("import typing\n", "typing.Iterator[str]", ""),
        ("import typing as t\n", "t.Iterator[str]", ""),
        ("from typing import Iterator\n", "Iterator[str]", ""),
        ("from typing import Any\n", "Iterator[str]", "from collections.abc import Iterator\n"),
        ("from typing import Any, List\n", "Iterator[str]", "from typing import Any, Iterator, List\n"),
        ("from rows import Iterator\n", "collections.abc.Iterator[str]", "import collections.abc\n"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from typing import Iterator\n",
         "collections.abc.Iterator[str]", "import collections.abc\n"),
    ],
)  # fmt: skip
def test_takes_the_name_from_where_the_module_has_it(imports: str, written: str, added: str, tmp_path: Path) -> None:
    after = rewritten(factory("str", imports=imports), tmp_path)

    assert after is not None
    assert f"-> {written}:" in after
    assert added in after
    assert added or after.count("import") == factory("str", imports=imports).count("import")
    run = {"__name__": "app", "connect": lambda: 1}
    exec(after.replace("from rows import", "from string import Formatter as"), run)


def test_an_annotation_that_is_not_evaluated_takes_the_name_that_type_checkers_see(tmp_path: Path) -> None:
    head = "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\n"
    imports = (
        "\nif TYPE_CHECKING:\n    from collections.abc import Iterator\n\n    from sqlalchemy.orm import Session\n"
    )
    text = head + factory("Session", imports=imports)

    after = rewritten(text, tmp_path)

    assert after == text.replace("-> Session", "-> Iterator[Session]")


@pytest.mark.parametrize("hidden", ["Iterator = 1", "def Iterator(self): ...", "for Iterator in (): ..."])
def test_a_name_that_the_class_has_of_its_own_is_not_taken(hidden: str, tmp_path: Path) -> None:
    method = "    @contextmanager\n    def get(self) -> str:\n        yield 'x'\n"

    after = rewritten(f"{HEAD}from typing import Iterator\n\n\nclass Rows:\n    {hidden}\n\n{method}", tmp_path)

    assert after is not None
    assert "-> typing.Iterator[str]:" in after
    assert after.startswith("import typing\n")


def test_finds_sync_and_async_ones_and_asks_for_each_import_once(tmp_path: Path) -> None:
    one = "\n\n@contextmanager\ndef one() -> str:\n    yield 'x'\n"
    text = HEAD + one + one.replace("one", "two") + one.replace("def", "async def").replace("@", "@async")

    after = rewritten(text, tmp_path)

    assert after is not None
    assert after.startswith("from collections.abc import AsyncIterator, Iterator\n")
    assert after.count("-> Iterator[str]") == 2
    assert after.count("-> AsyncIterator[str]") == 1


def test_an_ignore_comment_on_the_line_of_the_annotation_counts(tmp_path: Path) -> None:
    text = f"{HEAD}\n\n@contextmanager\ndef get(\n    url,\n) -> str:  # sessionfix: ignore[SF502]\n    yield 'x'\n"
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    project = Project(Setup(tmp_path, [tmp_path / "app.py"]))

    result = check_file(project, tmp_path / "app.py", text, codes=frozenset({"SF502"}), unsafe=False)

    assert result.findings == ()


def test_misuses_in_the_same_file_are_rewritten_with_it(tmp_path: Path) -> None:
    text = factory("str") + "\n\ndef work():\n    session = get_session()\n    session.add(1)\n"
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    project = Project(Setup(tmp_path, [tmp_path / "app.py"]))

    result = check_file(project, tmp_path / "app.py", text, codes=frozenset({"SF101", "SF502"}), unsafe=False)

    assert [(finding.code, finding.fixed) for finding in result.findings] == [("SF502", True), ("SF101", True)]
    assert result.fixed_text is not None
    assert "with get_session() as session:" in result.fixed_text
