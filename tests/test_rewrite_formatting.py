"""Bytes on disk: what a rewrite does not touch comes back byte for byte, in every encoding and every layout."""

from __future__ import annotations

import ast
import codecs

import pytest

from conftest import DATABASE, SmallProject

HEAD = "from db import get_session\n\n# ä {}\nNAME = 'é {}'\n\n\n"
SITE = "def add(x):\n    session = get_session()  # ö\n    session.add('ü {}')\n    session.close()\n"
MENDED = "def add(x):\n    with get_session() as session:  # ö\n        session.add('ü {}')\n"
TAIL = "\n\ndef after():\n    return '''ß {}\n  '''  # ñ\n"
ASCII = str.maketrans("äéöüßñ", "aeousn")

ENCODINGS = {
    "utf-8, Persian and emoji": ("utf-8", b"", "سلام 🙂"),
    "utf-8 with a cookie": ("utf-8", b"# -*- coding: utf-8 -*-\n", "سلام 🙂"),
    "utf-8 with a byte order mark": ("utf-8", codecs.BOM_UTF8, "سلام 🙂"),
    "utf-8 with both": ("utf-8", codecs.BOM_UTF8 + b"# coding: utf-8\n", "سلام 🙂"),
    "latin-1": ("latin-1", b"# coding: latin-1\n", "¼ ÿ"),
    "cp1251": ("cp1251", b"#!/usr/bin/python\n# -*- coding: cp1251 -*-\n", "привет №"),
    "koi8-r": ("koi8-r", b"# vim: set fileencoding=koi8-r :\n", "привет ║"),
    "cp1256": ("cp1256", b"# coding: cp1256\n", "سلام"),
    "shift_jis": ("shift_jis", b"# coding: shift_jis\n", "テスト"),
}
ENDINGS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


def in_bytes(text: str, name: str, newline: str = "\n") -> bytes:
    encoding, start, letters = ENCODINGS[name]
    if not encoding.startswith(("utf", "latin")):
        text = text.translate(ASCII)
    body = text.format(letters, letters, letters, letters).replace("\n", newline)
    return start.replace(b"\n", newline.encode()) + body.encode(encoding)


@pytest.mark.parametrize(
    ("name", "newline"),
    [
        (name, newline)
        for name in ENCODINGS
        for newline in ENDINGS
        if newline != "CR" or name.startswith("utf")  # Python finds no cookie in a file of bare carriage returns
    ],
)
def test_a_file_keeps_its_encoding_and_its_line_endings(project: SmallProject, name: str, newline: str) -> None:
    newline = ENDINGS[newline]
    project.write({"db.py": DATABASE, "app.py": in_bytes(HEAD + SITE + TAIL, name, newline)})

    completed = project.run("--write", ".")

    assert completed.code == 0, completed.stdout + completed.stderr
    assert project.read("app.py") == in_bytes(HEAD + MENDED + TAIL, name, newline)
    assert project.run("--undo").code == 0
    assert project.read("app.py") == in_bytes(HEAD + SITE + TAIL, name, newline)


@pytest.mark.parametrize(
    "content",
    [
        b"# coding: utf-8\n" + SITE.encode("latin-1"),
        b"# coding: ascii\n" + SITE.encode(),
        b"# coding: no-such-encoding\n" + SITE.encode(),
        codecs.BOM_UTF8 + b"# coding: latin-1\n" + SITE.encode("latin-1"),
    ],
    ids=["utf-8 that is latin-1", "ascii that is utf-8", "unknown", "mark against cookie"],
)
def test_a_wrong_cookie_is_told(project: SmallProject, content: bytes) -> None:
    project.write({"db.py": DATABASE, "app.py": content})

    completed = project.run("--write", ".")

    assert completed.code == 2
    assert "app.py: cannot be decoded" in completed.stdout + completed.stderr
    assert project.read("app.py") == content


