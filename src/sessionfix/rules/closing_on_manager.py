"""SF107: a manager is wrapped in closing()."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, manager_kind
from sessionfix.rules.samples import beside_database


class ClosingOnManager(Rule):
    """
    ## What it does

    Finds `contextlib.closing` or `aclosing` around the call of a session factory.

    ## Why is this bad?

    `closing` hands over what it was given, and that is a context manager and no session. At the end it calls the
    manager's `close`, which does not exist.

    ## Example

    ```python
    def count_users():
        with closing(get_session()) as session:
            return session.query(User).count()
    ```

    ## Use instead

    ```python
    def count_users():
        with get_session() as session:
            return session.query(User).count()
    ```

    ## Fix safety

    Only the wrapper is taken away, and closes of the session inside the block. The fix is unsafe where something
    after the block still works with what came from the session, and the factory's commit may have expired it.
    """

    code = "SF107"
    name = "closing-on-manager"
    use = Use.CLOSING

    invalid = (
        Invalid(
            beside_database(
                """
                from contextlib import closing

                from db import get_session
                from models import User


                def count_users():
                    with closing(get_session()) as session:  # closes it
                        return session.query(User).count()
                """
            ),
            """
            from contextlib import closing

            from db import get_session
            from models import User


            def count_users():
                with get_session() as session:  # closes it
                    return session.query(User).count()
            """,
            rows=(8,),
        ),
        Invalid(
            beside_database(
                """
                import contextlib

                from db import get_async_session
                from models import user_count


                async def count_users():
                    async with contextlib.aclosing(get_async_session()) as session:
                        return await session.scalar(user_count)
                """
            ),
            """
            import contextlib

            from db import get_async_session
            from models import user_count


            async def count_users():
                async with get_async_session() as session:
                    return await session.scalar(user_count)
            """,
            rows=(8,),
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                from contextlib import closing

                from db import Session
                from models import User


                def count_users():
                    with closing(Session()) as session:
                        return session.query(User).count()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User
                from windows import closing


                def count_users():
                    with closing(get_session()) as session:
                        return session.query(User).count()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from contextlib import closing

                from db import get_session
                from models import User


                def count_users():
                    with get_session() as session, closing(session.connection()) as connection:
                        return connection.execute(User).rowcount
                """
            )
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return f"{call_of(site)} returns {manager_kind(site)}, which is no session and has no `close`"
