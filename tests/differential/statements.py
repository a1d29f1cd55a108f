"""Writes statements: simple ones, branches, loops, tries, and functions inside functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from differential import phrases
from differential.phrases import Kind, Phrase
from differential.writer import Lines, Scope, Suite, Writer

DEEPEST = 3
HANDLERS = (
    "except Exception as error:",
    "except ValueError:",
    "except (ValueError, LookupError):",
    "except HTTPException:",
    "except DatabaseError as error:",
    "except Exception:",
)


class Statements(Writer):
    """Writes suites of statements."""

    def _opening(self, suite: Suite) -> None:
        """Add statements that open a session."""
        raise NotImplementedError

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
            tables += [phrases.WORK, phrases.WORK, phrases.READING, phrases.READING]
            tables += [] if scope.in_loop and self._chance(2) else [phrases.CLOSING]
            tables += [phrases.ASYNC_READING] if self._is_async else []
        if scope.holds(Kind.OBJECT) or scope.holds(Kind.ROWS) or scope.holds(Kind.LAZY):
            tables += [phrases.USES, phrases.USES, phrases.USES]
        compounds = [self._branch, self._loop, self._attempt, self._nested, self._missing, self._match]
        may_nest = scope.depth < DEEPEST
        option = self._choose(28)
        if option >= 26:
            self._phrase(suite, phrases.DETOURS)
        elif option in (22, 23) and scope.depth:
            self._leave(suite)
        elif option in (21, 24, 25):
            self._phrase(suite, phrases.ODDITIES)
        elif option == 20 and may_nest:
            self._opening(suite)
        elif 15 <= option < 20 and may_nest:
            self._pick(compounds)(suite)
        elif option == 14 and self._is_generator:
            self._phrase(suite, phrases.YIELDS)
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

    def _match(self, suite: Suite) -> None:
        scope = suite.scope
        inner = scope.inside()
        lines: Lines = []
        rows = scope.of(Kind.ROWS)
        if rows and self._chance(2):
            subject, row = self._pick(rows), self._new("p")
            lines += self._block(f"case [{row}, *_]:", self._body(inner.bind(row, Kind.OBJECT)))
        else:
            subject = self._pick([f"may_raise({self._new('')})", *scope.of(Kind.OBJECT), *scope.of(Kind.PLAIN)])
            lines += self._block(f"case {self._pick(['None', '2 | 3', 'str()'])}:", self._body(inner))
        if self._chance(2):
            lines += self._block(self._pick(["case _:", f"case _ if cond({self._new('')}):"]), self._body(inner))
        suite.add(f"match {subject}:", *self._indented(lines))

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
            if self._chance(8):
                self._close(suite, name)
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

    def _close(self, suite: Suite, name: str) -> None:
        suite.add(self._asynced(f"~{name}.close()"))
        self._forget(suite, name)

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
