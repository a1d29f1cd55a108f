"""What the value of an expression has to do with the session: the half of the analysis that reads expressions.

Each name carries `Tag`s. Evaluating an expression answers with the tags of its value, and records on the way where the
session, or what came from it, is used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from sessionfix.rewrite.callees import Callees, Passing, works_later
from sessionfix.rewrite.lifetime import Kind, Leave, Lifetime, Source, Touch, UnknownSyntaxError, Way, Write
from sessionfix.rewrite.scopes import COMPREHENSIONS, Scope, captured_names, parameters, stored_names, walk_scope
from sessionfix.rewrite.sql import changes, counts, names_of_selects, selects
from sessionfix.rewrite.tags import (
    ADDING_METHODS,
    ALL,
    BACKGROUND_CALLS,
    CHANGING_METHODS,
    CLOSE_METHODS,
    CONSUMING_CALLS,
    CONTAINER_CALLS,
    CONTAINER_METHODS,
    KEEPS,
    LAZY_CALLS,
    LAZY_METHODS,
    NEVER_AWAITED,
    PLAIN_CALLS,
    PLAIN_METHODS,
    READ_METHODS,
    READING_CALLS,
    STATEMENT_METHODS,
    STORING_CALLS,
    STRONG,
    UNBOUND,
    Tag,
    Tags,
    contained,
    element,
    last_name,
    looks_like_class,
    reads_only,
    swallows_by_name,
)

Env = dict[str, Tags]


class Values:
    """Evaluates the expressions of one scope; `statement` is the one that they stand in."""

    statement: ast.stmt

    def __init__(self, source: Source, scope: Scope, callees: Callees) -> None:
        self.source = source
        self.callees = callees
        self.locals = stored_names(scope)
        self.parameters = parameters(scope)
        self.is_module = isinstance(scope, ast.Module)
        self.outer = {
            name for node in walk_scope(scope) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
        }
        # A module's global that the module never reads is there for others.
        self.outputs = stored_names(scope) - _read_anywhere(scope) if self.is_module else set()
        self.selects = names_of_selects(scope)
        self.generators = _nested_generators(scope)
        self.swallowers = _bound_to_swallowers(scope)
        self.result = Lifetime()
        self.awaited = False
        self.kept_attributes = False  # whether any attribute, such as self.user, was given one of these values
        self.is_closed = False  # whether the session may be closed when the current statement runs

    # What is recorded

    def touch(self, kind: Kind, tag: Tags, write: Write = Write.NONE) -> None:
        if self.is_closed and tag & (Tag.HOLDER | Tag.CLOSURE):
            tag |= Tag.CLOSED
        self.result.touches.append(Touch(self.statement, kind, tag, write))

    def use(self, tag: Tags, write: Write = Write.NONE) -> None:
        """The value of an expression is read from, called, iterated or passed on."""
        if tag & STRONG and not tag & Tag.SESSION:
            self.touch(Kind.USED, tag, write)
        elif tag & Tag.PART:
            self.touch(Kind.PART, tag, write)

    def leave(self, way: Way, tag: Tags) -> None:
        if tag & STRONG:
            self.result.leaves.append(Leave(self.statement, way, tag))

    def set(self, env: Env, name: str, tag: Tags) -> None:
        env[name] = tag
        if tag & ALL:
            self.result.names[name] = self.result.names.get(name, UNBOUND) | (tag & ALL)

    def get(self, env: Env, name: str) -> Tags:
        if name in env:
            return env[name]
        outside = name in self.parameters or name not in self.locals
        return Tag.OTHER if outside else UNBOUND

    # Expressions

    def value(self, node: ast.expr, env: Env) -> Tags:
        """What an expression's value is; records the touches on the way."""
        tag = self.inner_value(node, env)
        if node is self.source.node:
            return Tag.SESSION
        return tag

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
        else:
            self.value(node, env)

    def iterated(self, tag: Tags) -> Tags:
        self.use(tag)
        return tag

    def value_Attribute(self, node: ast.Attribute, env: Env) -> Tags:
        base = self.value(node.value, env)
        if base & Tag.SESSION:
            if node.attr in CLOSE_METHODS:
                self.leave(Way.CLOSE_VALUE, base)
            elif not reads_only(node.attr):
                self.touch(Kind.NAMED, base, Write.OPAQUE)
            return Tag.HOLDER
        if self.kept_attributes and (kept := env.get(_dotted(node), UNBOUND)) & ALL:
            return kept
        self.use(base)
        if base & Tag.HOLDER:
            return Tag.HOLDER
        return Tag.PART if base & (Tag.CAME | Tag.LAZY | Tag.PART) else Tag.OTHER

    def value_Call(self, node: ast.Call, env: Env) -> Tags:
        awaited, self.awaited = self.awaited, False
        if isinstance(node.func, ast.Attribute):
            base = self.value(node.func.value, env)
            result = self.method_call(node, node.func, base)
        else:
            base = self.value(node.func, env)
            self.use(base, opaque(bool(base & (Tag.CLOSURE | Tag.HOLDER))))
            result = Tag.CAME if base & STRONG else Tag.OTHER
            if base & Tag.CLOSURE and (not isinstance(node.func, ast.Name) or node.func.id in self.generators):
                result |= Tag.LAZY
        passed, passings = self.arguments(node, base, env)
        self.hand_over(node, base | passed, env)
        if result in (Tag.OTHER, Tag.PART) and passed & ALL:
            result = self.passed_to(node, passed, passings)
        if last_name(node.func) in CONTAINER_CALLS:
            result |= Tag.FRESH
        elif result == Tag.OTHER and looks_like_class(last_name(node.func)):
            result = Tag.OTHER | Tag.MADE
        if self.is_coroutine(node, base, passed, passings) and not awaited:
            return result | Tag.LAZY | Tag.CAME
        return result

    def hand_over(self, node: ast.Call, receiver: Tags, env: Env) -> None:
        """What is added to the session, or handed on with it, is one of its objects from then on."""
        if not receiver & (Tag.SESSION | Tag.HOLDER | Tag.CAME | Tag.PART):
            return
        added = last_name(node.func) in ADDING_METHODS
        for argument in _direct_arguments(node):
            if isinstance(argument, ast.Name) and argument.id in self.locals:
                tag = self.get(env, argument.id)
                if (tag & Tag.MADE or added) and not tag & STRONG:
                    self.set(env, argument.id, tag | Tag.CAME)
                    if argument.id in self.parameters:
                        self.leave(Way.ADDED, Tag.CAME)

    def is_coroutine(self, node: ast.Call, base: Tags, passed: Tags, passings: Sequence[Passing]) -> bool:
        """Whether the call may give a coroutine that works on the session later."""
        if passings:
            return any(passing.is_async for passing in passings)
        if not self.source.is_async or last_name(node.func) in NEVER_AWAITED:
            return False
        return bool((base | passed) & (Tag.SESSION | Tag.HOLDER)) and not looks_like_class(last_name(node.func))

    def method_call(self, node: ast.Call, func: ast.Attribute, base: Tags) -> Tags:
        writes = not reads_only(func.attr)
        if base & Tag.SESSION:
            if func.attr in CLOSE_METHODS:
                self.leave(Way.CLOSE_VALUE, base)
            if func.attr == "commit":
                self.touch(Kind.COMMIT, base)
            elif func.attr == "rollback":
                self.touch(Kind.ROLLBACK, base)
            else:
                direct = self.writes_by(node) if func.attr in STATEMENT_METHODS else writes
                self.touch(Kind.NAMED, base, Write.DIRECT if direct else Write.NONE)
            return self.method_result(node, func.attr)
        changes = func.attr in CHANGING_METHODS and not base & Tag.FRESH
        owner = last_name(func.value) if base & (Tag.CAME | Tag.PART) else ""
        if func.attr in CLOSE_METHODS and (base & Tag.HOLDER or owner in {"connection", "session", "conn", "db"}):
            self.leave(Way.CLOSED_ELSEWHERE, base | Tag.HOLDER)
        self.use(base, opaque((writes or changes) and bool(base & (Tag.CAME | Tag.PART | Tag.LAZY | Tag.HOLDER))))
        if base & (Tag.HOLDER | Tag.CLOSURE):
            return self.method_result(node, func.attr) | (Tag.LAZY if self.callees.works_later(node) else UNBOUND)
        if base & (Tag.CAME | Tag.LAZY):
            stays = base & Tag.LAZY if func.attr not in READ_METHODS | PLAIN_METHODS else UNBOUND
            return self.method_result(node, func.attr) | stays
        return Tag.PART if base & Tag.PART and func.attr not in PLAIN_METHODS else Tag.OTHER

    def writes_by(self, node: ast.Call) -> bool:
        """Whether the statement that is executed may write.

        What is asked for a scalar is taken for a select unless it says otherwise; what is just executed is not.
        """
        statement = node.args[0] if node.args else None
        if statement is None or not last_name(node.func).startswith("exec"):
            return statement is not None and changes(statement)
        if isinstance(statement, ast.Name):
            return statement.id not in self.selects
        return not selects(statement)

    @staticmethod
    def method_result(node: ast.Call, method: str) -> Tags:
        if method in PLAIN_METHODS or (method.startswith("scalar") and method != "scalars" and counts(node)):
            return Tag.OTHER
        if method in LAZY_METHODS:
            return Tag.LAZY | Tag.CAME
        return Tag.CAME

    def arguments(self, node: ast.Call, base: Tags, env: Env) -> tuple[Tags, list[Passing]]:
        """Evaluate what is passed: what it is, all together, and what becomes of the session where that is known."""
        name = last_name(node.func)
        passed = UNBOUND
        passings: list[Passing] = []
        arguments: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        for argument in arguments:
            tag = self.value(argument.value if isinstance(argument, ast.keyword) else argument, env)
            passing = self.callees.passing(node, argument, self.source.is_async) if tag & ALL else None
            if passing is not None and tag & Tag.SESSION:
                passings.append(passing)
                self.note_passing(passing, tag)
            elif passing is not None and passing.kept in (Way.STORED, Way.BACKGROUND, Way.DEFAULT):
                self.leave(passing.kept, tag & KEEPS)
            if tag & STRONG:
                write = passing.write if passing is not None else opaque(self.may_write(name, tag))
                self.touch(Kind.NAMED if tag & Tag.SESSION else Kind.USED, tag, write)
            elif tag & Tag.PART and name not in PLAIN_CALLS:
                self.touch(Kind.PART, tag, passing.write if passing is not None else Write.NONE)
            passed |= tag
            if isinstance(argument, ast.Name) and tag & Tag.FRESH and name not in READING_CALLS:
                env[argument.id] = tag & ~Tag.FRESH
        self.hand_on(node, passed, base, env)
        return passed, passings

    def hand_on(self, node: ast.Call, passed: Tags, base: Tags, env: Env) -> None:
        """Record where what is passed goes by the callee's name: to a container, a background job, a later call."""
        name = last_name(node.func)
        if name in STORING_CALLS and passed & KEEPS:
            self.leave(Way.STORED, passed)
        if passed & STRONG and (name in BACKGROUND_CALLS or (passed & KEEPS and _maps_elsewhere(node))):
            self.leave(Way.BACKGROUND, passed)
        elif passed & Tag.CLOSURE and name not in CONSUMING_CALLS | LAZY_CALLS:
            self.leave(Way.PASSED, Tag.CLOSURE)
        if name in CONTAINER_METHODS and isinstance(node.func, ast.Attribute) and not base & STRONG:
            self.keep(node.func.value, passed & ALL, env)

    def note_passing(self, passing: Passing, tag: Tags) -> None:
        """Record what a function of the project does with the session that it is passed."""
        if passing.kept is not None:
            self.leave(passing.kept, tag)
        if passing.shares:
            self.leave(Way.STORED, Tag.CAME)
        if passing.may_settle:
            self.touch(Kind.COMMIT, tag)
            self.result.settles_elsewhere = True
        if passing.settles:
            self.result.settled.add(self.statement)
        if passing.gives_up:
            self.result.gave_up.add(self.statement)

    @staticmethod
    def may_write(name: str, tag: Tags) -> bool:
        """Whether a function of this name may leave work, by what it is passed."""
        if name in READING_CALLS or reads_only(name):
            return False
        return bool(tag & (Tag.SESSION | Tag.HOLDER | Tag.CAME | Tag.CLOSURE))

    def passed_to(self, node: ast.Call, passed: Tags, passings: Sequence[Passing]) -> Tags:
        """What a call gives that the session, or what came from it, is passed to."""
        name = last_name(node.func)
        if passings:
            result = UNBOUND
            for passing in passings:
                result |= passing.result
            return result or Tag.OTHER
        if name in PLAIN_CALLS:
            return Tag.OTHER
        if not passed & STRONG and not self.callees.works_later(node):
            return Tag.PART
        if name in LAZY_CALLS or self.callees.works_later(node):
            return Tag.LAZY | Tag.CAME
        if isinstance(node.func, ast.Attribute) and name == "join":
            return Tag.OTHER
        if looks_like_class(name):
            return Tag.CAME | (Tag.HOLDER if passed & (Tag.SESSION | Tag.HOLDER) else UNBOUND) | (passed & Tag.LAZY)
        consumed = name in CONSUMING_CALLS | READING_CALLS and not (name == "dict" and node.keywords)
        return Tag.CAME if consumed else Tag.CAME | passed & Tag.LAZY

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
            if base & Tag.FRESH:
                return element(base)
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
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant | ast.JoinedStr):
            self.use(tag & STRONG)
            return Tag.OTHER
        if isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant):
            return tag & STRONG or Tag.OTHER
        return tag & (STRONG | Tag.PART) or Tag.OTHER

    def value_BoolOp(self, node: ast.BoolOp, env: Env) -> Tags:
        return self.union(node.values, env)

    def value_UnaryOp(self, node: ast.UnaryOp, env: Env) -> Tags:
        if isinstance(node.op, ast.Not):
            self.truth(node.operand, env)
            return Tag.OTHER
        return self.value(node.operand, env)

    def value_Compare(self, node: ast.Compare, env: Env) -> Tags:
        if _tested_name(node) is not None:
            self.truth(node, env)
            return Tag.OTHER
        self.value(node.left, env)
        for operator, part in zip(node.ops, node.comparators, strict=True):
            tag = self.value(part, env)
            if isinstance(operator, ast.In | ast.NotIn):
                self.use(tag)
        return Tag.OTHER

    def value_IfExp(self, node: ast.IfExp, env: Env) -> Tags:
        self.truth(node.test, env)
        yes, no = narrowed(node.test, env)
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
            self.touch(Kind.NAMED, tag, Write.OPAQUE)
        self.use(tag & Tag.PART)
        return tag

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
        self.carry_walrus(node, inner, env)
        if isinstance(node, ast.GeneratorExp):
            return Tag.LAZY | Tag.CAME if (seen | tag) & ALL else Tag.OTHER
        return contained(tag) | Tag.FRESH

    @staticmethod
    def carry_walrus(node: ast.expr, inner: Env, env: Env) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.NamedExpr) and part.target.id in inner:
                env[part.target.id] = inner[part.target.id]

    def value_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, env: Env) -> Tags:
        return self.comprehension(node, [node.elt], env)

    value_SetComp = value_GeneratorExp = value_ListComp

    def value_DictComp(self, node: ast.DictComp, env: Env) -> Tags:
        return self.comprehension(node, [node.key, node.value], env)

    def value_Yield(self, node: ast.Yield, env: Env) -> Tags:
        if node.value is not None:
            self.leave(Way.YIELDED, self.value(node.value, env))
        return Tag.OTHER

    def value_YieldFrom(self, node: ast.YieldFrom, env: Env) -> Tags:
        tag = self.iterated(self.value(node.value, env))
        self.leave(Way.YIELDED, element(tag))
        return Tag.OTHER

    def value_NamedExpr(self, node: ast.NamedExpr, env: Env) -> Tags:
        tag = self.value(node.value, env)
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
        if tag & STRONG:
            return Tag.CLOSURE
        return Tag.PART if tag & Tag.PART else Tag.OTHER

    # Binding

    def bind(self, target: ast.expr, tag: Tags, env: Env) -> None:
        if isinstance(target, ast.Name):
            self.set(env, target.id, tag)
            if target.id in self.outer or target.id in self.outputs:
                self.leave(Way.STORED, tag)
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self.bind(part, element(self.iterated(tag)), env)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, contained(tag), env)
        elif isinstance(target, ast.Attribute | ast.Subscript):
            self.store(target, tag, env)

    def store(self, target: ast.Attribute | ast.Subscript, tag: Tags, env: Env) -> None:
        base = self.value(target.value, env)
        if isinstance(target, ast.Attribute) and tag & ALL:
            self.kept_attributes = True
            self.set(env, _dotted(target), tag)
        if isinstance(target, ast.Subscript):
            self.value(target.slice, env)
        if base & (STRONG | Tag.PART):
            self.use(base, Write.DIRECT)
            if tag & KEEPS:
                self.leave(Way.STORED, tag)
            return
        self.keep(target.value, tag, env)

    def keep(self, container: ast.expr, tag: Tags, env: Env) -> None:
        """A value is put into a container: a local one now holds it; any other outlives the block."""
        while isinstance(container, ast.Subscript):
            container = container.value
        held = self.get(env, container.id) if isinstance(container, ast.Name) else UNBOUND
        if isinstance(container, ast.Name) and held & Tag.FRESH and not self.is_module:
            if tag & ALL:
                self.set(env, container.id, held | contained(tag) & ALL)
        else:
            self.leave(Way.STORED, tag & ~Tag.PART)


