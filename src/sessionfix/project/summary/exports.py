"""What a module says it exports: its `__all__`."""

from __future__ import annotations

import ast


class Exports:
    """What the statements at the top of a module give to `__all__`; of no use once one of them is not plain."""

    def __init__(self) -> None:
        self._names: set[str] | None = None
        self._is_plain = True

    @property
    def names(self) -> frozenset[str] | None:
        """The names; None where the module has no `__all__`, or one that can't be read."""
        return frozenset(self._names) if self._names is not None and self._is_plain else None

    def add(self, value: ast.expr | None) -> None:
        """`__all__ = [...]` and `__all__ += [...]`"""
        if not isinstance(value, ast.List | ast.Tuple):
            self._is_plain = False
            return
        names = [item.value for item in value.elts if isinstance(item, ast.Constant)]
        self._names = (self._names or set()) | {name for name in names if isinstance(name, str)}

    def see(self, node: ast.expr) -> None:
        """Look at an expression for `__all__.append("x")` and `.extend([...])`: what is exported is then not plain."""
        owner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id == "__all__":
            self._is_plain = False
