"""The rewrite of a factory's annotation: from what it yields to an iterator of that."""

from __future__ import annotations

import ast

from sessionfix.diagnostics import Applicability
from sessionfix.project.sites import Site
from sessionfix.rewrite import imports, reasons
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.imports import Reach
from sessionfix.rewrite.plan import Plan, RefusalError, Swap
from sessionfix.rewrite.scopes import Tree

_ABSTRACT = "collections.abc"
_TYPING = "typing"
# what `typing` has of the collections: a module that takes them from there does not take them from elsewhere
_TAKEN_FROM_TYPING = frozenset(
    "AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator Awaitable Callable ContextManager Coroutine "
    "DefaultDict Deque Dict FrozenSet Generator Iterable Iterator List Mapping Sequence Set Tuple Type".split()
)


def of_annotation(site: Site, context: Context) -> Plan:
    """`-> Session` becomes `-> Iterator[Session]`. Raises RefusalError."""
    old = context.node(site, ast.expr)
    name = "AsyncIterator" if site.factory.is_async else "Iterator"
    reached = _reach(context.tree, context.tree.statement(old), name)
    if reached is None:
        raise RefusalError(reasons.NO_ITERATOR.format(name=name))
    new = ast.Subscript(reached.expression, old, ast.Load())
    return Plan(
        applicability=Applicability.SAFE,
        message=f"Annotate `{site.factory.qualname}` with `{name}[{site.detail}]`",
        rows=(old.lineno, old.end_lineno or old.lineno),
        swaps=(Swap(old, new),),
        needs=reached.needs,
    )


def _reach(tree: Tree, function: ast.stmt, name: str) -> Reach | None:
    """How the annotation can name the iterator: as the module has it already, or by a new import like its others."""
    later = _is_read_later(tree.module)
    for module in (_ABSTRACT, _TYPING):
        if found := imports.reach_imported(tree, function, module, name, for_checkers=later):
            return found
    return imports.reach_by_import(tree, _TYPING if _takes_from_typing(tree.module) else _ABSTRACT, name)


def _is_read_later(module: ast.Module) -> bool:
    """Whether annotations are not evaluated: then only type checkers need the names in them."""
    return any(
        isinstance(line, ast.ImportFrom)
        and line.module == "__future__"
        and any(alias.name == "annotations" for alias in line.names)
        for line in module.body
    )


def _takes_from_typing(module: ast.Module) -> bool:
    return any(
        isinstance(line, ast.ImportFrom)
        and line.module == _TYPING
        and any(alias.name in _TAKEN_FROM_TYPING for alias in line.names)
        for line in module.body
    )
