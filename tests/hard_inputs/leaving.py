"""Where the session, or what holds it, leaves the function by a way that the parent of its name does not show."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, SILENT, HardInput

INPUTS: dict[str, HardInput] = {
    "returned beside another value": HardInput(
        "The parent of the name is a tuple, and only the tuple's parent is the `return`.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.add("a")
                return s, "name"
            """,
        words="an object that holds the session is returned",
    ),
    "returned in a list in a dict": HardInput(
        "Nothing that is near the name says that it leaves.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.add("a")
                return {"sessions": [s]}
            """,
        words="an object that holds the session is returned",
    ),
    "returned by a conditional expression": HardInput(
        "The `return` has the session on one branch only.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.add("a")
                return s if cond(1) else None
            """,
        words="the session itself is returned",
    ),
    "a bound method is returned": HardInput(
        "The method holds the session; its parent is an attribute.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.add("a")
                return s.query
            """,
        words="an object that holds the session is returned",
    ),
    "a lambda that uses it is returned": HardInput(
        "The use is in a scope of its own, and runs after the block.",
        REFUSED,
        """
            def main():
                s = get_session()
                return lambda: s.query("q").count()
            """,
        words="a function that uses the session is returned",
    ),
    "a function that uses it is returned": HardInput(
        "The closure keeps the session alive beyond the function.",
        REFUSED,
        """
            def main():
                s = get_session()

                def count():
                    return s.query("q").count()

                return count
            """,
        words="a function that uses the session is returned",
    ),
    "a function that uses it is called in the block only": HardInput(
        "A closure that stays is no reason to refuse, and the block must reach over its last call.",
        SAFE,
        """
            def main():
                s = get_session()

                def count():
                    return s.query("q").count()

                first = count()
                log("between")
                return first + count()
            """,
    ),
    "a generator expression is returned": HardInput(
        "Its first iterable is evaluated at once, all else when it is read.",
        REFUSED,
        """
            def main():
                s = get_session()
                return (row.name for row in s.query("q").all())
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a generator expression is used up in the block": HardInput(
        "The same expression, read where it stands, is harmless.",
        SAFE,
        """
            def main():
                s = get_session()
                total = sum(1 for row in s.query("q").all() if row.name)
                s.close()
                return total
            """,
    ),
    "map over a bound method is returned": HardInput(
        "The method is called when the map is read.",
        REFUSED,
        """
            def main():
                s = get_session()
                return map(s.query, ["a", "b"])
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a partial is returned": HardInput(
        "A partial is a call that has not been made.",
        REFUSED,
        """
            import functools


            def main():
                s = get_session()
                return functools.partial(s.query, "q")
            """,
        words="an object that holds the session is handed to a thread, a task",
    ),
    "yielded": HardInput(
        "A generator stands still in the middle of the block for as long as its reader likes.",
        SAFE,
        """
            def main():
                s = get_session()
                s.add("a")
                s.commit()
                yield s
                s.close()
            """,
    ),
    "rows are yielded": HardInput(
        "The block must stay open until the generator is read to its end or closed.",
        SAFE,
        """
            def main():
                s = get_session()
                for row in s.query("q").all():
                    yield row.name
                s.close()
            """,
    ),
    "raised with an exception": HardInput(
        "An exception carries its arguments out of the block.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.add("a")
                raise ValueError(s)
            """,
        words="an object that holds the session leaves with an exception",
    ),
    "an alias is stored": HardInput(
        "The name that is stored is another one.",
        REFUSED,
        """
            class Holder:
                pass


            holder = Holder()


            def main():
                s = get_session()
                s.add("a")
                same = s
                holder.session = same
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "an alias outlives the suite": HardInput(
        "The name of the call is not used after its suite, another one is.",
        REFUSED,
        """
            def main():
                out = None
                if cond(1):
                    s = get_session()
                    s.add("a")
                    out = s
                if out:
                    out.commit()
            """,
        words="needs the session, and lies outside the suite in which the session is made",
    ),
    "an alias that may be something else": HardInput(
        "After the block the alias may be the session or not.",
        REFUSED,
        """
            def main():
                s = get_session()
                same = s if cond(1) else None
                s.add("a")
                s.close()
                if same:
                    same.commit()
            """,
        words="uses the session after it was closed",
    ),
    "an alias by walrus": HardInput(
        "The second name is bound in the middle of an expression.",
        SAFE,
        """
            def main():
                s = get_session()
                log((same := s) is None)
                same.add("a")
                same.commit()
            """,
    ),
    "an alias by unpacking": HardInput(
        "The session is one of several values.",
        SILENT,
        """
            def main():
                s = get_session()
                same, name = s, "a"
                same.add(name)
                same.commit()
            """,
    ),
    "an alias by a loop over a list of sessions": HardInput(
        "The loop's target is the session in one round.",
        SILENT,
        """
            def main():
                s = get_session()
                for each in [s]:
                    each.add("a")
                    each.commit()
                log("after")
            """,
    ),
    "an alias by a pattern": HardInput(
        "A capture pattern binds like an assignment.",
        SILENT,
        """
            def main():
                s = get_session()
                match s:
                    case same:
                        same.add("a")
                same.commit()
                log("after")
            """,
    ),
    "stored under a key": HardInput(
        "A subscript as the target holds the session beyond the function.",
        REFUSED,
        """
            kept = {}


            def main():
                s = get_session()
                s.add("a")
                kept["s"] = s
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "appended to a list of the module": HardInput(
        "A method of some other object keeps it.",
        REFUSED,
        """
            kept = []


            def main():
                s = get_session()
                s.add("a")
                kept.append(s)
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "set by setattr": HardInput(
        "A call that stores, by a name that no attribute shows.",
        SILENT,
        """
            class Holder:
                pass


            holder = Holder()


            def main():
                s = get_session()
                s.add("a")
                setattr(holder, "session", s)
            """,
    ),
    "kept by a function of the module": HardInput(
        "Only the other function shows that its argument stays.",
        REFUSED,
        """
            kept = []


            def keep(session):
                kept.append(session)


            def main():
                s = get_session()
                s.add("a")
                keep(s)
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "held by an object that is returned": HardInput(
        "The object's class keeps the session.",
        REFUSED,
        """
            class Users:
                def __init__(self, session):
                    self.session = session

                def count(self):
                    return self.session.query("q").count()


            def main():
                s = get_session()
                s.begin()
                return Users(s)
            """,
        words="an object that holds the session is returned",
    ),
    "held by an object that is used up in the block": HardInput(
        "The block must reach to the last use of the object, which does not name the session.",
        SAFE,
        """
            class Users:
                def __init__(self, session):
                    self.session = session

                def count(self):
                    return self.session.query("q").count()


            def main():
                s = get_session()
                users = Users(s)
                s.begin()
                log("between")
                return users.count()
            """,
    ),
    "a default argument": HardInput(
        "It is evaluated now and used later.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.begin()

                def count(session=s):
                    return session.query("q").count()

                return count
            """,
        words="the session itself is kept as a default argument",
    ),
    "an attribute of a class that is returned": HardInput(
        "A class body is a scope that runs at once and is kept.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.begin()

                class Users:
                    session = s

                return Users
            """,
        words="a function or class that uses the session may outlive the block",
    ),
    "declared global": HardInput(
        "Any function may read the name afterwards.",
        REFUSED,
        """
            s = None


            def main():
                global s
                s = get_session()
                s.add("a")
                s.commit()
                s.close()
            """,
        words="the manager is kept outside the function",
    ),
    "declared nonlocal": HardInput(
        "The function around it may read the name afterwards.",
        REFUSED,
        """
            def main():
                s = None

                def fill():
                    nonlocal s
                    s = get_session()
                    s.add("a")
                    s.commit()

                fill()
                return s is None
            """,
        words="`s` is declared global or nonlocal",
    ),
    "handed to a thread": HardInput(
        "The thread may still be at work when the block ends.",
        REFUSED,
        """
            import threading


            def work(session):
                session.add("a")
                session.commit()


            def main():
                s = get_session()
                s.begin()
                threading.Thread(target=work, args=(s,)).start()
            """,
        words="an object that holds the session is handed to a thread, a task",
    ),
    "a generator function gets it": HardInput(
        "The call of a generator function does nothing yet.",
        REFUSED,
        """
            def rows(session):
                for row in session.query("q").all():
                    yield row.name


            def main():
                s = get_session()
                s.begin()
                return rows(s)
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "the close is handed on": HardInput(
        "Who is given the bound `close` ends the session some time.",
        REFUSED,
        """
            import atexit


            def main():
                s = get_session()
                s.add("a")
                atexit.register(s.close)
            """,
        words="the session itself is closed inside an expression, or its close is handed on",
    ),
}
