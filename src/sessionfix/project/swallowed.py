"""Find handlers that hide from the caller of a factory what the block of its `with` raised."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from sessionfix.project.bodies import own_factories, site_in_body
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.paths import End, is_broad, thrown_at
from sessionfix.project.sites import AstSpan, Site, Use
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name
from sessionfix.project.values import Step
from sessionfix.project.yielded import is_name, own_yields
from sessionfix.syntax.compound import FunctionNode

_SILENT = frozenset({End.FALLS, End.RETURNS})
_DATABASE_ERRORS = frozenset({"SQLAlchemyError", "DBAPIError", "DatabaseError"})
_CLEANING = frozenset({"rollback", "close", "aclose", "expunge_all", "expire_all", "invalidate", "remove", "reset"})
_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print_exc"})
_HARMLESS = frozenset({"print", "str", "repr", "type", "len", "format", "format_exc"})
# words by which a docstring, a comment or a name says that errors are hidden on purpose, or raised elsewhere
_ON_PURPOSE = tuple(
    "swallow suppress ignor silen hide hidden catch tolerat best-effort purpose deliberat intention rais".split()
)


def sites_of_swallowed_errors(target: Target, known: Knowledge) -> Iterator[Site]:
    """The handlers of a file's factories that roll back, and let the code after the `with` go on."""
    for node, function in own_factories(target, known):
        handlers = {handler: None for found in own_yields(node) for handler in _hiding(found, node, target)}
        for handler in handlers if handlers and not _says_so(node, target, known) else ():
            yield site_in_body(_place(handler), Use.SWALLOWED, function, known, _header(handler))


def _hiding(found: ast.Yield, node: FunctionNode, target: Target) -> Iterator[ast.ExceptHandler]:
    """The handlers that surely hide what the block of this yield raised."""
    statement = next(part for part in (found, *target.ancestors(found)) if isinstance(part, ast.stmt))
    name = found.value.id if isinstance(found.value, ast.Name) else None
    if name is None:
        return
    for thrown in thrown_at(statement, node, target.parents):
        handler = thrown.handler
        if handler is not None and thrown.ends <= _SILENT and _takes_any_error(handler):
            yield from [handler] if _only_cleans_up(handler, name) else ()


def _takes_any_error(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes what may be raised in any block: every error, or every error of the database."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return is_broad(handler) or any(last_name(one) in _DATABASE_ERRORS for one in types)


def _only_cleans_up(handler: ast.ExceptHandler, name: str) -> bool:
    """Whether a handler rolls back, and does nothing else by which the error could get out, or be kept."""
    nodes = [node for statement in handler.body for node in ast.walk(statement)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    keeps = any(isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store) for node in nodes)
    return (
        any(_is_method(call, name, ("rollback",)) for call in calls)
        and all(_is_harmless(call, name) for call in calls)
        and not keeps
    )


def _is_harmless(call: ast.Call, name: str) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id in _HARMLESS
    return _is_method(call, name, _CLEANING) or (isinstance(call.func, ast.Attribute) and call.func.attr in _LOGGING)


def _is_method(call: ast.Call, name: str, methods: Collection[str]) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in methods and is_name(call.func.value, name)


def _says_so(node: FunctionNode, target: Target, known: Knowledge) -> bool:
    """Whether the function's name, its docstring or a comment in it speaks of errors that are hidden."""
    rows = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    lines = (known.chain_step(Step(target.file, row)).text for row in rows)
    comments = (line.partition("#")[2] for line in lines)
    said = " ".join((node.name, ast.get_docstring(node) or "", *comments)).lower()
    return any(word in said for word in _ON_PURPOSE)


def _place(handler: ast.ExceptHandler) -> AstSpan:
    """The place of the `except`, with what it takes."""
    if handler.type is None:
        return AstSpan(handler.lineno, handler.col_offset, handler.lineno, handler.col_offset + len("except"))
    end = handler.type.end_lineno or handler.lineno, handler.type.end_col_offset or handler.col_offset
    return AstSpan(handler.lineno, handler.col_offset, *end)


def _header(handler: ast.ExceptHandler) -> str:
    return "except" if handler.type is None else f"except {ast.unparse(handler.type)}"
