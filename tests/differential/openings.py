"""Writes the shapes in which sessions are opened, used and closed."""

from __future__ import annotations

from differential import phrases
from differential.phrases import Kind
from differential.statements import DEEPEST, Statements
from differential.writer import Lines, Scope, Suite


class Openings(Statements):
    """Writes statements that open sessions."""

    def _opening(self, suite: Suite) -> None:
        """Open a session in one of the shapes that are seen, use it, and perhaps close it."""
        shapes = [
            self._straight,
            self._with_finally,
            self._none_before,
            self._inside_try,
            self._early_exit,
            self._on_the_call,
            self._on_the_call,
            self._with_closing,
            self._two,
            self._right,
            self._closed_in_branches,
            self._opened_in_branches,
            self._own_or_given,
            self._deleted,
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
        self._forget(suite, name)
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
        closing = (name,) if self._chance(3) else ()
        suite.add(*self._block("try:", body), *self._clauses(known, body.scope, closing))
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

    def _closed_in_branches(self, suite: Suite) -> None:
        name = self._open(suite)
        self._extend(suite, 1)
        inner = suite.scope.inside()
        yes, no = self._body(inner, 2), self._body(inner, 2)
        for branch in (yes, no):
            if not self._chance(4):
                self._close(branch, name)
        self._extend(no, 1)
        suite.add(*self._block(f"if cond({self._new('')}):", yes), *self._block("else:", no))
        self._forget(suite, name)
        self._extend(suite, 1)

    def _opened_in_branches(self, suite: Suite) -> None:
        name = self._new("s")
        inner = suite.scope.inside()
        branches = Suite(inner), Suite(inner)
        for branch in branches:
            if self._chance(4):
                self._statement(branch)
            branch.add(f"{name} = {self._session_call()}")
        suite.add(*self._block(f"if cond({self._new('')}):", branches[0]), *self._block("else:", branches[1]))
        suite.scope = suite.scope.bind(name, Kind.SESSION)
        self._extend(suite)
        self._close(suite, name)
        self._extend(suite, 1)

    def _own_or_given(self, suite: Suite) -> None:
        """A function that opens a session if it is given none, and closes only what it has opened."""
        function, own, name = self._new("given"), self._new("own"), self._new("s")
        was = self._is_generator, self._can_return
        self._is_generator, self._can_return = False, True
        inner = Suite(Scope(depth=suite.scope.depth + 1))
        inner.add(f"{own} = {name} is None")
        inner.add(f"if {self._pick([own, f'{name} is None'])}:", f"    {name} = {self._session_call()}")
        inner.scope = inner.scope.bind(name, Kind.SESSION)
        close = [f"if {own}:", self._asynced(f"    ~{name}.close()")]
        if self._chance(2):
            body = self._body(inner.scope.inside())
            inner.add(*self._block("try:", body), "finally:", *self._indented(close))
        else:
            self._extend(inner)
            inner.add(*close)
        self._result(inner)
        self._is_generator, self._can_return = was
        suite.add(*self._block(self._asynced(f"~def {function}({name}=None):"), inner))
        given = self._pick(["", *suite.scope.of(Kind.SESSION)])
        result = self._new("n")
        suite.add(self._asynced(f"{result} = ~{function}({given})"))
        suite.scope = suite.scope.bind(result, Kind.PLAIN)

    def _deleted(self, suite: Suite) -> None:
        name = self._open(suite)
        self._extend(suite)
        if self._chance(2):
            self._close(suite, name)
        suite.add(f"del {name}")
        suite.scope = suite.scope.without(name)
        self._extend(suite, 1)
