"""What becomes of the clean-up that the author wrote by hand."""

from __future__ import annotations

from sessionfix.rules import Invalid
from sessionfix.rules.samples import beside_database, beside_expiring_database

EXAMPLES: dict[str, Invalid] = {
    "straight close": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session = get_session()
                total = session.query(User).count()
                session.close()
                return {"total": total}
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                total = session.query(User).count()
            return {"total": total}
        """,
        rows=(6,),
    ),
    "value needed after close": Invalid(
        beside_expiring_database(
            """
            from db import get_session
            from pools import SourcePoolManager


            def create_pool(name):
                session = get_session()
                manager = SourcePoolManager(session)
                pool = manager.create_pool(name)
                session.close()
                return {"id": pool.id, "name": pool.name}
            """
        ),
        """
        from db import get_session
        from pools import SourcePoolManager


        def create_pool(name):
            with get_session() as session:
                manager = SourcePoolManager(session)
                pool = manager.create_pool(name)
                return {"id": pool.id, "name": pool.name}
        """,
        rows=(6,),
    ),
    "close in finally": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def rename(user_id, name):
                session = get_session()
                try:
                    user = session.get(User, user_id)
                    user.name = name
                    session.commit()
                finally:
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def rename(user_id, name):
            with get_session() as session:
                user = session.get(User, user_id)
                user.name = name
                session.commit()
        """,
        rows=(6,),
    ),
    "close then more in finally": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    session.commit()
                finally:
                    session.close()
                    print("done")
            """
        ),
        """
        from db import get_session
        from models import User


        def add(name):
            try:
                with get_session() as session:
                    session.add(User(name=name))
                    session.commit()
            finally:
                print("done")
        """,
        rows=(6,),
    ),
    "more then close in finally": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    session.commit()
                finally:
                    print("done")
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def add(name):
            with get_session() as session:
                try:
                    session.add(User(name=name))
                    session.commit()
                finally:
                    print("done")
        """,
        rows=(6,),
    ),
    "handler without session": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    session.commit()
                except ValueError:
                    print("not added")
                finally:
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def add(name):
            try:
                with get_session() as session:
                    session.add(User(name=name))
                    session.commit()
            except ValueError:
                print("not added")
        """,
        rows=(6,),
    ),
    "rollback in handler": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    session.commit()
                except Exception as error:
                    session.rollback()
                    print(error)
                    raise
                finally:
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def add(name):
            try:
                with get_session() as session:
                    session.add(User(name=name))
                    session.commit()
            except Exception as error:
                print(error)
                raise
        """,
        rows=(6,),
    ),
    "nothing but rollback in handler": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    session.commit()
                except ValueError:
                    session.rollback()
                finally:
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def add(name):
            try:
                with get_session() as session:
                    session.add(User(name=name))
                    session.commit()
            except ValueError:
                pass
        """,
        rows=(6,),
    ),
    "handler works with session": Invalid(
        beside_database(
            """
            from db import get_session
            from models import Failure, User


            def add(name):
                session = get_session()
                try:
                    session.add(User(name=name))
                    session.commit()
                except ValueError as error:
                    session.rollback()
                    session.add(Failure(text=str(error)))
                    session.commit()
                finally:
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import Failure, User


        def add(name):
            with get_session() as session:
                try:
                    session.add(User(name=name))
                    session.commit()
                except ValueError as error:
                    session.rollback()
                    session.add(Failure(text=str(error)))
                    session.commit()
        """,
        rows=(6,),
    ),
    "opened inside try": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def names():
                try:
                    session = get_session()
                    found = [user.name for user in session.query(User).all()]
                    session.close()
                except ValueError:
                    found = []
                return found
            """
        ),
        """
        from db import get_session
        from models import User


        def names():
            try:
                with get_session() as session:
                    found = [user.name for user in session.query(User).all()]
            except ValueError:
                found = []
            return found
        """,
        rows=(7,),
    ),
    "none first": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session = None
                try:
                    session = get_session()
                    return session.query(User).count()
                finally:
                    if session:
                        session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                return session.query(User).count()
        """,
        rows=(8,),
    ),
    "none first by identity": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session = None
                try:
                    session = get_session()
                    return session.query(User).count()
                finally:
                    if session is not None:
                        session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                return session.query(User).count()
        """,
        rows=(8,),
    ),
    "early closes in loop": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add_all(names):
                for name in names:
                    session = get_session()
                    user = session.query(User).filter_by(name=name).first()
                    if user:
                        session.close()
                        continue
                    session.add(User(name=name))
                    session.commit()
                    session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def add_all(names):
            for name in names:
                with get_session() as session:
                    user = session.query(User).filter_by(name=name).first()
                    if user:
                        continue
                    session.add(User(name=name))
                    session.commit()
        """,
        rows=(7,),
    ),
    "guarded close": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                session = get_session()
                total = session.query(User).count()
                try:
                    session.close()
                except Exception:
                    pass
                return total
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                total = session.query(User).count()
            return total
        """,
        rows=(6,),
    ),
    "suppressed close": Invalid(
        beside_database(
            """
            from contextlib import suppress

            from db import get_session
            from models import User


            def count_users():
                session = get_session()
                total = session.query(User).count()
                with suppress(Exception):
                    session.close()
                return total
            """
        ),
        """
        from contextlib import suppress

        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                total = session.query(User).count()
            return total
        """,
        rows=(8,),
    ),
    "awaited close": Invalid(
        beside_database(
            """
            from db import get_async_session
            from models import user_count


            async def count_users():
                session = get_async_session()
                try:
                    return await session.scalar(user_count)
                finally:
                    await session.close()
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
    "comments stay": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def count_users():
                # One session for the count.
                session = get_session()  # pragma: no cover
                total = session.query(User).count()  # deleted ones too

                # We are done with it.
                session.close()  # type: ignore
                return total
            """
        ),
        """
        from db import get_session
        from models import User


        def count_users():
            # One session for the count.
            with get_session() as session:  # pragma: no cover
                total = session.query(User).count()  # deleted ones too

            # We are done with it.
            # type: ignore
            return total
        """,
        rows=(7,),
    ),
    "two sessions": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def copy():
                source = get_session()
                target = get_session()
                for user in source.query(User).all():
                    target.add(User(name=user.name))
                target.commit()
                source.close()
                target.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def copy():
            with get_session() as source:
                with get_session() as target:
                    for user in source.query(User).all():
                        target.add(User(name=user.name))
                    target.commit()
        """,
        rows=(6, 7),
    ),
    "annotated binding": Invalid(
        beside_database(
            """
            from sqlalchemy.orm import Session

            from db import get_session
            from models import User


            def count_users():
                session: Session = get_session()
                total = session.query(User).count()
                session.close()
                return total
            """
        ),
        """
        from sqlalchemy.orm import Session

        from db import get_session
        from models import User


        def count_users():
            with get_session() as session:
                total = session.query(User).count()
            return total
        """,
        rows=(8,),
    ),
    "explicit rollback before an early close": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def add(name, dry_run):
                session = get_session()
                session.add(User(name=name))
                if dry_run:
                    session.rollback()
                    session.close()
                    return
                session.commit()
                session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def add(name, dry_run):
            with get_session() as session:
                session.add(User(name=name))
                if dry_run:
                    session.rollback()
                    return
                session.commit()
        """,
        rows=(6,),
    ),
    "early closes before return and break": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def first_long_name(limit):
                session = get_session()
                for user in session.query(User).all():
                    if user.is_last:
                        session.close()
                        break
                    if len(user.name) > limit:
                        session.close()
                        return user.name
                session.close()
                return None
            """
        ),
        """
        from db import get_session
        from models import User


        def first_long_name(limit):
            with get_session() as session:
                for user in session.query(User).all():
                    if user.is_last:
                        break
                    if len(user.name) > limit:
                        return user.name
            return None
        """,
        rows=(6,),
    ),
    "close on one line with a return": Invalid(
        beside_database(
            """
            from db import get_session
            from models import User


            def rename(user_id, name):
                session = get_session()
                user = session.get(User, user_id)
                if user is None: session.close(); return
                user.name = name
                session.commit()
                session.close()
            """
        ),
        """
        from db import get_session
        from models import User


        def rename(user_id, name):
            with get_session() as session:
                user = session.get(User, user_id)
                if user is None: return
                user.name = name
                session.commit()
        """,
        rows=(6,),
    ),
}
