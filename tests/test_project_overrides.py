"""A method that a subclass has another one of is no factory for certain, unless the object's class is known exactly."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from project_samples import DB, check, open_project, sites_in

USES = """
    from db import Manager, db_manager
    class Repository(Manager):
        def own(self):
            self.get_session().query(1)  # <- ATTRIBUTE
    def annotated(manager: Manager):
        s = manager.get_session()  # <- BOUND
        s.query(1)
    class Service:
        def __init__(self, manager: Manager):
            self.manager = manager
        def f(self):
            self.manager.get_session().query(1)  # <- ATTRIBUTE
    def exact():
        Manager().get_session().query(1)  # <- ATTRIBUTE
        db_manager.get_session().query(1)  # <- ATTRIBUTE
        m = Manager()
        m.get_session().query(1)  # <- ATTRIBUTE
        n: Manager = Manager()
        n.get_session().query(1)  # <- ATTRIBUTE
        Manager.shared().query(1)  # <- ATTRIBUTE
"""

HARMLESS = {
    "none": "",
    "another factory": """
        from contextlib import contextmanager
        from db import Manager
        class Pooled(Manager):
            @contextmanager
            def get_session(self):
                with super().get_session() as s:
                    yield s
    """,
    "a wrapper": """
        from db import Manager
        class Logged(Manager):
            def get_session(self):
                print("session")
                return super().get_session()
    """,
    "of another class": """
        class Fake:
            def get_session(self):
                return object()
    """,
    "another method": """
        from db import Manager
        class Fake(Manager):
            def plain(self):
                return object()
    """,
}

HARMFUL = {
    "plain": """
        from db import Manager
        class Fake(Manager):
            def get_session(self):
                return object()
    """,
    "over another subclass and other names": """
        import db as store
        Base = store.Manager
        class Middle(Base): ...
        class Fake(Middle):
            def get_session(self):
                return object()
    """,
    "set by init": """
        from db import Manager
        class Fake(Manager):
            def __init__(self, session):
                self.get_session = lambda: session
    """,
    "in the class's body": """
        from db import Manager
        class Fake(Manager):
            get_session = make_session
    """,
    "asynchronous": """
        from contextlib import asynccontextmanager
        from db import Manager
        class Fake(Manager):
            @asynccontextmanager
            async def get_session(self):
                yield 1
    """,
}


@pytest.mark.parametrize("source", HARMLESS.values(), ids=HARMLESS.keys())
def test_harmless_override(tmp_path: Path, source: str) -> None:
    check(tmp_path, {"db.py": DB, "other.py": source, "main.py": USES})


@pytest.mark.parametrize("source", HARMFUL.values(), ids=HARMFUL.keys())
def test_harmful_override_leaves_only_exact_objects(tmp_path: Path, source: str) -> None:
    before, exact, after = dedent(USES).partition("def exact():")
    marks = before.count("# <-")
    uses = before.replace("# <-", "# not") + exact + after
    assert marks == 3
    # `Repository` is a subclass beside the fake one: what it calls on itself is not touched by the fake.
    uses = uses.replace("self.get_session().query(1)  # not", "self.get_session().query(1)  # <-")
    check(tmp_path, {"db.py": DB, "other.py": source, "main.py": uses})


def test_override_on_the_way_to_a_factory(tmp_path: Path) -> None:
    check(
        tmp_path,
        {
            "db.py": DB,
            "base.py": """
                from db import db_manager
                class Base:
                    def database(self):
                        return db_manager
                    def session(self):
                        return self.database().get_session()
                    def f(self):
                        self.session().query(1)
                class Kept:
                    def database(self):
                        return db_manager
                    def session(self):
                        return self.database().get_session()
                    def f(self):
                        self.session().query(1)  # <- ATTRIBUTE
            """,
            "sub.py": """
                from base import Base, Kept
                class Sub(Base):
                    def database(self):
                        return object()
                class KeptSub(Kept):
                    def other(self):
                        return object()
            """,
        },
    )


QUIET = """
    from contextlib import contextmanager
    from db import Manager
    class Quiet(Manager):
        @contextmanager
        def get_session(self):
            try:
                yield object()
            except Exception:
                pass
"""
HANDED_ON = """
    from contextlib import contextmanager
    from db import Manager
    class Users:
        manager: Manager
        def session(self):
            return self.manager.get_session()
        @contextmanager
        def nested(self):
            with self.manager.get_session() as s:
                yield s
"""


@pytest.mark.parametrize("sieve", [True, False])
@pytest.mark.parametrize(
    ("line", "swallows"),
    [
        ("def f(manager: Manager): manager.get_session().query(1)", True),
        ("def f(users: Users): users.session().query(1)", True),
        ("def f(users: Users): users.nested().query(1)", True),
        ("def f(): Manager().get_session().query(1)", False),
        ("def f(manager: Manager): manager.shared().query(1)", False),
    ],
)
def test_a_factory_does_at_exit_what_that_of_a_subclass_does_too(
    tmp_path: Path, line: str, swallows: bool, sieve: bool
) -> None:
    uses = f"from db import Manager\nfrom users import Users\n{line}\n"
    sources = {"db.py": DB, "quiet.py": QUIET, "users.py": HANDED_ON, "main.py": uses}
    (site,) = sites_in(open_project(tmp_path, sources, sieve=sieve), tmp_path / "main.py")
    assert site.factory.exit.swallows is swallows


def test_a_factory_may_enter_what_is_no_factory_in_a_subclass(tmp_path: Path) -> None:
    quiet = QUIET.replace("@contextmanager", "@elsewhere")
    sources = {"db.py": DB, "quiet.py": quiet, "users.py": HANDED_ON}
    uses = "from users import Users\ndef f(users: Users): users.nested().query(1)\n"
    (site,) = sites_in(open_project(tmp_path, {**sources, "main.py": uses}), tmp_path / "main.py")
    assert site.factory.exit.swallows


OPENER = """
    from contextlib import contextmanager
    class Opener:
        @contextmanager
        def __call__(self):
            yield object()
"""
CALLED = """
    from opener import Opener
    def annotated(opener: Opener):
        opener().query(1)  # <- ATTRIBUTE
    class Service:
        opener: Opener
        def f(self):
            s = self.opener()  # <- BOUND
            s.query(1)
    def exact():
        Opener()().query(1)  # <- ATTRIBUTE
        opener = Opener()
        opener().query(1)  # <- ATTRIBUTE
"""


@pytest.mark.parametrize(
    ("other", "agrees"),
    [
        ("", True),
        ("from opener import Opener\nclass Quiet(Opener): ...\n", True),
        ("from opener import Opener\nclass Fake(Opener):\n    def __call__(self):\n        return object()\n", False),
        ("import opener\nclass Fake(opener.Opener):\n    __call__ = make_session\n", False),
    ],
    ids=["none", "no other way to be called", "a function", "in the class's body"],
)
def test_object_that_is_called_may_be_of_a_subclass(tmp_path: Path, other: str, agrees: bool) -> None:
    before, exact, after = dedent(CALLED).partition("def exact():")
    uses = "".join((before if agrees else before.replace("# <-", "# not"), exact, after))
    check(tmp_path, {"opener.py": OPENER, "other.py": other, "main.py": uses})
