"""How the session flows through the statements of a scope: the half of the analysis that reads statements.

An abstract interpretation: the environment of tags passes through branches, loops, handlers and finally clauses until
it no longer changes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sessionfix.rewrite.callees import Callees
from sessionfix.rewrite.closures import Closures, Nested
from sessionfix.rewrite.lifetime import Kind, Lifetime, Source, UnknownSyntaxError, Way, Write
from sessionfix.rewrite.recorder import Env
from sessionfix.rewrite.scopes import Scope, walk_scope
from sessionfix.rewrite.tags import (
    CLOSE_METHODS,
    UNBOUND,
    Tag,
    Tags,
    contained,
    element,
    last_name,
)
from sessionfix.rewrite.values import narrowed
from sessionfix.syntax.compound import child_statements


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


class _Flow(Closures):
    """Runs one scope; `exceptions` are the handlers around the current statement, `loops` its loops' ends."""

    exceptions: list[_Collector]
    loops: list[tuple[_Collector, _Collector]]
    mixed_closes: set[int]

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
        if (call := lone_method_call(statement)) is not None and self.ends_work(statement, call, env):
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

    def ends_work(self, statement: ast.stmt, call: tuple[str, str], env: Env) -> bool:
        """Whether the statement is a close or a rollback of the session, and nothing else."""
        name, method = call
        tag = self.get(env, name)
        if not tag & Tag.SESSION:
            return False
        if method in CLOSE_METHODS:
            self.close(statement, tag, env)
        elif method == "rollback":
            self.touch(Kind.ROLLBACK, tag)
        else:
            return False
        self.may_raise(env)
        return True

    def close(self, statement: ast.stmt, tag: Tags, env: Env) -> None:
        if tag & ~(Tag.SESSION | Tag.CLOSED | Tag.NONE):
            self.mixed_closes.add(id(statement))
        self.result.live_closes.add(id(statement))
        self.touch(Kind.CLOSE, tag)
        for alias, value in env.items():
            if value & Tag.SESSION:
                env[alias] = value | Tag.CLOSED

    def run_Expr(self, node: ast.Expr, env: Env) -> Env:
        self.value(node.value, env)
        return env

    def run_Assign(self, node: ast.Assign, env: Env) -> Env:
        pairs = _unpacked(node)
        if pairs:
            tags = [self.value(value, env) for _, value in pairs]
            for (target, value), tag in zip(pairs, tags, strict=True):
                self.share([target], value, env)
                self.bind(target, tag, env)
            return env
        tag = self.value(node.value, env)
        self.share(node.targets, node.value, env)
        for target in node.targets:
            self.bind(target, tag, env)
        return env

    def run_AnnAssign(self, node: ast.AnnAssign, env: Env) -> Env:
        if node.value is not None:
            tag = self.value(node.value, env)
            self.share([node.target], node.value, env)
            self.bind(node.target, tag, env)
        return env

    def run_AugAssign(self, node: ast.AugAssign, env: Env) -> Env:
        tag = self.value(node.value, env)
        if isinstance(node.target, ast.Name):
            target = self.name(node.target.id, env)
            self.operate(target)
            if target & Tag.FRESH or node.target.id in self.facts.parameters:
                self.keep(node.target, tag, env)
            self.bind(node.target, target | contained(tag), env)
        else:
            self.bind(node.target, tag, env)
        return env

    def run_Return(self, node: ast.Return, env: Env) -> None:
        if node.value is not None:
            self.leave(Way.RETURNED, self.value(node.value, env))

    def run_Raise(self, node: ast.Raise, env: Env) -> None:
        for part in (node.exc, node.cause):
            if part is not None:
                self.leave(Way.RAISED, self.value(part, env) & ~Tag.PART)
        self.may_raise(env)

    def run_Assert(self, node: ast.Assert, env: Env) -> Env:
        self.truth(node.test, env)
        if node.msg is not None:
            self.value(node.msg, env)
        return env

    def run_Delete(self, node: ast.Delete, env: Env) -> Env:
        for target in node.targets:
            if isinstance(target, ast.Name):
                tag = self.get(env, target.id)
                if tag & Tag.SESSION and not tag & Tag.CLOSED:
                    self.touch(Kind.NAMED, tag | Tag.OTHER)  # a close further on would find no session
                env[target.id] = UNBOUND
            else:
                self.bind(target, Tag.OTHER, env)
        return env

    def run_Pass(self, _node: ast.stmt, env: Env) -> Env:
        return env

    run_Global = run_Nonlocal = run_Pass

    def run_Import(self, node: ast.Import | ast.ImportFrom, env: Env) -> Env:
        for alias in node.names:
            env[(alias.asname or alias.name).partition(".")[0]] = Tag.OTHER
        return env

    run_ImportFrom = run_Import

    def run_TypeAlias(self, node: ast.AST, env: Env) -> Env:
        del node
        return env

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

    def loop(
        self, node: ast.For | ast.AsyncFor | ast.While, env: Env, enter: Callable[[Env], None]
    ) -> tuple[Env | None, Env | None]:
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

    def run_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, env: Env) -> Env:
        for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)):
            self.leave(Way.DEFAULT, self.value(default, env) & ~Tag.PART)
        tag = self.closure(node)
        for decorator in node.decorator_list:
            self.value(decorator, env)
            if tag & Tag.CLOSURE:
                self.leave(Way.CAPTURED, tag)
        if self.is_module and tag & Tag.CLOSURE:
            self.leave(Way.CAPTURED, tag)
        if tag & Tag.CLOSURE:
            self.look_inside(node)
            self.touch(Kind.NAMED, tag, Write.OPAQUE)
            self.result.gives_up |= self.may_give_up(node)
        self.use(tag & Tag.PART)
        self.set(env, node.name, tag)
        return env

    run_AsyncFunctionDef = run_FunctionDef

    def may_give_up(self, function: ast.AST) -> bool:
        """Whether a nested function catches exceptions, commits or rolls back: when, is not followed."""
        return any(
            isinstance(node, ast.ExceptHandler)
            or (isinstance(node, ast.With | ast.AsyncWith) and self.callees.swallowing.hides_exceptions(node))
            or (isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"})
            for node in ast.walk(function)
        )

    def run_ClassDef(self, node: ast.ClassDef, env: Env) -> Env:
        tag = self.closure(node)
        if tag & Tag.CLOSURE:
            self.leave(Way.CAPTURED, tag)
        env[node.name] = tag
        return env


def _body(scope: Scope | ast.Lambda) -> Sequence[ast.stmt]:
    """The statements of a scope; a lambda returns its value."""
    if isinstance(scope, ast.Lambda):
        return [ast.copy_location(ast.Return(scope.body), scope.body)]
    return scope.body


def _unpacked(node: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    """The targets with their values in `a, b = x, y`."""
    target = node.targets[0]
    sides = target, node.value
    if len(node.targets) > 1 or not all(isinstance(side, ast.Tuple | ast.List) for side in sides):
        return []
    assert isinstance(target, ast.Tuple | ast.List)
    assert isinstance(node.value, ast.Tuple | ast.List)
    starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *node.value.elts))
    if starred or len(target.elts) != len(node.value.elts):
        return []
    return list(zip(target.elts, node.value.elts, strict=True))


def lone_method_call(statement: ast.stmt) -> tuple[str, str] | None:
    """The name and the method of `name.method()` or `await name.method()`, where that is the whole statement."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Await):
        call = call.value
    if not isinstance(call, ast.Call) or call.args or call.keywords:
        return None
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        return call.func.value.id, call.func.attr
    return None
