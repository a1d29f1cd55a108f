"""SF401: a session is used after the block that made it."""

from __future__ import annotations

from sessionfix.diagnostics import Certainty
from sessionfix.project.factories import Ended
from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of
from sessionfix.rules.samples import beside_database

MODELS = """
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class User(DeclarativeBase):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        posts: Mapped[list["Post"]] = relationship()
        team = relationship("Team", lazy="joined")
"""


def _beside_models(source: str) -> dict[str, str]:
    return {**beside_database(source), "models.py": MODELS}


class SessionAfterExit(Rule):
    """
    ## What it does

    Finds the first use of a session, or of a query that was made with it, behind the `with` that made it, where the
    factory closes the session at exit; and relationships of its objects that are read there first.

    ## Why is this bad?

    The exit has run, and will not run again. A driver's connection raises when it is used after its close. A session of
    SQLAlchemy silently begins a new transaction: what is written there is never committed by the factory, and its
    connection goes back to the pool when the garbage collector finds it.

    The rule is in the default set: this is no matter of taste. It says nothing of what does no harm: a second
    `close()`, a `rollback()`, a look at the session's state, `with session.begin():`, a `commit()` of a session that
    the factory has committed.

    ## Example

    ```python
    def count_users():
        with get_session() as session:
            total = session.query(User).count()
        active = session.query(User).filter(User.active).count()
        return active / total
    ```

    ## Use instead

    ```python
    def count_users():
        with get_session() as session:
            total = session.query(User).count()
            active = session.query(User).filter(User.active).count()
        return active / total
    ```

    ## Fix safety

    The block takes in the statements behind it, up to the last one that needs the session. The fix is unsafe where the
    block leaves work: where the factory commits it at exit, that commit then comes later, and an error in between
    undoes it; where it does not, a commit behind the block keeps it then. It is unsafe where objects of the session are
    changed behind the block: the session takes no notice of that now, and would save it. It is unsafe, too, where the
    block would last over a long wait, an `await` of something else or another call of the factory, and where the
    session's type is not known. There is no fix where a use lies in another suite, such as the `else` of an `if`.
    """

    code = "SF401"
    name = "session-after-exit"
    use = Use.AFTER_EXIT
    revives = False

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    with get_session() as session:
                        total = session.query(User).count()  # all of them
                        # the active ones are counted below

                    # only these may log in
                    active = session.query(User).filter(User.active).count()
                    # a share
                    return active / total
                """
            ),
            """
            from db import get_session
            from models import User


            def count_users():
                with get_session() as session:
                    total = session.query(User).count()  # all of them
                    # the active ones are counted below

                    # only these may log in
                    active = session.query(User).filter(User.active).count()
                # a share
                return active / total
            """,
            rows=(11,),
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def names():
                    found = []
                    with get_session() as session:
                        users = session.query(User).filter(User.active)
                        users = users.order_by(User.name)
                    for user in users:
                        found.append(user.name)
                    return found
                """
            ),
            """
            from db import get_session
            from models import User


            def names():
                found = []
                with get_session() as session:
                    users = session.query(User).filter(User.active)
                    users = users.order_by(User.name)
                    for user in users:
                        found.append(user.name)
                return found
            """,
            rows=(10,),
        ),
        Invalid(
            {
                "database.py": """
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
                "audit.py": """
                    def record(connection, text):
                        connection.execute("insert into audit values (?)", (text,))
                        connection.commit()
                """,
                "app.py": """
                    from audit import record
                    from database import connect


                    def delete_user(path, number):
                        with connect(path) as connection:
                            connection.execute("delete from users where id = ?", (number,))
                            connection.commit()
                        record(connection, f"user {number} is gone")
                """,
            },
            """
            from audit import record
            from database import connect


            def delete_user(path, number):
                with connect(path) as connection:
                    connection.execute("delete from users where id = ?", (number,))
                    connection.commit()
                    record(connection, f"user {number} is gone")
            """,
            rows=(9,),
        ),
        Invalid(
            _beside_models(
                """
                from db import get_session
                from models import User


                def titles(number):
                    with get_session() as session:
                        user = session.get(User, number)
                        print(user.name)
                    return [post.title for post in user.posts]
                """
            ),
            """
            from db import get_session
            from models import User


            def titles(number):
                with get_session() as session:
                    user = session.get(User, number)
                    print(user.name)
                    return [post.title for post in user.posts]
            """,
            rows=(9,),
            unsafe=True,
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def find(name):
                    if name:
                        with get_session() as session:
                            found = session.query(User).filter_by(name=name).all()
                    else:
                        found = []
                    return found or session.query(User).all()
                """
            ),
            None,
            rows=(11,),
            refusal="lies outside the suite in which the session is made",
        ),
    )

    valid = (
        Valid(
            _beside_models(
                """
                from db import get_session
                from models import User, describe


                def first_post(number):
                    with get_session() as session:
                        user = session.get(User, number)
                        described = describe(user)
                        other = session.query(User).options(loaded(User.posts)).filter_by(name=described).first()
                        third = session.get(User, number + 1)
                        print(third.posts)
                    return user.posts, other.posts, third.posts, third.team, third.name
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    with get_session() as session:
                        total = session.query(User).count()
                    session.rollback()
                    session.close()
                    return total
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def rename(number, name):
                    with get_session() as session:
                        session.get(User, number).name = name
                    session.commit()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_twice():
                    with get_session() as session:
                        first = session.query(User).count()
                    with get_session() as session:
                        return first, session.query(User).count()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                def count_users():
                    with get_session() as session:
                        total = session.query(User).count()
                    with session.begin():
                        session.add(User("last"))
                    return total
                """
            )
        ),
        Valid(
            """
            from contextlib import contextmanager
            from time import monotonic


            class Timer:
                def execute(self): ...
                def close(self): ...


            @contextmanager
            def timed():
                timer = Timer()
                yield timer
                timer.close()


            def run():
                with timed() as timer:
                    work()
                timer.execute()
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        if site.certainty is Certainty.PROBABLE and site.factory.exit.ended is not Ended.UNKNOWN:
            return f"`{site.detail}` is loaded when it is read, and {call_of(site)} has closed the session by then"
        end = "which has closed the connection" if _raises(site) else "which has closed the session"
        return f"`{site.detail}` comes after the `with` of {call_of(site)}, {end}"


def _raises(site: Site) -> bool:
    return site.factory.exit.ended is Ended.CONNECTION
