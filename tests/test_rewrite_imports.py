"""An import that a rewrite needs: where it goes, and what else a file may have of that name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixing import check, fixed
from sessionfix.rewrite.imports import ImportPlaceError, with_import
from sessionfix.rewrite.plan import Import
from sessionfix.rewrite.proof import ProofError, prove_import

NULLCONTEXT = Import("contextlib", "nullcontext")
BODY = """

def count_users(session=None):
    session = session or get_session()
    return session.query(1).count()
"""

PLACED = {
    "before what is not of the standard library": (
        "from db import get_session\n",
        "from contextlib import nullcontext\n\nfrom db import get_session\n",
    ),
    "below a docstring": (
        '"""Users."""\nfrom db import get_session\n',
        '"""Users."""\nfrom contextlib import nullcontext\n\nfrom db import get_session\n',
    ),
    "below what is from the future": (
        '"""Users."""\n\nfrom __future__ import annotations\n\nfrom db import get_session\n',
        (
            '"""Users."""\n\nfrom __future__ import annotations\n\nfrom contextlib import nullcontext\n\n'
            "from db import get_session\n"
        ),
    ),
    "in the order of the standard library": (
        "import ast\nimport sys\nfrom collections import deque\nfrom typing import Any\n\nfrom db import get_session\n",
        (
            "import ast\nimport sys\nfrom collections import deque\nfrom contextlib import nullcontext\n"
            "from typing import Any\n\nfrom db import get_session\n"
        ),
    ),
    "above the first of the standard library": (
        "from typing import Any\n\nfrom db import get_session\n",
        "from contextlib import nullcontext\nfrom typing import Any\n\nfrom db import get_session\n",
    ),
    "below the licence": (
        "#!/usr/bin/env python\n# All rights reserved.\nfrom db import get_session\n",
        (
            "#!/usr/bin/env python\n# All rights reserved.\nfrom contextlib import nullcontext\n\n"
            "from db import get_session\n"
        ),
    ),
    "above the comment of the next import": (
        "# All rights reserved.\n\n# our own\nfrom db import get_session\n",
        "# All rights reserved.\n\nfrom contextlib import nullcontext\n\n# our own\nfrom db import get_session\n",
    ),
    "among other names": (
        "from contextlib import closing, suppress\nfrom db import get_session\n",
        "from contextlib import closing, nullcontext, suppress\nfrom db import get_session\n",
    ),
    "behind other names": (
        "from contextlib import closing as c  # both\nfrom db import get_session\n",
        "from contextlib import closing as c, nullcontext  # both\nfrom db import get_session\n",
    ),
    "among names on lines of their own": (
        "from contextlib import (\n    closing,  # closes\n    suppress,\n)\nfrom db import get_session\n",
        (
            "from contextlib import (\n    closing,  # closes\n    nullcontext,\n    suppress,\n)\n"
            "from db import get_session\n"
        ),
    ),
    "behind names on lines of their own": (
        "from contextlib import (\n    closing,\n    contextmanager,  # ours\n)\nfrom db import get_session\n",
        (
            "from contextlib import (\n    closing,\n    contextmanager,  # ours\n    nullcontext,\n)\n"
            "from db import get_session\n"
        ),
    ),
    "behind a last name without a comma": (
        "from contextlib import (\n    closing,\n    contextmanager\n)\nfrom db import get_session\n",
        "from contextlib import (\n    closing,\n    nullcontext,\n    contextmanager\n)\nfrom db import get_session\n",
    ),
    "beside another import in one line": (
        "import os; from contextlib import closing\nfrom db import get_session\n",
        "import os; from contextlib import closing, nullcontext\nfrom db import get_session\n",
    ),
    "not among all names": (
        "from contextlib import *\nfrom db import get_session\n",
        "from contextlib import nullcontext\nfrom contextlib import *\nfrom db import get_session\n",
    ),
    "with the line endings of the file": (
        "import ast\r\nfrom db import get_session\r\n",
        "import ast\r\nfrom contextlib import nullcontext\r\nfrom db import get_session\r\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), PLACED.values(), ids=PLACED)
def test_finds_its_place(before: str, after: str) -> None:
    assert with_import(before, NULLCONTEXT) == after

    prove_import(before, after, NULLCONTEXT)


def test_a_file_without_imports_gets_one() -> None:
    before = '"""Nothing yet."""\nx = 1\n'

    after = with_import(before, NULLCONTEXT)

    assert after == '"""Nothing yet."""\n\nfrom contextlib import nullcontext\n\nx = 1\n'
    prove_import(before, after, NULLCONTEXT)


def test_a_line_that_is_shared_has_no_place(tmp_path: Path) -> None:
    header = '"""Users."""; from db import get_session\n'

    with pytest.raises(ImportPlaceError):
        with_import(header, NULLCONTEXT)
    (finding,) = check(header + BODY, tmp_path).findings
    assert finding.refusal is not None
    assert finding.refusal.startswith("line 1 holds several statements")


NAMED = {
    "imported already": ("from contextlib import nullcontext\nfrom db import get_session\n", "nullcontext"),
    "imported by another name": ("from contextlib import nullcontext as n\nfrom db import get_session\n", "n"),
    "a module": ("import contextlib\nfrom db import get_session\n", "contextlib.nullcontext"),
    "a module by another name": ("import contextlib as c\nfrom db import get_session\n", "c.nullcontext"),
}


@pytest.mark.parametrize(("imports", "name"), NAMED.values(), ids=NAMED)
def test_what_is_imported_is_used(imports: str, name: str, tmp_path: Path) -> None:
    assert fixed(imports + BODY, tmp_path) == (
        imports
        + f"""

