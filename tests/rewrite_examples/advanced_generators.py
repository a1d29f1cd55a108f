"""Generators that are advanced by hand, and what looks like that (SF303)."""

from __future__ import annotations

from sessionfix.rules import Invalid, Valid
from sessionfix.rules.samples import beside_dependencies

EXAMPLES: dict[str, Invalid] = {
    "the generator has a name of its own, and the comment stays": Invalid(
        beside_dependencies(
            """
            from contextlib import contextmanager

            from deps import get_db
            from models import User


            def count_users():
                generator = get_db()
                # the session
                db = next(generator)
                return db.query(User).count()
            """
        ),
        """
        from contextlib import contextmanager

        from deps import get_db
        from models import User


        def count_users():
            # the session
            with contextmanager(get_db)() as db:
                return db.query(User).count()
        """,
        rows=(8,),
    ),
    "the method in the place of the function": Invalid(
        beside_dependencies(
            """
            from deps import get_db
            from models import User


            def count_users():
                return get_db().__next__().query(User).count()
            """
        ),
        """
        from contextlib import contextmanager

        from deps import get_db
        from models import User


        def count_users():
            with contextmanager(get_db)() as db:
                return db.query(User).count()
        """,
        rows=(6,),
    ),
}

SILENT: dict[str, Valid] = {
    "a fixture, and another function of the name next": Valid(
        """
        import pytest
        from database import SessionLocal


        @pytest.fixture
        def db():
            session = SessionLocal()
            yield session
            session.close()


        def next(sessions):
            return sessions[0]


        def test_counts(db, sessions):
            assert next(sessions).query("users").count() == db.query("users").count()
        """
    ),
    "a test that puts something else in the place of the generator": Valid(
        beside_dependencies(
            """
            import deps
            from fakes import fake_sessions


            def test_counts(monkeypatch):
                monkeypatch.setattr(deps, "get_db", fake_sessions)
                db = next(deps.get_db())
                assert db.query("users").count() == 0
            """
        )
    ),
}
