"""Where a nested function, or a call, hands out what the function around it takes to be kept inside."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, UNSAFE, HardInput

INPUTS: dict[str, HardInput] = {
    "a nested function binds an outer name to an object": HardInput(
        "`nonlocal` carries the object out, and what is read from it later needs the session.",
        UNSAFE,
        """
            def main():
                held = None
                s = get_session()

                def keep():
                    nonlocal held
                    held = s.query("q").one()

                keep()
                s.close()
                return held.owner
            """,
        words="nothing unloaded is read",
    ),
    "a nested function binds an outer name to a list with the session": HardInput(
        "`nonlocal` carries the session out, by way of a local name and a list.",
        REFUSED,
        """
            def main():
                held = None
                s = get_session()
                s.begin()

                def keep():
                    nonlocal held
                    mine = s
                    held = [mine]

                keep()
                s.close()
                return held
            """,
        words="an object that holds the session is stored where it outlives the block",
    ),
    "a nested function counts": HardInput(
        "`nonlocal` carries out a plain number, which needs no session.",
        SAFE,
        """
            def main():
                total = 0
                s = get_session()

                def count():
                    nonlocal total
                    total += s.query("q").count()

                count()
                s.close()
                return total
            """,
    ),
    "a nested function binds a global": HardInput(
        "The statement that lets the session out is not in the function that opens it.",
        REFUSED,
        """
            kept = None


            def main():
                s = get_session()
                s.begin()

                def keep():
                    global kept
                    kept = s

                keep()
                s.close()
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "a nested function returns the session": HardInput(
        "The result of a call that names no session is the session.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.begin()

                def give():
                    return s

                held = give()
                s.close()
                return held
            """,
        words="an object that holds the session is returned",
    ),
    "a nested function appends the session to an outer list": HardInput(
        "The list is local to the outer function, and is returned by it.",
        REFUSED,
        """
            def main():
                held = []
                s = get_session()
                s.begin()

                def keep():
                    held.append(s)

                keep()
                s.close()
                return held
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "a nested function appends a query to an outer list": HardInput(
        "What is in the list does its work when somebody loops over it.",
        REFUSED,
        """
            def main():
                held = []
                s = get_session()
                s.begin()

                def keep():
                    held.append(s.query("q"))

                keep()
                s.close()
                return held
            """,
        words="a lazy result (a query, cursor, coroutine or generator) is stored where it outlives the block",
    ),
    "a nested function sets an attribute of an outer object": HardInput(
        "The object is returned, with the session in it.",
        REFUSED,
        """
            class Box:
                pass


            def main():
                box = Box()
                s = get_session()
                s.begin()

                def keep():
                    box.session = s

                keep()
                s.close()
                return box
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "a nested function puts the session under a key": HardInput(
        "The dict is returned, with the session in it.",
        REFUSED,
        """
            def main():
                held = {}
                s = get_session()
                s.begin()

                def keep():
                    held["s"] = s

                keep()
                s.close()
                return held
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "a lambda appends the session": HardInput(
        "A lambda is a function without statements, and can let the session out all the same.",
        REFUSED,
        """
            def main():
                held = []
                s = get_session()
                s.begin()
                keep = lambda: held.append(s)
                keep()
                s.close()
                return held
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "the greatest of a list of sessions": HardInput(
        "What `max` gives is an item of what it is passed.",
        REFUSED,
        """
            def main():
                s = get_session()
                s.begin()
                held = max([s], key=id)
                s.close()
                return held
            """,
        words="an object that holds the session is returned",
    ),
    "a function in a nested function binds an outer name": HardInput(
        "The name that keeps the session belongs two functions further out.",
        REFUSED,
        """
            def main():
                held = None
                s = get_session()
                s.begin()

                def outer():
                    def inner():
                        nonlocal held
                        held = s

                    inner()

                outer()
                s.close()
                return held
            """,
        words="the session itself is stored where it outlives the block",
    ),
    "a nested function binds an outer name by its loop": HardInput(
        "A loop binds its target like an assignment, and leaves it bound.",
        UNSAFE,
        """
            def main():
                held = None
                s = get_session()

                def keep():
                    nonlocal held
                    for held in s.query("q").all():
                        log("row")

                keep()
                s.close()
                return held.owner
            """,
        words="nothing unloaded is read",
    ),
    "a nested function binds an outer name by its with": HardInput(
        "`as` binds like an assignment, and leaves its name bound.",
        REFUSED,
        """
            import contextlib


            def main():
                held = None
                s = get_session()
                s.begin()

                def keep():
                    nonlocal held
                    with contextlib.nullcontext(s) as held:
                        log("in")

                keep()
                s.close()
                return held
            """,
        words="the session itself is stored where it outlives the block",
    ),
}
