"""Where it is hard to tell how far the block has to reach, or whether there is one."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, SILENT, UNSAFE, HardInput

INPUTS: dict[str, HardInput] = {
    "opened for its side effect, and never used": HardInput(
        "Taken for dead code, the call would be deleted with all that it does.",
        SILENT,
        """
            def main():
                s = get_session()
                log("opened")
            """,
    ),
    "called, and the result dropped": HardInput(
        "There is no name, and nothing that shows an end.",
        REFUSED,
        """
            def main():
                get_session()
                log("opened")
            """,
        words="the session is never used",
    ),
    "opened and closed on one line": HardInput(
        "`f().close()` is a use of its own: it opens and ends.",
        REFUSED,
        """
            def main():
                get_session().close()
                log("touched")
            """,
        words="the session itself is closed inside an expression, or its close is handed on",
    ),
    "only closed": HardInput(
        "The block would be empty.",
        SAFE,
        """
            def main():
                s = get_session()
                s.close()
                log("after")
            """,
    ),
    "used in one branch and after it": HardInput(
        "The call is before the branches, and so must the block be.",
        SAFE,
        """
            def main():
                s = get_session()
                if cond(1):
                    s.add("a")
                else:
                    log("nothing to add")
                s.commit()
                s.close()
            """,
    ),
    "opened in one branch, used after it": HardInput(
        "The one suite that holds both the call and the last use is one in which there may be no session.",
        REFUSED,
        """
            def main():
                if cond(1):
                    s = get_session()
                log("between")
                if cond(2):
                    s.add("a")
                    s.commit()
            """,
        words="needs the session, and lies outside the suite in which the session is made",
    ),
    "used in the else of a loop": HardInput(
        "The `else` is a suite of the loop and no part of its body.",
        SAFE,
        """
            def main():
                s = get_session()
                for number in range(2):
                    if cond(1):
                        break
                else:
                    s.add("a")
                    s.commit()
                s.close()
            """,
    ),
    "opened in a loop, left by break": HardInput(
        "Each round has a session of its own; `break` ends the round and its block.",
        SAFE,
        """
            def main():
                for number in range(2):
                    s = get_session()
                    s.add("a")
                    s.commit()
                    if cond(1):
                        break
                    s.close()
                log("after")
            """,
    ),
    "opened in a loop, used after it": HardInput(
        "The last round's session is used outside of the loop.",
        REFUSED,
        """
            def main():
                for number in range(2):
                    s = get_session()
                    s.add("a")
                s.commit()
                s.close()
            """,
        words="needs the session, and lies outside the suite in which the session is made",
    ),
    "opened in a try, used in its else": HardInput(
        "Around the call and its use stands the try itself, whose handlers must stay outside of neither.",
        REFUSED,
        """
            def main():
                try:
                    s = get_session()
                except DatabaseError:
                    return None
                else:
                    s.add("a")
                    s.commit()
                    s.close()
                return "added"
            """,
        words="needs the session, and lies outside the suite in which the session is made",
    ),
    "opened in a try, used after it": HardInput(
        "The try is there for the opening alone: its handlers must not see what the later work raises.",
        REFUSED,
        """
            def main():
                try:
                    s = get_session()
                except DatabaseError:
                    return None
                s.add("a")
                s.commit()
                s.close()
                return "added"
            """,
        words="needs the session, and lies outside the suite in which the session is made",
    ),
    "used in a finally after a return": HardInput(
        "The `return` is not the last thing that happens.",
        SAFE,
        """
            def main():
                s = get_session()
                try:
                    s.add("a")
                    s.commit()
                    return "added"
                finally:
                    log(s.query("q").count())
                    s.close()
            """,
    ),
    "closed in the handler and at the end": HardInput(
        "Two closes, one session: each is the end of a path.",
        SAFE,
        """
            def main():
                s = get_session()
                try:
                    s.add("a")
                    s.commit()
                except DatabaseError:
                    s.close()
                    raise
                s.close()
                log("after")
            """,
    ),
    "closed in the order of opening": HardInput(
        "The blocks can be nested in one way only, and the closes go across it.",
        SAFE,
        """
            def main():
                source = get_session()
                target = get_session()
                for row in source.query("q").all():
                    target.add(row.name)
                target.commit()
                source.close()
                target.close()
            """,
    ),
    "rows are read after the close": HardInput(
        "The query does its work when it is looped over.",
        SAFE,
        """
            def main():
                s = get_session()
                rows = s.query("q")
                s.close()
                for row in rows.all():
                    log(row.name)
            """,
    ),
    "a value is read after the close": HardInput(
        "An attribute of an object from the session may ask the database.",
        SAFE,
        """
            def main():
                s = get_session()
                row = s.query("q").one()
                s.close()
                return {"name": row.name, "owner": row.owner.name}
            """,
    ),
    "a plain number is used after the close": HardInput(
        "Nothing after the close needs the session, and the block ends where it did.",
        SAFE,
        """
            def main():
                s = get_session()
                total = s.query("q").count()
                s.close()
                log("wait")
                return {"total": total}
            """,
    ),
    "code after the close takes long": HardInput(
        "A wider block would hold the session over it.",
        SAFE,
        """
            def main():
                s = get_session()
                s.add("a")
                s.commit()
                s.close()
                while True:
                    if cond(1):
                        break
                    log("wait")
            """,
    ),
    "the end of the program is not the end of the function": HardInput(
        "`sys.exit` leaves by an exception that passes the block.",
        SAFE,
        """
            import sys


            def main():
                s = get_session()
                s.add("a")
                s.commit()
                if cond(1):
                    s.close()
                    sys.exit(1)
                s.close()
            """,
    ),
    "locals() is returned": HardInput(
        "The function's own variables are read by no name.",
        REFUSED,
        """
            def main():
                s = get_session()
                total = s.query("q").count()
                s.close()
                return sorted(locals())
            """,
        words="`locals()`",
    ),
    "another function opens the same factory after the close": HardInput(
        "The factory may hold a lock, and the block would reach over the call for the sake of an object.",
        UNSAFE,
        """
            def other():
                with get_session() as b:
                    b.add("b")


            def by_another():
                other()


            def main():
                a = get_session()
                item = a.query("q").one()
                a.close()
                by_another()
                return item.name
            """,
        words="may wait for long or open `get_session` again",
    ),
    "another function opens the same factory below the block": HardInput(
        "Nothing pulls the block over the call.",
        SAFE,
        """
            def other():
                with get_session() as b:
                    b.add("b")


            def main():
                a = get_session()
                a.add("a")
                a.commit()
                a.close()
                other()
            """,
    ),
}
