"""Where a node stands: parents, the enclosing scope, the suite of a statement; and which names a scope uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sessionfix.syntax.compound import FunctionNode, Suite, suites

Scope = ast.Module | ast.ClassDef | FunctionNode

NESTED_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Place:
    """A statement's place: its suite, its index there, and the node that the suite belongs to."""

    suite: Suite
    index: int
    owner: ast.AST


class Tree:
    """A parsed module with links from each node to its parent."""

    def __init__(self, module: ast.Module, parents: Mapping[ast.AST, ast.AST]) -> None:
        self.module = module
        self.parents = parents
        self._places: dict[ast.AST, Place] = {}

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around `node`, nearest first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds `node`, or `node` itself."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def scope(self, node: ast.AST) -> Scope:
        """The function, class or module whose body a statement runs in, or that something else belongs to."""
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, Scope):
                return ancestor
        return self.module

    def place(self, statement: ast.stmt) -> Place:
        """Which suite `statement` stands in, and where."""
        if statement not in self._places:
            owner = self.parents[statement]
            for suite in suites(owner):
                self._places.update((each, Place(suite, index, owner)) for index, each in enumerate(suite))
        return self._places[statement]

    def within(self, node: ast.AST, container: ast.AST) -> bool:
        """Whether `node` is `container` or lies in it."""
        return node is container or any(ancestor is container for ancestor in self.ancestors(node))

    def top_of(self, statement: ast.AST, suite: Suite) -> int | None:
        """The index in `suite`, all of it, of the statement that is or holds `statement`; None if it lies elsewhere."""
        for node in (statement, *self.ancestors(statement)):
            if isinstance(node, ast.stmt) and (place := self.place(node)).suite is suite:
                return place.index
        return None

    def is_elif(self, statement: ast.stmt) -> bool:
        """Whether `statement` is written as the `elif` of the statement around it."""
        owner = self.parents[statement]
        return (
            isinstance(statement, ast.If)
            and isinstance(owner, ast.If)
            and owner.orelse == [statement]
            and owner.col_offset == statement.col_offset
        )


def own_expressions(statement: ast.AST) -> Iterator[ast.AST]:
    """The parts of a statement that are no statements of its suites: the header."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from own_expressions(child)
        elif not isinstance(child, ast.stmt):
            yield child


def walk_scope(root: ast.AST) -> Iterator[ast.AST]:
    """Every node below `root` that runs in its scope: of nested functions and classes only decorators and the like."""
    stack = list(ast.iter_child_nodes(root))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(_evaluated_outside(node) if isinstance(node, NESTED_SCOPES) else ast.iter_child_nodes(node))


def _evaluated_outside(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a nested function, lambda or class that the scope around it evaluates."""
    if isinstance(node, ast.ClassDef):
        yield from (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords))
        return
    assert isinstance(node, FunctionNode | ast.Lambda)
    yield from node.args.defaults
    yield from (default for default in node.args.kw_defaults if default is not None)
    if not isinstance(node, ast.Lambda):
        yield from node.decorator_list


def stored_names(scope: ast.AST) -> set[str]:
    """The names that a scope binds: its locals, or a module's globals."""
    names = {
        argument.arg
        for argument in ast.walk(getattr(scope, "args", ast.arguments([], [], None, [], [], None, [])))
        if isinstance(argument, ast.arg)
    }
    for node in walk_scope(scope):
        names.update(bound_names(node))
    return names


def bound_names(node: ast.AST) -> Iterator[str]:
    """The names that a node itself binds or deletes, without what is in it."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def is_shared(scope: ast.AST, name: str) -> bool:
    """Whether a scope, or a function in it, declares a name global or nonlocal."""
    return any(isinstance(node, ast.Global | ast.Nonlocal) and name in node.names for node in ast.walk(scope))


def parameters(scope: ast.AST) -> set[str]:
    """A function's parameters."""
    if not isinstance(scope, FunctionNode | ast.Lambda):
        return set()
    return {node.arg for node in ast.walk(scope.args) if isinstance(node, ast.arg)}


def dotted(node: ast.expr) -> str:
    """`a.b.c` for an attribute of names; another text that no name has for the rest."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "()"


def passed_values(call: ast.Call) -> list[ast.expr]:
    """What a call passes, by place and by keyword."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def acts(node: ast.AST) -> bool:
    """Whether evaluating a node may do something that can be seen, or raise: it calls, awaits, or subscripts."""
    return any(
        isinstance(part, ast.Call | ast.Await | ast.Subscript | ast.Yield | ast.YieldFrom | ast.NamedExpr)
        for part in ast.walk(node)
    )


def captured_names(node: ast.AST) -> set[str]:
    """The names that a function, lambda or class reads from the scopes around it (or may read)."""
    names: set[str] = set()
    for part in walk_scope(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            names.add(part.id)
        elif isinstance(part, NESTED_SCOPES):
            names |= captured_names(part)
    if isinstance(node, ast.ClassDef):
        return names
    declared = {name for part in walk_scope(node) if isinstance(part, ast.Global | ast.Nonlocal) for name in part.names}
    return names - (stored_names(node) - declared)


def used_names(scope: ast.AST) -> set[str]:
    """Every name that means a variable of `scope`: read or bound there, or read by a function or class inside."""
    names = stored_names(scope)
    for node in walk_scope(scope):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, NESTED_SCOPES):
            names.update(captured_names(node))
    for node in ast.walk(scope):
        if isinstance(node, ast.Global | ast.Nonlocal):
            names.update(node.names)
    return names
