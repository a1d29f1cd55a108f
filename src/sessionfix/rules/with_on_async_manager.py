"""SF201: a manager is entered by the wrong kind of with."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, manager_kind
from sessionfix.rules.samples import beside_database


class WithOnAsyncManager(Rule):
    """
    ## What it does

    Finds `with` on the call of an async session factory, and `async with` on the call of a plain one.

    ## Why is this bad?

    An async context manager has no `__enter__`, a plain one no `__aenter__`: the statement raises before its block.

    ## Example

    ```python
    async def count_users():
        with get_async_session() as session:
            return await session.scalar(user_count)
    ```

    ## Use instead

    ```python
    async def count_users():
        async with get_async_session() as session:
            return await session.scalar(user_count)
    ```

    ## Fix safety

    The keyword is changed. There is no fix where an `async with` would stand outside an `async def`, or where one
    statement holds managers of both kinds.
    """

    code = "SF201"
    name = "with-on-async-manager"
    use = Use.WRONG_WITH

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_async_session
                from models import user_count


                async def count_users():
                    with get_async_session() as session:
                        return await session.scalar(user_count)
                """
            ),
            """
            from db import get_async_session
            from models import user_count


            async def count_users():
                async with get_async_session() as session:
                    return await session.scalar(user_count)
            """,
            rows=(6,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                async def count_users():
                    async with get_session() as session:
                        return session.query(User).count()
                """
            ),
            """
            from db import get_session
            from models import User


            async def count_users():
                with get_session() as session:
                    return session.query(User).count()
            """,
            rows=(6,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_async_session
                from models import user_count


                def count_users():
                    with get_async_session() as session:
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
            beside_database(
                """
                from db import get_async_session
                from models import user_count


                async def count_users():
                    async with get_async_session() as session:
                        return await session.scalar(user_count)
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                async def count_users():
                    with get_session() as session:
                        return session.query(User).count()
                """
            )
        ),
        Valid(
            """
            class Pool:
                def acquire(self):
                    return Connection(self)


            async def count_users(pool: Pool):
                async with pool.acquire() as connection:
                    return await connection.fetchval("select count(*) from users")
            """
        ),
        Valid(
            """
            try:
                from contextlib import asynccontextmanager as manager
            except ImportError:
                from contextlib import contextmanager as manager


            @manager
            def get_session():
                yield connect()


            def count_users():
                with get_session() as session:
                    return session.query(User).count()
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        wrong, right = ("with", "async with") if site.factory.is_async else ("async with", "with")
        return f"{call_of(site)} returns {manager_kind(site)}: `{wrong}` cannot enter it, `{right}` can"