def test_a_cookie_before_a_bare_carriage_return_is_read_right_or_not_at_all(project: SmallProject) -> None:
    """The tokenizer of Python 3.14 reads it, those before do not."""
    before = f"# coding: latin-1\rfrom db import get_session\r{SITE}".replace("\n", "\r").encode("latin-1")
    project.write({"db.py": DATABASE, "app.py": before})

    completed = project.run("--write", ".")

    after = project.read("app.py")
    if completed.code == 2:
        assert "app.py: cannot be decoded" in completed.stdout + completed.stderr
        assert after == before
    else:
        assert after.decode("latin-1").count("ü") == before.decode("latin-1").count("ü") == 1
        assert (b"\n" in after, b"with get_session() as session:" in after) == (False, True)


AROUND = {
    "form feeds and vertical tabs": ("\f\nA = 1\n\fdef first():\n\f    pass  # \v\n", "\n\f\n\f\nZ = '\v\f'\n\f"),
    "mixed line endings": ("A = 1\r\nB = 2\n\r\nC = '''\r\n\n'''\n", "\r\n\r\nZ = 1\n\n\r\n"),
    "no line at the end": ("", "\n\nZ = 1"),
    "blanks at the end": ("A = 1   \n", "\n  \nZ = 1\t\n\n   \n\t"),
    "blanks on blank lines": ("if 1:\n    A = 1\n    \n  \n    B = 2\n", "\ndef last():\n    \n    return 1\n    \n"),
    "tabs and spaces": ("if 1:\n\tA = 1\nelse:\n  if 2:\n  \tA = 2\n", "\nclass Last:\n\t  a = 1\n"),
    "continuations": ("A = 1 + \\\n  2\n", "\nZ = [1,\n   2] ; \\\n  Y = 3\n"),
    "layout no formatter likes": ("A=( 1,2 )\nif A :B = 1 ;C=2\n", "\ndef last( x ):return(x)\n"),
    "line separators that are none": ("A = '\x1c\x85\u2028'  # \x1d\u2029\n", "\n# \x85\nZ = 1\n"),
}


@pytest.mark.parametrize("name", AROUND)
def test_what_stands_around_a_rewrite_keeps_its_bytes(project: SmallProject, name: str) -> None:
    before, after = AROUND[name]
    head = "from db import get_session\n"
    site = "def add(x):\n    session = get_session()\n    session.add(x)\n    session.close()\n"
    mended = "def add(x):\n    with get_session() as session:\n        session.add(x)\n"
    project.write({"db.py": DATABASE, "app.py": head + before + site + after})

    completed = project.run("--write", ".")

    assert completed.code == 0, completed.stdout + completed.stderr
    assert project.read("app.py").decode() == head + before + mended + after


STRINGS = {
    "triple-quoted": "'''a\n  b\n\tc\n'''",
    "raw": "r'''a\\\n  b'''",
    "bytes": "b'''a\n  b'''",
    "f-string": "f'''{x}\n  {x!r:>{10}}\n'''",
    "f-string with quotes": "f'''{\"a\"}\n  {{'b'}}'''",
    "pieces over lines": "('a'\n  'b' f'{x}'\n'''c\n  d''')",
    "a continuation within": "'a\\\n    b'",
    "a continuation between": "'a' \\\n  'b'",
}


@pytest.mark.parametrize("name", STRINGS)
@pytest.mark.parametrize("step", ["  ", "    ", "\t"], ids=["two", "four", "tab"])
def test_a_string_in_a_block_keeps_its_value(project: SmallProject, name: str, step: str) -> None:
    head = "from db import get_session\n\n\ndef add(x):\n"
    text = f"{head}{step}s = get_session()\n{step}s.add({STRINGS[name]})\n{step}s.close()\n"
    project.write({"db.py": DATABASE, "app.py": text})

    assert project.run("--write", ".").code == 0

    written = project.read("app.py").decode()
    assert written.startswith(f"{head}{step}with get_session() as s:\n{step}{step}s.add(")
    assert strings(written) == strings(text)


def test_the_docstring_of_a_function_in_a_block_keeps_its_value(project: SmallProject) -> None:
    text = (
        "from db import get_session\n\n\ndef add(x):\n    s = get_session()\n\n    def name():\n        '''One.\n\n"
        "        Two.\n        '''\n        return x\n\n    s.add(name())\n    s.close()\n"
    )
    project.write({"db.py": DATABASE, "app.py": text})

    assert project.run("--write", ".").code == 0

    written = project.read("app.py").decode()
    assert "        def name():\n            '''One.\n\n        Two.\n        '''\n            return x\n" in written
    assert strings(written) == strings(text)


