"""Whether what a factory does at its exit may keep the work of the block: a commit, or what may do one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from sessionfix.project.endings import ends_itself
from sessionfix.project.tells import last_name
from sessionfix.project.values import Value
from sessionfix.project.yielded import is_name, sources
from sessionfix.syntax.compound import FunctionNode

_KEEPING = re.compile(r"\b(?:commit|end|release)\b", re.IGNORECASE)
_GIVING_BACK = tuple("put release return close remove debug info print isinstance rollback reset".split())
_ENDING = tuple(
    "expire expunge dispose disconnect invalidate terminate cancel kill stop shutdown quit logout detach unlock abort "
    "discard".split()
)


def may_commit(call: ast.Call, name: str | None, *, is_session: bool) -> bool:
    """Whether a call behind the yield of `name` is a commit, or may do one.

    A statement can end a transaction, and so can a helper that is given what was yielded, or a method of that; those
    of a session (of SQLAlchemy), which `is_session` says it is, are known.
    """
    called = last_name(call.func).lower()
    if "commit" in called:
        return True
    if any(word in called for word in _GIVING_BACK):
        return False
    if name is not None and any(is_name(arg, name) for arg in call.args):
        return True
    if called.startswith("exec"):
        return _may_keep(call)
    own = name is not None and isinstance(call.func, ast.Attribute) and is_name(call.func.value, name)
    return own and not is_session and not any(word in called for word in _ENDING)


def _may_keep(execution: ast.Call) -> bool:
    """Whether what is executed, which may be a pipeline that says nothing, can be `COMMIT` or the like."""
    texts = [node.value for node in ast.walk(execution) if isinstance(node, ast.Constant)]
    words = [text for text in texts if isinstance(text, str)]
    return not words or any(map(_KEEPING.search, words))


def hands_on_commit(node: FunctionNode) -> bool:
    """Whether a function leaves a commit to another one, which may run at its end: `stack.callback(session.commit)`."""
    called = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
    attributes = (part for part in ast.walk(node) if isinstance(part, ast.Attribute))
    return any(part.attr == "commit" and part not in called for part in attributes)


def comes_from(made_from: Iterable[ast.expr], node: FunctionNode) -> frozenset[str]:
    """The names and attributes, as they are written, that expressions of a function are made from."""
    found: set[str] = set()
    todo = list(made_from)
    while todo:
        parts = [part for part in ast.walk(todo.pop()) if isinstance(part, ast.Name | ast.Attribute)]
        new = [part for part in parts if ast.unparse(part) not in found]
        found.update(map(ast.unparse, new))
        todo += (source for part in new if isinstance(part, ast.Name) for source in sources(part, node))
    return frozenset(found)


def may_keep_at_end(item: ast.withitem, value: Value, origins: frozenset[str]) -> bool:
    """Whether a `with` item, of this value, that `comes_from` names may commit at its end, as a connection's does."""
    held = item.optional_vars or item.context_expr
    return isinstance(held, ast.Name | ast.Attribute) and ast.unparse(held) in origins and not ends_itself(value)
