"""Names that a file replaces at run time: what tests do with mocks and patches."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.project.tells import last_name

_PATCHING = frozenset({"patch", "setattr", "setitem", "multiple", "object"})


def replaced_names(tree: ast.Module) -> Iterator[str]:
    """Every `name` in `thing.name = ...`, `patch("module.name")`, `setattr(thing, "name", ...)` and the like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from (last_name(target) for target in node.targets if _is_foreign(target))
        elif isinstance(node, ast.Call) and last_name(node.func) in _PATCHING:
            yield from _patched(node)


def _is_foreign(target: ast.expr) -> bool:
    """`thing.name`, but not `self.name`: what a class does with its own attributes is followed."""
    if not isinstance(target, ast.Attribute):
        return False
    return not (isinstance(target.value, ast.Name) and target.value.id in ("self", "cls"))


def _patched(call: ast.Call) -> Iterator[str]:
    for arg in call.args[:2]:
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
            yield arg.value.rpartition(".")[2]
    yield from (word.arg for word in call.keywords if word.arg)
