"""What a scope says whichever session in it is looked at: read once, since a function may hold hundreds of them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sessionfix.project.tells import last_name
from sessionfix.rewrite.scopes import NESTED_SCOPES, Scope, parameters, stored_names, walk_scope
from sessionfix.rewrite.sql import names_of_selects
from sessionfix.rewrite.tags import LAZY_METHODS
from sessionfix.rewrite.worlds import FlagBinding, flags_of
from sessionfix.syntax.compound import FunctionNode


@dataclass(frozen=True)
class ScopeFacts:
    """Names of one scope, and what else holds for all of it.

    `locals`: what it binds, its `parameters` among them. `outer`: what it declares global or nonlocal; `declared`: the
    same with all scopes inside. `outputs`: a module's names that the module never reads. `selects`: the names of
    statements that only read. `generators`: its functions that work later. `flags`: the assignments of each name that
    nothing else binds. `loads`: how often names are read, in all scopes inside, too. `frame_reads`: the calls that look
    at the scope's own variables. `works_later`: it gives a lazy value.
    """

    locals: frozenset[str]
    parameters: frozenset[str]
    outer: frozenset[str]
    declared: frozenset[str]
    outputs: frozenset[str]
    selects: frozenset[str]
    generators: frozenset[str]
    flags: Mapping[str, list[FlagBinding]]
    loads: Counter[str]
    frame_reads: tuple[ast.Call, ...]
    has_closures: bool
    works_later: bool

    @staticmethod
    def of(scope: Scope | ast.Lambda) -> ScopeFacts:
        """Read `scope`."""
        nodes = list(walk_scope(scope))
        names = stored_names(scope)
        return ScopeFacts(
            locals=frozenset(names),
            parameters=frozenset(parameters(scope)),
            outer=_declared(nodes),
            declared=_declared(ast.walk(scope)),
            outputs=frozenset(names - _read_anywhere(scope)) if isinstance(scope, ast.Module) else frozenset(),
            selects=frozenset(names_of_selects(scope)),
            generators=_nested_generators(nodes),
            flags={} if isinstance(scope, ast.Lambda) else flags_of(scope),
            loads=loads_in(ast.walk(scope)),
            frame_reads=tuple(node for node in nodes if isinstance(node, ast.Call) and _reads_frame(node)),
            has_closures=any(isinstance(node, NESTED_SCOPES) for node in nodes),
            works_later=any(map(_works_later, nodes)),
        )


def loads_in(nodes: Iterable[ast.AST]) -> Counter[str]:
    """How often each name is read."""
    return Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _declared(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names)


def _read_anywhere(scope: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(scope) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _nested_generators(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names of the functions that work later: generators, coroutines, and what returns a lazy value."""
    return frozenset(
        node.name
        for node in nodes
        if isinstance(node, FunctionNode)
        and (isinstance(node, ast.AsyncFunctionDef) or any(map(_works_later, walk_scope(node))))
    )


def _works_later(node: ast.AST) -> bool:
    """Whether a statement or expression makes its function give a lazy value."""
    if isinstance(node, ast.Yield | ast.YieldFrom):
        return True
    if not isinstance(node, ast.Return):
        return False
    called = node.value.func if isinstance(node.value, ast.Call) else None
    return isinstance(node.value, ast.GeneratorExp) or (called is not None and last_name(called) in LAZY_METHODS)


def _reads_frame(call: ast.Call) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return name in {"locals", "exec", "eval"} or (name in {"vars", "dir"} and not call.args)
