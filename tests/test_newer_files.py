"""Files that are newer than the Python that runs are analysed and rewritten as any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import DATABASE, SmallProject
from fixing import DB, HEADER, check, fixed
from sessionfix.rewrite import reasons

Example = tuple[str, str]

SITE = """\
def add(a):
    session = get_session()
    session.add(a)
    session.close()
"""
DONE = """\
def add(a):
    with get_session() as session:
        session.add(a)
"""
EXAMPLES: dict[str, Example] = {
    "an f-string beside": (f'{SITE}\n\nX = f"{{a["b"]}} # {{\'\\n\'.join(c)}}"\n',) * 2,
    "a lazy import and a type": (f"lazy import json\ntype Row[T] = dict[str, T]\n\n\n{SITE}",) * 2,
    "f-strings in the block": (
        """\
def add[T](a: T, *more: *T) -> T:
    session = get_session()
    session.add(f"{a["x"]} # none {
        a["y"]  # one
    }")  # two
    session.close()
    return a
""",
        """\
def add[T](a: T, *more: *T) -> T:
    with get_session() as session:
        session.add(f"{a["x"]} # none {
            a["y"]  # one
        }")  # two
    return a
""",
    ),
    "an f-string that reads the session": (
        """\
class Names[T: int = int]:
    def first(self):
        session = get_session()
        name = f"{session.query(self.kinds["a"]).one().name}"
        session.close()
        return name
""",
        """\
class Names[T: int = int]:
    def first(self):
        with get_session() as session:
            name = f"{session.query(self.kinds["a"]).one().name}"
        return name
""",
    ),
    "text over lines in the block": (
        """\
