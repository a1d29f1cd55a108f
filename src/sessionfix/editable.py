"""The MAPPING that setuptools writes into the finder of an editable install."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def mapping_in(finder: str) -> Iterator[tuple[str, str]]:
    """The top-level modules in the source of a finder, each with the path where it lies."""
    for statement in _statements(finder):
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or not isinstance(statement.value, ast.Dict):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if any(isinstance(target, ast.Name) and target.id == "MAPPING" for target in targets):
            yield from _entries(statement.value)


def _entries(mapping: ast.Dict) -> Iterator[tuple[str, str]]:
    for key, value in zip(mapping.keys, mapping.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
            yield str(key.value), str(value.value)


def _statements(source: str) -> Iterable[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return ()
