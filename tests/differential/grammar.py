"""A grammar of programs that use session factories as such programs do, and somewhat worse."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from differential import phrases
from differential.helpers import DETOURS, HELPERS, IMPORTS
from differential.openings import Openings
from differential.programs import HEAD
from differential.writer import Choose, Lines, Scope, Suite

PLAIN_FORM = 8  # up to this number, a program is one plain function
RUN = ["", "", "def main():"]


class Grammar(Openings):
    """Writes one program."""

    def __init__(self, choose: Choose, *, is_async: bool) -> None:
        super().__init__(choose, is_async=is_async)
        self._forms: Mapping[int, Callable[[Lines], Lines]] = {
            9: self._as_method,
            10: self._as_module if not is_async else self._as_function,
            11: self._as_function,
            12: self._as_decorated,
            13: self._as_inner_function,
            14: self._as_manager,
            15: self._as_static_method,
            16: self._as_documented,
        }

    def program(self) -> str:
        """The text of a whole program."""
        form = self._choose(17)
        self._is_generator = form == 11
        self._can_return = form not in (10, 14) or (form == 10 and self._is_async)
        suite = Suite(Scope())
        for _ in range(self._choose(2)):
            self._phrase(suite, phrases.PLAIN_STATEMENTS)
        for _ in range(1 + self._choose(2)):
            self._opening(suite)
        if self._chance(2):
            self._result(suite)
        body = "\n".join(self._forms.get(form, self._as_function)(self._laid_out(suite)))
        detours = DETOURS if self._uses_detours else ""
        return IMPORTS + HEAD + self._asynced(HELPERS + detours) + body + "\n"

    def _function(self, header: str, lines: Lines) -> Lines:
        return [self._asynced(header), *self._indented(lines)]

    def _as_function(self, lines: Lines) -> Lines:
        return self._function("~def main():", lines)

    def _as_module(self, lines: Lines) -> Lines:
        return lines

    def _as_method(self, lines: Lines) -> Lines:
        method = self._function("~def run(self):", lines)
        return ["class Service:", *self._indented(method), *RUN, "    return Service().run()"]

    def _as_static_method(self, lines: Lines) -> Lines:
        method = ["@staticmethod", *self._function("~def run():", lines)]
        return ["class Service:", '    """A service."""', "", *self._indented(method), *RUN, "    return Service.run()"]

    def _as_decorated(self, lines: Lines) -> Lines:
        self._uses_detours = True
        return ["@traced", *self._as_function(lines)]

    def _as_inner_function(self, lines: Lines) -> Lines:
        inner = self._function("~def inner(number=1, *names):", lines)
        return ["def main():", *self._indented(inner), "", "    return inner()"]

    def _as_manager(self, lines: Lines) -> Lines:
        """The program's own context manager, which works before its block."""
        prefix, ending = (
            ("async", ["async def main():", "    async with scope() as number:"])
            if self._is_async
            else (
                "",
                ["def main():", "    with scope() as number:"],
            )
        )
        manager = self._function("~def scope():", [*lines, "yield 1"])
        return [f"@{prefix}contextmanager", *manager, "", "", *ending, "        return number"]

    def _as_documented(self, lines: Lines) -> Lines:
        """A function with a docstring, a signature of several lines, and a comment before its first statement."""
        docstring = '"""Does something.\n\n  - in a list\n"""'
        return [
            *self._asynced(
                "~def main(\n    number: int = 1,  # of what\n    *,\n    name: str = '',\n) -> object:"
            ).split("\n"),
            *self._indented([docstring, "# first", *lines]),
        ]
