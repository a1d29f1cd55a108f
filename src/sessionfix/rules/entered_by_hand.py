"""SF106: a manager is entered by hand, where that does harm."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of
from sessionfix.rules.samples import DATABASE, beside_database


class EnteredByHand(Rule):
    """
    ## What it does

    Finds calls of a session factory whose manager is entered by `__enter__()` (or `await ... __aenter__()`), where

    - nothing keeps the manager: `session = get_session().__enter__()`;
    - it is never left, and what it would commit at exit is lost;
    - it is left by `__exit__(None, None, None)` in a `finally`, and commits what an exception has left half done.

    ## Why is this bad?

    The factory is a generator that waits at its `yield`. If nobody keeps it, Python ends it at once, and its `finally`
    closes the session before the first use. An exit that is told of no exception takes every end for a success.

    The rule is in the default set: each of these goes wrong when it runs. It says nothing of a manager that is left as
    `with` would leave it, that is kept on an object or passed on, nor of tests.

    ## Example

    ```python
    def count_users():
        session = get_session().__enter__()
        return session.query(User).count()
    ```

    ## Use instead

    ```python
    def count_users():
        with get_session() as session:
            return session.query(User).count()
    ```

    ## Fix safety

    The fix is that of SF101 where the manager is dropped or never left. A `try` whose `finally` does nothing but leave
    the manager becomes the `with`; that is unsafe, since from then on the factory hears of exceptions. There is no fix
    where the manager is made, entered and left in several places.
    """

    code = "SF106"
    name = "entered-by-hand"
    use = Use.BY_HAND

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    session = get_session().__enter__()  # TODO: leave it
                    total = session.query(User).count()
                    session.close()
                    return total
                """
            ),
            """
            from db import get_session
            from models import User


            def count_users():
                with get_session() as session:  # TODO: leave it
                    total = session.query(User).count()
                return total
            """,
            rows=(6,),
        ),
        Invalid(
            beside_database(
                """
                import db
                from models import user_count


                async def count_users():
                    return await (await db.get_async_session().__aenter__()).scalar(user_count)
                """
            ),
            """
            import db
            from models import user_count


            async def count_users():
                async with db.get_async_session() as session:
                    return await session.scalar(user_count)
            """,
            rows=(6,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def add_user(name):
                    manager = get_session()
                    # no `with` here
                    session = manager.__enter__()
                    session.add(User(name))
                    print("added")
                """
            ),
            """
            from db import get_session
            from models import User


            def add_user(name):
                # no `with` here
                with get_session() as session:
                    session.add(User(name))
                print("added")
            """,
            rows=(6,),
        ),
        Invalid(
            {
                "db.py": DATABASE,
                "session.py": "from db import get_session as open_session\n",
                "app.py": """
                    from models import User
                    from session import open_session


                    def add_users(names):
                        manager = open_session()
                        session = manager.__enter__()
                        try:
                            for name in names:
                                session.add(User(name))
                        finally:
                            manager.__exit__(None, None, None)  # always
                        print("added")
                """,
            },
            """
            from models import User
            from session import open_session


            def add_users(names):
                with open_session() as session:
                    for name in names:
                        session.add(User(name))
                # always
                print("added")
            """,
            rows=(6,),
            unsafe=True,
        ),
        Invalid(
            beside_database(
                """
                from db import get_session


                def open_session():
                    manager = get_session()
                    return manager.__enter__()
                """
            ),
            None,
            rows=(5,),
            refusal="is made, entered and left in different places",
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                import sys
                from db import get_session
                from models import User


                def add_user(name):
                    manager = get_session()
                    session = manager.__enter__()
                    try:
                        session.add(User(name))
                    finally:
                        manager.__exit__(*sys.exc_info())
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                class Users:
                    def __enter__(self):
                        self.manager = get_session()
                        self.session = self.manager.__enter__()
                        return self

                    def __exit__(self, *error):
                        return self.manager.__exit__(*error)
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    manager = get_session()
                    session = manager.__enter__()
                    try:
                        return session.query(User).count()
                    finally:
                        manager.__exit__(None, None, None)
                """
            )
        ),
        Valid(
            beside_database(
                """
                from contextlib import ExitStack
                from db import get_session
                from models import User


                def add_users(names, stack: ExitStack):
                    session = stack.enter_context(get_session())
                    for name in names:
                        session.add(User(name))
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User, leave_later


                def add_user(name):
                    manager = get_session()
                    session = manager.__enter__()
                    leave_later(manager)
                    session.add(User(name))
                """
            )
        ),
        Valid(
            {
                "environment.py": """
                    from contextlib import contextmanager
                    import os


                    @contextmanager
                    def setting(name, value):
                        before = os.environ.get(name)
                        os.environ[name] = value
                        yield before
                        os.environ[name] = before
                """,
                "app.py": """
                    from environment import setting

                    setting("MODE", "fast").__enter__()
                    before = setting("PLACE", "here").__enter__()
                """,
            }
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def add_user(name):
                    manager = get_session()
                    session = manager.__enter__()
                    try:
                        session.add(User(name))
                    except Exception:
                        session.rollback()
                        raise
                    finally:
                        manager.__exit__(None, None, None)
                """
            )
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return _MESSAGES[site.detail].format(call=call_of(site))


# By what is missing, a `Lack`: by its name, as to import it would bring all that analyses into every run.
_MESSAGES = {
    "DROPPED": "nothing keeps the manager of {call} that is entered here: its exit runs before the session is used",
    "LOST": "the manager of {call} is entered by hand and never left: what it commits at exit is lost",
    "UNTOLD": "the manager of {call} is left by hand without word of an exception: it commits what is half done",
}
