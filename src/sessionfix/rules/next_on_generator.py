"""SF303: a session is taken from a generator that nothing ends."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of
from sessionfix.rules.samples import beside_dependencies


class NextOnGenerator(Rule):
    """
    ## What it does

    Finds `db = next(get_db())`, `await anext(get_db())` and the like, on a generator function that hands out one thing
    and cleans it up behind its `yield`, such as a dependency of FastAPI's. It is in the default set: the clean-up never
    runs when it should.

    ## Why is this bad?

    Nothing holds the generator, or nothing ends it. Its clean-up runs when the garbage collector pleases: in CPython
    mostly at once, so that the session is closed before its first use, and whatever it opens after that stays open.
    A clean-up that stands in no `finally` and no `with` never runs.
    An exception never gets to the generator, so that nothing is rolled back; nor does it ever commit.

    ## Example

    ```python
    def count_users():
        db = next(get_db())
        return db.query(User).count()
    ```

    ## Use instead

    ```python
    def count_users():
        with contextmanager(get_db)() as db:
            return db.query(User).count()
    ```

    ## Fix safety

    The block reaches as far as that of SF101, and an old `db.close()` goes. The function stays a generator, for those
    who use it as a dependency. There is no fix where the session outlives the function.
    """

    code = "SF303"
    name = "next-on-generator"
    use = Use.NEXT
    revives = False

    invalid = (
        Invalid(
            beside_dependencies(
                """
                from deps import get_db
                from models import User


                def count_users():
                    db = next(get_db())  # by hand
                    total = db.query(User).count()
                    db.close()
                    return total
                """
            ),
            """
            from contextlib import contextmanager

            from deps import get_db
            from models import User


            def count_users():
                with contextmanager(get_db)() as db:  # by hand
                    total = db.query(User).count()
                return total
            """,
            rows=(6,),
        ),
        Invalid(
            beside_dependencies(
                """
                from deps import get_async_db
                from models import User


                async def add_user(name):
                    session = await anext(get_async_db())
                    try:
                        session.add(User(name=name))
                        await session.commit()
                    finally:
                        await session.close()
                """
            ),
            """
            from contextlib import asynccontextmanager

            from deps import get_async_db
            from models import User


            async def add_user(name):
                async with asynccontextmanager(get_async_db)() as session:
                    session.add(User(name=name))
                    await session.commit()
            """,
            rows=(6,),
        ),
        Invalid(
            {
                "deps.py": """
                    from database import SessionLocal


                    def get_db():
                        db = SessionLocal()
                        try:
                            yield db
                            db.commit()
                        finally:
                            db.close()


                    def tenant_db(tenant):
                        return get_db()
                """,
                "app.py": """
                    from deps import tenant_db
                    from models import User


                    def add_user(tenant, name):
                        db = next(tenant_db(tenant))
                        db.add(User(name=name))
                """,
            },
            """
            from contextlib import contextmanager

            from deps import tenant_db
            from models import User


            def add_user(tenant, name):
                with contextmanager(tenant_db)(tenant) as db:
                    db.add(User(name=name))
            """,
            rows=(6,),
            unsafe=True,
        ),
        Invalid(
            beside_dependencies(
                """
                from deps import get_db


                class Users:
                    def __init__(self):
                        self.db = next(get_db())


                def open_session():
                    return next(get_db())
                """
            ),
            None,
            rows=(6, 10),
            refusal="the session",
        ),
    )

    valid = (
        Valid(
            beside_dependencies(
                """
                from contextlib import contextmanager

                from deps import get_db
                from models import User


                def count_users():
                    with contextmanager(get_db)() as db:
                        return db.query(User).count()
                """
            )
        ),
        Valid(
            beside_dependencies(
                """
                from deps import get_db, numbers
                from models import User


                def first_number():
                    number = next(numbers())
                    return number.bit_length()


                def first_user(users):
                    user = next(user for user in users if user.name)
                    return user.number


                def count_users():
                    for db in get_db():
                        return db.query(User).count()
                """
            )
        ),
        Valid(
            beside_dependencies(
                """
                from deps import get_async_db, get_db
                from models import User, user_count


                def count_users():
                    generator = get_db()
                    db = next(generator)
                    try:
                        return db.query(User).count()
                    finally:
                        generator.close()


                async def count_users_later():
                    generator = get_async_db()
                    session = await anext(generator)
                    try:
                        return await session.scalar(user_count)
                    finally:
                        await generator.aclose()
                """
            )
        ),
        Valid(
            {
                "readers.py": """
                    def lines(path):
                        with open(path) as file:
                            for line in file:
                                yield line.strip()


                    def first_word(path):
                        with open(path) as file:
                            yield file.read().split()[0]


                    def ids():
                        number = 0
                        while True:
                            yield number
                            number += 1


                    def parts(document):
                        head = document.head()
                        yield head
                        body = document.body(head)
                        yield body
                        document.check(head, body)


                    def loaded(path):
                        document = Document(path)
                        try:
                            yield document
                        finally:
                            print("loaded", document)
                """,
                "app.py": """
                    from readers import first_word, ids, lines, loaded, parts


                    def head_of(document):
                        head = next(parts(document))
                        return head.title


                    def title_of(path):
                        document = next(loaded(path))
                        return document.title


                    def title(path):
                        line = next(lines(path))
                        word = next(first_word(path))
                        number = next(ids())
                        return line.upper() + word.lower() + str(number.real)
                """,
            }
        ),
        Valid(
            beside_dependencies(
                """
                from deps import get_db
                from sqlalchemy.orm import Session


                def test_yields_a_session():
                    assert isinstance(next(get_db()), Session)


                def test_yields_one_session(session):
                    generator = get_db()
                    assert next(generator) is session
                    assert next(generator, None) is None


                def test_is_open():
                    with next(get_db()) as db:
                        assert db.is_active
                """
            )
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        kind = "an async generator" if site.factory.is_async else "a generator"
        return (
            f"{call_of(site)} returns {kind}, of which `{site.detail}` takes the session: nothing ends it, and its "
            "clean-up runs when the garbage collector pleases, or never"
        )
