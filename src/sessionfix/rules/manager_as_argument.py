"""SF103: a manager is passed where a session is meant."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, consequence, manager_kind
from sessionfix.rules.samples import beside_database, beside_singleton


class ManagerAsArgument(Rule):
    """
    ## What it does

    Finds calls of a session factory that are passed to a function or class of the project which uses that argument
    as the session.

    ## Why is this bad?

    What arrives is a context manager. It fails one call deeper, where the session's methods are missing, and often
    with an error message that does not name the place of the mistake.

    ## Example

    ```python
    def show_users():
        print(get_all(db_session=get_session()))
    ```

    ## Use instead

    ```python
    def show_users():
        with get_session() as session:
            print(get_all(db_session=session))
    ```

    ## Fix safety

    As for method-on-manager: the statement goes into a `with`, together with those after it that work on its result.
    The fix is unsafe where it rests on an assumption, and there is none where the session outlives the statement.
    """

    code = "SF103"
    name = "manager-as-argument"
    use = Use.ARGUMENT

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users(db_session):
                    return db_session.query(User).count()


                def show():
                    print(count_users(db_session=get_session()))
                """
            ),
            """
            from db import get_session
            from models import User


            def count_users(db_session):
                return db_session.query(User).count()


            def show():
                with get_session() as session:
                    print(count_users(db_session=session))
            """,
            rows=(10,),
        ),
        Invalid(
            {
                **beside_singleton(""),
                "users.py": """
                    from models import User


                    class Users:
                        def __init__(self, session):
                            self.session = session

                        def count(self):
                            return self.session.query(User).count()
                    """,
                "app.py": """
                    from database.manager import db_manager
                    from users import Users


                    def count():
                        users = Users(db_manager.get_session())
                        return users.count()
                    """,
            },
            """
            from database.manager import db_manager
            from users import Users


            def count():
                with db_manager.get_session() as session:
                    users = Users(session)
                    return users.count()
            """,
            rows=(6,),
        ),
        Invalid(
            {
                **beside_database(""),
                "app.py": """
                    from db import get_session
                    from models import User


                    def names(session):
                        for user in session.query(User):
                            yield user.name


                    def all_names():
                        return names(get_session())
                    """,
            },
            None,
            rows=(11,),
            refusal="a lazy result",
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users(manager):
                    with manager as session:
                        return session.query(User).count()


                def show():
                    print(count_users(get_session()))
                """
            )
        ),
        Valid(
            beside_database(
                """
                from contextlib import ExitStack

                from db import get_session
                from models import User


                def count_users():
                    with ExitStack() as stack:
                        session = stack.enter_context(get_session())
                        return session.query(User).count()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from contextlib import AsyncExitStack

                from db import get_async_session, get_session


                async def use(work):
                    async with AsyncExitStack() as stack:
                        source = stack.enter_context(get_session())
                        target = await stack.enter_async_context(get_async_session())
                        await work(source, target)
                """
            )
        ),
        Valid(
            beside_database(
                """
                import unittest

                from db import get_session


                class UsersTest(unittest.TestCase):
                    def setUp(self):
                        self.session = self.enterContext(get_session())

                    def test_count(self):
                        self.assertEqual(self.session.query(User).count(), 0)
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from somewhere import run


                def show():
                    run(get_session())
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session


                def describe(thing):
                    return repr(thing), isinstance(thing, str)


                def show():
                    print(describe(get_session()), type(get_session()), hasattr(get_session(), "query"))
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session


                def test_override(monkeypatch, app):
                    monkeypatch.setattr(app, "session", get_session())
                    app.dependency_overrides[app.session] = get_session()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from unittest.mock import Mock

                from db import get_session


                def fake_database():
                    return Mock(return_value=get_session())
                """
            )
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return f"{call_of(site)} returns {manager_kind(site)}, but a session is meant: {consequence(site)}"
