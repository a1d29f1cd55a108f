"""Factories that FastAPI is given: requests that fail before the rewrite, and are answered after it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import httpx
import pytest

from project_samples import write_project
from sessionfix.diagnostics import FileResult
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup

CODES = frozenset({"SF301"})
DEPS = """
    from contextlib import asynccontextmanager, contextmanager

    log = []

    class Session:
        def __init__(self):
            log.append("opened")

        def count(self):
            return 3

        def close(self):
            log.append("closed")

    @contextmanager
    def get_session():
        session = Session()
        try:
            yield session
        finally:
            session.close()

    @asynccontextmanager
    async def get_async_session():
        session = Session()
        try:
            yield session
        finally:
            session.close()
"""
JOBS = """
    from deps import get_async_session, get_session

    def work():
        with get_session() as session:
            return session.count()

    async def work_later():
        async with get_async_session() as session:
            return session.count()
"""
ROUTES = {
    "default": "def read(session=Depends({})):\n    return session.count()",
    "annotated": "def read(session: Annotated[object, Depends({})]):\n    return session.count()",
    "alias": "Dep = Annotated[object, Depends({})]\n@app.get('/')\ndef read(session: Dep):\n    return session.count()",
    "async": "async def read(session=Depends({})):\n    return session.count()",
}
FACTORIES = ("get_session", "get_async_session")


def app(route: str, factory: str) -> str:
    body = ROUTES[route].format(factory)
    mark = "" if body.startswith("Dep") else "@app.get('/')\n"
    head = "from typing import Annotated\n\nfrom fastapi import Depends, FastAPI\n\n"
    return f"{head}from deps import {factory}\n\napp = FastAPI()\n\n\n{mark}{body}\n"


def mended(files: dict[str, str], root: Path) -> None:
    """Rewrite every file of a project, each as the others are on the disk."""
    paths = write_project(root, files)
    results = [_checked(root, paths, path) for path in paths]
    for result in results:
        assert result.error is None
        if result.fixed_text is not None:
            result.path.write_text(result.fixed_text, encoding="utf-8")
    for path in paths:
        assert _checked(root, paths, path).findings == ()


def _checked(root: Path, paths: list[Path], path: Path) -> FileResult:
    return check_file(Project(Setup(root, paths)), path, path.read_text("utf-8"), codes=CODES, unsafe=True)


def answer(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """The status of a request, and what was done with sessions meanwhile."""
    monkeypatch.syspath_prepend(str(root))
    for name in ("deps", "jobs", "main"):
        sys.modules.pop(name, None)
    try:
        import main  # type: ignore[import-not-found]

        status = asyncio.run(_asked(main.app))
        return status, list(sys.modules["deps"].log)
    finally:
        for name in ("deps", "jobs", "main"):
            sys.modules.pop(name, None)


async def _asked(application: object) -> int:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.get("/")).status_code


@pytest.mark.parametrize("factory", FACTORIES)
@pytest.mark.parametrize("route", ROUTES)
def test_an_endpoint_gets_no_session_before(
    route: str, factory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(tmp_path, {"deps.py": DEPS, "main.py": app(route, factory)})

    assert answer(tmp_path, monkeypatch)[0] == 500


@pytest.mark.parametrize("others", [{}, {"jobs.py": JOBS}], ids=["only a dependency", "entered elsewhere"])
@pytest.mark.parametrize("factory", FACTORIES)
@pytest.mark.parametrize("route", ROUTES)
def test_an_endpoint_gets_a_session_that_is_closed_after(
    route: str, factory: str, others: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mended({"deps.py": DEPS, "main.py": app(route, factory), **others}, tmp_path)

    assert answer(tmp_path, monkeypatch) == (200, ["opened", "closed"])