def _dotted(node: ast.expr) -> str:
    """`a.b.c` for an attribute of names; another text that no name has for the rest."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "()"


def opaque(writes: bool) -> Write:
    return Write.OPAQUE if writes else Write.NONE


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _tested_name(node: ast.expr) -> str | None:
    """The name in `name`, `name is None`, `name is not None` as a condition."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and is_none(node.comparators[0]):
        return node.left.id if isinstance(node.left, ast.Name) else None
    return None


def _direct_arguments(call: ast.Call) -> Iterable[ast.expr]:
    """What is passed, and the items of lists and tuples that are."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        plain = argument.value if isinstance(argument, ast.Starred) else argument
        yield from plain.elts if isinstance(plain, ast.List | ast.Tuple) else (plain,)


def _maps_elsewhere(call: ast.Call) -> bool:
    """Whether a call is `pool.map(...)` or the like: the work is done by other threads or processes."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in {"map", "starmap"}


def _read_anywhere(scope: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(scope) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _bound_to_swallowers(scope: ast.AST) -> set[str]:
    """The names in `quiet = suppress(Exception)`."""
    return {
        target.id
        for node in walk_scope(scope)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if swallows_by_name(last_name(node.value.func))
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _nested_generators(scope: ast.AST) -> set[str]:
    """The names of the scope's functions that work later: generators, coroutines, and what returns a lazy value."""
    return {
        node.name
        for node in walk_scope(scope)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (isinstance(node, ast.AsyncFunctionDef) or any(works_later(part) for part in walk_scope(node)))
    }


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
