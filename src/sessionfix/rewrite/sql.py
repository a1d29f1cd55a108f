"""Which SQL statements read and which write, as far as their text or their SQLAlchemy constructs tell."""

from __future__ import annotations

import ast

from sessionfix.project.tells import last_name
from sessionfix.rewrite.scopes import walk_scope
from sessionfix.rewrite.tags import WRITING_STATEMENTS


def changes(statement: ast.AST) -> bool:
    """Whether an SQL statement writes: it calls `insert(...)` or the like, or is text that starts so."""
    return any(
        (isinstance(part, ast.Call) and last_name(part.func) in WRITING_STATEMENTS)
        or (isinstance(part, ast.Constant) and _first_word(part.value) in WRITING_STATEMENTS)
        for part in ast.walk(statement)
    )


def selects(statement: ast.AST) -> bool:
    """Whether an SQL statement only reads: it is a `select(...)...`, or text that starts so."""
    if changes(statement):
        return False
    return any(
        (isinstance(part, ast.Call) and last_name(part.func) == "select")
        or (isinstance(part, ast.Constant) and _first_word(part.value) in {"select", "pragma", "show", "explain"})
        for part in ast.walk(statement)
    )


def _first_word(text: object) -> str:
    words = text.split(maxsplit=1) if isinstance(text, str) else []
    return words[0].lower() if words else ""


def names_of_selects(scope: ast.AST) -> set[str]:
    """The names of a scope that are bound to nothing but such statements."""
    reading: set[str] = set()
    other: set[str] = set()
    for node in walk_scope(scope):
        if isinstance(node, ast.Assign):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            refined = isinstance(node.value, ast.Call) and bool(names & _read(node.value.func))
            (reading if refined or selects(node.value) else other).update(names)
    return reading - other


def _read(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def counts(node: ast.expr) -> bool:
    """Whether a query asks for a figure: it holds `func.count(...)` or the like, or `text(...)`."""
    return any(
        isinstance(part, ast.Call) and (_is_sql_function(part.func) or last_name(part.func) in {"count", "text"})
        for part in ast.walk(node)
    )


def _is_sql_function(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "func"
