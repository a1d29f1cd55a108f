"""Where a name alone does not say which value it is."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, SILENT, HardInput

INPUTS: dict[str, HardInput] = {
    "two sessions of one name, one after the other": HardInput(
        "A tool that knows a resource by its name alone puts both into one block.",
        SAFE,
        """
            def main():
                s = get_session()
                s.add("a")
                s.commit()
                s.close()
                s = get_session()
                s.add("b")
                s.commit()
                s.close()
            """,
    ),
    "two sessions of one name, the first never closed": HardInput(
        "The second binding is the only sign of the first one's end.",
        SAFE,
        """
            def main():
                s = get_session()
                s.add("a")
                s.commit()
                s = get_session()
                s.add("b")
                s.commit()
            """,
    ),
    "one name, two functions": HardInput(
        "A name in one function says nothing about the same name in another.",
        SAFE,
        """
            def first():
                with get_session() as s:
                    s.add("a")
                    s.commit()


            def main():
                first()
                s = get_session()
                s.add("b")
                s.commit()
                s.close()
            """,
    ),
    "a nested function enters its own parameter of the same name": HardInput(
        "Kept on one stack of names, the inner `with` would seem to enter the outer manager.",
        SAFE,
        """
            def main():
                s = get_session()

                def entered(s):
                    with s:
                        log("entered")

                s.add("a")
                s.commit()
                s.close()
                entered(may_raise)
            """,
    ),
    "a nested function stands between the call and the with": HardInput(
        "The function's own scope must not end the search for the `with`.",
        SILENT,
        """
            def main():
                manager = get_session()

                def report(number):
                    manager = number
                    log(manager)

                with manager as s:
                    s.add("a")
                    s.commit()
                report(1)
            """,
    ),
    "annotated, then entered": HardInput(
        "An annotated assignment is another node than a plain one, and binds the manager just so.",
        SILENT,
        """
            def main():
                manager: object = get_session()
                with manager as s:
                    s.add("a")
                    s.commit()
            """,
    ),
    "bound by a walrus, then entered": HardInput(
        "A walrus binds the manager inside a condition.",
        SILENT,
        """
            def main():
                if (manager := get_session()) is not None:
                    with manager as s:
                        s.add("a")
                        s.commit()
            """,
    ),
    "a walrus in the header of the with": HardInput(
        "The call is not the item itself, and is entered all the same.",
        SILENT,
        """
            def main():
                with (manager := get_session()) as s:
                    s.add("a")
                    s.commit()
                log(manager is None)
            """,
    ),
    "annotated, then used": HardInput(
        "An annotated assignment is one like any other.",
        SAFE,
        """
            def main():
                s: object = get_session()
                s.add("a")
                s.commit()
                s.close()
            """,
    ),
    "two targets": HardInput(
        "`with f() as a, a as b` enters the session a second time.",
        REFUSED,
        """
            def main():
                s = t = get_session()
                s.add("a")
                t.commit()
                s.close()
            """,
        words="the session is assigned together with another target",
    ),
    "one of several targets of a tuple": HardInput(
        "The block must begin between two values of one statement.",
        REFUSED,
        """
            def main():
                s, name = get_session(), may_raise(1)
                s.add(name)
                s.commit()
                s.close()
            """,
        words="the session is assigned together with another target",
    ),
    "the name was something else before": HardInput(
        "The target's name is a parameter's, and still has that value before the call.",
        SAFE,
        """
            def main(s="reports"):
                log(s)
                s = get_session()
                s.add("a")
                s.commit()
                s.close()
            """,
    ),
    "the name is something else afterwards": HardInput(
        "The uses of the second value look like uses of the session.",
        SAFE,
        """
            def main():
                s = get_session()
                s.add("a")
                s.commit()
                s.close()
                s = "done"
                log(s)
                return s
            """,
    ),
    "the name is deleted": HardInput(
        "`del` after the close has to find a name that is bound still.",
        SAFE,
        """
            def main():
                s = get_session()
                s.add("a")
                s.commit()
                s.close()
                del s
                log("after")
            """,
    ),
    "the factory's name is another function's inside": HardInput(
        "A local name hides the factory.",
        SILENT,
        """
            def main():
                def get_session():
                    return []

                s = get_session()
                s.append("a")
                return len(s)
            """,
    ),
    "the fresh name is taken": HardInput(
        "A call without a name of its own needs one that nothing else uses.",
        SAFE,
        """
            session = "a global"


            def main():
                total = get_session().query("q").count()
                log(session)
                return total
            """,
    ),
}
