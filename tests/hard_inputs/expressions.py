"""Where the call stands inside an expression."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, UNSAFE, HardInput

INPUTS: dict[str, HardInput] = {
    "inside a condition of a loop": HardInput(
        "The condition is evaluated each time.",
        REFUSED,
        """
            def main():
                while get_session().query("q").first():
                    log("again")
            """,
        words="the call is evaluated again and again by `while`",
    ),
    "in a comprehension": HardInput(
        "There is no statement around one session of many.",
        REFUSED,
        """
            def main():
                return [get_session().query(name).count() for name in ("a", "b")]
            """,
        words="the call stands inside a comprehension",
    ),
    "in a lambda": HardInput(
        "The call is made later, or never.",
        REFUSED,
        """
            def main():
                count = lambda: get_session().query("q").count()
                return count()
            """,
        words="the call is evaluated on some conditions only (`and`, `or`, `if … else`, a lambda)",
    ),
    "on the right of and": HardInput(
        "The call is made on a condition.",
        REFUSED,
        """
            def main():
                return cond(1) and get_session().query("q").count()
            """,
        words="the call is evaluated on some conditions only (`and`, `or`, `if … else`, a lambda)",
    ),
    "in a conditional expression": HardInput(
        "The session is one of two things, and the one that was handed in is not ours to close.",
        SAFE,
        """
            def main(given=None):
                s = given if given else get_session()
                return s.query("q").count()
            """,
    ),
    "found in one branch of a conditional expression": HardInput(
        "The session is one of two things, and nobody knows who closes the other.",
        REFUSED,
        """
            def main(registry=None):
                s = registry.session if registry else get_session()
                return s.query("q").count()
            """,
        words="the session is bound on one branch of an expression only",
    ),
    "as an argument after another call": HardInput(
        "The session would be opened before the other call is made.",
        UNSAFE,
        """
            def main():
                log(may_raise(1), get_session().query("q").count())
            """,
        words="the session is opened before the calls that stand before it in line 6",
    ),
    "in an elif": HardInput(
        "A block around the `elif` alone does not exist.",
        REFUSED,
        """
            def main():
                if cond(1):
                    return 0
                elif get_session().query("q").count():
                    return 1
                return 2
            """,
        words="the call stands in a decorator, a default argument, a base class or an `elif`",
    ),
    "in a decorator": HardInput(
        "It is evaluated when the function is made, outside of it.",
        REFUSED,
        """
            def main():
                @log_with(get_session().query("q").count())
                def inner():
                    return None

                return inner()


            def log_with(number):
                def decorated(function):
                    log(number)
                    return function

                return decorated
            """,
        words="the call stands in a decorator, a default argument, a base class or an `elif`",
    ),
    "in a default argument": HardInput(
        "It is evaluated once, where the function is made.",
        REFUSED,
        """
            def main():
                def count(total=get_session().query("q").count()):
                    return total

                return count()
            """,
        words="the call stands in a decorator, a default argument, a base class or an `elif`",
    ),
    "in an f-string": HardInput(
        "The call's place inside a string is not a place of the syntax on older Pythons.",
        REFUSED,
        """
            def main():
                return f"{get_session().query('q').count()} rows"
            """,
        words="the call stands inside an f-string",
    ),
    "in a subject of match": HardInput(
        "The subject is evaluated once, before the cases.",
        SAFE,
        """
            def main():
                match get_session().query("q").count():
                    case 0:
                        return "none"
                    case _:
                        return "some"
            """,
    ),
    "a chain of calls over several lines": HardInput(
        "The call is in the midst of an expression whose layout has to stay.",
        SAFE,
        """
            def main():
                rows = (
                    get_session()
                    .query("q")  # all of them
                    .filter("x")
                    .all()
                )
                return len(rows)
            """,
    ),
}
