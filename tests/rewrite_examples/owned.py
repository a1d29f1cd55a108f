"""A session that may have been handed in, or that comes from one of several calls."""

from __future__ import annotations

from sessionfix.rules import Invalid
from sessionfix.rules.samples import beside_database

_TOLD_ITS_USER = """
    from contextlib import contextmanager

    from sqlalchemy import create_engine
    from sqlalchemy.orm import sessionmaker

    Session = sessionmaker(create_engine("sqlite://"), expire_on_commit=False)


    @contextmanager
    def get_session(is_admin):
        print("for an administrator" if is_admin else "for a user")
        with Session() as session:
            yield session
"""

EXAMPLES: dict[str, Invalid] = {
    "own where none was handed in": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add_user(name, session=None):
                own = session is None
                if own:
                    session = get_session()
                try:
                    # one of many
                    session.add(User(name=name))
                    if own:
                        session.commit()
                finally:
                    if own:  # never the caller's
                        session.close()
            """
        ),
        """
        from contextlib import nullcontext

        from db import get_session
        from models import User


        def add_user(name, session=None):
            own = session is None
            with get_session() if session is None else nullcontext(session) as session:
                # one of many
                session.add(User(name=name))
                if own:
                    session.commit()
            # never the caller's
        """,
        rows=(8,),
    ),
    "a flag that nothing else reads goes": Invalid(
        beside_database(
            """
            import sys

            from db import get_session
            from models import User


            def count_users(session=None):
                close = False
                if not session:
                    session = get_session()
                    close = True
                total = session.query(User).count()
                if close:
                    session.close()
                print("counted", file=sys.stderr)
                return total
            """
        ),
        """
        import sys
        from contextlib import nullcontext

        from db import get_session
        from models import User


        def count_users(session=None):
            with nullcontext(session) if session else get_session() as session:
                total = session.query(User).count()
            print("counted", file=sys.stderr)
            return total
        """,
        rows=(10,),
    ),
    "a flag that the factory is told stays": Invalid(
        {
            "db.py": _TOLD_ITS_USER,
            "app.py": """
                from db import get_session
                from models import User


                def count_users(session=None):
                    own = session is None
                    is_admin = True
                    if own:
                        session = get_session(is_admin)
                    total = session.query(User).count()
                    if own:
                        session.close()
                    return {"total": total}


                def count_admins(user):
                    is_admin = user is not None
                    session = get_session(is_admin=is_admin)
                    try:
                        return {"total": session.query(User).count()}
                    finally:
                        session.close()


                def count_once():
                    session = None
                    session = get_session(session is None)
                    total = session.query(User).count()
                    session.close()
                    return {"total": total}


                def count_all(user, session=None):
                    own = session is None
                    if own:
                        is_admin = user is not None
                        session = get_session(is_admin)
                    total = session.query(User).count()
                    if own:
                        session.close()
                    return {"total": total}
            """,
        },
        """
        from contextlib import nullcontext

        from db import get_session
        from models import User


        def count_users(session=None):
            is_admin = True
            with get_session(is_admin) if session is None else nullcontext(session) as session:
                total = session.query(User).count()
            return {"total": total}


        def count_admins(user):
            is_admin = user is not None
            with get_session(is_admin=is_admin) as session:
                return {"total": session.query(User).count()}


        def count_once():
            session = None
            with get_session(session is None) as session:
                total = session.query(User).count()
            return {"total": total}


        def count_all(user, session=None):
            own = session is None
            if own:
                is_admin = user is not None
            with get_session(is_admin) if session is None else nullcontext(session) as session:
                total = session.query(User).count()
            return {"total": total}
        """,
        rows=(9, 18, 27, 37),
    ),
    "a module's name that others may import stays": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User
            from sqlalchemy.orm import Session

            Database = Session


            if __name__ == "__main__":
                database: Database = get_session()
                print(database.query(User).count())
                database.close()
            """
        ),
        """
        from db import get_session
        from models import User
        from sqlalchemy.orm import Session

        Database = Session


        if __name__ == "__main__":
            with get_session() as database:
                print(database.query(User).count())
        """,
        rows=(9,),
    ),
    "a flag that is returned stays": Invalid(
        beside_database(
            """
            import contextlib

            from db import get_session
            from models import User


            def count_users(session=None):
                own = False
                if session is None:
                    session = get_session()
                    own = True
                total = session.query(User).count()
                if own:
                    session.close()
                return own, total
            """
        ),
        """
        import contextlib

        from db import get_session
        from models import User


        def count_users(session=None):
            own = False
            if session is None:
                own = True
            with get_session() if session is None else contextlib.nullcontext(session) as session:
                total = session.query(User).count()
            return own, total
        """,
        rows=(10,),
    ),
    "handed in or not, by `or`": Invalid(
        beside_database(
            """
            from contextlib import contextmanager, suppress

            from db import get_session
            from models import User


            def count_users(given=None):
                session = given or get_session()
                with suppress(LookupError):
                    return session.query(User).count()
            """
        ),
        """
        from contextlib import contextmanager, nullcontext, suppress

        from db import get_session
        from models import User


        def count_users(given=None):
            with nullcontext(given) if given else get_session() as session:
                with suppress(LookupError):
                    return session.query(User).count()
        """,
        rows=(8,),
    ),
    "closed where it is not the one handed in": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(given=None):
                session = given if given is not None else get_session()
                try:
                    return session.query(User).count()
                finally:
                    if session is not given:
                        session.close()
            """
        ),
        """
        from contextlib import nullcontext

        from db import get_session
        from models import User


        def count_users(given=None):
            with get_session() if given is None else nullcontext(given) as session:
                return session.query(User).count()
        """,
        rows=(6,),
    ),
    "bound in both branches, once to what was handed in": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(given=None):
                if given is None:
                    session = get_session()
                else:
                    session = given
                return session.query(User).count()
            """
        ),
        """
        from contextlib import nullcontext

        from db import get_session
        from models import User


        def count_users(given=None):
            with get_session() if given is None else nullcontext(given) as session:
                return session.query(User).count()
        """,
        rows=(7,),
    ),
    "its own work is undone, that of others is not": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add_user(name, session=None):
                own = session is None
                session = get_session() if own else session
                try:
                    session.add(User(name=name))
                    if own:
                        session.commit()
                    else:
                        session.flush()
                except Exception:
                    if own:
                        session.rollback()
                    raise LookupError(name)
                finally:
                    if own:
                        session.close()
            """
        ),
        """
        from contextlib import nullcontext

        from db import get_session
        from models import User


        def add_user(name, session=None):
            own = session is None
            try:
                with get_session() if session is None else nullcontext(session) as session:
                    session.add(User(name=name))
                    if own:
                        session.commit()
                    else:
                        session.flush()
            except Exception:
                raise LookupError(name)
        """,
        rows=(7,),
    ),
    "the same name in every branch": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(is_archive):
                if is_archive:  # kept for ten years
                    session = get_session()  # the old one
                else:
                    session = get_session()
                total = session.query(User).count()
                session.close()
                return total
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users(is_archive):
            # kept for ten years
            # the old one
            with get_session() if is_archive else get_session() as session:
                total = session.query(User).count()
            return total
        """,
        rows=(7, 9),
    ),
    "from either arm of a conditional expression": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(is_archive):
                session = get_session() if is_archive else get_session()
                try:
                    return session.query(User).count()
                finally:
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users(is_archive):
            with get_session() if is_archive else get_session() as session:
                return session.query(User).count()
        """,
        rows=(6, 6),
    ),
    "a helper leaves a session alone that it is passed": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def load(name, session=None):
                own = session is None
                with_own = own
                try:
                    return session.get(User, name)
                finally:
                    if with_own:
                        session.close()


            def rename(name, new_name):
                session = get_session()
                user = load(name, session)
                user.name = new_name
                session.commit()
                session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def load(name, session=None):
            own = session is None
            with_own = own
            try:
                return session.get(User, name)
            finally:
                if with_own:
                    session.close()


        def rename(name, new_name):
            with get_session() as session:
                user = load(name, session)
                user.name = new_name
                session.commit()
        """,
        rows=(16,),
    ),
}


