"""Sessions that are used after their block, entered by hand or closed twice: programs run before and after the rewrite.

On real SQLAlchemy and SQLite. Where the block reaches further, or comes to be, the yardstick is the program with a
session that stays open to its end: the same result, the same log, the same rows. Where a close goes, it is the program
as it was. All of it without an exception, and with one from each call of `step` in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from fixing import ALL_CODES
from sessionfix.diagnostics import Applicability
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup

DB = """
from contextlib import contextmanager
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker


class Base(DeclarativeBase): ...


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


make = sessionmaker(create_engine(URL), expire_on_commit=False)


@contextmanager
def get_session():
    session = make()
    try:
        yield session
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def read_only():
    with make() as session:
        yield session
"""
MEANT = """
opened = []


class Kept:
    def __init__(self, session):
        self.session = session
        opened.append(session)

    def __enter__(self):
        return self.session

    def __exit__(self, *error):
        return None


def get_session():
    return Kept(make())


read_only = get_session
"""
HEAD = "from db import User, get_session, read_only\nfrom world import step\n\n\n"

REACHING = {
    "reads on": """
        def main():
            with get_session() as session:
                step(session.query(User).count())
            step("between")
            return session.query(User.name).order_by(User.id).all()[0][0]
        """,
    "a query that is run behind the block": """
        def main():
            with get_session() as session:
                users = session.query(User)
            users = users.order_by(User.id)
            for user in users:
                step(user.name)
            step("end")
        """,
    "writes behind the block": """
        def main():
            with get_session() as session:
                step(session.query(User).count())
            session.add(User(name="new"))
            step("added")
            session.flush()
            return session.query(User).count()
        """,
    "commits behind the block": """
        def main():
            with read_only() as session:
                session.add(User(name="new"))
                step("added")
            session.commit()
            step("committed")
        """,
    "takes back what is behind the block": """
        def main():
            with get_session() as session:
                step(session.query(User).count())
            session.add(User(name="new"))
            step("added")
            session.flush()
            session.rollback()
            return session.query(User).count()
        """,
    "ends early": """
        def main():
            with get_session() as session:
                if session.query(User).count() == step(2):
                    return "early"
            return session.query(User).count()
        """,
    "in a loop": """
        def main():
            for number in (1, 2):
                with get_session() as session:
                    user = session.get(User, number)
                    if step(number) == 2:
                        continue
                step(session.get(User, number).name)
            return user.name
        """,
    "in a try": """
        def main():
            try:
                with get_session() as session:
                    step(session.query(User).count())
                session.add(User(name=step("new")))
                session.flush()
            except ValueError:
                return "failed"
        """,
}
BY_HAND = {
    "dropped": """
        def main():
            session = get_session().__enter__()
            session.add(User(name="new"))
            step("added")
            return session.query(User).count()
        """,
    "never left": """
        def main():
            manager = get_session()
            session = manager.__enter__()
            session.add(User(name=step("new")))
        """,
}
CLOSING = {
    "after reading": """
        def main():
            with get_session() as session:
                total = session.query(User).count()
                step(total)
                session.close()
            return total
        """,
    "after a commit": """
        def main():
            with get_session() as session:
                session.add(User(name="new"))
                session.commit()
                step("committed")
                session.close()
            step("end")
        """,
    "behind the block": """
        def main():
            try:
                with get_session() as session:
                    session.add(User(name="new"))
                    step("added")
            finally:
                session.close()
            step("end")
        """,
}


@dataclass(frozen=True)
class Run:
    """What can be seen of one run."""

    outcome: object
    log: tuple[object, ...]
    names: tuple[str, ...]


class World:
    """What programs call: notes its arguments, and raises at the call of this number."""

    def __init__(self, fails_at: int) -> None:
        self.fails_at = fails_at
        self.log: list[object] = []

    def step(self, value: object) -> object:
        self.log.append(value)
        if len(self.log) == self.fails_at:
            raise ValueError(value)
        return value


def executed(source: str, folder: Path, fails_at: int, *, meant: bool) -> Run:
    """The program on a database of its own; `meant`: with a session that stays open to its end."""
    path = folder / f"{len(list(folder.iterdir()))}.sqlite"
    db: dict[str, Any] = {"URL": f"sqlite:///{path}", "__name__": "db"}
    exec(compile(DB + (MEANT if meant else ""), "db.py", "exec", dont_inherit=True), db)
    engine = create_engine(db["URL"])
    db["Base"].metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("insert into users values (1, 'ann'), (2, 'bob')"))
    world = World(fails_at)
    program = {**{name: db[name] for name in ("User", "get_session", "read_only")}, "step": world.step}
    exec(source.replace(HEAD, ""), program)
    outcome = ended(program["main"], db.get("opened", []))
    with engine.connect() as connection:
        names = tuple(row[0] for row in connection.execute(text("select name from users order by id")))
    return Run(outcome, tuple(world.log), names)


def ended(main: Any, opened: list[Any]) -> object:
    """What `main` returns, or the text of what it raises; what is open then ends as a factory would end it."""
    try:
        outcome = main()
    except ValueError as error:
        for session in opened:
            session.rollback()
        outcome = repr(error)
    for session in opened:
        if "read_only" not in main.__code__.co_names:
            session.commit()
        session.close()
    return outcome


def rewritten(source: str, folder: Path) -> str:
    """The program after the safe rewrites."""
    (folder / "db.py").write_text(DB, encoding="utf-8")
    app = folder / "app.py"
    app.write_text(HEAD + dedent(source).lstrip(), encoding="utf-8")
    before = app.read_text(encoding="utf-8")
    result = check_file(Project(Setup(folder, [folder / "db.py", app])), app, before, codes=ALL_CODES, unsafe=False)
    assert result.error is None
    assert [finding.fix and finding.fix.applicability for finding in result.findings] == [Applicability.SAFE]
    assert result.fixed_text is not None
    return result.fixed_text


def steps(source: str) -> range:
    """No failure, and one at each call in turn."""
    return range(source.count("step(") + 2)


@pytest.mark.parametrize("source", [*REACHING.values(), *BY_HAND.values()], ids=[*REACHING, *BY_HAND])
def test_block_holds_what_was_meant(source: str, tmp_path: Path) -> None:
    after = rewritten(source, tmp_path)

    for fails_at in steps(source):
        meant = executed(dedent(source), tmp_path, fails_at, meant=True)
        assert executed(after, tmp_path, fails_at, meant=False) == meant


@pytest.mark.parametrize("source", CLOSING.values(), ids=CLOSING)
def test_close_that_goes_changes_nothing(source: str, tmp_path: Path) -> None:
    after = rewritten(source, tmp_path)

    for fails_at in steps(source):
        before = executed(dedent(source), tmp_path, fails_at, meant=False)
        assert executed(after, tmp_path, fails_at, meant=False) == before
