"""SF503: a factory hides what the block of its `with` raised."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of


class SwallowedException(Rule):
    """
    ## What it does

    Finds session factories that catch an error around their `yield`, roll back, and do not raise it again.

    ## Why is this bad?

    What the block of the `with` raises is thrown into the factory at its `yield`. If the factory does not raise it
    again, the error is gone: the code after the `with` goes on as if the work had been saved.

    Such code runs, and some of it is meant so. That is why the rule is not among the default ones; ask for it with
    `--select SF503`. Nothing is said where the name, the docstring or a comment of the function speaks of errors that
    are ignored, suppressed, caught or raised, where the handler keeps the error or hands it on, and of `suppress()`.

    ## Example

    ```python
    @contextmanager
    def get_session():
        session = Session()
        try:
            yield session
            session.commit()
        except Exception:
            session.rollback()
        finally:
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
        except Exception:
            session.rollback()
            raise
        finally:
            session.close()
    ```

    ## Fix safety

    There is no fix: with `raise`, callers see errors that they have never seen. Whether they should, only the author
    knows.
    """

    code = "SF503"
    name = "swallowed-exception"
    use = Use.SWALLOWED
    is_default = False
    revives = False

    invalid = (
        Invalid(
            """
            import logging
            from contextlib import contextmanager

            logger = logging.getLogger(__name__)


            @contextmanager
            def get_session():
                session = Session()
                try:
                    yield session
                    session.commit()
                except Exception as error:
                    session.rollback()
                    logger.exception("rolled back: %s", error)
                finally:
                    session.close()
            """,
            None,
            rows=(13,),
            refusal="end the handler with `raise`",
        ),
        Invalid(
            """
            from contextlib import asynccontextmanager

            from sqlalchemy.exc import SQLAlchemyError


            class Database:
                @asynccontextmanager
                async def get_session(self):
                    async with self.make_session() as session:
                        try:
                            yield session
                        except (SQLAlchemyError, OSError):
                            await session.rollback()
                            return
                        except:
                            await session.rollback()
                        await session.commit()
            """,
            None,
            rows=(12, 15),
            refusal="end the handler with `raise`",
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
                session = Session()
                try:
                    yield session
                except Exception as error:
                    session.rollback()
                    raise DatabaseError("rolled back") from error
            """
        ),
        Valid(
            '''
            from contextlib import contextmanager, suppress


            @contextmanager
            def get_session():
                """Give a session for work that may be lost: errors are ignored."""
                session = Session()
                try:
                    yield session
                except Exception:
                    session.rollback()


            @contextmanager
            def get_other_session():
                session = Session()
                try:
                    yield session
                except Exception:
                    session.rollback()  # swallowed: the job comes again in a minute


            @contextmanager
            def suppressing_session():
                session = Session()
                try:
                    yield session
                except Exception:
                    session.rollback()


            @contextmanager
            def get_third_session():
                with suppress(Exception), Session() as session:
                    yield session
            '''
        ),
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session(errors):
                session = Session()
                try:
                    yield session
                except Exception as error:
                    session.rollback()
                    errors.append(error)


            @contextmanager
            def get_other_session(self):
                session = Session()
                try:
                    yield session
                except Exception as error:
                    session.rollback()
                    self.error = error


            @contextmanager
            def get_third_session():
                session = Session()
                try:
                    yield session
                except NotFound:
                    session.rollback()


            @contextmanager
            def get_fourth_session(strict):
                session = Session()
                try:
                    yield session
                except Exception:
                    session.rollback()
                    if strict:
                        raise


            @contextmanager
            def get_fifth_session():
                session, failure = Session(), None
                try:
                    yield session
                except Exception as error:
                    session.rollback()
                    failure = error
                if failure:
                    raise failure
            """
        ),
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                try:
                    session = Session()
                except Exception:
                    session = OtherSession()
                    session.rollback()
                yield session


            def get_plain_session():
                session = Session()
                try:
                    yield session
                except Exception:
                    session.rollback()
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return (
            f"`{site.detail}` in {call_of(site)} hides the errors that it takes from the `with` block: "
            "nothing raises them again"
        )
