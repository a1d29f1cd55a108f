"""What each random program has at hand: names to keep things in, functions and classes that sessions are passed to.

`~` stands for `async` before `def`, and for `await` elsewhere, in async programs.
"""

from __future__ import annotations

IMPORTS = """import functools
from contextlib import aclosing, asynccontextmanager, closing, contextmanager, nullcontext, suppress
"""

HELPERS = """kept = []
kept_value = None


class Box:
    held = None


def describe(thing):
    return thing.name


def same(thing):
    return thing


def named(things):
    for thing in things:
        yield thing.name


~def save(session, name):
    session.add(name)
    ~session.commit()


~def work(session, name="helper"):
    session.add(name)
    return (~session.execute("pool")).one()


class Pools:
    def __init__(self, session):
        self.session = session

    ~def first(self):
        return (~self.session.execute("pool")).one()


"""

DETOURS = '''def traced(function):
    @functools.wraps(function)
    def call(*arguments, **options):
        log("call")
        return function(*arguments, **options)

    return call


~def remember(session):
    """Keeps an object
    where its caller can read it."""
    global kept_value
    kept_value = (~session.execute("remember")).one()


class Caller:
    seen = None

    ~def __call__(self, session, name="called"):
        session.add(name)
        self.seen = (~session.execute("call")).one()
        return self.seen


caller = Caller()


@traced
~def traced_work(session):
    return (~session.execute("traced")).one()


@traced
def traced_names(things):
    for thing in things:
        yield thing.name


@traced
def traced_query(session):
    return session.query("traced")


def rows_of(session):
    return (row.name for row in session.query("rows"))


def put(thing, sink=kept.append):
    sink(thing)


def first_of(*things, **named_things):
    for thing in (*things, *named_things.values()):
        return thing.query("first").one()


def add_all_to(session, *names, commit=False):
    for name in names:
        session.add(name)


def later(session):
    return lambda: session.add("later")


~def attempt(session, name):
    try:
        session.add(name)
        may_raise(71)
        ~session.commit()
    except ValueError:
        log("given up")


~def undo(session):
    ~session.rollback()


~def finish(session):
    ~session.close()


class Users:
    default = "user"

    def __init__(self, session=None):
        self._session = session

    @property
    def query(self):
        return self._session.query("users")

    def names(self):
        for row in self._session.query("names"):
            yield row.name

    def with_name(self, name):
        self._session.add(name)
        return self

    @staticmethod
    def of(session):
        return Users(session)


'''
