"""Where the rewritten program might do something else than the meant one: never a safe fix, whatever else is said."""

from __future__ import annotations

from sessionfix.rules import Invalid
from sessionfix.rules.samples import beside_database, beside_expiring_database

_LEAVING_IT_OPEN = """
    from contextlib import contextmanager

    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session, sessionmaker

    make = sessionmaker(create_engine("sqlite://"), expire_on_commit=False)


    @contextmanager
    def get_session():
        yield make()


    @contextmanager
    def get_users():
        with make() as session:
            yield Users(session)


    @contextmanager
    def get_admins():
        session = make()
        try:
            yield Users(session)
        finally:
            session.close()


    class Users:
        def __init__(self, session: Session) -> None:
            self.session = session

        def close(self) -> None:
            print("closed")
"""

EXAMPLES: dict[str, Invalid] = {
    "a close that the factory does not make": Invalid(
        {
            "db.py": _LEAVING_IT_OPEN,
            "app.py": """
                from db import get_session
                from models import User


                def count_users():
                    session = get_session()
                    total = session.query(User).count()
                    session.close()
                    return {"total": total}
            """,
        },
        None,
        rows=(6,),
    ),
    "a close by `closing` that the factory does not make": Invalid(
        {
            "db.py": _LEAVING_IT_OPEN,
            "app.py": """
                from contextlib import closing

                from db import get_session
                from models import User


                def count_users():
                    with closing(get_session()) as session:
                        return session.query(User).count()
            """,
        },
        None,
        rows=(8,),
    ),
    "a close of what holds the session that the factory closes": Invalid(
        {
            "db.py": _LEAVING_IT_OPEN,
            "app.py": """
                from db import get_admins, get_users


                def count_users():
                    users = get_users()
                    try:
                        return users.count()
                    finally:
                        users.close()


                def count_admins():
                    users = get_admins()
                    total = users.count()
                    users.close()
                    return total
            """,
        },
        None,
        rows=(5, 13),
    ),
    "work that an exception suppressed further out gives up": Invalid(
        beside_database(
            """
            from contextlib import suppress

            from db import get_session
            from models import User, checked


            def add(name):
                with suppress(ValueError):
                    if name:
                        session = get_session()
                        session.add(User(name=name))
                    checked(name)
            """
        ),
        None,
        rows=(10,),
    ),
    "a handler that works with the session and commits nothing": Invalid(
        beside_database(
            """
            from db import get_session
            from models import Failure, User


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    session.commit()
                except ValueError:
                    print(session.query(Failure).count())
                finally:
                    session.close()
            """
        ),
        None,
        rows=(6,),
    ),
    "work that a handler lost, and a use after it": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User, checked


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    checked(name)
                    session.commit()
                except ValueError:
                    print("not added")
                print(session.query(User).count())
                session.close()
            """
        ),
        None,
        rows=(6,),
    ),
    "an else that works with the session": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User, checked


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    checked(name)
                except ValueError:
                    print("not added")
                else:
                    session.commit()
                finally:
                    session.close()
            """
        ),
        None,
        rows=(6,),
    ),
    "objects in a list that a commit expires": Invalid(
        beside_expiring_database(
            """
            from db import get_session
            from models import User


            def users():
                session = get_session()
                found = []
                for user in session.query(User).all():
                    found.append(user)
                session.close()
                return found
            """
        ),
        None,
        rows=(6,),
    ),
    "a factory that hides the exception": Invalid(
        """
        from contextlib import contextmanager

        from engine import Session
        from models import User


        @contextmanager
        def get_session():
            session = Session(expire_on_commit=False)
            try:
                yield session
                session.commit()
            except Exception:
                session.rollback()
            finally:
                session.close()


        def add(name):
            session = get_session()
            session.add(User(name=name))
            session.commit()
            session.close()
        """,
        None,
        rows=(20,),
    ),
    "a wait in the middle of an endless loop": Invalid(
        beside_database(
            """
            import time

            from db import get_session
            from models import Job


            def watch():
                session = get_session()
                job = session.query(Job).first()
                session.close()
                while True:
                    print(job.state)
                    time.sleep(1)
            """
        ),
        None,
        rows=(8,),
    ),
    "a method that is named as if it read adds before it fails": Invalid(
        {
            **beside_database(
                """
                from db import get_session
                from visits import Visits


                def first_visitor():
                    session = get_session()
                    visits = Visits(session)
                    try:
                        name = visits.get_first()
                    except LookupError:
                        name = ""
                    session.close()
                    return name
                """
            ),
            "visits.py": """
                from models import Visit


                class Visits:
                    def __init__(self, session):
                        self.session = session

                    def get_first(self):
                        visit = Visit()
                        self.session.add(visit)
                        return self.session.query(Visit).first().user.name
            """,
        },
        None,
        rows=(6,),
    ),
}
