"""SF102: an attribute is taken straight from the call of a factory."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, consequence, manager_kind
from sessionfix.rules.samples import beside_database, beside_singleton


class MethodOnManager(Rule):
    """
    ## What it does

    Finds attributes and methods of a session that are taken straight from the call of a session factory, and calls
    that are subscripted or iterated.

    ## Why is this bad?

    The call returns a context manager, which has none of them: the expression raises AttributeError or TypeError.

    ## Example

    ```python
    def count_users():
        return get_session().query(User).count()
    ```

    ## Use instead

    ```python
    def count_users():
        with get_session() as session:
            return session.query(User).count()
    ```

    ## Fix safety

    The statement goes into a `with`, together with those after it that work on its result. The name is the one that
    the factory yields, if it is free. The fix is unsafe where it rests on an assumption, and there is none where
    the expression cannot be moved, as inside a comprehension, or where its result does its work only later.
    """

    code = "SF102"
    name = "method-on-manager"
    use = Use.ATTRIBUTE

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    # Deleted ones too.
                    return get_session().query(User).count()
                """
            ),
            """
            from db import get_session
            from models import User


            def count_users():
                # Deleted ones too.
                with get_session() as session:
                    return session.query(User).count()
            """,
            rows=(7,),
        ),
        Invalid(
            beside_singleton(
                """
                from database.manager import db_manager
                from models import User


                def names():
                    users = db_manager.get_session().query(User).all()
                    return [user.name for user in users]
                """
            ),
            """
            from database.manager import db_manager
            from models import User


            def names():
                with db_manager.get_session() as session:
                    users = session.query(User).all()
                    return [user.name for user in users]
            """,
            rows=(6,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def add(session, name):
                    get_session().add(User(name=name, session=session))
                """
            ),
            """
            from db import get_session
            from models import User


            def add(session, name):
                with get_session() as session_2:
                    session_2.add(User(name=name, session=session))
            """,
            rows=(6,),
        ),
        Invalid(
            """
            from contextlib import contextmanager

            from engine import Session
            from models import User


            @contextmanager
            def transaction():
                db = Session(expire_on_commit=False)
                try:
                    yield db
                    db.commit()
                except Exception:
                    db.rollback()
                    raise
                finally:
                    db.close()


            def count_users():
                total = transaction().query(User).count()
                return total
            """,
            """
            from contextlib import contextmanager

            from engine import Session
            from models import User


            @contextmanager
            def transaction():
                db = Session(expire_on_commit=False)
                try:
                    yield db
                    db.commit()
                except Exception:
                    db.rollback()
                    raise
                finally:
                    db.close()


            def count_users():
                with transaction() as db:
                    total = db.query(User).count()
                return total
            """,
            rows=(21,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_each(names):
                    return [get_session().query(User).filter_by(name=name).count() for name in names]
                """
            ),
            None,
            rows=(6,),
            refusal="inside a comprehension",
        ),
        Invalid(
            beside_database(
                """
                from db import get_async_session
                from models import user_count


                async def count_users():
                    return await get_async_session().scalar(user_count)
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
                from db import get_async_session
                from models import user_count


                def count_users():
                    return get_async_session().scalar(user_count)
                """
            ),
            None,
            rows=(6,),
            refusal="make it `async def` first",
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def users():
                    return get_session().query(User)
                """
            ),
            None,
            rows=(6,),
            refusal="a lazy result",
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                from db import get_session


                def enter_by_hand():
                    manager = get_session()
                    session = manager.__enter__()
                    return manager, session
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session


                def generator_of():
                    return get_session().gen
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session


                def name_of():
                    return get_session().__class__.__name__
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session


                def name_of():
                    return get_session.__name__, get_session.cache_info()
                """
            )
        ),
        Valid(
            """
            class Database:
                def get_session(self):
                    return self.make()


            def count_users(database: Database):
                return database.get_session().query(User).count()
            """
        ),
        Valid(
            {
                "db.py": """
                    from contextlib import contextmanager


                    @contextmanager
                    def get_session():
                        yield connect()
                    """,
                "web.py": """
                    def get_session():
                        return HttpClient()
                    """,
                "app.py": """
                    from web import get_session


                    def fetch(url):
                        return get_session().get(url).json()
                    """,
            }
        ),
        Valid(
            {
                "db.py": """
                    from contextlib import contextmanager


                    @contextmanager
                    def get_session():
                        yield connect()
                    """,
                "app.py": """
                    import requests_helper


                    def fetch(url, client):
                        client.get_session().mount(url)
                        return requests_helper.get_session().get(url).json()
                    """,
            }
        ),
        Valid(
            """
            from contextlib import contextmanager
            from time import time


            @contextmanager
            def time_it():
                yield time()


            def now():
                return time().real
            """
        ),
        Valid(
            """
            from contextlib import contextmanager

            from pooling import entered


            @entered
            @contextmanager
            def get_session():
                yield connect()


            def count_users():
                return get_session().query(User).count()
            """
        ),
        Valid(
            """
            from contextlib import contextmanager


            def get_session():
                return connect()


            @contextmanager
            def get_session_manager():
                yield get_session()


            def count_users():
                return get_session().query(User).count()
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return f"{call_of(site)} returns {manager_kind(site)}, not a session: {consequence(site)}"
