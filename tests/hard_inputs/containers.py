"""Where a container, or an object with attributes, takes a query or an object out of sight."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, HardInput

INPUTS: dict[str, HardInput] = {
    "a bound method is taken from a dict": HardInput(
        "What is called is an item of a dict, and gives a query.",
        REFUSED,
        """
            def main():
                s = get_session()
                ops = {"q": s.query}
                r = ops["q"]("x")
                s.close()
                return r
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "the values of a dict are queries": HardInput(
        "A method of the dict gives the queries on.",
        REFUSED,
        """
            def main():
                s = get_session()
                qs = {"a": s.query("a")}
                s.close()
                return list(qs.values())
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a query is got from a dict": HardInput(
        "`get` is a method of dicts as well as of sessions.",
        REFUSED,
        """
            def main():
                s = get_session()
                qs = {"a": s.query("a")}
                s.close()
                return qs.get("a")
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a query in a list in a list": HardInput(
        "What is read from the outer list is a list with a query.",
        REFUSED,
        """
            def main():
                s = get_session()
                qs = [[s.query("a")]]
                s.close()
                return qs[0][0]
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "the next of several queries": HardInput(
        "Two calls stand between the list and its item.",
        REFUSED,
        """
            def main():
                s = get_session()
                qs = [s.query("a")]
                r = next(iter(qs))
                s.close()
                return r
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "the first of sorted queries": HardInput(
        "Sorting gives a list with the same queries.",
        REFUSED,
        """
            def main():
                s = get_session()
                qs = [s.query("a")]
                r = sorted(qs, key=id)[0]
                s.close()
                return r
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "an item of a list times a number": HardInput(
        "The list is made by an operator.",
        REFUSED,
        """
            def main():
                s = get_session()
                rows = ([s.query("a")] * 2)[0]
                s.close()
                return rows
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a namespace has a query as its attribute": HardInput(
        "An object that is made with a query gives it back as an attribute.",
        REFUSED,
        """
            from types import SimpleNamespace


            def main():
                s = get_session()
                ns = SimpleNamespace(q=s.query("a"))
                s.close()
                return ns.q
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a named tuple of a query and a number is unpacked": HardInput(
        "An object of a class can be unpacked.",
        REFUSED,
        """
            from collections import namedtuple
            Pair = namedtuple("Pair", "a b")


            def main():
                s = get_session()
                p = Pair(s.query("a"), 1)
                s.close()
                a, b = p
                return a
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a view of a dict with a query": HardInput(
        "A view is no copy and no dict.",
        REFUSED,
        """
            from types import MappingProxyType


            def main():
                s = get_session()
                p = MappingProxyType({"a": s.query("a")})
                s.close()
                return p["a"]
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a list has two names": HardInput(
        "What is put in under one name is read under the other.",
        REFUSED,
        """
            def main():
                s = get_session()
                out = []
                alias = out
                alias.append(s.query("x"))
                s.close()
                return out
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "one assignment gives a list two names": HardInput(
        "The two targets are one list.",
        REFUSED,
        """
            def main():
                s = get_session()
                out = alias = []
                alias.append(s.query("x"))
                s.close()
                return out
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a list stands in a dict, too": HardInput(
        "The list is reached by a key.",
        REFUSED,
        """
            def main():
                s = get_session()
                out = []
                box = {"l": out}
                box["l"].append(s.query("x"))
                s.close()
                return out
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a list is extended under its other name": HardInput(
        "`+=` changes the list, and binds one of its names.",
        REFUSED,
        """
            def main():
                s = get_session()
                out = []
                alias = out
                alias += [s.query("x")]
                s.close()
                return out
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a list stood in another before it was filled": HardInput(
        "The outer list is not named after the session is opened.",
        REFUSED,
        """
            def main():
                out = []
                box = [out]
                s = get_session()
                out.append(s.query("x"))
                s.close()
                return box
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a parameter is extended by `+=`": HardInput(
        "It is the caller's list that grows.",
        REFUSED,
        """
            kept = []


            def main():
                s = get_session()
                fill(kept, s)
                s.close()


            def fill(out, s):
                out += [s.query("x")]
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "a comprehension appends": HardInput(
        "The list that the comprehension gives is not the one that counts.",
        REFUSED,
        """
            def main():
                s = get_session()
                out = []
                [out.append(s.query(n)) for n in "ab"]
                s.close()
                return out
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a dict by keywords holds the session": HardInput(
        "`dict` with keywords makes a container.",
        REFUSED,
        """
            def main():
                s = get_session()
                kw = dict(session=s)
                s.add("a")
                s.commit()
                return kw
            """,
        words="an object that holds the session is returned",
    ),
    "a bound `append` has a name": HardInput(
        "The list is not named where it grows.",
        REFUSED,
        """
            def main():
                s = get_session()
                out = []
                put = out.append
                put(s.query("x"))
                s.close()
                return out
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is returned",
    ),
    "a bound `append` takes an object": HardInput(
        "The objects in the list are read after the close.",
        SAFE,
        """
            def main():
                s = get_session()
                out = []
                put = out.append
                put(s.query("x").one())
                s.close()
                return [u.name for u in out]
            """,
    ),
}
