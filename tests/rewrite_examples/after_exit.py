"""Sessions that are used, or not, behind the block that made them (SF401)."""

from __future__ import annotations

from sessionfix.rules import Invalid, Valid
from sessionfix.rules.samples import beside_database

EXAMPLES: dict[str, Invalid] = {
    "a block in one line takes in the first of two statements in a line": Invalid(
        beside_database(
            """
            from db import get_async_session
            from models import Event, all_users


            async def sign_in(user):
                async with get_async_session() as session: session.add(user)
                session.add(Event("sign in")); print("signed in")
            """
        ),
        """
        from db import get_async_session
        from models import Event, all_users


        async def sign_in(user):
            async with get_async_session() as session:
                session.add(user)
                session.add(Event("sign in"))
            print("signed in")
        """,
        rows=(7,),
        unsafe=True,
    ),
    "objects that were changed for nobody to save are saved in the longer block": Invalid(
        beside_database(
            """
            from db import get_session
            from models import Post, User


            def show(number):
                with get_session() as session:
                    user = session.get(User, number)
                user.name = user.name.upper()  # not to be saved
                return user.name, session.query(Post).count()
            """
        ),
        """
        from db import get_session
        from models import Post, User


        def show(number):
            with get_session() as session:
                user = session.get(User, number)
                user.name = user.name.upper()  # not to be saved
                return user.name, session.query(Post).count()
        """,
        rows=(9,),
        unsafe=True,
    ),
    "the longer block lasts over an await": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            async def report(client):
                with get_session() as session:
                    total = session.query(User).count()
                await client.post(total)
                return session.query(User).count() - total
            """
        ),
        """
        from db import get_session
        from models import User


        async def report(client):
            with get_session() as session:
                total = session.query(User).count()
                await client.post(total)
                return session.query(User).count() - total
        """,
        rows=(9,),
        unsafe=True,
    ),
}

SILENT: dict[str, Valid] = {
    "the name is given another session before its next use": Valid(
        beside_database(
            """
            from db import get_session
            from models import User, other_session


            def count_users(groups):
                for group in groups:
                    with get_session() as session:
                        print(session.query(User).filter_by(group=group).count())
                session = other_session()
                return session.query(User).count()
            """
        )
    ),
    "a function in the block and objects that are loaded": Valid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                with get_session() as session:
                    def count():
                        return session.query(User).count()
                    total = count()
                    users = session.query(User).all()
                return total, [user.name for user in users]
            """
        )
    ),
    "a scoped session begins anew": Valid(
        {
            "db.py": """
                from contextlib import contextmanager
                from sqlalchemy.orm import scoped_session, sessionmaker

                Session = scoped_session(sessionmaker())


                @contextmanager
                def transaction():
                    session = Session()
                    try:
                        yield session
                        session.commit()
                    finally:
                        session.close()
            """,
            "app.py": """
                from db import transaction
                from models import User


                def add(name):
                    with transaction() as session:
                        session.add(User(name))
                    return session.query(User).count()
            """,
        }
    ),
    "a factory that does not close its session": Valid(
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


                def add(name):
                    with committed() as session:
                        session.add(User(name))
                    return session.query(User).count()
            """,
        }
    ),
    "tests that expect the use to fail": Valid(
        {
            "test_db.py": "",
            "db.py": """
                from contextlib import contextmanager
                import sqlite3


                @contextmanager
                def connect(path):
                    connection = sqlite3.connect(path)
                    try:
                        yield connection
                    finally:
                        connection.close()
            """,
            "app.py": """
                import pytest
                import sqlite3
                from db import connect


                def test_closes(path):
                    with connect(path) as connection:
                        connection.execute("select 1")
                    with pytest.raises(sqlite3.ProgrammingError):
                        connection.execute("select 1")
                    try:
                        connection.execute("select 1")
                    except sqlite3.ProgrammingError:
                        pass
            """,
        }
    ),
}
