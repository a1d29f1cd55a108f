"""A file's code alone: names stay in their places, statements are in one line, and nothing is left of texts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sessionfix.project.sieve.code import code_alone

SOURCES = sorted((Path(__file__).parent.parent / "src" / "sessionfix").rglob("*.py"))


def names(source: bytes) -> Iterator[tuple[int, str]]:
    """Every plain name in a source, and where it stands."""
    rows = [0]
    for line in source.splitlines(keepends=True):
        rows.append(rows[-1] + len(line))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            yield rows[node.lineno - 1] + node.col_offset, node.id


def test_names_stay_in_their_places() -> None:
    count = 0
    for path in SOURCES:
        source = path.read_bytes().replace(b"\r\n", b"\n")
        code = code_alone(source)
        assert code is not None, path
        assert len(code) == len(source)
        for position, name in names(source):
            if source.startswith(name.encode(), position):  # older Pythons misplace what is in f-strings
                assert code.startswith(name.encode(), position), (path, name)
                count += 1
    assert count > 10_000


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x = 1  # why", "x = 1       "),
        ("x = '#' + y  # 'z", "x = ' ' + y      "),
        ("f(1,\n  a,  # (\n  [2])\nb", "f(1,   a,        [2])\nb"),
        ("a = b + \\\n  c", "a = b +     c"),
        ('x = """a\n"b"\n""" ; y', 'x = "          " ; y'),
        (r"x = 'it\'s' + r'\'' + y", "x = '     ' + r'  ' + y"),
        (r"x = b'\\' + y", "x = b'  ' + y"),
        ("x = f'a {b.c!r:>{d}} e'", "x = f'  {b.c!r:>{d}}  '"),
        ("x = f'{{a}} {b}'", "x = f'      {b}'"),
        ("x = f'''a\n{b(\n1)}'''", "x = f'    {b( 1)}  '"),
        ("x = rF'{a}' + fr'{b}'", "x = rF'{a}' + fr'{b}'"),
        ("return'{a}'", "return'   '"),
        ("x = f\"{d['a']}\"", "x = f\"{d['a']}\""),
        ("x = '' + \"\" + y", "x = '' + \"\" + y"),
    ],
)
def test_texts_and_comments_are_blanks(source: str, code: str) -> None:
    found = code_alone(source.encode())
    assert found is not None
    assert found.decode() == code


@pytest.mark.parametrize(
    "source",
    [
        "x = 'a\ny",
        'x = """a',
        "f(1",
        "f)(",
        'x = f"{d["a"]} {e}"',
        'x = f"{\'}\' + d["a"]}"',
        "x = f'{a:)}'",
        "x = f'{ {1: {2}}[1] }'",
        "x = f'{a} }'",
    ],
)
def test_what_is_hard_to_read_is_not_read(source: str) -> None:
    assert code_alone(source.encode()) is None
