"""A scope under construction, and the facts that it ends up as."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sessionfix.project import facts
from sessionfix.project.expressions import annotation, bounded, expression, type_expression
from sessionfix.project.facts import Binding, ClassFacts, Expr, FunctionFacts, Scope, ScopeKind
from sessionfix.project.history import History, When
from sessionfix.project.walk import parts
from sessionfix.syntax.compound import FunctionNode, is_try

_NO_NAMES = frozenset[str]()  # one for all: of 27,000 scopes, new ones took 12 MB
_ENDLESS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass
class Draft:
    """A scope under construction."""

    kind: ScopeKind
    name: str
    row: int
    parent: int
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    node: FunctionNode | ast.ClassDef | None = None
    returns: list[Expr] = field(default_factory=list)
    is_generator: bool = False
    self_name: str | None = None
    attributes: dict[str, list[facts.Value]] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    type_names: Mapping[str, Expr] = field(default_factory=dict)  # the type parameters that are seen here

    def annotation(self, node: ast.expr | None) -> Expr | None:
        """A type expression that stands in this scope; None if there is none."""
        found = annotation(node)
        return found if found is None else bounded(found, self.type_names)

    def bind(self, name: str, binding: Binding, when: When) -> None:
        """Note the next binding of a name."""
        if name not in self.bindings:
            self.bindings[name], self.histories[name] = [], History()
        self.bindings[name].append(binding)
        self.histories[name].add(binding, when)


def freeze(draft: Draft) -> Scope:
    """The facts of a scope that is complete."""
    node = draft.node
    return Scope(
        draft.kind,
        draft.name,
        draft.row,
        draft.parent,
        {name: tuple(found) for name, found in draft.bindings.items()},
        _left(draft),
        frozenset(draft.global_names) or _NO_NAMES,
        frozenset(draft.nonlocal_names) or _NO_NAMES,
        _function_facts(node, draft) if isinstance(node, FunctionNode) else None,
        _class_facts(node, draft) if isinstance(node, ast.ClassDef) else None,
    )


def _left(draft: Draft) -> dict[str, tuple[Binding, ...]]:
    several = (name for name, found in draft.bindings.items() if len(found) > 1)
    return {name: draft.histories[name].left for name in several}


def _function_facts(node: FunctionNode, draft: Draft) -> FunctionFacts:
    return FunctionFacts(
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=draft.is_generator,
        falls_through=falls_through(node.body),
        decorators=tuple(map(expression, node.decorator_list)),
        parameters=tuple(arg.arg for arg in (*node.args.posonlyargs, *node.args.args)),
        returns=tuple(draft.returns),
        annotation=draft.annotation(node.returns),
        is_forwarding=_is_forwarding(node.body),
        is_stub=all(map(_does_nothing, node.body)),
    )


def _class_facts(node: ast.ClassDef, draft: Draft) -> ClassFacts:
    return ClassFacts(
        decorators=tuple(map(expression, node.decorator_list)),
        bases=tuple(bounded(type_expression(base), draft.type_names) for base in node.bases),
        attributes={name: tuple(found) for name, found in draft.attributes.items()},
        metaclass=next((expression(word.value) for word in node.keywords if word.arg == "metaclass"), None),
    )


def _is_forwarding(body: list[ast.stmt]) -> bool:
    """One `return`, after a docstring perhaps."""
    return isinstance(body[-1], ast.Return) and all(
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) for statement in body[:-1]
    )


def _does_nothing(statement: ast.stmt) -> bool:
    """A docstring, `...`, `pass`, `raise NotImplementedError`"""
    if isinstance(statement, ast.Raise):
        error = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(error, ast.Name) and error.id == "NotImplementedError"
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def falls_through(body: list[ast.stmt]) -> bool:
    """Whether the end of `body` can be reached (True where that is not plain)."""
    last = body[-1] if body else None
    if isinstance(last, _ENDLESS):
        return False
    if isinstance(last, ast.If):
        return falls_through(last.body) or falls_through(last.orelse)
    if isinstance(last, ast.With | ast.AsyncWith):
        return falls_through(last.body)
    if is_try(last):
        return _try_falls_through(last)
    if isinstance(last, ast.While):
        return not (isinstance(last.test, ast.Constant) and last.test.value) or _breaks(last)
    return True


def _try_falls_through(node: ast.Try) -> bool:
    if node.finalbody and not falls_through(node.finalbody):
        return False
    main = node.orelse or node.body
    ends = falls_through(node.body) and falls_through(main)
    return ends or any(falls_through(handler.body) for handler in node.handlers)


def _breaks(loop: ast.While) -> bool:
    return any(isinstance(node, ast.Break) for node in parts(loop))


def first_parameter(node: FunctionNode) -> str | None:
    """The name of the first parameter, if it has one that is given by place."""
    positional = (*node.args.posonlyargs, *node.args.args)
    return positional[0].arg if positional else None


def evaluated_outside(node: FunctionNode) -> Iterator[ast.expr]:
    """The parts of a definition that the scope around it evaluates."""
    yield from node.decorator_list
    yield from node.args.defaults
    yield from (default for default in node.args.kw_defaults if default is not None)
