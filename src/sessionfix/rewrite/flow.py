"""How the session flows through the statements of a scope: the half of the analysis that reads statements.

An abstract interpretation: the environment of tags passes through branches, loops, handlers and finally clauses until
it no longer changes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sessionfix.project.tells import last_name
from sessionfix.rewrite.callees import Callees
from sessionfix.rewrite.closures import Nested
from sessionfix.rewrite.lifetime import Lifetime, Source, UnknownSyntaxError, Way
from sessionfix.rewrite.recorder import Env
from sessionfix.rewrite.scopes import Scope, walk_scope
from sessionfix.rewrite.simple_statements import SimpleStatements
from sessionfix.rewrite.tags import UNBOUND, Tag, Tags, contained, element
from sessionfix.rewrite.values import narrowed
from sessionfix.syntax.compound import Loop, child_statements


def trace(source: Source, scope: Scope, callees: Callees) -> Lifetime:
    """Follow the session of `source` through `scope`.

    Raises UnknownSyntaxError for a statement or expression of a later Python, which has no meaning here.
    """
    return _Flow(source, scope, callees).run_scope(scope)


def _join(first: Env | None, second: Env | None) -> Env | None:
    if first is None or second is None:
        return first if second is None else second
    if first is second:
        return first
    return {name: first.get(name, UNBOUND) | second.get(name, UNBOUND) for name in first.keys() | second.keys()}


@dataclass
class _Collector:
    """The environments that reach one place: a handler, a loop's end."""

    env: Env | None = None

    def add(self, env: Env) -> None:
        self.env = _join(self.env, dict(env))


