"""SF403: a session is closed by hand, though its factory closes it."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of
from sessionfix.rules.samples import beside_database, beside_expiring_database


class CloseInsideBlock(Rule):
    """
    ## What it does

    Finds `session.close()` inside the `with` of a session factory that closes the session itself, or behind it.

    ## Why is this bad?

    Inside, the close comes before the factory's commit, and drops what is not committed by then. Behind the block, it
    does nothing.

    The rule is not in the default set: often enough such a close is merely one too many. It says nothing of a close
    that may have a reason: the session is used again after it, or the block goes on with a loop, an `await` or a call
    that takes its time.

    ## Example

    ```python
    def add_user(name):
        with get_session() as session:
            session.add(User(name))
            session.close()
    ```

    ## Use instead

    ```python
    def add_user(name):
        with get_session() as session:
            session.add(User(name))
    ```

    ## Fix safety

    The close is removed. That is unsafe where it drops work that the factory commits without it, and where objects of
    the session are used later, which that commit may expire.
    """

    code = "SF403"
    name = "close-inside-block"
    use = Use.DOUBLE_CLOSE
    is_default = False
    revives = False

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    with get_session() as session:
                        total = session.query(User).count()
                        # not needed any more
                        session.close()
                    return total
                """
            ),
            """
            from db import get_session
            from models import User


            def count_users():
                with get_session() as session:
                    total = session.query(User).count()
                    # not needed any more
                return total
            """,
            rows=(9,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_async_session
                from models import all_users


                async def names():
                    async with get_async_session() as session:
                        try:
                            return [user.name for user in await session.scalars(all_users)]
                        finally:
                            await session.close()
                """
            ),
            """
            from db import get_async_session
            from models import all_users


            async def names():
                async with get_async_session() as session:
                    return [user.name for user in await session.scalars(all_users)]
            """,
            rows=(10,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def add_user(name):
                    with get_session() as session:
                        session.add(User(name))
                        session.close()
                """
            ),
            """
            from db import get_session
            from models import User


            def add_user(name):
                with get_session() as session:
                    session.add(User(name))
            """,
            rows=(8,),
            unsafe=True,
        ),
        Invalid(
            beside_expiring_database(
                """
                from db import get_session
                from models import User


                def first_user():
                    with get_session() as session:
                        user = session.query(User).first()
                        session.close()
                    return user.name
                """
            ),
            """
            from db import get_session
            from models import User


            def first_user():
                with get_session() as session:
                    user = session.query(User).first()
                return user.name
            """,
            rows=(8,),
            unsafe=True,
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    with get_session() as session:
                        total = session.query(User).count()
                    if session is not None:
                        session.close()
                    return total
                """
            ),
            """
            from db import get_session
            from models import User


            def count_users():
                with get_session() as session:
                    total = session.query(User).count()
                return total
            """,
            rows=(9,),
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    with get_session() as session:
                        total = session.query(User).count()
                        session.close()
                        again = session.query(User).count()
                    return total == again
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from mail import send
                from models import User


                def write_to_all():
                    with get_session() as session:
                        addresses = [user.address for user in session.query(User)]
                        session.close()
                        for address in addresses:
                            send(address)
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_async_session
                from mail import send
                from models import all_users


                async def write_to_all():
                    async with get_async_session() as session:
                        addresses = [user.address for user in await session.scalars(all_users)]
                        await session.close()
                        await send(addresses)
                """
            )
        ),
        Valid(
            {
                "db.py": """
                    from contextlib import contextmanager
                    from sqlalchemy.orm import sessionmaker

                    Session = sessionmaker()


                    @contextmanager
                    def committed():
                        session = Session()
                        yield session
                        session.commit()
                """,
                "app.py": """
                    from db import committed
                    from models import User


                    def add_user(name):
                        with committed() as session:
                            session.add(User(name))
                        session.close()
                """,
            }
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User, open_file


                def count_users(path):
                    with get_session() as session:
                        file = open_file(path)
                        file.write(str(session.query(User).count()))
                        file.close()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User, other_session


                def count_users(other):
                    with get_session() as session:
                        total = session.query(User).count()
                        session = other_session() if other else session
                        session.close()
                    return total
                """
            )
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        if site.detail == "after":
            return f"{call_of(site)} has closed the session by then: this close does nothing"
        return f"{call_of(site)} closes the session itself: this close only comes before what else it does at exit"
