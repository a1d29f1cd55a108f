"""Where there is no rewrite, each for a reason of its own."""

from __future__ import annotations

from sessionfix.rules import Invalid
from sessionfix.rules.samples import beside_database

EXAMPLES: dict[str, Invalid] = {
    "asked behind the close whether something is closed": Invalid(
        beside_database(
            """
            from db import get_session


            def test_close():
                session = get_session()
                try:
                    connection = session.connection()
                finally:
                    session.close()
                assert connection.closed
            """
        ),
        None,
        rows=(5,),
        refusal="line 10 asks, behind the close, for what the close changes",
    ),
    "asked behind the close whose an object is": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User
            from sqlalchemy.orm import object_session


            def test_close(user_id):
                session = get_session()
                user = session.get(User, user_id)
                session.close()
                assert object_session(user) is None
            """
        ),
        None,
        rows=(7,),
        refusal="line 10 asks, behind the close, for what the close changes",
    ),
    "a close that is all that a `with` holds": Invalid(
        beside_database(
            """
            import pytest

            from db import get_session
            from models import User


            def test_close():
                session = get_session()
                assert session.query(User).count() == 0
                with pytest.raises(OSError):
                    if session:
                        session.close()
            """
        ),
        None,
        rows=(8,),
        refusal="the `with` at line 10 would hold nothing without the close",
    ),
    "a rollback that is all that a `with` holds": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User, timed


            def add():
                session = get_session()
                try:
                    session.add(User())
                    session.commit()
                except OSError:
                    with timed("rollback"):
                        session.rollback()
                    raise
                finally:
                    session.close()
            """
        ),
        None,
        rows=(6,),
        refusal="the `with` at line 11 would hold nothing without the close",
    ),
    "stored on an attribute": Invalid(
        beside_database(
            """
            from db import get_session


            class Users:
                def open(self):
                    session = get_session()
                    session.begin()
                    self.session = session
            """
        ),
        None,
        rows=(6,),
        refusal="is stored where it outlives the block (line 8)",
    ),
    "stored in a global": Invalid(
        beside_database(
            """
            from db import get_session

            current = None


            def open_current():
                global current
                session = get_session()
                session.begin()
                current = session
            """
        ),
        None,
        rows=(8,),
        refusal="is stored where it outlives the block (line 10)",
    ),
    "put in a container": Invalid(
        beside_database(
            """
            from db import get_session

            sessions = []


            def open_one():
                session = get_session()
                session.begin()
                sessions.append(session)
            """
        ),
        None,
        rows=(7,),
        refusal="is stored where it outlives the block (line 9)",
    ),
    "captured by a lambda that is returned": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def user_counter():
                session = get_session()
                return lambda: session.query(User).count()
            """
        ),
        None,
        rows=(6,),
        refusal="a function that uses the session is returned (line 7)",
    ),
    "captured by a function that is returned": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def user_counter():
                session = get_session()

                def count():
                    return session.query(User).count()

                return count
            """
        ),
        None,
        rows=(6,),
        refusal="a function that uses the session is returned (line 11)",
    ),
    "a generator expression that leaves": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def names():
                session = get_session()
                return (user.name for user in session.query(User))
            """
        ),
        None,
        rows=(6,),
        refusal="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a query that leaves": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def users():
                session = get_session()
                return session.query(User).order_by(User.name)
            """
        ),
        None,
        rows=(6,),
        refusal="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "the session itself leaves": Invalid(
        beside_database(
            """
            from db import get_session


            def begun_session():
                session = get_session()
                session.begin()
                return session
            """
        ),
        None,
        rows=(5,),
        refusal="the session itself is returned (line 7)",
    ),
    "given to an executor": Invalid(
        beside_database(
            """
            from db import get_session
            from jobs import count_users


            def count_later(executor):
                session = get_session()
                session.begin()
                return executor.submit(count_users, session)
            """
        ),
        None,
        rows=(6,),
        refusal="handed to a thread, a task, a callback or another job",
    ),
    "given to a background task": Invalid(
        beside_database(
            """
            from db import get_session
            from jobs import count_users


            def count_later(background_tasks):
                session = get_session()
                session.begin()
                background_tasks.add_task(count_users, session)
            """
        ),
        None,
        rows=(6,),
        refusal="handed to a thread, a task, a callback or another job",
    ),
    "rebound before its last use": Invalid(
        beside_database(
            """
            from db import get_session
            from engine import Session
            from models import User


            def count_users(again):
                session = get_session()
                print(session.query(User).count())
                if again:
                    session = Session()
                print(session.query(User).count())
            """
        ),
        None,
        rows=(7,),
        refusal="`session` may be something else than this session",
    ),
    "assigned together with another target": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session, model = get_session(), User
                return session.query(model).count()
            """
        ),
        None,
        rows=(6,),
        refusal="assigned together with another target",
    ),
    "two targets": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                db = session = get_session()
                db.begin()
                return session.query(User).count()
            """
        ),
        None,
        rows=(6,),
        refusal="assigned together with another target",
    ),
    "an async factory in a plain function": Invalid(
        beside_database(
            """
            from db import get_async_session


            def add(user):
                session = get_async_session()
                session.add(user)
            """
        ),
        None,
        rows=(5,),
        refusal="`get_async_session` is async and the function around it is not",
    ),
    "a walrus in a condition": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def has_users():
                if (session := get_session()) and session.query(User).count():
                    return True
                return False
            """
        ),
        None,
        rows=(6,),
        refusal="bound by `:=` inside an expression",
    ),
    "in what a comprehension loops over again and again": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def pairs(names):
                return [(name, user.id) for name in names for user in get_session().query(User).all()]
            """
        ),
        None,
        rows=(6,),
        refusal="inside a comprehension",
    ),
    "in the condition of a comprehension": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def known(names):
                return [name for name in names if get_session().get(User, name)]
            """
        ),
        None,
        rows=(6,),
        refusal="inside a comprehension",
    ),
    "inside a comprehension": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def counts(names):
                return {name: get_session().query(User).filter_by(name=name).count() for name in names}
            """
        ),
        None,
        rows=(6,),
        refusal="inside a comprehension",
    ),
    "needed outside the suite of the call": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def names(wanted):
                users = []
                if wanted:
                    session = get_session()
                    users = session.query(User).all()
                    session.close()
                return [user.name for user in users]
            """
        ),
        None,
        rows=(8,),
        refusal="line 11 needs the session, and lies outside the suite",
    ),
    "in the condition of a loop": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def wait_for_users():
                while not get_session().query(User).count():
                    print("waiting")
            """
        ),
        None,
        rows=(6,),
        refusal="evaluated again and again by `while`",
    ),
    "in a default argument": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(total=get_session().query(User).count()):
                return total
            """
        ),
        None,
        rows=(5,),
        refusal="a default argument",
    ),
}


def held(body: str, row: int, *words: str) -> dict[str, Invalid]:
    """A class whose objects hold a session: each of `words` is in the refusal."""
    source = "from db import get_async_session, get_session\nfrom models import User\n\n\n" + body
    name = body.partition("\n")[0]
    return {
        f"{name} {words.index(word)}": Invalid(beside_database(source), None, rows=(row,), refusal=word)
        for word in words
    }


EXAMPLES |= {
    **held(
        """class EnteredUsers:
    def __enter__(self):
        self.session = get_session()
        return self

    def __exit__(self, exc_type, exc, traceback):
        self.session.close()

    def count(self):
        return self.session.query(User).count()
