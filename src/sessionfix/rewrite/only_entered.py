"""Is a generator function used by `with` statements of its own file, and by nothing else? Then it may be a factory."""

from __future__ import annotations

import ast

from sessionfix.project.sites import Site, Use
from sessionfix.project.target import span
from sessionfix.project.tells import last_name
from sessionfix.project.words import words_of
from sessionfix.rewrite.context import Context
from sessionfix.syntax.compound import FunctionNode

_PLAIN_DECORATORS = frozenset({"staticmethod", "classmethod"})
_ANNOTATIONS = frozenset({"Iterator", "Generator", "AsyncIterator", "AsyncGenerator"})


def only_entered(context: Context, site: Site) -> FunctionNode | None:
    """The generator function of a site, if it can get a decorator without a change for anybody but its `with`s.

    A name counts wherever it stands: what may be another function of that name is a use of this one.
    """
    function = _definition(context, site)
    if function is None or not _takes_decorator(function) or not _is_own(context, function.name):
        return None
    for node in context.tree.parents:
        if function.name in words_of(node) and node is not function and not _is_entered(context, site, node):
            return None
    return function


def _definition(context: Context, site: Site) -> FunctionNode | None:
    if str(site.factory.path) != context.callees.calls.target.file:
        return None
    nodes = (node for node in context.tree.parents if isinstance(node, FunctionNode))
    return next((node for node in nodes if node.lineno == site.factory.row), None)


def _takes_decorator(function: FunctionNode) -> bool:
    """Whether `contextmanager`, put below the other decorators, changes nothing else and suits the annotation."""
    annotation = function.returns.value if isinstance(function.returns, ast.Subscript) else function.returns
    return all(last_name(one) in _PLAIN_DECORATORS for one in function.decorator_list) and (
        annotation is None or last_name(annotation) in _ANNOTATIONS
    )


def _is_own(context: Context, name: str) -> bool:
    """Whether no other file has the word."""
    calls = context.callees.calls
    return set(calls.known.files_naming(name)) <= {calls.target.file}


def _is_entered(context: Context, site: Site, node: ast.AST) -> bool:
    """Whether a name is that of a call which is a site of the same function, in a `with` of the right kind."""
    call = context.tree.parents[node]
    if not isinstance(call, ast.Call) or call.func is not node:
        return False
    found = context.sites.get(span(call))
    keyword = "async with" if site.factory.is_async else "with"
    return found is not None and (found.use, found.factory, found.detail) == (Use.GENERATOR, site.factory, keyword)
