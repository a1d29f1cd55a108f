"""SF501: a factory cleans up only where the block of its `with` does not raise."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of


class UnprotectedYield(Rule):
    """
    ## What it does

    Finds factories that close what they have opened, or hand it back to its pool, behind the `yield` and not in a
    `finally` around it.

    ## Why is this bad?

    What the block of the `with` raises is thrown into the factory at its `yield`. The statements behind that do not run
    then: the session stays open, and the connection is lost to its pool, with each error one more.

    While nothing raises, nothing fails. That is why the rule is not among the default ones; ask for it with
    `--select SF501`. Nothing is said where a handler, a `with`, an exit stack or a callback may close the same thing,
    nor of work that is for success alone, such as a commit.

    ## Example

    ```python
    @contextmanager
    def get_session():
        session = Session()
        yield session
        session.commit()
        session.close()
    ```

    ## Use instead

    ```python
    @contextmanager
    def get_session():
        session = Session()
        try:
            yield session
            session.commit()
        finally:
            session.close()
    ```

    ## Fix safety

    The fix is unsafe: the clean-up then runs after errors, which it has not done until now. There is none where the
    clean-up stands before the handlers of a `try`, or where what is closed is made within the statement that yields.
    """

    code = "SF501"
    name = "unprotected-yield"
    use = Use.UNPROTECTED
    is_default = False
    revives = False

    invalid = (
        Invalid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                session = Session()

                # hand it out
                yield session  # until the block ends
                session.commit()

                # and away with it
                session.close()
                engine.dispose()
            """,
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                session = Session()

                # hand it out
                try:
                    yield session  # until the block ends
                    session.commit()
                finally:
                    # and away with it
                    session.close()
                engine.dispose()
            """,
            rows=(9,),
            unsafe=True,
        ),
        Invalid(
            """
            from contextlib import asynccontextmanager


            class Database:
                @asynccontextmanager
                async def get_connection(self):
                    if self.pool is None:
                        await self.open()
                    connection = await self.pool.getconn()
                    try:
                        yield connection
                    except Exception:
                        await connection.rollback()
                        raise
                        # too bad
                    await self.pool.putconn(connection)
                    self.log("done")
            """,
            """
            from contextlib import asynccontextmanager


            class Database:
                @asynccontextmanager
                async def get_connection(self):
                    if self.pool is None:
                        await self.open()
                    connection = await self.pool.getconn()
                    try:
                        yield connection
                    except Exception:
                        await connection.rollback()
                        raise
                        # too bad
                    finally:
                        await self.pool.putconn(connection)
                    self.log("done")
            """,
            rows=(11,),
            unsafe=True,
        ),
        Invalid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                session = Session()
                try:
                    yield session
                    session.commit()
                    session.close()
                except Exception:
                    session.rollback()
                    raise


            @contextmanager
            def get_other_session():
                try:
                    session = Session()
                    yield session
                except LookupError:
                    log()
                    raise
                session.close()
            """,
            None,
            rows=(8, 20),
            refusal="`session",
        ),
    )

    valid = (
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                session = Session()
                try:
                    yield session
                    session.commit()
                except Exception:
                    session.rollback()
                    raise
                finally:
                    session.close()


            @contextmanager
            def get_other_session():
                with Session() as session:
                    yield session
                    session.commit()


            @contextmanager
            def get_third_session():
                session = Session()
                with session:
                    yield session
                session.close()
            """
        ),
        Valid(
            """
            import contextlib
            from contextlib import ExitStack, closing, contextmanager


            @contextmanager
            def get_session():
                with ExitStack() as stack:
                    session = Session()
                    stack.callback(session.close)
                    yield session
                    session.close()


            @contextmanager
            def get_other_session():
                session = Session()
                with closing(session):
                    yield session
                session.close()


            @contextmanager
            def get_third_session():
                session = Session()
                try:
                    yield session
                    session.commit()
                    session.close()
                except BaseException:
                    session.close()
                    raise
            """
        ),
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                session = Session()
                yield session
                session.commit()
                session.flush()


            @contextmanager
            def get_same_session(session):
                yield session
                session.close()


            @contextmanager
            def get_global_session():
                yield SESSION
                SESSION.close()


            @contextmanager
            def get_no_session():
                session = Session()
                yield
                session.close()
            """
        ),
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                session = Session()
                try:
                    yield session
                except Exception:
                    log()
                session.close()


            def get_plain_session():
                session = Session()
                yield session
                session.close()


            @contextmanager
            def get_last_session():
                session = None
                if ready():
                    session = Session()
                yield session
                if session:
                    session.close()
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return f"`{site.detail}` in {call_of(site)} does not run where the block of its `with` raises"
