"""Two syntax trees are compared as `ast.dump` would, but at any depth."""

from __future__ import annotations

import ast

import pytest

from sessionfix.parsing import parse
from sessionfix.syntax.same import is_same

TEXTS = (
    "",
    "x = 1",
    "x = 1.0",
    "x = True",
    "x = '1'",
    "x = b'1'",
    "x = u'1'",
    "x = 0.0",
    "x: int = 1",
    "y = 1",
    "x = 1; y = 1",
    "x += 1",
    "x = f(1)",
    "x = f(*a)",
    "x = f(a=1)",
    "with a as x: pass",
    "async def f(): await x",
    "def f(): await_(x)",
    "def f(): ...",
    "def f() -> int: ...",
    "if a:\n    b\nelse:\n    c",
    "if a:\n    b\nc",
    "from a import b",
    "from .a import b",
    "from a import b as c",
)


@pytest.mark.parametrize("text", TEXTS)
def test_trees_are_the_same_where_their_words_are(text: str) -> None:
    tree = ast.parse(text)
    for other in map(ast.parse, TEXTS):
        assert is_same(tree, other) is (ast.dump(tree) == ast.dump(other))


def test_places_do_not_count() -> None:
    assert is_same(ast.parse("x = (1)"), ast.parse("\n\nx  =  1  # one"))


def test_trees_may_be_deep() -> None:
    branches = "if a:\n    pass\n" + "elif b:\n    pass\n" * 900

    assert is_same(parse(branches), parse(branches))
    assert not is_same(parse(branches), parse(f"{branches}else:\n    pass\n"))