def count_users(session=None):
    with {name}(session) if session else get_session() as session:
        return session.query(1).count()
"""
    )


TAKEN = {
    "bound in the module": "from db import get_session\n\nnullcontext = 1\n",
    "a function": "from db import get_session\n\n\ndef nullcontext():\n    pass\n",
    "bound in another function": "from db import get_session\n\n\ndef other(nullcontext):\n    return nullcontext\n",
    "imported from elsewhere": "from compat import nullcontext\nfrom db import get_session\n",
    "imported in a try": (
        "from db import get_session\n\ntry:\n    from contextlib import nullcontext\n"
        "except ImportError:\n    nullcontext = None\n"
    ),
    "bound again": "from contextlib import nullcontext\nfrom db import get_session\n\nnullcontext = str\n",
}


@pytest.mark.parametrize("imports", TAKEN.values(), ids=TAKEN)
def test_a_name_that_is_taken_is_left_alone(imports: str, tmp_path: Path) -> None:
    text = fixed(imports + BODY, tmp_path)

    assert "import contextlib\n" in text
    assert "with contextlib.nullcontext(session) if session else get_session() as session:" in text


def test_a_function_that_hides_the_module_gets_the_name(tmp_path: Path) -> None:
    body = BODY.replace("    return", "    contextlib = session.query(2).count()\n    print(contextlib)\n    return")

    text = fixed("import contextlib\nfrom db import get_session\n" + body, tmp_path)

    assert "from contextlib import nullcontext\n" in text
    assert "with nullcontext(session) if session else get_session() as session:" in text


def test_one_import_serves_all(tmp_path: Path) -> None:
    text = fixed("from db import get_session\n" + BODY + BODY.replace("count_users", "count_again"), tmp_path)

    assert text.count("import nullcontext") == 1


def test_the_import_is_among_the_edits_of_the_fix(tmp_path: Path) -> None:
    (finding,) = check("from db import get_session\n" + BODY, tmp_path).findings

    assert finding.fix is not None
    first, *others = finding.fix.edits
    assert first.content == "from contextlib import nullcontext\n\n"
    assert (first.span.start.row, first.span.end.row) == (1, 1)
    assert all(edit.span.start.row > 3 for edit in others)


BEFORE = '"""Users."""\nfrom __future__ import annotations\n\nimport sys  # for stderr\n\nx = sys\n'
WRONG = {
    "it does not parse": "from contextlib import (nullcontext\n" + BEFORE,
    "above the docstring": "from contextlib import nullcontext\n" + BEFORE,
    "above the future": BEFORE.replace("from __f", "from contextlib import nullcontext\nfrom __f"),
    "something else": BEFORE.replace("import sys", "from contextlib import closing\nimport sys"),
    "something else, too": BEFORE.replace("import sys", "from contextlib import closing, nullcontext\nimport sys"),
    "in the place of another": BEFORE.replace("import sys", "from contextlib import nullcontext"),
    "a comment is lost": BEFORE.replace("import sys  # for stderr", "from contextlib import nullcontext\nimport sys"),
    "another line changes": BEFORE.replace("import sys", "from contextlib import nullcontext\nimport sys").replace(
        "x = sys", "x  =  sys"
    ),
    "nothing is added": BEFORE,
}


@pytest.mark.parametrize("after", WRONG.values(), ids=WRONG)
def test_the_proof_refuses_another_change(after: str) -> None:
    with pytest.raises(ProofError):
        prove_import(BEFORE, after, NULLCONTEXT)
