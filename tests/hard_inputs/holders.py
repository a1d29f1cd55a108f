"""Where an object that holds the session uses it behind an operator, or gives out what is lazy."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, UNSAFE, HardInput

INPUTS: dict[str, HardInput] = {
    "a method returns a query by a local name": HardInput(
        "The `return` does not show that the value is lazy.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def adults(self):
                    q = self.session.query("adults")
                    q = q.filter(1)
                    return q


            def main():
                s = get_session()
                repo = Repo(s)
                rows = repo.adults()
                s.close()
                return rows
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a method returns a dict of queries": HardInput(
        "The query is inside of what is returned.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def both(self):
                    return {"a": self.session.query("adults")}


            def main():
                s = get_session()
                rows = Repo(s).both()
                s.close()
                return rows
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a method returns what an inherited one returns": HardInput(
        "The query is two calls away.",
        REFUSED,
        """
            class Base:
                def __init__(self, session):
                    self.session = session

                def base(self):
                    return self.session.query("x")


            class Repo(Base):
                def all(self):
                    return self.base()


            def main():
                s = get_session()
                rows = Repo(s).all()
                s.close()
                return rows
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a method returns what the one of its base class returns": HardInput(
        "`super()` is the same object.",
        REFUSED,
        """
            class Base:
                def __init__(self, session):
                    self.session = session

                def rows(self):
                    for r in self.session.query("x"):
                        yield r.name


            class Repo(Base):
                def rows(self):
                    return super().rows()


            def main():
                s = get_session()
                rows = Repo(s).rows()
                s.close()
                return rows
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a method returns a generator by a local name": HardInput(
        "Nothing in the `return` is lazy.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def names(self):
                    rows = (r.name for r in self.session.query("x"))
                    return rows


            def main():
                s = get_session()
                rows = Repo(s).names()
                s.close()
                return rows
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a method returns a map": HardInput(
        "The rows are read when the caller does.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def names(self):
                    return map(str, self.session.query("x"))


            def main():
                s = get_session()
                rows = Repo(s).names()
                s.close()
                return rows
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "an object is tested for truth": HardInput(
        "`if` calls `__len__`, which asks the session.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def __len__(self):
                    return self.session.query("x").count()


            def main():
                s = get_session()
                rows = Repo(s)
                s.close()
                if rows:
                    return 1
                return 0
            """,
        words="uses the session after it was closed",
    ),
    "an object is negated": HardInput(
        "`not` calls `__len__`, which asks the session.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def __len__(self):
                    return self.session.query("x").count()


            def main():
                s = get_session()
                rows = Repo(s)
                s.close()
                return not rows
            """,
        words="uses the session after it was closed",
    ),
    "an object is compared": HardInput(
        "`==` calls a method, which asks the session.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def __eq__(self, other):
                    return self.session.query("x").count() == other


            def main():
                s = get_session()
                rows = Repo(s)
                s.close()
                return rows == 2
            """,
        words="uses the session after it was closed",
    ),
    "an object is looked for in a list": HardInput(
        "`in` compares, which asks the session.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def __eq__(self, other):
                    return self.session.query("x").count() == other


            def main():
                s = get_session()
                rows = Repo(s)
                s.close()
                return rows in [2]
            """,
        words="uses the session after it was closed",
    ),
    "an object has a sign": HardInput(
        "A sign calls a method, which asks the session.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def __neg__(self):
                    return self.session.query("x").count()


            def main():
                s = get_session()
                rows = Repo(s)
                s.close()
                log(-rows)
            """,
        words="uses the session after it was closed",
    ),
    "an object is added to by `+=`": HardInput(
        "`+=` calls a method, which writes.",
        SAFE,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def __iadd__(self, n):
                    self.session.add(n)
                    self.session.commit()
                    return self


            def main():
                s = get_session()
                rows = Repo(s)
                rows += "a"
            """,
    ),
    "a value is looked for in an object": HardInput(
        "`in` calls `__contains__`, which asks the session.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def __contains__(self, n):
                    return self.session.query("x").count() == n


            def main():
                s = get_session()
                rows = Repo(s)
                s.close()
                return 2 in rows
            """,
        words="uses the session after it was closed",
    ),
    "an object is taken from a caught exception": HardInput(
        "The handler's name holds what was raised.",
        UNSAFE,
        """
            def main():
                s = get_session()
                held = None
                try:
                    raise ValueError(s.query("x").one())
                except ValueError as e:
                    held = e.args[0]
                s.close()
                return held.name
            """,
        words="nothing unloaded is read from them",
    ),
    "an object is taken from an exception of another function": HardInput(
        "Only the other function shows what its exception holds.",
        UNSAFE,
        """
            def find(session):
                raise LookupError(session.query("x").one())


            def main():
                s = get_session()
                u = None
                try:
                    find(s)
                except LookupError as e:
                    u = e.args[0]
                s.close()
                log(u.name)
            """,
        words="nothing unloaded is read from them",
    ),
    "a generator is sent the session": HardInput(
        "It gives a query back.",
        REFUSED,
        """
            def worker():
                session = yield
                while True:
                    session = yield session.query("x")


            def main():
                g = worker()
                next(g)
                s = get_session()
                r = g.send(s)
                s.close()
                return r
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "a generator keeps the session that it was sent": HardInput(
        "The call that uses the session names another value.",
        REFUSED,
        """
            def worker():
                session = yield
                while True:
                    n = yield
                    session.add(n)
                    session.commit()


            def main():
                g = worker()
                next(g)
                s = get_session()
                g.send(s)
                s.add("x")
                s.commit()
                g.send("a")
            """,
        words="the session itself is stored where it outlives the block",
    ),
}
