"""Where an exception is kept from the caller, or a commit is skipped, by code whose looks do not say so."""

from __future__ import annotations

from hard_inputs.base import SAFE, UNSAFE, HardInput

GIVEN_UP = "no work is pending where the program gave it up"

INPUTS: dict[str, HardInput] = {
    "a class that swallows": HardInput(
        "The name says nothing; its `__exit__` returns True.",
        UNSAFE,
        """
            class Section:
                def __enter__(self):
                    return self

                def __exit__(self, kind, error, traceback):
                    return True


            def main():
                s = get_session()
                with Section():
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "a class that swallows nothing": HardInput(
        "An `__exit__` without a value lets the exception pass.",
        SAFE,
        """
            class Section:
                def __enter__(self):
                    return self

                def __exit__(self, kind, error, traceback):
                    log("left")


            def main():
                s = get_session()
                with Section():
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
    ),
    "an object that swallows as its own method's manager": HardInput(
        "The manager is `self`.",
        UNSAFE,
        """
            class Section:
                def __enter__(self):
                    return self

                def __exit__(self, kind, error, traceback):
                    return kind is not None

                def run(self):
                    s = get_session()
                    with self:
                        s.add("a")
                        may_raise(1)
                        s.commit()
                    s.close()


            def main():
                Section().run()
            """,
        words=GIVEN_UP,
    ),
    "a subclass of suppress": HardInput(
        "The exit is the library's.",
        UNSAFE,
        """
            from contextlib import suppress


            class Section(suppress):
                pass


            def main():
                s = get_session()
                with Section(ValueError):
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "suppress under another name": HardInput(
        "The import renames it.",
        UNSAFE,
        """
            from contextlib import suppress as section


            def main():
                s = get_session()
                with section(ValueError):
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "suppress from a function": HardInput(
        "Only the function's `return` shows it.",
        UNSAFE,
        """
            from contextlib import suppress


            def section():
                return suppress(ValueError)


            def main():
                s = get_session()
                with section():
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "suppress in a name of the module": HardInput(
        "It is made outside the function.",
        UNSAFE,
        """
            from contextlib import suppress

            section = suppress(ValueError)


            def main():
                s = get_session()
                with section:
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "suppress on one branch": HardInput(
        "The other branch swallows nothing.",
        UNSAFE,
        """
            from contextlib import nullcontext, suppress


            def main():
                s = get_session()
                section = suppress(ValueError) if cond(1) else nullcontext()
                with section:
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "attempts of a loop": HardInput(
        "Libraries for retries hand out one manager a round, which swallows.",
        UNSAFE,
        """
            class Round:
                def __enter__(self):
                    return self

                def __exit__(self, kind, error, traceback):
                    return True


            def rounds():
                yield Round()


            def main():
                s = get_session()
                for each in rounds():
                    with each:
                        s.add("a")
                        may_raise(1)
                        s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "an exit pushed on a stack": HardInput(
        "The stack swallows what the function on it says.",
        UNSAFE,
        """
            from contextlib import ExitStack


            def main():
                s = get_session()
                with ExitStack() as stack:
                    stack.push(lambda *error: True)
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "a stack that another function fills": HardInput(
        "What is entered stands elsewhere.",
        UNSAFE,
        """
            from contextlib import ExitStack, suppress


            def fill(stack):
                stack.enter_context(suppress(ValueError))


            def main():
                s = get_session()
                with ExitStack() as stack:
                    fill(stack)
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "a stack of what swallows nothing": HardInput(
        "A callback cannot swallow.",
        SAFE,
        """
            from contextlib import ExitStack


            def main():
                s = get_session()
                with ExitStack() as stack:
                    stack.callback(log, "left")
                    s.add("a")
                    may_raise(1)
                    s.commit()
                s.close()
            """,
    ),
    "the commit is handed to a function that catches its error": HardInput(
        "`s.commit` is no call.",
        UNSAFE,
        """
            def attempt(function):
                try:
                    function()
                except DatabaseError:
                    log("failed")


            def main():
                s = get_session()
                s.add("a")
                attempt(s.commit)
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "the commit has a name of its own": HardInput(
        "It may not be called.",
        UNSAFE,
        """
            def main():
                s = get_session()
                commit = s.commit
                s.add("a")
                if cond(1):
                    commit()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "work after a transaction of its own": HardInput(
        "`with s.begin()` commits, and what comes after it is dropped.",
        UNSAFE,
        """
            def main():
                s = get_session()
                with s.begin():
                    s.add("a")
                s.add("b")
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "an exception from a transaction of its own": HardInput(
        "`with s.begin()` has rolled back before the handler runs.",
        SAFE,
        """
            def main():
                s = get_session()
                try:
                    with s.begin():
                        s.add("a")
                        may_raise(1)
                except ValueError:
                    log("failed")
                s.close()
            """,
    ),
    "a method of what holds the session catches": HardInput(
        "The work is given up where no name of the session stands.",
        UNSAFE,
        """
            class Users:
                def __init__(self, s):
                    self.s = s

                def save(self):
                    try:
                        self.s.add("a")
                        may_raise(1)
                        self.s.commit()
                    except ValueError:
                        log("failed")


            def main():
                s = get_session()
                Users(s).save()
                s.close()
            """,
        words=GIVEN_UP,
    ),
    "a method of what holds the session commits, on every path": HardInput(
        "Nothing is pending at the end.",
        SAFE,
        """
            class Users:
                def __init__(self, s):
                    self.s = s

                def save(self):
                    self.s.add("a")
                    self.s.commit()


            def main():
                s = get_session()
                Users(s).save()
                s.close()
            """,
    ),
}
