"""How far the block reaches, what it is built from, and what it may not change."""

from __future__ import annotations

from sessionfix.rules import Invalid
from sessionfix.rules.samples import beside_database, beside_expiring_database, beside_singleton

EXAMPLES: dict[str, Invalid] = {
    "what a comprehension loops over first is evaluated once": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def names():
                return [user.name.upper() for user in get_session().query(User).all() if user.active]
            """
        ),
        """
        from db import get_session
        from models import User


        def names():
            with get_session() as session:
                return [user.name.upper() for user in session.query(User).all() if user.active]
        """,
        rows=(6,),
    ),
    "what is suppressed passes through the factory first": Invalid(
        beside_database(
            """
            from contextlib import suppress

            from db import get_session
            from models import User, checked


            def add(name):
                with suppress(ValueError):
                    session = get_session()
                    session.add(User(name=name))
                    checked(name)
            """
        ),
        """
        from contextlib import suppress

        from db import get_session
        from models import User, checked


        def add(name):
            with suppress(ValueError):
                with get_session() as session:
                    session.add(User(name=name))
                    checked(name)
        """,
        rows=(9,),
    ),
    "a sum is a number, not a value of the session": Invalid(
        beside_expiring_database(
            """
            from db import get_session
            from models import User


            def total():
                session = get_session()
                total = sum(user.age for user in session.query(User))
                session.close()
                return round(total, 2)
            """
        ),
        """
        from db import get_session
        from models import User


        def total():
            with get_session() as session:
                total = sum(user.age for user in session.query(User))
            return round(total, 2)
        """,
        rows=(6,),
    ),
    "a plain value is handed around outside": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session = get_session()
                total = session.query(User).count()
                print("counted")
                return total
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                total = session.query(User).count()
            print("counted")
            return total
        """,
        rows=(6,),
    ),
    "an alias needs the session too": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session = get_session()
                session.begin()
                db = session
                print("counting")
                total = db.query(User).count()
                db.close()
                return total
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                session.begin()
                db = session
                print("counting")
                total = db.query(User).count()
            return total
        """,
        rows=(6,),
    ),
    "a loop over a lazy query": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def show_users():
                session = get_session()
                users = session.query(User).order_by(User.name)
                session.close()
                for user in users:
                    print(user.name)
                print("end")
            """
        ),
        """
        from db import get_session
        from models import User


        def show_users():
            with get_session() as session:
                users = session.query(User).order_by(User.name)
                for user in users:
                    print(user.name)
            print("end")
        """,
        rows=(6,),
    ),
    "one branch of a conditional": Invalid(
        beside_singleton(
            """
            from database.manager import db_manager
            from models import User


            def count_users(wanted):
                total = 0
                if wanted:
                    session = db_manager.get_session()
                    total = session.query(User).count()
                    session.close()
                return total
            """
        ),
        """
        from database.manager import db_manager
        from models import User


        def count_users(wanted):
            total = 0
            if wanted:
                with db_manager.get_session() as session:
                    total = session.query(User).count()
            return total
        """,
        rows=(8,),
    ),
    "at the module's level": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User

            session = get_session()
            print(session.query(User).count())
            session.close()

            print("end")
            """
        ),
        """
        from db import get_session
        from models import User

        with get_session() as session:
            print(session.query(User).count())

        print("end")
        """,
        rows=(4,),
    ),
    "a string over several lines": Invalid(
        beside_database(
            """
            from sqlalchemy import text

            from db import get_session


            def count_users():
                session = get_session()
                query = '''
              select count(*)
                from users
            '''
                total = session.scalar(text(query))
                session.close()
                return total
            """
        ),
        """
        from sqlalchemy import text

        from db import get_session


        def count_users():
            with get_session() as session:
                query = '''
          select count(*)
            from users
        '''
                total = session.scalar(text(query))
            return total
        """,
        rows=(7,),
    ),
    "an expression over several lines": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session = get_session()
                total = (
                    session.query(User)
                    # deleted ones too
                    .count()
                )
                session.close()
                return total
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                total = (
                    session.query(User)
                    # deleted ones too
                    .count()
                )
            return total
        """,
        rows=(6,),
    ),
    "reached through a wrapper and an import in the function": Invalid(
        {
            "shop/__init__.py": "from shop.sessions import open_session as new_session",
            "shop/sessions.py": """
                from contextlib import contextmanager

                from sqlalchemy.orm import sessionmaker

                Session = sessionmaker(expire_on_commit=False)


                @contextmanager
                def _session_scope():
                    session = Session()
                    try:
                        yield session
                        session.commit()
                    except Exception:
                        session.rollback()
                        raise
                    finally:
                        session.close()


                def open_session():
                    return _session_scope()
                """,
            "app.py": """
                def count(order):
                    from shop import new_session

                    session = new_session()
                    total = session.query(order).count()
                    session.close()
                    return total
                """,
        },
        """
        def count(order):
            from shop import new_session

            with new_session() as session:
                total = session.query(order).count()
            return total
        """,
        rows=(4,),
    ),
    "two functions, each its own block": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add(name):
                session = get_session()
                session.add(User(name=name))
                session.commit()
                session.close()


            def count_users():
                session = get_session()
                try:
                    return session.query(User).count()
                finally:
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def add(name):
            with get_session() as session:
                session.add(User(name=name))
                session.commit()


        def count_users():
            with get_session() as session:
                return session.query(User).count()
        """,
        rows=(6, 13),
    ),
    "the name that is used already": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User

            session = "spring"
            session_2 = "autumn"


            def count_users():
                return session, session_2, get_session().query(User).count()
            """
        ),
        """
        from db import get_session
        from models import User

        session = "spring"
        session_2 = "autumn"


        def count_users():
            with get_session() as session_3:
                return session, session_2, session_3.query(User).count()
        """,
        rows=(9,),
    ),
    "objects that a commit expires": Invalid(
        beside_expiring_database(
            """
            from db import get_session
            from models import User


            def first_user():
                session = get_session()
                try:
                    return session.query(User).first()
                finally:
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def first_user():
            with get_session() as session:
                return session.query(User).first()
        """,
        rows=(6,),
        unsafe=True,
    ),
    "a long wait that only an object pulls in": Invalid(
        beside_database(
            """
            import time

            from db import get_session
            from models import User


            def first_name():
                session = get_session()
                user = session.query(User).first()
                session.close()
                time.sleep(60)
                return user.name
            """
        ),
        """
        import time

        from db import get_session
        from models import User


        def first_name():
            with get_session() as session:
                user = session.query(User).first()
                time.sleep(60)
                return user.name
        """,
        rows=(8,),
        unsafe=True,
    ),
    "begin() and an explicit commit": Invalid(
        """
        from contextlib import contextmanager

        from engine import Session
        from models import User


        @contextmanager
        def get_session():
            with Session(expire_on_commit=False) as session:
                with session.begin():
                    yield session


        def add(name):
            session = get_session()
            session.add(User(name=name))
            session.commit()
            print(session.query(User).count())
            session.close()
        """,
        """
        from contextlib import contextmanager

        from engine import Session
        from models import User


        @contextmanager
        def get_session():
            with Session(expire_on_commit=False) as session:
                with session.begin():
                    yield session


        def add(name):
            with get_session() as session:
                session.add(User(name=name))
                session.commit()
                print(session.query(User).count())
        """,
        rows=(15,),
        unsafe=True,
    ),
    "a receiver of unknown type": Invalid(
        beside_singleton(
            """
            from models import User


            def count_users(manager):
                session = manager.get_session()
                total = session.query(User).count()
                session.close()
                return total
            """
        ),
        """
        from models import User


        def count_users(manager):
            with manager.get_session() as session:
                total = session.query(User).count()
            return total
        """,
        rows=(5,),
        unsafe=True,
    ),
    "an attribute of the session is set": Invalid(
        """
        import sqlite3
        from contextlib import contextmanager


        @contextmanager
        def get_connection():
            connection = sqlite3.connect("users.db")
            try:
                yield connection
                connection.commit()
            except Exception:
                connection.rollback()
                raise
            finally:
                connection.close()


        def names():
            conn = get_connection()
            conn.row_factory = sqlite3.Row
            rows = conn.execute("select name from users").fetchall()
            conn.close()
            return [row["name"] for row in rows]
        """,
        """
        import sqlite3
        from contextlib import contextmanager


        @contextmanager
        def get_connection():
            connection = sqlite3.connect("users.db")
            try:
                yield connection
                connection.commit()
            except Exception:
                connection.rollback()
                raise
            finally:
                connection.close()


        def names():
            with get_connection() as conn:
                conn.row_factory = sqlite3.Row
                rows = conn.execute("select name from users").fetchall()
                return [row["name"] for row in rows]
        """,
        rows=(19,),
    ),
    "a nested function that does not outlive the block": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def show():
                session = get_session()

                def count(name):
                    return session.query(User).filter_by(name=name).count()

                print(count("ann"), count("bob"))
                session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def show():
            with get_session() as session:

                def count(name):
                    return session.query(User).filter_by(name=name).count()

                print(count("ann"), count("bob"))
        """,
        rows=(6,),
    ),
    "indentation by tabs": Invalid(
        beside_database(
            "from db import get_session\n\n\n"
            "def add(user):\n"
            "\tsession = get_session()\n"
            "\tsession.add(user)\n"
            "\tsession.commit()\n"
            "\tsession.close()\n"
        ),
        "from db import get_session\n\n\n"
        "def add(user):\n"
        "\twith get_session() as session:\n"
        "\t\tsession.add(user)\n"
        "\t\tsession.commit()\n",
        rows=(5,),
    ),
}
