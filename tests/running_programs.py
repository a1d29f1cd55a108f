"""Small programs that are run as well as checked, so that what their marks say is true.

A line marked `# <- USE` must raise there (but for what is only thrown away) because it holds a manager, or a
generator, and no session; so must a line marked `# unseen`, which is misused too, but by a way that nobody follows.
Every other line must work.
"""

from __future__ import annotations

import ast
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest

from project_samples import check, write_project

DB = """
    from contextlib import asynccontextmanager, contextmanager, nullcontext

    class Session:
        def query(self, *what):
            return list(what)

        def close(self):
            pass

    @contextmanager
    def get_session(*args, **kwargs):
        session = Session()
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def read_only():
        with get_session() as session:
            yield session

    def plain(*args):
        return Session()

    def scope(*args):
        yield Session()

    class Manager:
        @contextmanager
        def session(self, *args):
            yield Session()

        def plain(self, *args):
            return Session()

    db = Manager()
"""


def check_running(root: Path, sources: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that exactly the marked lines of `main.py` fail, and that exactly the marked calls are found."""
    write_project(root, {"db.py": DB, **sources})
    main = root / "main.py"
    lines = enumerate(main.read_text(encoding="utf-8").splitlines(), 1)
    marked = {row for row, line in lines if re.search(r"# (<- (?!DISCARDED)|unseen$)", line)}
    monkeypatch.syspath_prepend(root)
    before = set(sys.modules)
    try:
        failing = _failing_rows(main)
    finally:
        for name in set(sys.modules) - before:
            del sys.modules[name]

    assert failing == marked
    check(root, {"db.py": DB, **sources})


def _failing_rows(path: Path) -> set[int]:
    """The rows of a program that fail, because they take something from a manager or a generator."""
    namespace: dict[str, object] = {"__name__": "main", "__file__": str(path)}
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    errors = [error for one in statements if (error := _error_of(one, path, namespace))]
    assert all(any(word in str(error) for word in ("ContextManager", "generator", "nullcontext")) for error in errors)
    return {_row_in(path, error) for error in errors}


def _error_of(statement: ast.stmt, path: Path, namespace: dict[str, object]) -> AttributeError | None:
    try:
        exec(compile(ast.Module([statement], []), str(path), "exec"), namespace)
    except AttributeError as error:
        return error
    return None


def _row_in(path: Path, error: AttributeError) -> int:
    rows = [row for file, row, *_ in traceback.extract_tb(error.__traceback__) if file == str(path)]
    assert rows[-1] is not None
    return rows[-1]
