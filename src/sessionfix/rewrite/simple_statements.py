"""What statements do to the session that run in one go: assignments, imports, jumps out, definitions, and its close."""

from __future__ import annotations

import abc
import ast

from sessionfix.project.tells import lone_call
from sessionfix.rewrite.closures import Closures
from sessionfix.rewrite.lifetime import Kind, Way, Write
from sessionfix.rewrite.recorder import Env
from sessionfix.rewrite.tags import CLOSE_METHODS, UNBOUND, Tag, Tags, contained
from sessionfix.syntax.compound import FunctionNode


class SimpleStatements(Closures):
    """Reads simple statements, and definitions, whose bodies do not run where they stand.

    Each method `run_X` answers with what holds behind a statement of the kind X; None if nothing behind it runs.
    """

    mixed_closes: set[int]

    @abc.abstractmethod
    def may_raise(self, env: Env) -> None:
        """Note that an exception may come from here."""

    def ends_work(self, statement: ast.stmt, env: Env) -> bool:
        """Whether the statement is a close or a rollback of the session, and nothing else; what it does is noted."""
        call = _lone_method_call(statement)
        if call is None:
            return False
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

    def run_FunctionDef(self, node: FunctionNode, env: Env) -> Env:
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


def _lone_method_call(statement: ast.stmt) -> tuple[str, str] | None:
    """The name and the method of `name.method()` or `await name.method()`, where that is the whole statement."""
    call = lone_call(statement)
    if call is None or call.args or call.keywords:
        return None
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        return call.func.value.id, call.func.attr
    return None