def add(a):
    session = get_session()
    session.execute(f\"\"\"
        insert {a["x"]}
      into b
    \"\"\")
    session.close()
""",
        """\
def add(a):
    with get_session() as session:
        session.execute(f\"\"\"
        insert {a["x"]}
      into b
    \"\"\")
""",
    ),
    "exceptions without parentheses": (
        """\
def add(a):
    session = get_session()
    try:
        session.add(a)
        session.commit()
    except KeyError, ValueError:
        session.rollback()
    finally:
        session.close()
""",
        """\
def add(a):
    try:
        with get_session() as session:
            session.add(a)
            session.commit()
    except KeyError, ValueError:
        pass
""",
    ),
    "exception groups": (
        """\
def add(a):
    session = get_session()
    try:
        session.add(a)
        session.commit()
    except* KeyError:
        session.rollback()
    finally:
        session.close()
""",
        """\
def add(a):
    with get_session() as session:
        try:
            session.add(a)
            session.commit()
        except* KeyError:
            session.rollback()
""",
    ),
    "stars": (
        """\
def add(a, b):
    session = get_session()
    names = [*row for row in session.query(a[*b])]
    session.close()
    return names
""",
        """\
def add(a, b):
    with get_session() as session:
        names = [*row for row in session.query(a[*b])]
    return names
""",
    ),
    "a call in an expression": (
        """\
def show[T](a: T):
    rows = get_session().query(f"{a["b"]}", a[*a]).all()
    return len(rows)
""",
        """\
def show[T](a: T):
    with get_session() as session:
        rows = session.query(f"{a["b"]}", a[*a]).all()
        return len(rows)
""",
    ),
    "templates elsewhere": (f'{SITE}\n\ndef show(a):\n    return t"{{a["b"]}}"\n',) * 2,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_newer_files_are_rewritten(name: str, tmp_path: Path) -> None:
    before, after = EXAMPLES[name]

    text = fixed(f"{HEADER}\n\n{before}", tmp_path, unsafe=True)

    assert text == f"{HEADER}\n\n{after.replace(SITE, DONE)}"


def test_a_factory_of_a_newer_file_is_one(tmp_path: Path) -> None:
    db = DB.replace("def get_session():", "def get_session[T: int](a: T = f'{X[\"a\"]}'):")
    db = db.replace("except Exception:", "except KeyError, Exception:")

    text = fixed_beside(db, tmp_path)

    assert text == f"{HEADER}\n\n{DONE}"


def fixed_beside(db: str, root: Path) -> str:
    result = check(f"{HEADER}\n\n{SITE}", root, db=db)
    assert result.error is None
    assert [finding.fixed for finding in result.findings] == [True]
    assert result.fixed_text is not None
    return result.fixed_text


REFUSED = {
    "in an f-string": ('    return f"{get_session().query(a["b"])}"\n', reasons.IN_FSTRING),
    "in a starred comprehension": ("    return [*get_session().query(b) for b in a]\n", reasons.IN_COMPREHENSION),
    "in a type": ("    type X = get_session().query(a)\n", reasons.NOT_ALWAYS),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_place_for_a_block_is_refused(name: str, tmp_path: Path) -> None:
    body, reason = REFUSED[name]

    result = check(f"{HEADER}\n\ndef show(a):\n{body}", tmp_path, unsafe=True)

    assert result.error is None
    assert [finding.refusal for finding in result.findings] == [reason]


@pytest.mark.parametrize("template", ["{session}", "{get_session().query(1)}"])
def test_a_template_that_holds_the_session_is_refused(template: str, tmp_path: Path) -> None:
    body = f"    session = get_session()\n    x = t'{template}'\n    session.close()\n    return x\n"

    findings = check(f"{HEADER}\n\ndef show(a):\n{body}", tmp_path, unsafe=True).findings

    assert findings
    assert all("TemplateStr" in (finding.refusal or "") for finding in findings)


SILENT = {
    "it is ignored": SITE.replace("get_session()", "get_session()  # sessionfix: ignore") + 'X = f"{a["b"]}"\n',
    "it is ignored below a comment in an f-string": 'X = f"{\n  a["b"]  # no # sessionfix\n}"\n'
    + SITE.replace("get_session()", "get_session()  # sessionfix: ignore"),
    "the file is ignored": f"# sessionfix: ignore-file\ntype X = int\n{SITE}",
    "it is entered": 'def add[T](a: T):\n    with get_session() as session:\n        session.add(f"{a["b"]}")\n',
    "it is a type parameter": "def add[get_session](a):\n    session = get_session()\n    session.add(a)\n",
    "it is bound in an f-string": 'def add(a):\n    f"{(get_session := a["b"])}"\n    get_session().c(1)\n',
}


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_said_where(name: str, tmp_path: Path) -> None:
    result = check(f"{HEADER}\n\n{SILENT[name]}", tmp_path, unsafe=True)

    assert (result.error, result.findings) == (None, ())


@pytest.mark.parametrize("marker", ['f"{a["# sessionfix: ignore"]}"', "f'''{a}\n# sessionfix: ignore-file\n'''"])
def test_what_looks_like_a_comment_in_an_f_string_ignores_nothing(marker: str, tmp_path: Path) -> None:
    text = f"{HEADER}\ntype X = int\n\n\ndef add(a):\n    session = get_session({marker})\n    session.add(a)\n"

    assert [finding.code for finding in check(text, tmp_path).findings] == ["SF101"]


TYPED = """\
from db import Manager


class Other:
    def get_session(self):
        return connect()


def add{parameters}(manager: {type}):
    session = manager.get_session()
    session.add(1)
    session.close()


class Box{of}:
    def add(self, manager: {type}):
        session = manager.get_session()
        session.add(1)
        session.close()
"""
MANAGER = DATABASE.decode().replace("def get_session():", "def get_session(self):").replace("\n", "\n    ")


@pytest.mark.parametrize(
    ("parameters", "type_", "found"),
    [
        ("", "Manager", 2),
        ("[Manager]", "Manager", 0),
        ("[T]", "T", 0),
        ("[T: Manager]", "T", 2),
        ("[T: Other]", "T", 0),
    ],
)
def test_a_type_parameter_stands_for_its_bound(parameters: str, type_: str, found: int, tmp_path: Path) -> None:
    db = f"from contextlib import contextmanager\n\n\nclass Manager:{MANAGER.partition('contextmanager')[2].rstrip()}\n"
    text = TYPED.format(parameters=parameters, type=type_, of=parameters)

    result = check(text, tmp_path, db=db)

    assert result.error is None
    assert len(result.findings) == found


def test_the_command_writes_and_finds_nothing_more(project: SmallProject) -> None:
    text = f'{HEADER}\n\ntype X = int\n\n\n{SITE}\n\nY = f"{{X["a"]}}"\n'
    project.write({"db.py": DATABASE, "app.py": text})

    assert project.run("--write", "app.py").code == 0
    assert project.read("app.py") == text.replace(SITE, DONE).encode()
    assert project.run("app.py").code == 0


def test_what_no_python_reads_is_an_error_in_its_row(tmp_path: Path) -> None:
    result = check(f"{HEADER}type X = int\n\n{SITE}\nx = f'{{a b}}'\n", tmp_path)

    assert result.error is not None
    assert result.error.startswith("cannot be parsed: ")
    assert result.error.endswith("(line 9)")


def nested(count: int) -> str:
    text = "1"
    for _ in range(count):
        text = f'f"{{{text}}}"'
    return text


HOSTILE = {
    "deep f-strings": f"x = {nested(100)}",
    "too deep f-strings": f"x = {nested(200)}",
    "f-strings that only begin": 'x = f"{' * 500,
    "braces that only begin": f'x = f"{"{" * 5000}"',
    "a long sum in an f-string": f'x = f"{{{" + ".join(["a"] * 3000)}}}"',
    "deep brackets in an f-string": f'x = f"{{{"(" * 3000}a{")" * 3000}}}"',
    "deep formats": f"x = f'{'{a:' * 500}{'}' * 500}'",
    "brackets that are not closed": f"type X = {'[' * 3000}",
    "deep type parameters": f"class A[T: {'a[' * 90}b{']' * 90}]: pass",
    "deep stars": f"x = {'a[*' * 500}b{']' * 500}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_nested_deeply_is_read_refused_or_an_error(name: str, tmp_path: Path) -> None:
    result = check(f"{HEADER}\n\n{SITE}\ntype Y = int\n{HOSTILE[name]}\n", tmp_path, unsafe=True)

    assert result.error or [finding for finding in result.findings if finding.fixed or finding.refusal]
    assert "fault" not in (result.error or "")
