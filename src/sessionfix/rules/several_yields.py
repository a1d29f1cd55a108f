"""SF504: a factory yields again."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of


class SeveralYields(Rule):
    """
    ## What it does

    Finds factories in which a second `yield` is sure to follow on a path: behind the first one, in a loop that goes
    round again, or in the handler of an error that the block of the `with` raises.

    ## Why is this bad?

    A context manager has one block. contextlib runs the factory to its `yield`, then the block, then the factory to its
    end; at another `yield` it raises `RuntimeError: generator didn't stop`, and what the block raised is buried under
    that.

    Often only an error leads there, and the block itself has run. That is why the rule is not among the default ones;
    ask for it with `--select SF504`.

    ## Example

    ```python
    @contextmanager
    def get_session():
        try:
            with Session(engine) as session:
                yield session
        except OperationalError:
            with Session(replica) as session:
                yield session
    ```

    ## Use instead

    ```python
    @contextmanager
    def get_session():
        try:
            session = Session(engine.connect())
        except OperationalError:
            session = Session(replica.connect())
        with session:
            yield session
    ```

    ## Fix safety

    There is no fix: a block can't be run a second time, and which of the sessions is meant only the author knows.
    """

    code = "SF504"
    name = "several-yields"
    use = Use.SEVERAL_YIELDS
    is_default = False
    revives = False

    invalid = (
        Invalid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                try:
                    yield connect()
                except OSError:
                    yield None
            """,
            None,
            rows=(7,),
            refusal="let one run on each path",
        ),
        Invalid(
            """
            from contextlib import asynccontextmanager


            class Database:
                @asynccontextmanager
                async def get_session(self, own=None):
                    if own is not None:
                        yield own
                    async with self.make() as session:
                        yield session
            """,
            None,
            rows=(8,),
            refusal="let one run on each path",
        ),
        Invalid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                for attempt in range(3):
                    try:
                        with connect() as session:
                            yield session
                        return
                    except ConnectionError:
                        log(attempt)


            @contextmanager
            def get_sessions():
                while True:
                    yield connect()
            """,
            None,
            rows=(9, 18),
            refusal="let one run on each path",
        ),
    )

    valid = (
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session(own=None):
                if own is not None:
                    yield own
                    return
                with connect() as session:
                    yield session


            @contextmanager
            def get_other_session(own=None):
                if own is not None:
                    yield own
                else:
                    with connect() as session:
                        yield session


            @contextmanager
            def get_third_session(kind):
                match kind:
                    case "read":
                        yield connect()
                    case _:
                        yield connect_to_write()
            """
        ),
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                try:
                    session = connect()
                except OSError:
                    yield None
                else:
                    yield session


            @contextmanager
            def get_other_session():
                for session in sessions():
                    yield session


            @contextmanager
            def get_third_session():
                while True:
                    try:
                        yield connect()
                        break
                    finally:
                        log()
            """
        ),
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                def rows():
                    yield 1
                    yield 2

                yield connect(rows, lambda: (yield))


            def rows():
                yield 1
                yield 2
            """
        ),
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session(own, entered=False):
                try:
                    yield connect()
                    entered = True
                except OSError:
                    if entered:
                        raise
                    yield own
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return (
            f"{call_of(site)} yields again after the block of its `with` {site.detail}: "
            'that raises "generator didn\'t stop"'
        )