""",
        7,
        "`self.session` is the session of a `EnteredUsers` object",
        "`self._stack = ExitStack(); self.session = self._stack.enter_context(get_session())` in `__enter__`",
        "`return self._stack.__exit__(exc_type, exc, traceback)` in `__exit__`",
    ),
    **held(
        """class AsyncUsers:
    async def __aenter__(this):
        this.db = get_async_session()
        return this

    async def __aexit__(this, *exc_info):
        await this.db.close()
""",
        7,
        "`this._stack = AsyncExitStack(); this.db = await this._stack.enter_async_context(get_async_session())`",
        "`return await this._stack.__aexit__(*exc_info)` in `__aexit__`",
    ),
    **held(
        """class ClosedUsers:
    def __init__(self):
        self._stack = []
        self.db = get_session()

    def close(self):
        self.db.close()
""",
        8,
        "`self._exit_stack = ExitStack(); self.db = self._exit_stack.enter_context(get_session())` in `__init__`",
        "`self._exit_stack.close()` in `close`",
    ),
    **held(
        """class CollectedUsers:
    def __init__(self):
        self.db = get_session()

    def __del__(self):
        self.db.close()
""",
        7,
        "nobody knows when `__del__` runs; give `CollectedUsers` an `__enter__`",
    ),
    **held(
        """class PlainAsyncUsers:
    def __init__(self):
        self.db = get_async_session()

    async def close(self):
        await self.db.close()
""",
        7,
        "can't be opened in a plain method; give `PlainAsyncUsers` an `__aenter__`",
    ),
    **held(
        """class Users:
    def __init__(self):
        self.db = get_session()

    def count(self):
        return self.db.query(User).count()
""",
        7,
        "kept outside the function",
    ),
}