class _Flow(SimpleStatements):
    """Runs one scope; `exceptions` are the handlers around the current statement, `loops` its loops' ends."""

    exceptions: list[_Collector]
    loops: list[tuple[_Collector, _Collector]]

    def trace_inside(self, source: Source, node: Nested) -> Lifetime:
        return _Flow(source, node, self.callees).run_scope(node)

    def run_scope(self, scope: Scope | ast.Lambda) -> Lifetime:
        known: dict[str, Tags] = {}
        given: Env = dict.fromkeys(self.facts.parameters - {self.source.name}, Tag.OTHER)
        start: Env = dict(self.source.captured)
        if self.source.parameter is not None:
            start[self.source.parameter] = Tag.SESSION
        while True:  # a closure sees what is bound after it: until no name gains a tag
            known = {**known, **{name: known.get(name, UNBOUND) | tag for name, tag in start.items()}}
            self.result = Lifetime(names=dict(known), decided=self.source.decided)
            self.exceptions, self.loops, self.mixed_closes = [], [], set()
            self.block(_body(scope), {**given, **start})
            if not self.facts.has_closures or self.result.names == known:
                break
            known = self.result.names
        self.result.live_closes -= self.mixed_closes
        self.result.touches = list(dict.fromkeys(self.result.touches))
        self.result.leaves = list(dict.fromkeys(self.result.leaves))
        return self.result

    # Statements

    def block(self, statements: Sequence[ast.stmt], env: Env | None) -> Env | None:
        for statement in statements:
            if env is None:
                break
            env = self.run(statement, env)
        return env

    def run(self, statement: ast.stmt, env: Env) -> Env | None:
        self.statement = statement
        self.awaited = False
        self.is_closed = any(tag & Tag.CLOSED for tag in env.values())
        self.may_raise(env)
        if self.ends_work(statement, env):
            return env
        method = getattr(self, f"run_{type(statement).__name__}", None)
        if method is None:
            raise UnknownSyntaxError(type(statement).__name__)
        env = dict(env)
        after: Env | None = self.open(statement, env) if statement is self.source.opening else method(statement, env)
        if after is not None:
            self.may_raise(after)
        return after

    def open(self, opening: ast.stmt, env: Env) -> Env:
        """The statement that makes the session under some condition: whichever branch runs, it is there then."""
        for part in ast.walk(opening):
            if isinstance(part, ast.If):
                self.truth(part.test, env)
            elif isinstance(part, ast.Assign | ast.AnnAssign) and part.value is not None:
                self.value(part.value, env)
        self.bind(ast.Name(self.source.name, ast.Store()), Tag.SESSION, env)
        return env

    def may_raise(self, env: Env) -> None:
        for collector in self.exceptions:
            collector.add(env)

    def run_If(self, node: ast.If, env: Env) -> Env | None:
        self.truth(node.test, env)
        yes, no = narrowed(node.test, env)
        decided = self.source.decided.get(node.test)
        if decided is not None:
            return self.block(node.body, yes) if decided else self.block(node.orelse, no)
        return _join(self.block(node.body, yes), self.block(node.orelse, no))

    def run_For(self, node: ast.For | ast.AsyncFor, env: Env) -> Env | None:
        iterated = self.iterated(self.value(node.iter, env))

        def enter(head: Env) -> None:
            self.statement = node
            self.bind(node.target, element(iterated), head)

        done, breaks = self.loop(node, env, enter)
        return _join(done, breaks)

    run_AsyncFor = run_For

    def run_While(self, node: ast.While, env: Env) -> Env | None:
        def enter(head: Env) -> None:
            self.statement = node
            self.truth(node.test, head)

        done, breaks = self.loop(node, env, enter)
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        return breaks if endless else _join(done, breaks)

    def loop(self, node: Loop, env: Env, enter: Callable[[Env], None]) -> tuple[Env | None, Env | None]:
        """Run a loop until its environments settle: those after its else clause, and after its breaks."""
        head = env
        while True:
            entry = dict(head)
            enter(entry)
            breaks, continues = _Collector(), _Collector()
            self.loops.append((breaks, continues))
            end = _join(self.block(node.body, dict(entry)), continues.env)
            self.loops.pop()
            again = _join(dict(head), end)
            assert again is not None
            if again == head:
                break
            head = again
        return self.block(node.orelse, dict(entry)), breaks.env

    def run_Break(self, _node: ast.Break, env: Env) -> None:
        self.loops[-1][0].add(env)

    def run_Continue(self, _node: ast.Continue, env: Env) -> None:
        self.loops[-1][1].add(env)

    def run_With(self, node: ast.With | ast.AsyncWith, env: Env) -> Env | None:
        swallows = self.callees.swallowing.hides_exceptions(node)
        if swallows:
            self.result.swallowing.add(node)
        for item in node.items:
            tag = self.value(item.context_expr, env)
            name = last_name(item.context_expr.func) if isinstance(item.context_expr, ast.Call) else ""
            if item.context_expr is not self.source.node:
                if tag & Tag.SESSION and not isinstance(item.context_expr, ast.Call):
                    self.leave(Way.ENTERED, tag)
                elif name in {"closing", "aclosing", "nullcontext"}:
                    tag = self.wrapped(item.context_expr, name, env)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, tag, env)
        collector = _Collector()
        if swallows:
            self.exceptions.append(collector)
        after = self.block(node.body, env)
        if swallows:
            self.exceptions.pop()
        return _join(after, collector.env)

    def wrapped(self, call: ast.expr, name: str, env: Env) -> Tags:
        """What `closing(x)` or `nullcontext(x)` gives: x itself."""
        assert isinstance(call, ast.Call)
        tag = self.value(call.args[0], env) if call.args else Tag.OTHER
        if name != "nullcontext" and tag & (Tag.HOLDER | Tag.SESSION):
            self.leave(Way.CLOSING, tag)
        return tag

    run_AsyncWith = run_With

    def run_Try(self, node: ast.Try, env: Env) -> Env | None:
        anywhere, in_body = _Collector(), _Collector()
        self.exceptions += [anywhere, in_body]
        self.may_raise(env)
        outer_loops = self.loops
        if node.finalbody:
            # A break or continue passes through the finally first.
            self.loops = [*outer_loops[:-1], (anywhere, anywhere)] if outer_loops else []
        known = len(self.result.leaves)
        after_body = self.block(node.body, dict(env))
        raised = self.raised_since(known)
        self.exceptions.pop()
        after = self.block(node.orelse, after_body) if after_body is not None else None
        for handler in node.handlers:
            after = _join(after, self.handler(handler, dict(in_body.env or env), raised))
        self.exceptions.pop()
        self.loops = outer_loops
        if not node.finalbody:
            return after
        reached = _join(anywhere.env, after)
        abrupt = self.block(node.finalbody, dict(reached or env))
        if outer_loops and abrupt is not None:
            self.leave_loop(node, abrupt)
        return self.block(node.finalbody, after) if after is not None else None

    run_TryStar = run_Try

    def leave_loop(self, node: ast.Try, env: Env) -> None:
        inside = [inner for part in child_statements(node) for inner in (part, *walk_scope(part))]
        if any(isinstance(inner, ast.Break) for inner in inside):
            self.loops[-1][0].add(env)
        if any(isinstance(inner, ast.Continue) for inner in inside):
            self.loops[-1][1].add(env)

    def raised_since(self, known: int) -> Tags:
        """What the exceptions may carry that were raised since there were `known` leaves."""
        tag = UNBOUND
        for leave in self.result.leaves[known:]:
            if leave.way is Way.RAISED:
                tag |= contained(leave.tag)
        return tag or Tag.OTHER

    def handler(self, handler: ast.ExceptHandler, env: Env, raised: Tags) -> Env | None:
        if handler.type is not None:
            self.value(handler.type, env)
        if handler.name:
            self.set(env, handler.name, raised)
        return self.block(handler.body, env)

    def run_Match(self, node: ast.Match, env: Env) -> Env | None:
        tag = self.value(node.subject, env)
        self.use(tag)
        after: Env | None = dict(env)
        for case in node.cases:
            inner = dict(env)
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, ast.MatchAs | ast.MatchStar) and pattern.name:
                    self.set(inner, pattern.name, tag | element(tag))
                elif isinstance(pattern, ast.MatchMapping) and pattern.rest:
                    self.set(inner, pattern.rest, contained(element(tag)))
            self.statement = node
            if case.guard is not None:
                self.truth(case.guard, inner)
            after = _join(after, self.block(case.body, inner))
        return after


def _body(scope: Scope | ast.Lambda) -> Sequence[ast.stmt]:
    """The statements of a scope; a lambda returns its value."""
    if isinstance(scope, ast.Lambda):
        return [ast.copy_location(ast.Return(scope.body), scope.body)]
    return scope.body
