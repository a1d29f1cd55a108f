"""SF502: a factory is annotated with what it yields."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, manager_kind


class FactoryAnnotatedAsSession(Rule):
    """
    ## What it does

    Finds functions under `@contextmanager` or `@asynccontextmanager` that are annotated with the type of what they
    yield.

    ## Why is this bad?

    The function is a generator: it returns an iterator, of which its decorator makes a context manager. Type checkers
    refuse the decorator for a function that is said to return a `Session`, and go on with a wrong idea of its call.
    Pyright takes it for the `Session`, and is blind to every use without `with`. mypy knows no type for the session: it
    asks for an annotation at each `with`, and checks nothing that the block does with it.

    Nothing fails at run time because of it, but nobody is told of what does. That is why it is looked for by default.

    ## Example

    ```python
    from contextlib import contextmanager


    @contextmanager
    def get_session() -> Session:
        with Session(engine) as session:
            yield session
    ```

    ## Use instead

    ```python
    from collections.abc import Iterator
    from contextlib import contextmanager


    @contextmanager
    def get_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session
    ```

    ## Fix safety

    The annotation is put into `Iterator[...]` or `AsyncIterator[...]`, and otherwise kept. The name is taken from where
    the module has it, or imported: from `typing` where the module takes such types from there, or else from
    `collections.abc`. Only annotations of plain classes are found, and choices of them such as `Optional[Session]`: no
    type variables, no aliases, nothing that a generator may be, and no class of another package but the well-known ones
    and those of which the function is seen to yield an object. `-> ContextManager[Session]` is wrong as well, but hides
    no mistake.
    """

    code = "SF502"
    name = "factory-annotated-as-session"
    use = Use.ANNOTATED
    revives = False

    invalid = (
        Invalid(
            """
            from contextlib import contextmanager

            from sqlalchemy.orm import Session


            @contextmanager
            def get_session() -> Session:
                with Session(engine) as session:
                    yield session
            """,
            """
            from collections.abc import Iterator
            from contextlib import contextmanager

            from sqlalchemy.orm import Session


            @contextmanager
            def get_session() -> Iterator[Session]:
                with Session(engine) as session:
                    yield session
            """,
            rows=(7,),
        ),
        Invalid(
            """
            from contextlib import asynccontextmanager
            from typing import AsyncGenerator, Optional

            from sqlalchemy.ext.asyncio import AsyncSession


            class Database:
                @asynccontextmanager
                async def get_session(
                    self, schema: Optional[str] = None
                ) -> "Optional[AsyncSession]":  # None while closing
                    async with self.make_session(schema) as session:
                        yield session
            """,
            """
            from contextlib import asynccontextmanager
            from typing import AsyncGenerator, AsyncIterator, Optional

            from sqlalchemy.ext.asyncio import AsyncSession


            class Database:
                @asynccontextmanager
                async def get_session(
                    self, schema: Optional[str] = None
                ) -> AsyncIterator["Optional[AsyncSession]"]:  # None while closing
                    async with self.make_session(schema) as session:
                        yield session
            """,
            rows=(11,),
        ),
        Invalid(
            {
                "sessions.py": """
                    class Session:
                        def __init__(self, url):
                            self.url = url
                    """,
                "app.py": """
                    import typing as t
                    from contextlib import contextmanager

                    if t.TYPE_CHECKING:
                        from sessions import Session


                    @contextmanager
                    def get_session() -> "Session | None":
                        yield connect()
                    """,
            },
            """
            import typing as t
            from contextlib import contextmanager

            if t.TYPE_CHECKING:
                from sessions import Session


            @contextmanager
            def get_session() -> t.Iterator["Session | None"]:
                yield connect()
            """,
            rows=(9,),
        ),
        Invalid(
            """
            import collections
            import contextlib

            import legacy
            from sqlalchemy.orm import Session


            class Iterator:
                pass


            @contextlib.contextmanager
            def get_session() -> Session:
                yield legacy.connect()
            """,
            None,
            rows=(13,),
            refusal="mean something else in this file",
        ),
    )

    valid = (
        Valid(
            """
            from collections.abc import Generator, Iterable, Iterator
            from contextlib import contextmanager

            from sqlalchemy.orm import Session


            @contextmanager
            def get_session() -> Iterator[Session]:
                yield Session(engine)


            @contextmanager
            def get_other_session() -> Generator[Session, None, None]:
                yield Session(engine)


            @contextmanager
            def get_third_session() -> "Iterable[Session]":
                yield Session(engine)
            """
        ),
        Valid(
            """
            from contextlib import AbstractContextManager, contextmanager
            from typing import Any, ContextManager, Union

            from sqlalchemy.orm import Session


            @contextmanager
            def get_session():
                yield Session(engine)


            @contextmanager
            def get_any() -> Any:
                yield Session(engine)


            @contextmanager
            def get_some() -> Union[Session, object]:
                yield Session(engine)


            @contextmanager
            def get_manager() -> ContextManager[Session]:
                yield Session(engine)


            @contextmanager
            def get_other_manager() -> AbstractContextManager[Session]:
                yield Session(engine)


            @contextmanager
            def get_nothing() -> None:
                yield
            """
        ),
        Valid(
            """
            from contextlib import contextmanager
            from typing import Protocol, TypeVar

            from elsewhere import Sessions

            T = TypeVar("T", bound="Session")


            class Session:
                pass


            class SupportsNext(Protocol):
                def send(self, value: object) -> object: ...


            class Rows:
                def __next__(self): ...


            @contextmanager
            def get_one_of(kind: type[T]) -> T:
                yield kind()


            @contextmanager
            def get_source() -> SupportsNext:
                yield kind()


            @contextmanager
            def get_rows() -> Rows:
                yield Rows()


            @contextmanager
            def get_what_is_not_known() -> Sessions:
                yield connect()
            """
        ),
        Valid(
            """
            from sqlalchemy.orm import Session


            def get_session() -> Session:
                return Session(engine)


            def get_sessions() -> Session:
                yield Session(engine)


            class Database:
                @property
                def session(self) -> Session:
                    return Session(self.engine)
            """
        ),
        Valid(
            """
            from contextlib import contextmanager

            from tools import retried
            from sqlalchemy.orm import Session


            @retried
            @contextmanager
            def get_session() -> Session:
                yield Session(engine)
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return (
            f"{call_of(site)} is annotated `-> {site.detail}`, which is what `with` gives; it returns "
            f"{manager_kind(site)}, and type checkers cannot tell its right uses from wrong ones"
        )
