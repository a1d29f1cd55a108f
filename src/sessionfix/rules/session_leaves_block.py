"""SF402: a session leaves the block that ends it."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of
from sessionfix.rules.samples import beside_database


class SessionLeavesBlock(Rule):
    """
    ## What it does

    Finds sessions that leave the `with` whose exit closes them: returned from inside it, stored on the object for
    later, or handed to a background task, a thread, an executor or a scheduler that nobody waits for in the block.

    ## Why is this bad?

    Who gets the session gets a closed one. A driver's connection raises then; a session of SQLAlchemy begins a new
    transaction, which the factory neither commits nor closes. A job that runs while the block ends loses the session
    under its hands.

    The rule is not in the default set: a session that left may never be used.

    ## Example

    ```python
    def session_for(user):
        with get_session() as session:
            return session
    ```

    ## Use instead

    ```python
    @contextmanager
    def session_for(user):
        with get_session() as session:
            yield session
    ```

    ## Fix safety

    There is no fix: how long the session is to live, only its author knows.
    """

    code = "SF402"
    name = "session-leaves-block"
    use = Use.LEAVES
    is_default = False
    revives = False

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                def open_session(name):
                    with get_session() as session:
                        user = session.query(User).filter_by(name=name).one()
                        return session, user
                """
            ),
            None,
            rows=(8,),
            refusal="the session itself is returned",
        ),
        Invalid(
            beside_database(
                """
                from db import get_session


                class Users:
                    def __init__(self):
                        with get_session() as session:
                            self.session = session
                            self.cache = {}
                """
            ),
            None,
            rows=(7,),
            refusal="open a session where it is used",
        ),
        Invalid(
            beside_database(
                """
                import asyncio
                from db import get_async_session
                from fastapi import BackgroundTasks
                from mail import send_all


                async def sign_in(tasks: BackgroundTasks):
                    async with get_async_session() as session:
                        tasks.add_task(send_all, session)


                async def sign_out():
                    async with get_async_session() as session:
                        asyncio.create_task(send_all(session))
                """
            ),
            None,
            rows=(9, 14),
            refusal="open a session in that job",
        ),
        Invalid(
            beside_database(
                """
                import threading
                from concurrent.futures import ThreadPoolExecutor
                from db import get_session
                from mail import send_all

                pool = ThreadPoolExecutor()


                def send():
                    with get_session() as session:
                        threading.Thread(target=send_all, args=(session,)).start()
                    with get_session() as session:
                        pool.submit(send_all, session)
                """
            ),
            None,
            rows=(11, 13),
            refusal="open a session in that job",
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                from contextlib import contextmanager
                from db import get_session


                @contextmanager
                def session_for(user):
                    with get_session() as session:
                        yield session


                def dependency():
                    with get_session() as session:
                        yield session
                """
            )
        ),
        Valid(
            beside_database(
                """
                import asyncio
                from db import get_async_session
                from mail import send_all


                async def sign_in():
                    async with get_async_session() as session:
                        await asyncio.gather(asyncio.create_task(send_all(session)))
                        task = asyncio.create_task(send_all(session))
                        await task
                """
            )
        ),
        Valid(
            beside_database(
                """
                from concurrent.futures import ThreadPoolExecutor
                from db import get_session
                from mail import send_all


                def send():
                    with get_session() as session, ThreadPoolExecutor() as pool:
                        pool.submit(send_all, session)
                    with get_session() as session:
                        with ThreadPoolExecutor() as pool:
                            pool.submit(send_all, session)
                """
            )
        ),
        Valid(
            beside_database(
                """
                import asyncio
                from db import get_async_session
                from mail import send_all


                async def run(stopped: asyncio.Event):
                    async with get_async_session() as session:
                        asyncio.create_task(send_all(session))
                        await stopped.wait()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                class Users:
                    def load(self):
                        with get_session() as session:
                            self.session = session
                            self.read()

                    def reset(self):
                        with get_session() as session:
                            self.session = session
                        self.session = None

                    def read(self):
                        self.users = self.session.query(User).all()
                """
            )
        ),
        Valid(
            {
                "db.py": """
                    from contextlib import contextmanager
                    from sqlalchemy.orm import sessionmaker

                    shared = sessionmaker()()


                    @contextmanager
                    def transaction():
                        yield shared
                        shared.commit()
                """,
                "app.py": """
                    from db import transaction


                    def ready_session():
                        with transaction() as session:
                            return session
                """,
            }
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        from sessionfix.project.leaving import Exit  # with all that analyses

        way = Exit[site.detail].value
        return f"the session of {call_of(site)} is {way}, and closed when the block has ended"
