"""SF105: a manager is kept, and used as the session later."""

from __future__ import annotations

from sessionfix.project.sites import Site, Use
from sessionfix.rules.base import Invalid, Rule, Valid, call_of, consequence, manager_kind
from sessionfix.rules.samples import beside_database


class StoredManager(Rule):
    """
    ## What it does

    Finds calls of a session factory whose result is kept on an attribute, in a global or in a container, and is used
    there as the session.

    ## Why is this bad?

    What is kept is a context manager: every use of it as the session fails. Nor can a `with` be put around it,
    since the session is meant to live longer than any one block.

    ## Example

    ```python
    class Users:
        def __init__(self):
            self.session = get_session()

        def count(self):
            return self.session.query(User).count()
    ```

    ## Use instead

    ```python
    class Users:
        def count(self):
            with get_session() as session:
                return session.query(User).count()
    ```

    ## Fix safety

    There is no fix: how long the session is to live is a decision about the design of the class or module.
    """

    code = "SF105"
    name = "stored-manager"
    use = Use.STORED

    invalid = (
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User


                class Users:
                    def __init__(self):
                        self.session = get_session()

                    def count(self):
                        return self.session.query(User).count()
                """
            ),
            None,
            rows=(7,),
            refusal="kept outside the function",
        ),
        Invalid(
            beside_database(
                """
                from db import get_session
                from models import User

                session = get_session()


                def count():
                    return session.query(User).count()
                """
            ),
            None,
            rows=(4,),
            refusal="kept outside the function",
        ),
    )

    valid = (
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                class Users:
                    def __enter__(self):
                        self.manager = get_session()
                        self.session = self.manager.__enter__()
                        return self

                    def __exit__(self, *exc_info):
                        return self.manager.__exit__(*exc_info)

                    def count(self):
                        return self.session.query(User).count()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                class Users:
                    def __init__(self):
                        self.session_manager = get_session()

                    def count(self):
                        with self.session_manager as session:
                            return session.query(User).count()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                class Users:
                    def __init__(self, db=None):
                        self.db = db or get_session()
                """
            )
        ),
        Valid(
            beside_database(
                """
                from contextlib import ExitStack

                from db import get_session


                def enter_all(count):
                    managers = []
                    for _ in range(count):
                        managers.append(get_session())
                    with ExitStack() as stack:
                        return [stack.enter_context(manager).info for manager in managers]
                """
            )
        ),
        Valid(
            beside_database(
                """
                from db import get_session
                from models import User


                class Users:
                    def __init__(self):
                        self.session = get_session()
                        self.session = open_session()

                    def count(self):
                        return self.session.query(User).count()
                """
            )
        ),
    )

    def message(self, site: Site) -> str:
        """What is wrong at `site`."""
        return f"{call_of(site)} returns {manager_kind(site)}, kept and used as the session: {consequence(site)}"
