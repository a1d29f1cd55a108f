"""Which function of the project a call reaches: what the rewriter asks about the functions that get the session."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sessionfix.project.knowledge import Knowledge
from sessionfix.project.overrides import Overrides
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name
from sessionfix.project.values import ClassValue, Function, Instance, Manager, Outside, Resolved
from sessionfix.syntax.compound import FunctionNode


@dataclass(frozen=True, eq=False)
class Called:
    """What a call reaches: a function, the number of its parameters that the call itself fills, and its module's calls.

    `is_class`: a class is called, and the function is its `__init__`. `is_wrapped`: a decorator that nobody knows is
    around the function, and may do more than call it.
    """

    function: FunctionNode
    filled: int
    is_class: bool
    is_wrapped: bool
    calls: Calls


@dataclass(frozen=True, eq=False)
class Calls:
    """Answers for the calls of one module's tree."""

    target: Target
    known: Knowledge

    def called(self, call: ast.Call) -> Called | None:
        """What `call`, a node of the target's tree, reaches; None if that is not known for certain."""
        resolver = self.known.resolver
        value = resolver.evaluate(self.target.expression(call.func), self.target.place(call)).value
        is_class = isinstance(value, ClassValue)
        if isinstance(value, ClassValue):
            value = resolver.attribute(Resolved(Instance(value)), "__init__").value
        elif isinstance(value, Instance):
            value = resolver.attribute(Resolved(value), "__call__").value
        if not isinstance(value, Function) or value.made:
            return None
        kind = resolver.kind(value)
        if kind.manager or kind.is_property:
            return None
        target = self.known.target_of(value.file)
        node = target.function(value.scope) if target else None
        if target is None or node is None:
            return None
        filled = int(value.receiver is not None or is_class)
        return Called(node, filled, is_class, kind.is_opaque or kind.is_wrapped, Calls(target, self.known))

    def may_make_manager(self, call: ast.Call) -> bool:
        """Whether a call may be one of a factory: by its name, or by what that stands for."""
        if self.known.names_factory(last_name(call.func)):
            return True
        value = self.known.resolver.evaluate(self.target.expression(call), self.target.place(call)).value
        return isinstance(value, Manager)

    def hides_exceptions(self, manager: ast.expr) -> bool | None:
        """Whether a manager may keep an exception of its block to itself; None if it is not of the project.

        What has its exit from a class that is not of the project may do anything.
        """
        entered = self.known.resolver.evaluate(self.target.expression(manager), self.target.place(manager))
        value = entered.value
        if isinstance(value, Manager):
            return Overrides(self.known).exit_of(entered).swallows
        if not isinstance(value, Instance):
            return None
        found = list(self._exits_of(value))
        if not found and None in self.known.resolver.mro(value.class_):
            return True
        return any(map(self._returns_truth, found)) if found else None

    def is_seen_to_hide_exceptions(self, manager: ast.expr) -> bool:
        """Whether a manager's class has an exit in the project that may keep an exception of the block to itself."""
        value = self.known.resolver.evaluate(self.target.expression(manager), self.target.place(manager)).value
        return isinstance(value, Instance) and any(map(self._returns_truth, self._exits_of(value)))

    def _exits_of(self, manager: Instance) -> Iterator[Function]:
        for name in ("__exit__", "__aexit__"):
            exit_ = self.known.resolver.attribute(Resolved(manager), name).value
            if isinstance(exit_, Function):
                yield exit_

    def outside_name(self, manager: ast.expr) -> str:
        """The dotted name of what is not of the project, under whichever name this module has it; or nothing."""
        value = self.known.resolver.evaluate(self.target.expression(manager), self.target.place(manager)).value
        return value.name if isinstance(value, Outside) else ""

    def _returns_truth(self, function: Function) -> bool:
        """Whether a method may return anything but None or False."""
        target = self.known.target_of(function.file)
        node = target.function(function.scope) if target else None
        if node is None:
            return True
        values = (part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value is not None)
        return any(not isinstance(value, ast.Constant) or bool(value.value) for value in values)

    def is_read_elsewhere(self, name: str) -> bool:
        """Whether another file of the project may read the module's global `name`; rather too often than too seldom."""
        path = Path(self.target.file)
        module = re.escape(path.parent.name if path.stem == "__init__" else path.stem)
        imported = rf"\bfrom\s+[\w.]*\b{module}\s+import\b[^\n]*(\bNAME\b|\*|\()"
        files = self.known.files_with(name, rf"{imported}|\b{module}\.NAME\b")
        return any(file != self.target.file for file in files)
