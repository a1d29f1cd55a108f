"""Small projects for tests: sources in which every misused call is marked, and what is found in them.

A line with a misused call ends in `# <- USE` or `# <- USE probable`, with several uses parted by commas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from sessionfix.diagnostics import Certainty
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.sieve import Sieve
from sessionfix.project.sites import Site, Use

Marks = list[tuple[str, int, str]]

DB = """
    from contextlib import contextmanager, asynccontextmanager
    from sqlalchemy.orm import sessionmaker

    SessionLocal = sessionmaker()

    @contextmanager
    def get_session():
        session = SessionLocal()
        try:
            yield session
            session.commit()
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()

    @asynccontextmanager
    async def get_async():
        session = AsyncLocal()
        async with session:
            yield session

    class Manager:
        @contextmanager
        def get_session(self):
            yield SessionLocal()

        @asynccontextmanager
        async def get_async(self):
            yield AsyncLocal()

        @classmethod
        @contextmanager
        def shared(cls):
            yield SessionLocal()

        @staticmethod
        @contextmanager
        def static():
            yield SessionLocal()

        def plain(self):
            return SessionLocal()

    db_manager = Manager()
"""


def write_project(root: Path, sources: Mapping[str, str]) -> list[Path]:
    """Write the sources below `root`; the paths of all Python files."""
    for name, source in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")
    return sorted(root.rglob("*.py"))


def open_project(
    root: Path,
    sources: Mapping[str, str],
    src: Sequence[str] = (),
    factories: Sequence[str] = (),
    decorators: Sequence[str] = (),
    *,
    sieve: bool = True,
) -> Project:
    """A project with these sources."""
    files = write_project(root, sources)
    folders = [root / name for name in src]
    setup = Setup(root, files, folders, factories, decorators)
    return Project(setup, sieve=Sieve(setup) if sieve else None)


def sites_in(project: Project, path: Path) -> list[Site]:
    is_left_out = project.sieve is not None and not project.sieve.may_have_sites(path)
    return [] if is_left_out else project.sites(path, path.read_text(encoding="utf-8"))


def found_in(project: Project, root: Path) -> Marks:
    """Every site of a project, in the form of the marks."""
    return [
        (path.relative_to(root).as_posix(), site.place.lineno, _use(site))
        for path in sorted(root.rglob("*.py"))
        for site in sites_in(project, path)
    ]


def marked_in(root: Path) -> Marks:
    """What the marks in the sources ask for."""
    return [
        (path.relative_to(root).as_posix(), row, use.strip())
        for path in sorted(root.rglob("*.py"))
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for found in re.findall(r"# <- (.*)$", line)
        for use in found.split(",")
    ]


def _use(site: Site) -> str:
    return site.use.name + (" probable" if site.certainty is Certainty.PROBABLE else "")


def check(root: Path, *parts: Mapping[str, str], src: Sequence[str] = (), **settings: Sequence[str]) -> None:
    """Assert that exactly the marked calls are found, with the sieve and without it."""
    sources = {name: source for part in parts for name, source in part.items()}
    for sieve in (True, False):
        found = found_in(open_project(root, sources, src=src, sieve=sieve, **settings), root)
        marked = marked_in(root)
        false, missed = set(found) - set(marked), set(marked) - set(found)
        assert found == marked, f"{sieve=}, false alarms: {sorted(false)}, missed: {sorted(missed)}"


def check_body(root: Path, source: str, **settings: Sequence[str]) -> None:
    """Assert that exactly the marked calls are found in a module that can import `db`."""
    check(root, {"db.py": DB, "main.py": source}, **settings)


MISUSED = frozenset({Use.BOUND, Use.ATTRIBUTE, Use.AFTER_EXIT})


def let_pass(root: Path, sources: Mapping[str, str], **settings: Sequence[str]) -> set[str]:
    """The files that the sieve lets pass, looking for misused calls, and telling by names."""
    files = write_project(root, sources)
    sieve = Sieve(Setup(root, files, **settings), uses=MISUSED)
    assert sieve.suspects.names is not None
    return {path.relative_to(root).as_posix() for path in files if sieve.may_have_sites(path)}