def strings(text: str) -> list[object]:
    return [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]


STEPS = {
    "a tab in a file of spaces": ("\t", "\t", "\t\ts.add(x)\n"),
    "two in a file of four": ("  ", "  ", "    s.add(x)\n"),
    "the suite of the try": ("    ", "        ", "            s.add(x)\n"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_block_is_indented_as_its_neighbours_are(project: SmallProject, name: str) -> None:
    outer, inner, line = STEPS[name]
    head = "from db import get_session\n\n\ndef first():\n    if 1:\n        pass\n\n\ndef add(x):\n"
    site = (
        f"{outer}s = get_session()\n{outer}try:\n{outer}{inner}s.add(x)\n"
        f"{outer}{inner}s.commit()\n{outer}finally:\n{outer}{inner}s.close()\n"
    )
    project.write({"db.py": DATABASE, "app.py": head + site})

    assert project.run("--write", ".").code == 0
    assert project.read("app.py").decode() == (
        f"{head}{outer}with get_session() as s:\n{line}{outer}{inner}s.commit()\n"
    )


def test_blank_lines_in_a_block_keep_their_blanks(project: SmallProject) -> None:
    head = "from db import get_session\n\n\ndef add(x):\n"
    blank = "    \n      \n \n\n"
    body = f"    s = get_session()\n    s.add(x)\n{blank}    s.add(\n    \n    x)\n    s.close()\n    \n    return 1\n"
    project.write({"db.py": DATABASE, "app.py": head + body})

    assert project.run("--write", ".").code == 0
    assert project.read("app.py").decode() == (
        f"{head}    with get_session() as s:\n        s.add(x)\n{blank}"
        "        s.add(\n    \n        x)\n    \n    return 1\n"
    )


def test_blank_lines_of_a_try_that_goes_keep_their_blanks(project: SmallProject) -> None:
    head = "from db import get_session\n\n\ndef add(x, log):\n"
    blank = "            \t  \n          \n \n\n"
    body = (
        "    s = get_session()\n    n = s.count()\n    try:\n"
        f"        if log:\n            log(n)\n{blank}            log(x)\n{blank}        log(1)\n"
        "    finally:\n        s.close()\n    return 1\n"
    )
    project.write({"db.py": DATABASE, "app.py": head + body})

    assert project.run("--write", ".").code == 0
    assert project.read("app.py").decode() == (
        f"{head}    with get_session() as s:\n        n = s.count()\n"
        f"    if log:\n        log(n)\n{blank}        log(x)\n{blank}    log(1)\n    return 1\n"
    )


COMMENTS = """from db import get_session


def add(x):
    # 1
    s = get_session(  # 2
        # 3
    )  # type: Session
    # 4
    try:  # 5
        # 6
        s.add(x)  # noqa: E501
        # 7

        # 8
        for y in x:  # pragma: no cover
            # 9
            s.add(y)  # fmt: skip
            # 10
        # 11
        else:  # 12
            # 13
            s.add(  # 14
                x,  # 15
                # 16
            )  # 17
            # 18
        # 19
    # 20
    finally:  # 21
        # 22
        s.close()  # pylint: disable=no-member
        # 23
    # 24
    return 1  # 25
    # 26
# 27
"""


def test_every_comment_stays_where_it_is(project: SmallProject) -> None:
    project.write({"db.py": DATABASE, "app.py": COMMENTS})

    assert project.run("--write", ".").code == 0
    assert (
        project.read("app.py").decode()
        == """from db import get_session


def add(x):
    # 1
    # 4
    # 5
    with get_session(  # 2
        # 3
    ) as s:  # type: Session
        # 6
        s.add(x)  # noqa: E501
        # 7

        # 8
        for y in x:  # pragma: no cover
            # 9
            s.add(y)  # fmt: skip
            # 10
        # 11
        else:  # 12
            # 13
            s.add(  # 14
                x,  # 15
                # 16
            )  # 17
            # 18
        # 19
    # 20
    # 21
    # 22
    # pylint: disable=no-member
    # 23
    # 24
    return 1  # 25
    # 26
# 27
"""
    )
