"""SF104: a manager is made and thrown away."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, manager_kind
from sessionfix.rules.samples import beside_database


class DiscardedManager(Rule):
    """
    ## What it does

    Finds statements that consist of nothing but the call of a session factory.

    ## Why is this bad?

    The statement does nothing at all. The factory's body runs only inside `with`, so nothing is opened, checked or
    committed here.

    ## Example

    ```python
    def check_database():
        get_session()
    ```

    ## Use instead

    ```python
    def check_database():
        with get_session():
            pass
    ```

    ## Fix safety

    There is no fix: whether the session was meant to be opened, or the line is a left-over, only its author knows.
    """

    code = "SF104"
    name = "discarded-manager"
    use = Use.DISCARDED

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session


                def check_database():
                    get_session()
                """
            ),
            None,
            rows=(5,),
            refusal="the session is never used",
        ),
        Invalid(
            """
            from contextlib import contextmanager


            class Database:
                @contextmanager
                def get_session(self):
                    yield self.connect()

                def warm_up(self):
                    self.get_session()
            """,
            None,
            rows=(10,),
            refusal="the session is never used",
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                from db import get_session


                def check_database():
                    with get_session():
                        pass
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session


                @get_session()
                def work():
                    print("inside")
                """
            )
        ),
        Valid(
            """
            from contextlib import contextmanager

            import pytest


            @contextmanager
            def get_session(url):
                yield connect(url)


            def test_needs_a_url():
                with pytest.raises(TypeError):
                    get_session()
            """
        ),
        Valid(
            """
            def get_session():
                return connect()


            def warm_up():
                get_session()
            """
        ),
        Valid(
            """
            from contextlib import contextmanager


            @contextmanager
            def get_session():
                yield connect()


            class Client:
                def get_session(self):
                    self.token = self.log_in()

                def start(self):
                    self.get_session()
            """
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return f"{call_of(site)} on its own does nothing: it returns {manager_kind(site)} that nothing enters"