def refused(body: str, row: int, refusal: str) -> Invalid:
    """A function that is not rewritten."""
    head = "from db import get_session\nfrom models import User\n\n\n"
    return Invalid(beside_database(head + body.lstrip("\n")), None, rows=(row,), refusal=refusal)


EXAMPLES |= {
    "closed whoever made it": refused(
        """
def count_users(session=None):
    session = session or get_session()
    total = session.query(User).count()
    session.close()
    return total
""",
        6,
        "line 8 may close a session that was handed in as `session`, too",
    ),
    "closed by a flag that says more": refused(
        """
def count_users(session=None, force=False):
    own = session is None or force
    if session is None:
        session = get_session()
    total = session.query(User).count()
    if own:
        session.close()
    return total
""",
        8,
        "line 11 may close a session that was handed in as `session`, too",
    ),
    "closed by a flag that takes up its own old value": refused(
        """
def count_users(session=None, force=False):
    own = session is None
    own = force or own
    if session is None:
        session = get_session()
    total = session.query(User).count()
    if own:
        session.close()
    return total
""",
        9,
        "line 12 may close a session that was handed in as `session`, too",
    ),
    "closed by a flag that changes": refused(
        """
def count_users(session=None):
    own = session is None
    if session is None:
        session = get_session()
    total = 0
    for name in ("a", "b"):
        total += session.query(User).filter_by(name=name).count()
        own = not total
    if own:
        session.close()
    return total
""",
        8,
        "line 14 may close a session that was handed in as `session`, too",
    ),
    "used after its close": refused(
        """
def count_users(session=None):
    own = session is None
    if own:
        session = get_session()
    total = session.query(User).count()
    if own:
        session.close()
    return total, session.query(User).first()
""",
        8,
        "line 12 uses the session after it was closed",
    ),
    "found, and not handed in": refused(
        """
def count_users(registry):
    session = registry.current()
    if session is None:
        session = get_session()
    return session.query(User).count()
""",
        8,
        "`session` may be something else than this session",
    ),
    "handed in under a name that is bound again": refused(
        """
def count_users(session=None):
    if session.is_active:
        session = None
    session = session or get_session()
    return session.query(User).count()
""",
        8,
        "bound on one branch of an expression only",
    ),
    "kept from one round of a loop to the next": refused(
        """
def add_users(names, session=None):
    for name in names:
        session = session or get_session()
        session.add(User(name=name))
""",
        7,
        "`session` may be something else than this session",
    ),
    "nullcontext is taken": refused(
        """
def count_users(session=None, nullcontext=None, contextlib=None):
    session = session or get_session()
    return session.query(User).count()
""",
        6,
        "`nullcontext` and `contextlib` mean something else in this file",
    ),
    "branches that do more": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(is_archive):
                if is_archive:
                    name = "old"
                    session = get_session()
                else:
                    name = "new"
                    session = get_session()
                total = session.query(User).filter_by(name=name).count()
                session.close()
                return total
            """
        ),
        None,
        rows=(8, 11),
        refusal="the branches of the `if` at line 6 do more than open the session",
    ),
    "only one of the branches may be mended": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users(is_archive):
                if is_archive:
                    session = get_session()  # sessionfix: ignore
                else:
                    session = get_session()
                total = session.query(User).count()
                session.close()
                return total
            """
        ),
        None,
        rows=(9,),
        refusal="the same change mends another place, which is not to be mended",
    ),
    "branches with different factories": Invalid(
        beside_database(
            """
            from contextlib import contextmanager

            from db import get_session
            from models import User


            @contextmanager
            def get_archive():
                with get_session() as session:
                    yield session


            def count_users(is_archive):
                session = get_archive() if is_archive else get_session()
                total = session.query(User).count()
                session.close()
                return total
            """
        ),
        None,
        rows=(14, 14),
        refusal="bound on one branch of an expression only",
    ),
}
