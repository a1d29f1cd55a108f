"""Which names import statements bind, and to what."""

from __future__ import annotations

import ast

from sessionfix.project.facts import Import
from sessionfix.project.summary.scopes import Scopes


class Imports:
    """Reads import statements into the scopes; `stars` are the star imports, which bind names that are not there."""

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self.stars: list[Import] = []

    def modules(self, node: ast.Import, scope: int) -> None:
        """`import a.b`, `import a.b as c`"""
        for alias in node.names:
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            found = Import(node.lineno, module, 0, None, _changed(alias.asname, module))
            self.scopes.bind(scope, alias.asname or module, found)

    def members(self, node: ast.ImportFrom, scope: int) -> None:
        """`from a import b`, `from a import b as c`, `from a import *`"""
        for alias in node.names:
            changed = _changed(alias.asname, alias.name)
            found = Import(node.lineno, node.module or "", node.level, alias.name, changed)
            if alias.name == "*":
                self.stars.append(found)
            else:
                self.scopes.bind(scope, alias.asname or alias.name, found)


def _changed(alias: str | None, name: str) -> str | None:
    return alias if alias != name else None
