"""One module beside a factory's, checked and rewritten in memory."""

from __future__ import annotations

from pathlib import Path

from sessionfix.diagnostics import FileResult
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rules import RULES

ALL_CODES = frozenset(rule.code for rule in RULES)

DB = """\
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import sessionmaker

SessionLocal = sessionmaker(expire_on_commit=False)


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
async def get_async_session():
    async with AsyncSession() as session:
        yield session
"""

HEADER = "from db import get_async_session, get_session\n"


def check(
    text: str, root: Path, *, unsafe: bool = False, codes: frozenset[str] = ALL_CODES, db: str = DB
) -> FileResult:
    """The result for `text` in a module beside db.py."""
    (root / "db.py").write_text(db, encoding="utf-8")
    app = root / "app.py"
    app.write_bytes(text.encode())
    return check_file(Project(Setup(root, [root / "db.py", app])), app, text, codes=codes, unsafe=unsafe)


def fixed(text: str, root: Path, *, unsafe: bool = False) -> str:
    """`text` rewritten; fails where nothing, or not everything, was."""
    result = check(text, root, unsafe=unsafe)
    assert result.error is None
    assert result.findings
    assert all(finding.fixed for finding in result.findings), result.findings
    assert result.fixed_text is not None
    again = check(result.fixed_text, root, unsafe=unsafe)
    assert (again.findings, again.fixed_text, again.error) == ((), None, None)
    return result.fixed_text
