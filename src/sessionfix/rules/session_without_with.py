"""SF101: a manager is bound to a name and used as the session."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, consequence, manager_kind
from sessionfix.rules.samples import beside_database, beside_expiring_database, beside_singleton


class SessionWithoutWith(Rule):
    """
    ## What it does

    Finds names that are bound to the call of a session factory and then used as if they held the session.
    A session factory is a function under `contextlib.contextmanager` or `asynccontextmanager`.

    ## Why is this bad?

    The call returns a context manager. The session exists only inside `with`: until then the factory's body has
    not begun to run. `.query`, `.add` or `.close` on the manager raise AttributeError, and that shows only when
    the line is reached, often behind an `except Exception` that turns it into a status 500.

    ## Example

    ```python
    def list_users():
        session = get_session()
        try:
            return session.query(User).all()
        finally:
            session.close()
    ```

    ## Use instead

    ```python
    def list_users():
        with get_session() as session:
            return session.query(User).all()
    ```

    ## Fix safety

    The `with` reaches from the call to the last statement that needs the session or an object that came from it.
    The fix is safe where the source shows that the same things are done in the same order, that the session is not
    touched after its block, and that no work is kept which used to be dropped. It is unsafe where that rests on an
    assumption, such as objects that are read after a commit has expired them. There is no fix where the session
    outlives any block, as when it is stored, captured by a function that is returned, or given to a thread.
    """

    code = "SF101"
    name = "session-without-with"
    use = Use.BOUND

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def list_users():
                    session = get_session()
                    try:
                        return session.query(User).all()
                    finally:
                        session.close()
                """
            ),
            """
            from db import get_session
            from models import User


            def list_users():
                with get_session() as session:
                    return session.query(User).all()
            """,
            rows=(6,),
        ),
        Invalid(
            beside_singleton(
                """
                from database.manager import db_manager
                from models import User


                def rename(user_id, name):
                    session = db_manager.get_session()  # one for each request
                    user = session.query(User).get(user_id)
                    if user is None:
                        session.close()
                        raise LookupError(user_id)

                    user.name = name
                    session.commit()
                    session.close()
                    return {"id": user.id}
                """
            ),
            """
            from database.manager import db_manager
            from models import User


            def rename(user_id, name):
                with db_manager.get_session() as session:  # one for each request
                    user = session.query(User).get(user_id)
                    if user is None:
                        raise LookupError(user_id)

                    user.name = name
                    session.commit()
                    return {"id": user.id}
            """,
            rows=(6,),
        ),
        Invalid(
            """
            import contextlib as c

            from engine import make_session
            from models import User


            @c.asynccontextmanager
            async def unit_of_work():
                session = make_session(expire_on_commit=False)
                try:
                    yield session
                    await session.commit()
                except Exception:
                    await session.rollback()
                    raise
                finally:
                    await session.close()


            async def add(name):
                session = unit_of_work()
                session.add(User(name=name))
                await session.commit()
                await session.close()
            """,
            """
            import contextlib as c

            from engine import make_session
            from models import User


            @c.asynccontextmanager
            async def unit_of_work():
                session = make_session(expire_on_commit=False)
                try:
                    yield session
                    await session.commit()
                except Exception:
                    await session.rollback()
                    raise
                finally:
                    await session.close()


            async def add(name):
                async with unit_of_work() as session:
                    session.add(User(name=name))
                    await session.commit()
            """,
            rows=(21,),
        ),
        Invalid(
            beside_expiring_database(
                """
                from db import get_session
                from models import User


                def list_users():
                    session = get_session()
                    users = session.query(User).all()
                    session.close()
                    return users
                """
            ),
            """
            from db import get_session
            from models import User


            def list_users():
                with get_session() as session:
                    users = session.query(User).all()
                return users
            """,
            rows=(6,),
            unsafe=True,
        ),
        Invalid(
            beside_database(
                """
                from threading import Thread

                from db import get_session
                from jobs import clean_up


                def start_cleaning():
                    session = get_session()
                    session.begin()
                    Thread(target=clean_up, args=(session,)).start()
                """
            ),
            None,
            rows=(8,),
            refusal="handed to a thread, a task, a callback or another job that may run later (line 10)",
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def list_users():
                    with get_session() as session:
                        return session.query(User).all()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def list_users():
                    manager = get_session()
                    with manager as session:
                        return session.query(User).all()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from contextlib import ExitStack

                from db import get_session
                from models import User


                def list_users():
                    with ExitStack() as stack:
                        manager = get_session()
                        session = stack.enter_context(manager)
                        return session.query(User).all()
                """
            )
        ),
        Valid(
            """
            from sqlalchemy import create_engine
            from sqlalchemy.orm import sessionmaker

            get_session = sessionmaker(create_engine("sqlite://"))


            def count():
                session = get_session()
                total = session.query(User).count()
                session.close()
                return total
            """
        ),
        Valid(
            """
            def get_session():
                return connect()


            def count():
                session = get_session()
                total = session.query(User).count()
                session.close()
                return total
            """
        ),
        Valid(
            """
            from mylib import contextmanager


            @contextmanager
            def get_session():
                yield connect()


            def count():
                session = get_session()
                return session.query(User).count()
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return f"{call_of(site)} returns {manager_kind(site)}, not a session: {consequence(site)}"
