"""A grammar of programs that use session factories as such programs do, and somewhat worse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from differential import phrases
from differential.phrases import Kind, Phrase
from differential.programs import HEAD

T = TypeVar("T")
Lines = list[str]  # a line may hold a multi-line string, whose later lines are never indented
Choose = Callable[[int], int]  # a number below the argument; 0 is the simplest choice

DEEPEST = 3
IMPORTS = "from contextlib import aclosing, closing, nullcontext, suppress\n"

HELPERS = """kept = []
kept_value = None


class Box:
    held = None


def describe(thing):
    return thing.name


def same(thing):
    return thing


def named(things):
    for thing in things:
        yield thing.name


~def save(session, name):
    session.add(name)
    ~session.commit()


~def work(session, name="helper"):
    session.add(name)
    return (~session.execute(name)).one()


class Pools:
    def __init__(self, session):
        self.session = session

    ~def first(self):
        return (~self.session.execute("pool")).one()


"""

HANDLERS = (
    "except Exception as error:",
    "except ValueError:",
    "except (ValueError, LookupError):",
    "except HTTPException:",
    "except DatabaseError as error:",
    "except Exception:",
)
LEAVING = frozenset(["return", "raise", "continue", "break"])
COMPOUND = frozenset("if elif else: for while try: except except: finally: with async def match global".split())
NAMES_IN_USE = ("session", "shared", "result", "_shared")


@dataclass(frozen=True)
class Scope:
    """Which names hold what, where a statement is to stand."""

    names: tuple[tuple[str, Kind], ...] = ()
    in_loop: bool = False
    depth: int = 0

    def of(self, kind: Kind) -> list[str]:
        return [name for name, found in self.names if found is kind]

    def holds(self, kinds: set[Kind]) -> bool:
        return kinds <= {kind for _, kind in self.names}

    def bind(self, name: str, kind: Kind) -> Scope:
        others = tuple(each for each in self.names if each[0] != name)
        return replace(self, names=(*others, (name, kind)))

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


class Grammar:
    """Writes one program, asking `choose` at every turn."""

    def __init__(self, choose: Choose, *, is_async: bool) -> None:
        self._choose = choose
        self._is_async = is_async
        self._names = 0
        self._is_generator = False
        self._can_return = True

    def program(self) -> str:
        """The text of a whole program."""
        form = self._choose(12)
        self._is_generator = form == 11
        self._can_return = form != 10 or self._is_async
        suite = Suite(Scope())
        for _ in range(self._choose(2)):
            self._phrase(suite, phrases.PLAIN_STATEMENTS)
        for _ in range(1 + self._choose(2)):
            self._opening(suite)
        if self._chance(2):
            self._result(suite)
        return IMPORTS + HEAD + self._asynced(HELPERS) + "\n".join(self._wrapped(self._laid_out(suite), form)) + "\n"

    def _wrapped(self, lines: Lines, form: int) -> Lines:
        """The lines as a function, as a method, or as they are."""
        if not self._can_return:
            return lines
        if form == 9:
            method = [self._asynced("~def run(self):"), *self._indented(lines)]
            return ["class Service:", *self._indented(method), "", "", "def main():", "    return Service().run()"]
        return [self._asynced("~def main():"), *self._indented(lines)]

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
        fitting = [phrase for phrase in among if suite.scope.holds(phrase.needs)]
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
        lines = [line.replace("\v", "\n") for line in self._asynced(text).split("\n")]
        for statement in top_level(lines):
            suite.add(*statement)
        if phrase.binds:
            suite.scope = suite.scope.bind(target, phrase.binds)

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

    def _body(self, scope: Scope, most: int = 3) -> Suite:
        suite = Suite(scope)
        for _ in range(1 + self._choose(most)):
            self._statement(suite)
        return suite

    def _extend(self, suite: Suite, most: int = 3) -> None:
        for _ in range(self._choose(most + 1)):
            self._statement(suite)

    def _statement(self, suite: Suite) -> None:
        scope = suite.scope
        tables: list[Sequence[Phrase]] = [phrases.PLAIN_STATEMENTS]
        if scope.of(Kind.SESSION):
            tables += [phrases.WORK, phrases.WORK, phrases.READING, phrases.READING, phrases.CLOSING]
        if scope.holds({Kind.OBJECT}) or scope.holds({Kind.ROWS}) or scope.holds({Kind.LAZY}):
            tables += [phrases.USES, phrases.USES, phrases.USES]
        compounds = [self._branch, self._loop, self._attempt, self._nested, self._missing]
        may_nest = scope.depth < DEEPEST
        option = self._choose(24)
        if option >= 22 and scope.depth:
            self._leave(suite)
        elif option == 21:
            self._phrase(suite, phrases.ODDITIES)
        elif option == 20 and may_nest:
            self._opening(suite)
        elif option >= 15 and may_nest:
            self._pick(compounds)(suite)
        elif option == 14 and self._is_generator:
            suite.add(f'yield "{self._new("item ")}"')
        else:
            self._phrase(suite, self._pick(tables))

    def _leave(self, suite: Suite) -> None:
        options = ["raise HTTPException(400)", "raise ValueError(400)"]
        if suite.scope.in_loop:
            options = ["continue", "break", *options]
        chosen = self._choose(len(options) + 3)
        if chosen < len(options):
            suite.add(options[chosen])
        else:
            self._result(suite)

    def _result(self, suite: Suite) -> None:
        if self._is_async and self._is_generator:
            suite.add("return")
            return
        scope = suite.scope
        options = ["None", "'end'", *scope.of(Kind.PLAIN)[-2:]]
        options += [f"{{'id': {name}.id, 'name': {name}.name}}" for name in scope.of(Kind.OBJECT)[-2:]]
        options += [f"{self._query(name)}.count()" for name in scope.of(Kind.SESSION)[-1:]]
        if self._can_return and self._chance(2):
            options += [name for kind in (Kind.OBJECT, Kind.ROWS, Kind.LAZY) for name in scope.of(kind)]
        suite.add(f"{'return' if self._can_return else 'result ='} {self._pick(options)}")

    # compound statements

    def _branch(self, suite: Suite) -> None:
        inner = suite.scope.inside()
        body = self._body(inner)
        lines = self._block(f"if cond({self._new('')}):", body)
        if self._chance(6):
            lines += self._block(f"elif cond({self._new('')}):", self._body(inner))
        if self._chance(3):
            lines += self._block("else:", self._body(inner))
        suite.add(*lines)

    def _missing(self, suite: Suite) -> None:
        """What is done where a row is not there."""
        objects = suite.scope.of(Kind.OBJECT)
        if not objects:
            return
        inner = Suite(suite.scope.inside())
        if suite.scope.of(Kind.SESSION) and self._chance(2):
            self._phrase(inner, phrases.CLOSING)
        self._leave(inner)
        name = self._pick(objects)
        suite.add(*self._block(f"if {self._pick([f'{name} is None', f'not {name}'])}:", inner))

    def _loop(self, suite: Suite) -> None:
        scope = suite.scope
        inner = scope.inside(loop=True)
        sources = [(name, Kind.OBJECT) for name in scope.of(Kind.ROWS)]
        sources += [(self._query(name), Kind.OBJECT) for name in scope.of(Kind.SESSION)]
        sources += [(name, Kind.PLAIN) for name in scope.of(Kind.LAZY)]
        source, kind = self._pick([("range(2)", Kind.PLAIN), *sources])
        row = self._new(kind.value)
        if self._chance(4):
            lines = self._block(f"while cond({self._new('')}):", self._body(inner))
        else:
            lines = self._block(f"for {row} in {source}:", self._body(inner.bind(row, kind)))
        if self._chance(5):
            lines += self._block("else:", self._body(scope.inside()))
        suite.add(*lines)

    def _attempt(self, suite: Suite) -> None:
        inner = suite.scope.inside()
        body = self._body(inner)
        suite.add(*self._block("try:", body), *self._clauses(inner, body.scope, ()))

    def _clauses(self, scope: Scope, after_body: Scope, closing: tuple[str, ...]) -> Lines:
        """Handlers, an else and a finally. The finally is certain if there is something to close in it."""
        lines: Lines = []
        count = self._choose(3) if closing else 1 + self._choose(2)
        for number in range(count):
            header = "except:" if number == count - 1 and self._chance(8) else self._pick(HANDLERS)
            lines += self._block(header, self._handler(scope, header))
        if lines and self._chance(6):
            lines += self._block("else:", self._body(after_body))
        if closing or self._chance(6):
            lines += self._block("finally:", self._final(scope, closing))
        return lines

    def _handler(self, scope: Scope, header: str) -> Suite:
        suite = Suite(scope)
        for name in scope.of(Kind.SESSION):
            if self._chance(2):
                suite.add(self._asynced(f"~{name}.rollback()"))
        option = self._choose(6)
        if "as error" in header and self._chance(2):
            suite.add("log(error)")
        if option == 1:
            self._statement(suite)
        elif option == 2:
            suite.add("raise")
        elif option == 3:
            suite.add("raise HTTPException(500)")
        elif option == 4:
            self._leave(suite)
        elif not suite.statements or option == 5:
            suite.add(f'log("{self._new("handled ")}")')
        return suite

    def _final(self, scope: Scope, closing: tuple[str, ...]) -> Suite:
        suite = Suite(scope)
        if self._chance(6):
            self._statement(suite)
        for name in closing:
            option = self._choose(6)
            if option == 4:
                suite.add("try:", self._asynced(f"    ~{name}.close()"), "except Exception:", "    pass")
            elif option == 5:
                suite.add(self._guard(name), self._asynced(f"    ~{name}.close()"))
            else:
                self._close(suite, name)
        if self._chance(6):
            self._statement(suite)
        return suite

    def _guard(self, name: str) -> str:
        return f"if {self._pick([name, f'{name} is not None'])}:"

    def _nested(self, suite: Suite) -> None:
        """A block that changes nothing, or a function that is called at once."""
        if self._choose(2) == 0:
            body = self._body(suite.scope.inside())
            suite.add(*self._block("with nullcontext():", body))
            suite.scope = suite.scope.after(body.scope)
            return
        name = self._new("helper")
        was = self._is_generator, self._can_return
        self._is_generator, self._can_return = False, True
        body = self._body(replace(suite.scope.inside(), in_loop=False))
        self._result(body)
        self._is_generator, self._can_return = was
        suite.add(*self._block(self._asynced(f"~def {name}():"), body))
        result = self._new("n")
        suite.add(self._asynced(f"{result} = ~{name}()"))
        suite.scope = suite.scope.bind(result, Kind.PLAIN)

    # sessions

    def _opening(self, suite: Suite) -> None:
        """Open a session in one of the shapes that are seen, use it, and perhaps close it."""
        shapes = [
            self._straight,
            self._with_finally,
            self._none_before,
            self._inside_try,
            self._early_exit,
            self._on_the_call,
            self._with_closing,
            self._two,
            self._right,
        ]
        around = self._choose(8)
        if around < 5 or suite.scope.depth >= DEEPEST:
            self._pick(shapes)(suite)
            return
        inner = Suite(suite.scope.inside(loop=around <= 6))
        self._pick(shapes)(inner)
        if self._chance(3):
            self._statement(inner)
        number = self._new("")
        header = (f"for i{number} in range(2):", f"while cond({number}):", f"if cond({number}):")[around - 5]
        suite.add(*self._block(header, inner))

    def _open(self, suite: Suite) -> str:
        known = suite.scope.of(Kind.SESSION)
        name = known[-1] if known and self._chance(6) else self._new("s")
        annotation = ": object" if self._chance(20) and name not in known else ""
        suite.add(f"{name}{annotation} = {self._session_call()}")
        suite.scope = suite.scope.bind(name, Kind.SESSION)
        return name

    def _close(self, suite: Suite, name: str) -> None:
        suite.add(self._asynced(f"~{name}.close()"))

    def _straight(self, suite: Suite) -> None:
        name = self._open(suite)
        self._extend(suite)
        if not self._chance(4):
            self._close(suite, name)
        self._extend(suite, 2)

    def _with_finally(self, suite: Suite) -> None:
        name = self._open(suite)
        if self._chance(4):
            self._statement(suite)
        body = self._body(suite.scope.inside())
        suite.add(*self._block("try:", body), *self._clauses(suite.scope.inside(), body.scope, (name,)))
        if self._chance(2):
            suite.scope = suite.scope.after(body.scope)
        self._extend(suite, 2)

    def _none_before(self, suite: Suite) -> None:
        name = self._new("s")
        suite.add(f"{name} = None")
        body = Suite(suite.scope.inside())
        if self._chance(4):
            self._statement(body)
        body.add(f"{name} = {self._session_call()}")
        body.scope = body.scope.bind(name, Kind.SESSION)
        self._extend(body)
        suite.add(*self._block("try:", body), *self._guarded_clauses(suite.scope.inside(), name))
        self._extend(suite, 1)

    def _guarded_clauses(self, scope: Scope, name: str) -> Lines:
        guard = self._guard(name)
        lines: Lines = []
        if self._chance(2):
            handler = Suite(scope)
            if self._chance(2):
                handler.add(guard, self._asynced(f"    ~{name}.rollback()"))
            if self._chance(2):
                handler.add("log(error)")
            self._leave(handler)
            lines += self._block("except Exception as error:", handler)
        final = Suite(scope)
        final.add(guard, self._asynced(f"    ~{name}.close()"))
        self._extend(final, 1)
        return lines + self._block("finally:", final)

    def _inside_try(self, suite: Suite) -> None:
        body = Suite(suite.scope.inside())
        if self._chance(4):
            self._statement(body)
        name = self._open(body)
        self._extend(body)
        if not self._chance(4):
            self._close(body, name)
        if self._chance(3):
            self._leave(body)
        known = suite.scope.inside()
        if self._chance(3):
            known = known.bind(name, Kind.SESSION)
        suite.add(*self._block("try:", body), *self._clauses(known, body.scope, ()))
        if self._chance(3):
            suite.scope = suite.scope.after(body.scope)
        self._extend(suite, 1)

    def _early_exit(self, suite: Suite) -> None:
        name = self._open(suite)
        self._extend(suite, 1)
        inner = Suite(suite.scope.inside())
        if self._chance(3):
            inner.add(self._asynced(f"~{name}.rollback()"))
        self._close(inner, name)
        self._leave(inner)
        suite.add(*self._block(f"if cond({self._new('')}):", inner))
        self._extend(suite)
        self._close(suite, name)
        self._extend(suite, 2)

    def _on_the_call(self, suite: Suite) -> None:
        self._phrase(suite, phrases.ON_THE_CALL)
        self._extend(suite, 2)

    def _with_closing(self, suite: Suite) -> None:
        header = "async with aclosing(get_session())" if self._is_async else "with closing(get_session())"
        self._with_block(suite, header)

    def _right(self, suite: Suite) -> None:
        """A factory that is used as it ought to be, or by the wrong kind of `with`."""
        is_wrong = self._is_async and self._chance(2)
        self._with_block(suite, "async with get_session()" if self._is_async and not is_wrong else "with get_session()")

    def _with_block(self, suite: Suite, header: str) -> None:
        name = self._new("s")
        body = self._body(suite.scope.inside().bind(name, Kind.SESSION))
        suite.add(*self._block(f"{header} as {name}:", body))
        self._extend(suite, 1)

    def _two(self, suite: Suite) -> None:
        first = self._open(suite)
        self._extend(suite, 1)
        second = self._open(suite)
        self._extend(suite)
        for name in self._pick([(second, first), (first, second), (second,), (first,)]):
            self._close(suite, name)
            self._extend(suite, 1)


def top_level(lines: Lines) -> list[Lines]:
    """The lines of a phrase, split into its statements."""
    statements: list[Lines] = []
    for line in lines:
        if statements and (line[:1] in " )" or line.startswith(("except", "finally", "else"))):
            statements[-1].append(line)
        else:
            statements.append([line])
    return statements
