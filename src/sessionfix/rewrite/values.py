"""What the value of an expression has to do with the session: the half of the analysis that reads expressions.

Each name carries `Tag`s. Evaluating an expression answers with the tags of its value, and records on the way where the
session, or what came from it, is used.
"""

from __future__ import annotations

import abc
import ast
from collections.abc import Iterable, Sequence

from sessionfix.rewrite.call_values import CallValues
from sessionfix.rewrite.lifetime import Kind, UnknownSyntaxError, Way, Write
from sessionfix.rewrite.recorder import Env, opaque
from sessionfix.rewrite.scopes import COMPREHENSIONS, captured_names, dotted
from sessionfix.rewrite.tags import (
    ALL,
    CLOSE_METHODS,
    DEPTH,
    KEEPS,
    LAZY_METHODS,
    STRONG,
    UNBOUND,
    Tag,
    Tags,
    contained,
    element,
    reads_only,
)
from sessionfix.syntax.compound import FunctionNode


class Values(CallValues):
    """Evaluates the expressions of one scope."""

    def inner_value(self, node: ast.expr, env: Env) -> Tags:
        if isinstance(node, ast.Name):
            return self.name(node.id, env)
        if isinstance(node, ast.Constant):
            return Tag.NONE if node.value is None else Tag.OTHER
        method = getattr(self, f"value_{type(node).__name__}", None)
        if method is None:
            raise UnknownSyntaxError(type(node).__name__)
        tag: Tags = method(node, env)
        return tag

    def name(self, name: str, env: Env) -> Tags:
        tag = self.get(env, name)
        if tag & (Tag.SESSION | Tag.CLOSURE):
            self.touch(Kind.NAMED, tag, opaque(bool(tag & Tag.CLOSURE)))
        return tag

    def truth(self, node: ast.expr, env: Env) -> None:
        """A condition: testing whether there is a session is no use of it."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.truth(node.operand, env)
        elif isinstance(node, ast.BoolOp):
            for part in node.values:
                self.truth(part, env)
        elif (name := _tested_name(node)) is not None:
            if self.get(env, name) & Tag.SESSION:
                self.touch(Kind.TEST, self.get(env, name))
            elif isinstance(node, ast.Name):
                self.operate(self.get(env, name))
        else:
            self.value(node, env)

    def operate(self, tag: Tags) -> None:
        """An operator, or a test for truth, calls a method of an object that holds the session."""
        if tag & Tag.HOLDER and not tag & Tag.SESSION:
            self.use(tag, Write.OPAQUE)

    def value_Attribute(self, node: ast.Attribute, env: Env) -> Tags:
        base = self.value(node.value, env)
        if base & Tag.SESSION:
            if node.attr in CLOSE_METHODS:
                self.leave(Way.CLOSE_VALUE, base)
            elif node.attr == "commit":
                self.touch(Kind.COMMIT, base, Write.OPAQUE)  # it may be called later, or never
            elif not reads_only(node.attr):
                self.touch(Kind.NAMED, base, Write.OPAQUE)
            return Tag.HOLDER | (Tag.LAZY if node.attr in LAZY_METHODS else UNBOUND)
        if self.kept_attributes and (kept := env.get(dotted(node), UNBOUND)) & ALL:
            return kept
        self.use(base)
        if base & Tag.BOX:
            return element(base)
        if base & Tag.HOLDER:
            return Tag.HOLDER
        return self.part(node.attr) if base & (Tag.CAME | Tag.LAZY | Tag.PART) else Tag.OTHER

    def part(self, attribute: str) -> Tags:
        """What an attribute of such a value is: other objects, or a query, where the project's models say so."""
        lazy = self.callees.calls.known.lazy
        if attribute in lazy.queries:
            return Tag.LAZY | Tag.CAME
        return Tag.CAME if attribute in lazy.relationships else Tag.PART

    def value_Await(self, node: ast.Await, env: Env) -> Tags:
        self.awaited = True
        tag = self.value(node.value, env)
        self.awaited = False
        if not isinstance(node.value, ast.Call):
            self.use(tag)
            tag = tag & ~Tag.LAZY if tag & Tag.CAME else tag
        return tag

    def value_Subscript(self, node: ast.Subscript, env: Env) -> Tags:
        base = self.value(node.value, env)
        self.value(node.slice, env)
        self.use(base)
        if base & (STRONG | Tag.PART):
            column = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
            if base & (Tag.FRESH | Tag.BOX):
                return base if isinstance(node.slice, ast.Slice) else element(base)
            return Tag.PART if column and not base & KEEPS else Tag.CAME | base & Tag.HOLDER
        return Tag.OTHER

    def value_Tuple(self, node: ast.Tuple | ast.List | ast.Set, env: Env) -> Tags:
        return contained(self.union(node.elts, env)) | Tag.FRESH

    value_List = value_Set = value_Tuple

    def value_Dict(self, node: ast.Dict, env: Env) -> Tags:
        keys = [key for key in node.keys if key is not None]
        return contained(self.union([*keys, *node.values], env)) | Tag.FRESH

    def union(self, nodes: Iterable[ast.expr], env: Env) -> Tags:
        tag = UNBOUND
        for node in nodes:
            tag |= self.value(node, env)
        return tag

    def value_BinOp(self, node: ast.BinOp, env: Env) -> Tags:
        tag = self.union((node.left, node.right), env)
        self.operate(tag)
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant | ast.JoinedStr):
            self.use(tag & STRONG)
            return Tag.OTHER
        if isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant):
            return tag & (STRONG | DEPTH) or Tag.OTHER
        return tag & (ALL | DEPTH) or Tag.OTHER

    def value_BoolOp(self, node: ast.BoolOp, env: Env) -> Tags:
        decided = self.source.decided.get(node.values[0])
        if decided is not None and decided is isinstance(node.op, ast.Or):
            return self.value(node.values[0], env)
        tested = self.union(node.values[:-1], env)
        self.operate(tested)
        return tested | self.value(node.values[-1], env)

    def value_UnaryOp(self, node: ast.UnaryOp, env: Env) -> Tags:
        if isinstance(node.op, ast.Not):
            self.truth(node.operand, env)
            return Tag.OTHER
        tag = self.value(node.operand, env)
        self.operate(tag)
        return tag

    def value_Compare(self, node: ast.Compare, env: Env) -> Tags:
        if _tested_name(node) is not None:
            self.truth(node, env)
            return Tag.OTHER
        compared = self.value(node.left, env)
        for operator, part in zip(node.ops, node.comparators, strict=True):
            tag = self.value(part, env)
            if isinstance(operator, ast.In | ast.NotIn):
                self.use(tag)
            if not isinstance(operator, ast.Is | ast.IsNot):
                self.operate(compared | tag)
            compared = tag
        return Tag.OTHER

    def value_IfExp(self, node: ast.IfExp, env: Env) -> Tags:
        self.truth(node.test, env)
        yes, no = narrowed(node.test, env)
        decided = self.source.decided.get(node.test)
        if decided is not None:
            return self.value(node.body, yes) if decided else self.value(node.orelse, no)
        return self.value(node.body, yes) | self.value(node.orelse, no)

    def value_JoinedStr(self, node: ast.JoinedStr, env: Env) -> Tags:
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.FormattedValue):
                self.use(self.value(part.value, env))
                if part.format_spec is not None:
                    self.value(part.format_spec, env)
        return Tag.OTHER

    def value_Lambda(self, node: ast.Lambda, env: Env) -> Tags:
        for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)):
            self.leave(Way.DEFAULT, self.value(default, env) & ~Tag.PART)
        tag = self.closure(node)
        if tag & Tag.CLOSURE:
            self.look_inside(node)
            self.touch(Kind.NAMED, tag, Write.OPAQUE)
        self.use(tag & Tag.PART)
        return tag

    @abc.abstractmethod
    def look_inside(self, node: FunctionNode | ast.Lambda) -> None:
        """Record what a nested function does with what it reads from around it."""

    def comprehension(self, node: ast.expr, elements: Sequence[ast.expr], env: Env) -> Tags:
        assert isinstance(node, COMPREHENSIONS)
        inner: Env = dict(env)
        seen = UNBOUND
        for generator in node.generators:
            tag = self.iterated(self.value(generator.iter, inner))
            seen |= tag
            self.bind(generator.target, element(tag), inner)
            for condition in generator.ifs:
                self.truth(condition, inner)
        tag = self.union(elements, inner)
        self.carry_out(node, inner, env)
        if isinstance(node, ast.GeneratorExp):
            kept = contained(tag) if tag & KEEPS else UNBOUND
            return Tag.LAZY | Tag.CAME | kept if (seen | tag) & ALL else Tag.OTHER
        return contained(tag) | Tag.FRESH

    @staticmethod
    def carry_out(node: ast.expr, inner: Env, env: Env) -> None:
        """What a comprehension binds by a walrus, and puts into the containers around it, stays."""
        parts = list(ast.walk(node))
        own = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        walrus = {part.target.id for part in parts if isinstance(part, ast.NamedExpr)}
        for name, tag in inner.items():
            if name in walrus or name not in own:
                env[name] = tag

    def value_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, env: Env) -> Tags:
        return self.comprehension(node, [node.elt], env)

    value_SetComp = value_GeneratorExp = value_ListComp

    def value_DictComp(self, node: ast.DictComp, env: Env) -> Tags:
        return self.comprehension(
            node, [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)], env
        )

    def value_Yield(self, node: ast.Yield, env: Env) -> Tags:
        if node.value is not None:
            tag = self.value(node.value, env)
            self.leave(Way.YIELDED, tag)
            if tag & KEEPS:
                self.touch(Kind.NAMED, tag, Write.OPAQUE)
        return Tag.OTHER

    def value_YieldFrom(self, node: ast.YieldFrom, env: Env) -> Tags:
        tag = self.iterated(self.value(node.value, env))
        self.leave(Way.YIELDED, element(tag))
        return Tag.OTHER

    def value_NamedExpr(self, node: ast.NamedExpr, env: Env) -> Tags:
        tag = self.value(node.value, env)
        self.share([node.target], node.value, env)
        self.bind(node.target, tag, env)
        return tag

    def value_Starred(self, node: ast.Starred, env: Env) -> Tags:
        return element(self.iterated(self.value(node.value, env)))

    def value_Slice(self, node: ast.Slice, env: Env) -> Tags:
        self.union([part for part in (node.lower, node.upper, node.step) if part is not None], env)
        return Tag.OTHER

    # Functions

    def closure(self, node: ast.AST) -> Tags:
        """What a function, lambda or class is, by the names that it reads from around it."""
        tag = UNBOUND
        for name in captured_names(node):
            tag |= self.result.names.get(name, UNBOUND)
        if isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = node.body if isinstance(node.body, list) else [node.body]
            if any(part is self.source.node for child in inner for part in ast.walk(child)):
                return Tag.OTHER
        if any(self.result.names.get(name, UNBOUND) & Tag.SESSION for name in _closed_names(node)):
            self.leave(Way.CLOSED_ELSEWHERE, Tag.SESSION)
        if tag & STRONG:
            return Tag.CLOSURE
        return Tag.PART if tag & Tag.PART else Tag.OTHER


def _closed_names(node: ast.AST) -> set[str]:
    """The names around a function or class that are closed in it."""
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    closes = (func.value for func in calls if isinstance(func, ast.Attribute) and func.attr in CLOSE_METHODS)
    return {value.id for value in closes if isinstance(value, ast.Name)} & captured_names(node)


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _tested_name(node: ast.expr) -> str | None:
    """The name in `name`, `name is None`, `name is not None` as a condition."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and is_none(node.comparators[0]):
        return node.left.id if isinstance(node.left, ast.Name) else None
    return None


def narrowed(test: ast.expr, env: Env) -> tuple[Env, Env]:
    """The environments of the two branches: in `if session:` it is not None, in its else it is no session."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yes, no = narrowed(test.operand, env)
        return no, yes
    name = test
    swap = False
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and is_none(test.comparators[0]):
        name = test.left
        swap = isinstance(test.ops[0], ast.Is | ast.Eq)
    if not isinstance(name, ast.Name) or name.id not in env:
        return dict(env), dict(env)
    tag = env[name.id]
    yes = {**env, name.id: tag & ~Tag.NONE}
    no = {**env, name.id: tag & ~(Tag.SESSION | Tag.CLOSED)}
    return (no, yes) if swap else (yes, no)
