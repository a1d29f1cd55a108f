"""Where the text around the call, and not its meaning, is what is hard to keep."""

from __future__ import annotations

from hard_inputs.base import REFUSED, SAFE, HardInput

INPUTS: dict[str, HardInput] = {
    "a comment on the line of the call": HardInput(
        "The line of the call is the one that a rebuilt `with` replaces, comment and all.",
        SAFE,
        """
def main():
    s = get_session()  # the reporting database
    s.add("a")
    s.commit()
    s.close()
""",
    ),
    "comments before the call, in the block and around the close": HardInput(
        "One comment stands at a statement that moves, one at a statement that goes, one at the end of a suite.",
        SAFE,
        """
def main():
    # all of it in one session
    s = get_session()
    # first the work
    s.add("a")  # the only row

    s.commit()
    # then the end
    s.close()  # give it back
    # and done
    log("after")
""",
    ),
    "a pragma on the line of the call": HardInput(
        "A pragma is about the line that it stands on: it has to follow the call to its new line.",
        SAFE,
        """
def main():
    s = get_session()  # type: ignore[assignment]  # noqa: SIM115
    s.add("a")  # pragma: no cover
    s.commit()
    s.close()
""",
    ),
    "a string over several lines in the block": HardInput(
        "Indenting the block must not indent the inside of a string.",
        SAFE,
        '''
def main():
    s = get_session()
    s.add("""a
  b
c""")
    s.commit()
    s.close()
''',
    ),
    "a continuation in the block": HardInput(
        "The indentation after a backslash counts for nothing outside a string, and is part of the value inside one.",
        SAFE,
        r"""
def main():
    s = get_session()
    total = 1 + \
        2
    s.add("a\
b")
    s.commit()
    s.close()
    log(total)
""",
    ),
    "several statements on the line of the call": HardInput(
        "What stands after a semicolon is a statement of its own, and can need the session or not.",
        SAFE,
        """
def main():
    log("a"); s = get_session(); s.add("a"); s.commit(); s.close(); log("b")
""",
    ),
    "the call in a suite of one line": HardInput(
        "There is no indentation to put a block into.",
        SAFE,
        """
def main():
    if cond(1): s = get_session(); s.add("a"); s.commit(); s.close()
    log("after")
""",
    ),
    "tabs": HardInput(
        "A block that is indented with blanks inside a file of tabs does not parse.",
        SAFE,
        """
def main():
\ts = get_session()
\tif cond(1):
\t\ts.add("a")
\ts.commit()
\ts.close()
""",
    ),
    "a form feed between statements": HardInput(
        "A form feed starts the count of blanks anew, and LibCST loses some of them.",
        SAFE,
        """
def main():
    s = get_session()
    s.add("a")
\f
    s.commit()
    s.close()
""",
    ),
    "a line that is not indented in the block": HardInput(
        "A comment may stand at the margin, where the suite around it would seem to end.",
        SAFE,
        """
def main():
    s = get_session()
    s.add("a")
# s.add("b")
    s.commit()
    s.close()
""",
    ),
    "a form feed before an indented line": HardInput(
        "LibCST would read such a line, and give it back without the form feed.",
        SAFE,
        """
def main():
    s = get_session()
\f    s.add("a")
    s.commit()
    s.close()
""",
    ),
    "a continuation at the start of a line": HardInput(
        "LibCST gives the backslash back with an indentation that it did not have.",
        REFUSED,
        r"""
def main():
    s = get_session()
    \
    s.add("a")
    s.commit()
    s.close()
""",
        words="LibCST does not give this file back byte for byte",
    ),
    "syntax that LibCST does not read": HardInput(
        "Python takes bases after keywords in a class statement, and LibCST does not: not even in the same function.",
        REFUSED,
        """
bases = (dict,)


def main():
    class Rows(metaclass=type, *bases):
        pass

    s = get_session()
    s.add("a")
    s.commit()
    s.close()
""",
        words="LibCST cannot read this file",
    ),
}
