"""Where the manager is entered by other means, and where it only seems to be."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, SILENT, HardInput

INPUTS: dict[str, HardInput] = {
    "entered in the next statement": HardInput(
        "The manager has a name before it is entered: nothing is wrong.",
        SILENT,
        """
            def main():
                manager = get_session()
                with manager as s:
                    s.add("a")
                    s.commit()
            """,
    ),
    "a conditional expression as the item": HardInput(
        "The parent of the call is not the `with`.",
        SILENT,
        """
            import contextlib


            def main(given=None):
                with get_session() if given is None else contextlib.nullcontext(given) as s:
                    s.add("a")
                    s.commit()
            """,
    ),
    "one of several items": HardInput(
        "The items after the first are entered just so.",
        SILENT,
        """
            def main():
                with get_session() as source, get_session() as target:
                    target.add(source.query("q").count())
                    target.commit()
            """,
    ),
    "entered by an exit stack": HardInput(
        "A stack enters and ends it.",
        SILENT,
        """
            import contextlib


            def main():
                with contextlib.ExitStack() as stack:
                    s = stack.enter_context(get_session())
                    s.add("a")
                    s.commit()
            """,
    ),
    "entered by an alias of an exit stack": HardInput(
        "The stack has a second name.",
        SILENT,
        """
            import contextlib


            def main():
                with contextlib.ExitStack() as stack:
                    same = stack
                    s = same.enter_context(get_session())
                    s.add("a")
                    s.commit()
            """,
    ),
    "many entered by an exit stack": HardInput(
        "The call stands in a comprehension, and is entered there.",
        SILENT,
        """
            import contextlib


            def main():
                with contextlib.ExitStack() as stack:
                    sessions = [stack.enter_context(get_session()) for _ in range(2)]
                    for s in sessions:
                        s.add("a")
                        s.commit()
            """,
    ),
    "entered by hand": HardInput(
        "`__enter__` and `__exit__` are what `with` calls.",
        SILENT,
        """
            def main():
                manager = get_session()
                s = manager.__enter__()
                try:
                    s.add("a")
                    s.commit()
                finally:
                    manager.__exit__(None, None, None)
            """,
    ),
    "kept in a list and entered later": HardInput(
        "The list holds managers, and is meant to.",
        SILENT,
        """
            def main():
                managers = [get_session() for _ in range(2)]
                for manager in managers:
                    with manager as s:
                        s.add("a")
                        s.commit()
            """,
    ),
    "handed to a function that enters it": HardInput(
        "What is passed is the manager, and the function knows.",
        SILENT,
        """
            def add(manager):
                with manager as s:
                    s.add("a")
                    s.commit()


            def main():
                add(get_session())
            """,
    ),
    "returned as a manager": HardInput(
        "A function that hands the manager on is a factory itself.",
        SILENT,
        """
            def open_session():
                return get_session()


            def main():
                with open_session() as s:
                    s.add("a")
                    s.commit()
            """,
    ),
    "returned, and taken for a session by the caller": HardInput(
        "The mistake is at the caller, two steps from the factory.",
        SAFE,
        """
            def open_session():
                return get_session()


            def main():
                s = open_session()
                s.add("a")
                s.commit()
                s.close()
            """,
    ),
    "kept on the object and entered by a method": HardInput(
        "Another method of the class enters it.",
        SILENT,
        """
            class Users:
                def __init__(self):
                    self.manager = get_session()

                def add(self):
                    with self.manager as s:
                        s.add("a")
                        s.commit()


            def main():
                Users().add()
            """,
    ),
    "opened by a context manager of the user's own": HardInput(
        "The `yield` inside a factory is entered by whoever enters that.",
        SILENT,
        """
            import contextlib


            @contextlib.contextmanager
            def unit():
                with get_session() as s:
                    yield s
                    s.commit()


            def main():
                with unit() as s:
                    s.add("a")
            """,
    ),
    "closing around the call": HardInput(
        "Whoever knows `closing` from files puts it around the manager, which has no close.",
        SAFE,
        """
            import contextlib


            def main():
                with contextlib.closing(get_session()) as s:
                    s.add("a")
                    s.commit()
            """,
    ),
    "closing around the name": HardInput(
        "The session is ended by another manager than its own.",
        REFUSED,
        """
            import contextlib


            def main():
                s = get_session()
                with contextlib.closing(s):
                    s.add("a")
                    s.commit()
            """,
        words="the session itself is closed by a context manager of its own",
    ),
    "a second with on the session": HardInput(
        "SQLAlchemy's session is a manager too: its `with` closes it.",
        SILENT,
        """
            def main():
                s = get_session()
                s.begin()
                with s:
                    s.add("a")
                    s.commit()
            """,
    ),
    "not a context manager at all": HardInput(
        "A plain function of the same name is no factory.",
        SILENT,
        """
            def get_session():
                return []


            def main():
                s = get_session()
                s.append("a")
                return len(s)
            """,
    ),
}
