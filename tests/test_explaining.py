"""What `--explain-site` says: every step, or where the way ends and why; and why nothing is said of a call."""

from __future__ import annotations

from textwrap import dedent

import pytest

from conftest import DATABASE, SmallProject

HEAD = "from db import *\nfrom db import get_session\nfrom tools import *\n"
TOOLS = """
    import functools
    from contextlib import contextmanager
    import requests
    from db import get_session

    class Base(requests.Session):
        pass

    class Store:
        @contextmanager
        def session(self):
            yield 1

        @property
        def current(self):
            return get_session()

        def generated(self):
            yield 1

        def maybe(self, x):
            if x:
                return get_session()

        @functools.lru_cache
        def cached(self):
            return get_session()

        @requests.hook
        def hooked(self):
            return get_session()

    class Sub(Store):
        pass

    def unheard(db):
        return db.session()

    if requests:
        either = get_session
    else:
        either = requests.get
"""


def explained(project: SmallProject, source: str, **more: str) -> str:
    """What is said of the line of `main.py` that is marked."""
    text = HEAD + dedent(source)
    row = next(number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# here"))
    files = {"db.py": DATABASE, "tools.py": dedent(TOOLS), "main.py": text, **more}
    project.write(files)
    completed = project.run("--explain-site", f"main.py:{row}")
    assert completed.code == 0, completed.stderr
    return completed.stdout


def test_steps_to_a_finding(project: SmallProject) -> None:
    said = explained(project, "def f():\n    session = get_session()  # here\n    session.add(1)\n")

    assert said == dedent("""\
        main.py:5: `get_session()`
            main.py:2: from db import get_session
            db.py:5: @contextmanager def get_session
          returns: a manager of `get_session`
          SF101, certain: bound to a name and used as the session (`.add`)
    """)


def test_every_call_of_the_line_from_the_outermost(project: SmallProject) -> None:
    said = explained(project, "get_session().add(len([1]))  # here\n")

    assert [line for line in said.splitlines() if line.startswith("main.py")] == [
        "main.py:4: `get_session().add(len([1]))`",
        "main.py:4: `get_session()`",
        "main.py:4: `len([1])`",
    ]


def test_call_over_several_lines(project: SmallProject) -> None:
    said = explained(project, "get_session(\n    # why\n    # here\n).add(1)\n")

    assert "`get_session()`" in said


def test_probable(project: SmallProject) -> None:
    said = explained(project, "def f(x):\n    x().get_session().execute(1)  # here\n")

    assert "SF102, probable: an attribute is taken" in said


RIGHTFUL = {
    "entered": ("with get_session() as s: pass  # here", "it is entered here"),
    "entered later": ("cm = get_session()  # here\nwith cm: pass", "it is used as the manager that it is (main.py:5)"),
    "returned": ("def f():\n    return get_session()  # here", "nothing is done with its result here"),
    "passed on": ("print(get_session())  # here", "nothing shows that it is used there as the session"),
    "not used": ("def f():\n    s = get_session()  # here", "no use of it shows that it is taken for the session"),
    "replaced": (
        "def f(patch):\n    patch('db.get_session')\n    get_session().add(1)  # here",
        "puts something else in the place",
    ),
    "meant": ("try:\n    get_session().add(1)  # here\nexcept AttributeError: pass", "the failure is expected here"),
    "overridden": (
        "class C(Store):\n    def session(self): return 1\ndef f(s: Store):\n    s.session().add(1)  # here",
        "a subclass, or an assignment elsewhere, may put something else in the place",
    ),
}


@pytest.mark.parametrize(("source", "reason"), RIGHTFUL.values(), ids=RIGHTFUL)
def test_manager_that_is_no_finding(project: SmallProject, source: str, reason: str) -> None:
    said = explained(project, source)

    assert "returns: a manager of " in said
    assert reason in said


UNKNOWN = {
    "a parameter": ("def f(db):\n    db.session()  # here", "parameter `db` has no annotation"),
    "a parameter that no call fills": ("unheard()  # here", "parameter `db` has no annotation, and not all calls"),
    "a loop": ("for x in y:\n    x.session()  # here", "bound there by a loop"),
    "a name that is nowhere": ("nowhere()  # here", "`nowhere` is not defined or imported where it is used (main.py)"),
    "a name that its module lacks": (
        "from tools import gone\ngone()  # here",
        "`gone` is not found in the module (tools.py:1)",
    ),
    "a broken module": ("from broken import x\nx()  # here", "`broken` can't be read or parsed (broken.py:1)"),
    "an attribute": ("Store().gone()  # here", "`gone` is not found in the class or its bases (tools.py:10)"),
    "a foreign base": ("Base().gone()  # here", "`gone` may come from a base class that is not of the project"),
    "a property": ("Store().current.add()  # here", "`current` is a property that returns a manager"),
    "a generator": ("Store().generated()  # here", "`generated` is a generator function"),
    "a missing return": ("Store().maybe(1)  # here", "`maybe` may end without a manager (tools.py:"),
    "a cache": ("Store().cached()  # here", "`cached` is cached"),
    "a decorator": ("Store().hooked()  # here", "`hooked` has a decorator that may return something else"),
    "several meanings": ("either()  # here", "`either` is given several meanings (tools.py:41, tools.py:43)"),
    "several meanings that are its own": (
        "def f():\n    return g(get_session) or g(1)\ndef g(way):\n    x = way()  # here",
        "parameter `way` has no annotation, and its callers do not agree on one class",
    ),
    "an expression": ("ways[0]()  # here", "an expression stands there that is not followed"),
    "something imported": ("import requests\nrequests.get()  # here", "`requests.get()`, which is not of the project"),
}


@pytest.mark.parametrize(("source", "reason"), UNKNOWN.values(), ids=UNKNOWN)
def test_where_the_way_ends(project: SmallProject, source: str, reason: str) -> None:
    said = explained(project, source, **{"broken.py": "def f(:\n"})

    assert reason in said
    assert "silent: it is not known to return a manager" in said


@pytest.mark.parametrize(
    ("site", "message"),
    [
        ("main.py", "main.py: is not of the form FILE:LINE"),
        ("main.py:x", "is not of the form FILE:LINE"),
        ("main.py:1", "main.py:1: there is no call in this line"),
        ("main.py:99", "main.py:99: there is no call in this line"),
        ("gone.py:1", "gone.py: cannot be read"),
        ("broken.py:1", "broken.py: "),
    ],
)
def test_place_that_can_not_be_explained(project: SmallProject, site: str, message: str) -> None:
    project.write({"main.py": "x = 1\nprint(x)\n", "broken.py": "def f(:\n"})
    completed = project.run("--explain-site", site)

    assert completed.code == 2
    assert message in completed.stderr
    assert completed.stdout == ""


def test_column_is_allowed(project: SmallProject) -> None:
    project.write({"main.py": "x = 1\nprint(x)\n"})

    assert project.run("--explain-site", "main.py:2:1").stdout.startswith("main.py:2: `print(x)`\n")


def test_installed_package(project: SmallProject) -> None:
    folder = ".venv/lib/python3.12/site-packages/library"
    project.write({".venv/pyvenv.cfg": "", f"{folder}/__init__.py": DATABASE})
    said = explained(project, "import library\nlibrary.get_session().add(1)  # here\n")

    assert "    library/__init__.py:5: library.get_session\n" in said
