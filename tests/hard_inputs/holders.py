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
    "a method catches an exception of its own work": HardInput(
        "What the method lost must not be kept by the factory's commit.",
        UNSAFE,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def add(self, n):
                    try:
                        self.session.add(n)
                        may_raise(1)
                        self.session.commit()
                    except ValueError:
                        log("lost")


            def main():
                s = get_session()
                repo = Repo(s)
                repo.add("a")
                s.close()
            """,
        words="no work is pending where the program gave it up",
    ),
    "a method of another object catches an exception": HardInput(
        "The work is lost two calls away.",
        UNSAFE,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def add(self, n):
                    try:
                        self.session.add(n)
                        may_raise(1)
                        self.session.commit()
                    except ValueError:
                        return None


            class Service:
                def __init__(self, session):
                    self.repo = Repo(session)

                def add(self, n):
                    return self.repo.add(n)


            def main():
                s = get_session()
                Service(s).add("a")
                s.close()
            """,
        words="no work is pending where the program gave it up",
    ),
    "a function gets the object and catches an exception": HardInput(
        "The function is not handed the session itself.",
        UNSAFE,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def add(self, n):
                    self.session.add(n)


            def work(repo):
                try:
                    repo.add("a")
                    may_raise(1)
                    repo.session.commit()
                except ValueError:
                    log("lost")


            def main():
                s = get_session()
                work(Repo(s))
                s.close()
            """,
        words="no work is pending where the program gave it up",
    ),
    "a manager of the project hides exceptions": HardInput(
        "Its name does not tell, its `__exit__` does.",
        UNSAFE,
        """
            class Uow:
                def __init__(self, session):
                    self.session = session

                def __enter__(self):
                    return self

                def __exit__(self, kind, *a):
                    return True


            def main():
                s = get_session()
                with Uow(s) as uow:
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
                log("after")
            """,
        words="no work is pending where the program gave it up",
    ),
    "a method puts a query into a global list": HardInput(
        "The caller names neither the list nor the query.",
        REFUSED,
        """
            kept = []


            class Repo:
                def __init__(self, session):
                    self.session = session

                def load(self):
                    kept.append(self.session.query("x"))


            def main():
                s = get_session()
                Repo(s).load()
                s.commit()
            """,
        words="an object that holds the session is stored where it outlives the block",
    ),
    "a method fills the caller's list with queries": HardInput(
        "The list is made by the caller and filled by the method.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def fill(self, out):
                    out.append(self.session.query("x"))


            def main():
                s = get_session()
                out = []
                Repo(s).fill(out)
                s.close()
                return out
            """,
        words="an object that holds the session is stored where it outlives the block",
    ),
    "a method fills the caller's list with objects": HardInput(
        "The objects are read after the close.",
        SAFE,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def fill(self, out):
                    out.append(self.session.query("x").one())


            def main():
                s = get_session()
                out = []
                Repo(s).fill(out)
                s.close()
                return [u.name for u in out]
            """,
    ),
    "a list of the queries that a generator gives": HardInput(
        "The generator is used up, and what it gave is not.",
        REFUSED,
        """
            def qs(session):
                for n in "ab":
                    yield session.query(n)


            def main():
                s = get_session()
                r = list(qs(s))
                s.close()
                return r
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "the next of a generator expression of queries": HardInput(
        "The generator is used up, and what it gave is not.",
        REFUSED,
        """
            def main():
                s = get_session()
                r = next(s.query(n) for n in "ab")
                s.close()
                return r
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a list of what a bound method gives": HardInput(
        "`map` calls the session's method.",
        REFUSED,
        """
            def main():
                s = get_session()
                r = list(map(s.query, "ab"))
                s.close()
                return r
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a list of what a lambda gives": HardInput(
        "`map` calls a function that gives queries.",
        REFUSED,
        """
            def main():
                s = get_session()
                r = list(map(lambda n: s.query(n), "ab"))
                s.close()
                return r
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a query is narrowed in a reduction": HardInput(
        "`reduce` gives what its function does.",
        REFUSED,
        """
            from functools import reduce


            def main():
                s = get_session()
                r = reduce(lambda q, n: q.filter(n), "ab", s.query("x"))
                s.close()
                return r
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a method closes the session": HardInput(
        "The close is in another place than the session's name.",
        REFUSED,
        """
            class Repo:
                def __init__(self, session):
                    self.session = session

                def close(self):
                    self.session.close()


            def main():
                s = get_session()
                repo = Repo(s)
                s.add("a")
                s.commit()
                repo.close()
                log("after")
            """,
        words="an object that holds the session is closed by the function that it is passed to",
    ),
    "a method without a name for its own object": HardInput(
        "`self` is the first of `*args`, and no parameter can be followed.",
        SAFE,
        """
            class Holder:
                def __init__(self, session):
                    self.session = session

                def count(*args):
                    return args[0].session.query("q").count()


            def main():
                s = get_session()
                total = Holder(s).count()
                s.commit()
                s.close()
                return total
            """,
    ),
}
