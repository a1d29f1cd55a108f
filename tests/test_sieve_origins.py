"""A name is a suspect only where a file has it from a module that may give it; in doubt, any may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from project_samples import DB, found_in, open_project, write_project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.project.sites import Use

CALLS = frozenset({Use.BOUND, Use.ATTRIBUTE, Use.AFTER_EXIT})
OWN = "def get_session():\n    return 1\n"
FUNCTIONS = DB.partition("class Manager")[0]  # no class has the name
USED = "get_session().query(1)\n"


def passes(root: Path, sources: Mapping[str, str]) -> bool:
    """Whether the sieve lets `main.py` pass; whether it does or not, what is found is the same without it."""
    files = write_project(root, sources)
    sieved, exhaustive = (found_in(open_project(root, sources, sieve=sieve), root) for sieve in (True, False))
    assert sieved == exhaustive
    return Sieve(Setup(root, files), uses=CALLS).may_have_sites(root / "main.py")


@pytest.mark.parametrize(
    ("main", "others"),
    [
        ("from own import get_session\n" + USED, {}),
        ("try:\n    from own import get_session\nexcept ImportError: pass\n" + USED, {}),
        ("from elsewhere import get_session\n" + USED, {}),
        ("import own\nown." + USED, {}),
        ("import own as o\no." + USED, {}),
        ("import elsewhere\nx = elsewhere.settings." + USED, {}),
        ("import pkg.own\npkg.own." + USED, {"pkg/__init__.py": "", "pkg/own.py": OWN}),
        ("from pkg import own\nown." + USED, {"pkg/__init__.py": "", "pkg/own.py": OWN}),
        ("from pkg import own\nown." + USED, {"pkg/__init__.py": "from . import own\nown.x()", "pkg/own.py": OWN}),
        ("from pkg.own import get_session\n" + USED, {"pkg/own.py": "from own import get_session\n"}),
        ("from pkg.own import get_session\n" + USED, {"pkg/own.py": "from own import *\n"}),
        ("class A:\n    def f(self):\n        self." + USED, {}),
        ("import logging\nlog = logging.getLogger(__name__)\nlog." + USED, {}),
        ("from logging import getLogger\nlog: Logger = getLogger('app')\nlog.handlers." + USED, {}),
        ("import queue\nq = queue.Queue()\n\n\ndef f():\n    q." + USED, {}),
    ],
)
def test_same_name_of_another_module_is_left_out(tmp_path: Path, main: str, others: Mapping[str, str]) -> None:
    assert not passes(tmp_path, {"db.py": FUNCTIONS, "own.py": OWN, "main.py": main, **others})


@pytest.mark.parametrize(
    ("main", "others"),
    [
        ("from db import get_session\n" + USED, {}),
        ("import own, db as d\nd." + USED, {}),
        ("import own, db\nown = db\nown." + USED, {}),
        ("import own\nif own:\n    import db as own\nown." + USED, {}),
        ("import own\ndef f(own):\n    own." + USED, {}),
        ("import own\nfor own in x:\n    own." + USED, {}),
        ("import own\nfrom pkg import *\nown." + USED, {"pkg.py": "import db as own\n"}),
        ("from own import get_session\nfrom db import get_session\n" + USED, {}),
        ("from own import get_session\ndef f(get_session):\n    " + USED, {}),
        ("from pkg import own\nown." + USED, {"pkg/__init__.py": "import db as own", "pkg/own.py": OWN}),
        ("from pkg import own\nown." + USED, {"pkg/__init__.py": "import db\nown = db", "pkg/own.py": OWN}),
        ("from pkg import own\nown." + USED, {"pkg/__init__.py": "from more import *", "pkg/own.py": OWN}),
        ("from pkg import own\nown." + USED, {"pkg/__init__.py": "class A:\n    x = own", "pkg/own.py": OWN}),
        (
            "from pkg.a import get_session\n" + USED,
            {"pkg/a.py": "from pkg.b import *\n", "pkg/b.py": "from db import *"},
        ),
        (
            "from a import get_session\n" + USED,
            {"a.py": "from b import get_session\n", "b.py": "from db import get_session"},
        ),
        ("from a import get_session\n" + USED, {"a.py": "from db import get_session as made\nget_session = made"}),
        ("from flask import g\ng." + USED, {}),
        ("from flask import g as globals_\nglobals_." + USED, {}),
        ("from own import thing\nthing." + USED, {}),
        ("import db\nself = db\nself." + USED, {}),
        ("import own\nthing = own.make()\nthing." + USED, {}),
        ("import logging\nimport db\nlog = logging.getLogger()\nlog = db\nlog." + USED, {}),
        ("import logging\nlog = logging.getLogger()\n\n\ndef f(log):\n    log." + USED, {}),
        ("import db\nimport logging\nlog = logging.getLogger(db)\nlog." + USED, {}),
        ("import logging\nlogging = load()\nlog = logging.getLogger()\nlog." + USED, {}),
        ("import logging\nlog = logging.getLogger() or thing\nlog." + USED, {}),
        (
            "from a import make\nmake().query(1)",
            {"a.py": "from h import h\ndef make():\n    return h.db.get_session()"},
        ),
        ("from a import make\nmake().query(1)", {"a.py": "import db\nh = db\ndef make():\n    return h.get_session()"}),
        ("from a import make\nmake().query(1)", {"a.py": "import h\ndef make():\n    return h.db.get_session()"}),
        ("from a import make\nmake().query(1)", {"a.py": "import h\ndef make():\n    return h.get().get_session()"}),
    ],
)
def test_name_that_may_come_from_the_factory_s_module_is_let_pass(
    tmp_path: Path, main: str, others: Mapping[str, str]
) -> None:
    handing = "import db\nclass H: ...\nh = H()\nH.db = db\ndef get():\n    return db\n"
    assert passes(tmp_path, {"db.py": FUNCTIONS, "own.py": OWN, "h.py": handing, "main.py": main, **others})


def test_name_of_a_class_is_none_of_a_module(tmp_path: Path) -> None:
    managers = (
        "from contextlib import contextmanager\nclass A:\n if x:\n  @contextmanager\n  def get(self):\n   yield\n"
    )
    assert not passes(tmp_path, {"a.py": managers, "main.py": "from a import get\nget().query(1)\n"})
    assert passes(tmp_path, {"a.py": managers, "main.py": "from a import A\nA().get().query(1)\n"})
