"""SF202: the manager of a factory is awaited."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, manager_kind
from sessionfix.rules.samples import beside_database


class AwaitedManager(Rule):
    """
    ## What it does

    Finds `await` on the call of a session factory.

    ## Why is this bad?

    The factory is written as `async def`, but under `asynccontextmanager` its call returns a context manager, and
    that cannot be awaited: the expression raises TypeError.

    ## Example

    ```python
    async def add(user):
        session = await get_async_session()
        session.add(user)
        await session.commit()
        await session.close()
    ```

    ## Use instead

    ```python
    async def add(user):
        async with get_async_session() as session:
            session.add(user)
            await session.commit()
    ```

    ## Fix safety

    As for session-without-with: safe where the source shows that the program then does what was meant, unsafe where
    that rests on an assumption, and none where the session outlives any block.
    """

    code = "SF202"
    name = "awaited-manager"
    use = Use.AWAITED

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_async_session


                async def add(user):
                    session = await get_async_session()
                    try:
                        session.add(user)
                        await session.commit()
                    finally:
                        await session.close()
                """
            ),
            """
            from db import get_async_session


            async def add(user):
                async with get_async_session() as session:
                    session.add(user)
                    await session.commit()
            """,
            rows=(5,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_async_session
                from models import user_count


                async def count_users():
                    return await (await get_async_session()).scalar(user_count)
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
    )

    valid = (
        Valid(
            beside_database(
                """
                from db import get_async_session


                async def add(user):
                    async with get_async_session() as session:
                        session.add(user)
                """
            )
        ),
        Valid(
            """
            async def get_async_session():
                return await connect()


            async def add(user):
                session = await get_async_session()
                session.add(user)
                await session.commit()
                await session.close()
            """
        ),
        Valid(
            """
            from contextlib import asynccontextmanager


            @asynccontextmanager
            async def get_session():
                yield await connect()


            async def open_session():
                return await get_session().__aenter__()
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return f"{call_of(site)} returns {manager_kind(site)}, which cannot be awaited"
