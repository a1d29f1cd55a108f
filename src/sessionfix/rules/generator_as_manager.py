"""SF302: a generator is entered as if it were a context manager."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of
from sessionfix.rules.samples import beside_dependencies


class GeneratorAsManager(Rule):
    """
    ## What it does

    Finds `with` and `async with` on the call of a generator function that has no `@contextmanager`, such as a
    dependency of FastAPI's. It is in the default set: the statement fails whenever it runs.

    ## Why is this bad?

    A generator is no context manager: it has no `__enter__`, and the statement raises before its block.

    ## Example

    ```python
    def get_db():
        db = SessionLocal()
        try:
            yield db
        finally:
            db.close()


    def count_users():
        with get_db() as db:
            return db.query(User).count()
    ```

    ## Use instead

    ```python
    @contextmanager
    def get_db():
        db = SessionLocal()
        try:
            yield db
        finally:
            db.close()


    def count_users():
        with get_db() as db:
            return db.query(User).count()
    ```

    ## Fix safety

    The function gets the decorator where every use of it in the project is such a `with`, and all of them stand in its
    own file. Elsewhere it may be a dependency too, which has to stay a generator: the fix is
    `with contextmanager(get_db)() as db:` then, which is right whatever else the function is used for. What the fix
    assumes of values that leave the block, it says.
    """

    code = "SF302"
    name = "generator-as-manager"
    use = Use.GENERATOR

    invalid = (
        Invalid(
            beside_dependencies(
                """
                from deps import get_db
                from models import User


                def count_users():
                    with get_db() as db:  # a short one
                        return db.query(User).count()
                """
            ),
            """
            from contextlib import contextmanager

            from deps import get_db
            from models import User


            def count_users():
                with contextmanager(get_db)() as db:  # a short one
                    return db.query(User).count()
            """,
            rows=(6,),
        ),
        Invalid(
            """
            from contextlib import suppress

            from database import SessionLocal
            from models import User


            # one session for one piece of work
            def session_scope():
                session = SessionLocal()
                try:
                    yield session
                finally:
                    session.close()


            def count_users():
                with session_scope() as session:
                    return session.query(User).count()


            def delete_user(number):
                with suppress(LookupError), session_scope() as session:
                    session.delete(session.get_one(User, number))
                    session.commit()
            """,
            """
            from contextlib import contextmanager, suppress

            from database import SessionLocal
            from models import User


            # one session for one piece of work
            @contextmanager
            def session_scope():
                session = SessionLocal()
                try:
                    yield session
                finally:
                    session.close()


            def count_users():
                with session_scope() as session:
                    return session.query(User).count()


            def delete_user(number):
                with suppress(LookupError), session_scope() as session:
                    session.delete(session.get_one(User, number))
                    session.commit()
            """,
            rows=(17, 22),
        ),
        Invalid(
            beside_dependencies(
                """
                import contextlib

                import deps
                from models import user_count


                async def count_users():
                    with deps.get_async_db() as session:
                        return await session.scalar(user_count)
                """
            ),
            """
            import contextlib

            import deps
            from models import user_count


            async def count_users():
                async with contextlib.asynccontextmanager(deps.get_async_db)() as session:
                    return await session.scalar(user_count)
            """,
            rows=(8,),
        ),
        Invalid(
            beside_dependencies(
                """
                from deps import get_async_db
                from models import user_count


                def count_users():
                    with get_async_db() as session:
                        return session.scalar(user_count)
                """
            ),
            None,
            rows=(6,),
            refusal="make it `async def` first",
        ),
    )

    valid = (
        Valid(
            beside_dependencies(
                """
                from contextlib import asynccontextmanager, contextmanager

                from deps import get_async_db, get_db
                from models import User, user_count


                def count_users():
                    with contextmanager(get_db)() as db:
                        return db.query(User).count()


                async def count_users_later():
                    async with asynccontextmanager(get_async_db)() as session:
                        return await session.scalar(user_count)
                """
            )
        ),
        Valid(
            beside_dependencies(
                """
                from contextlib import closing

                from deps import get_db, numbers
                from models import User


                def count_users():
                    with closing(get_db()) as generator:
                        for db in generator:
                            return db.query(User).count()


                def total():
                    return sum(numbers())
                """
            )
        ),
        Valid(
            {
                "deps.py": """
                    from contextlib import contextmanager

                    from database import SessionLocal


                    def _get_db():
                        db = SessionLocal()
                        try:
                            yield db
                        finally:
                            db.close()


                    get_db = contextmanager(_get_db)
                """,
                "app.py": """
                    from deps import get_db
                    from models import User


                    def count_users():
                        with get_db() as db:
                            return db.query(User).count()
                """,
            }
        ),
        Valid(
            {
                "deps.py": """
                    import tools


                    @tools.as_manager
                    def get_db():
                        yield connect()
                """,
                "app.py": """
                    from deps import get_db


                    def count_users():
                        with get_db() as db:
                            return db.query("users").count()
                """,
            }
        ),
        Valid(
            beside_dependencies(
                """
                import pytest
                from deps import get_db


                def test_is_no_manager():
                    with pytest.raises(TypeError), get_db():
                        pass
                    with pytest.raises(TypeError):
                        with get_db() as db:
                            db.close()
                """
            )
        ),
        Valid(
            beside_dependencies(
                """
                import deps
                from fakes import fake_session


                def test_counts(monkeypatch):
                    monkeypatch.setattr(deps, "get_db", fake_session)
                    with deps.get_db() as db:
                        assert db.query("users").count() == 0
                """
            )
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        kind = "an async generator" if site.factory.is_async else "a generator"
        maker = "asynccontextmanager" if site.factory.is_async else "contextmanager"
        return f"{call_of(site)} returns {kind}, which `{site.detail}` cannot enter: the function has no `@{maker}`"
