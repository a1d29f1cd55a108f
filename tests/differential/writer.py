"""Writes programs, asking at every turn: names, layout, and the phrases of which statements are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from differential import phrases
from differential.helpers import DETOURS
from differential.phrases import Kind, Phrase

T = TypeVar("T")
Lines = list[str]  # a line may hold a multi-line string, whose later lines are never indented
Choose = Callable[[int], int]  # a number below the argument; 0 is the simplest choice

LEAVING = frozenset(["return", "raise", "continue", "break"])
COMPOUND = frozenset(
    "if elif else: for while try: except except: finally: with async def class match case global @traced".split()
)
DETOUR_NAMES = frozenset(re.findall(r"^(?:def|~def|class) (\w+)", DETOURS, re.MULTILINE)) | {"caller"}
NAMES_IN_USE = ("session", "shared", "result", "_shared")


@dataclass(frozen=True)
class Scope:
    """Which names hold what, where a statement is to stand."""

    names: tuple[tuple[str, Kind], ...] = ()
    in_loop: bool = False
    depth: int = 0

    def of(self, kind: Kind) -> list[str]:
        return [name for name, found in self.names if found is kind]

    def holds(self, *kinds: Kind) -> bool:
        return set(kinds) <= {kind for _, kind in self.names}

    def bind(self, name: str, kind: Kind) -> Scope:
        others = tuple(each for each in self.names if each[0] != name)
        return replace(self, names=(*others, (name, kind)))

    def without(self, name: str) -> Scope:
        return replace(self, names=tuple(each for each in self.names if each[0] != name))

    def inside(self, *, loop: bool = False) -> Scope:
        return replace(self, depth=self.depth + 1, in_loop=self.in_loop or loop)

    def after(self, inner: Scope) -> Scope:
        """This place, with the names that a block has bound."""
        return replace(self, names=inner.names)


@dataclass
class Suite:
    """Statements, and what holds after them."""

    scope: Scope
    statements: list[Lines] = field(default_factory=list)
    has_ended: bool = False

    def add(self, *lines: str) -> None:
        """Add a statement, unless nothing can get there."""
        if not self.has_ended:
            self.statements.append(list(lines))
        self.has_ended |= len(lines) == 1 and lines[0].split(" ", 1)[0] in LEAVING


class Writer:
    """Asks `choose` at every turn."""

    def __init__(self, choose: Choose, *, is_async: bool) -> None:
        self._choose = choose
        self._is_async = is_async
        self._names = 0
        self._is_generator = False
        self._can_return = True
        self._uses_detours = False

    # choosing

    def _pick(self, options: Sequence[T]) -> T:
        return options[self._choose(len(options))]

    def _chance(self, one_in: int) -> bool:
        return self._choose(one_in) == one_in - 1

    def _new(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def _asynced(self, text: str) -> str:
        if not self._is_async:
            return text.replace("~", "")
        return text.replace("~def", "async def").replace("~", "await ")

    def _query(self, session: str) -> str:
        return f'(await {session}.execute("q"))' if self._is_async else f'{session}.query("q")'

    # layout

    def _indented(self, lines: Lines) -> Lines:
        return [f"    {line}" if line else "" for line in lines]

    def _laid_out(self, suite: Suite) -> Lines:
        """The lines of a suite: some statements share a line, some have comments or blank lines around them."""
        lines: Lines = []
        for statement in suite.statements or [["pass"]]:
            is_simple = len(statement) == 1 and self._is_simple(statement[0])
            if is_simple and lines and self._is_simple(lines[-1]) and self._chance(15):
                lines[-1] += f"; {statement[0]}"
                continue
            if self._chance(12):
                lines.append(f"# {self._new('note ')}")
            if lines and self._chance(15):
                lines.append("")
            lines.extend(statement)
            if is_simple and self._chance(15):
                lines[-1] += f"  # {self._new('remark ')}"
        if self._chance(25):
            lines.append(f"# {self._new('end ')}")
        return lines

    def _is_simple(self, line: str) -> bool:
        """Whether the line is a simple statement, or several, after which another one can stand."""
        is_compound = line.startswith(" ") or line.split(" ", 1)[0] in COMPOUND
        return bool(line) and not is_compound and not {"#", "\n"} & set(line)

    def _block(self, header: str, suite: Suite) -> Lines:
        lines = self._laid_out(suite)
        if len(lines) == 1 and self._is_simple(lines[0]) and self._chance(8):
            return [f"{header} {lines[0]}"]
        if self._chance(20):
            header += f"  # {self._new('header ')}"
        return [header, *self._indented(lines)]

    # simple statements

    def _phrase(self, suite: Suite, among: Sequence[Phrase]) -> None:
        """Add one of the phrases that can stand here."""
        fitting = [phrase for phrase in among if suite.scope.holds(*phrase.needs)]
        if not fitting:
            suite.add(f'log("{self._new("step ")}")')
            return
        phrase = self._pick(fitting)
        target = self._target(suite.scope, phrase)
        values = {kind.value: self._pick(suite.scope.of(kind)) for kind in phrase.needs}
        session = values.get("s", "")
        text = phrase.text.format(
            **{"s": "", **values},
            q=self._query(session),
            c=self._query("get_session()"),
            f=self._session_call(),
            x=target,
            w=self._new("w"),
            i=self._names,
        )
        self._uses_detours |= bool(DETOUR_NAMES.intersection(re.findall(r"\w+", text)))
        lines = [line.replace("\v", "\n") for line in self._asynced(text).split("\n")]
        for statement in top_level(lines):
            suite.add(*statement)
        if phrase.binds:
            suite.scope = suite.scope.bind(target, phrase.binds)
        if phrase in phrases.CLOSING:
            self._forget(suite, session)

    def _forget(self, suite: Suite, session: str) -> None:
        """Mostly, do not use a session that was closed."""
        if not self._chance(6):
            suite.scope = suite.scope.without(session)

    def _target(self, scope: Scope, phrase: Phrase) -> str:
        """A name to bind: mostly a new one."""
        values = [name for name, kind in scope.names if kind is not Kind.SESSION]
        option = self._choose(12)
        if option == 11 and values and phrase.binds is not Kind.SESSION:
            return self._pick(values)
        if option == 10 and phrase.binds is not Kind.SESSION:
            return self._pick(NAMES_IN_USE)
        return self._new(phrase.binds.value if phrase.binds else "x")

    def _session_call(self) -> str:
        return "await get_session()" if self._is_async and self._chance(2) else "get_session()"


def top_level(lines: Lines) -> list[Lines]:
    """The lines of a phrase, split into its statements."""
    statements: list[Lines] = []
    for line in lines:
        if statements and (
            line[:1] in " )"
            or line.startswith(("except", "finally", "else", "case"))
            or statements[-1][-1].startswith("@")
        ):
            statements[-1].append(line)
        else:
            statements.append([line])
    return statements
