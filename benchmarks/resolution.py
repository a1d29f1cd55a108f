"""Counts the calls that lead to a factory, and says why a call of one is no mistake where it stands.

An empty list of findings proves something only if the calls were understood.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sessionfix.discovery import DEFAULT_EXCLUDE
from sessionfix.files import FileError, read_source
from sessionfix.project import Project
from sessionfix.project.expressions import expression
from sessionfix.project.setup import Setup
from sessionfix.project.target import Target
from sessionfix.project.tells import ENTERING, last_name
from sessionfix.project.values import Manager, Outside, Unknown

MANAGER_DECORATORS = frozenset({"contextmanager", "asynccontextmanager"})


@dataclass
class Census:
    """What there is in a package, and where the calls that lead to a factory stand."""

    files: int = 0
    factories: int = 0
    places: Counter[str] = field(default_factory=Counter)

    @property
    def calls(self) -> int:
        return self.places.total()


def python_files(folder: Path) -> list[Path]:
    """The Python files that sessionfix reads of a package."""
    left_out = {pattern.strip("/") for pattern in DEFAULT_EXCLUDE}
    files = folder.rglob("*.py")
    return sorted(file for file in files if left_out.isdisjoint(file.relative_to(folder).parts))


class Reader:
    """Answers what calls in a package lead to."""

    def __init__(self, folder: Path) -> None:
        self.files = python_files(folder)
        self.project = Project(Setup(folder, self.files))

    def meaning(self, file: Path, row: int) -> str:
        """What the outermost call that begins in a row leads to, in a word."""
        target = self._target(file)
        calls = (node for node in target.parents if isinstance(node, ast.Call)) if target else ()
        here = [call for call in calls if call.lineno == row]
        if target is None or not here:
            return "unreadable"
        value = self._value(target, max(here, key=lambda call: (-call.col_offset, call.end_col_offset or 0)))
        if isinstance(value, Manager):
            return "a factory, and silent all the same"
        if isinstance(value, Unknown):
            return "unknown"
        return "of another package" if isinstance(value, Outside) and value.name else "no factory"

    def census(self) -> Census:
        """The census of the whole package."""
        found = Census(files=len(self.files))
        for file in self.files:
            target = self._target(file)
            if target is not None:
                found.factories += sum(map(_is_factory, target.scope_of))
                found.places.update(self._places(target))
        return found

    def _target(self, file: Path) -> Target | None:
        return self.project.target_of(str(file))

    def _value(self, target: Target, call: ast.Call) -> object:
        return self.project.resolver.evaluate(expression(call), target.place(call)).value

    def _places(self, target: Target) -> Iterator[str]:
        """For each call of a factory in a file: where it stands."""
        if not self._may_call(target.file):
            return
        for node in target.parents:
            if isinstance(node, ast.Call) and isinstance(self._value(target, node), Manager):
                yield place_of(node, target)

    def _may_call(self, file: str) -> bool:
        try:
            text = read_source(Path(file)).text
        except FileError:
            return False
        return any(name in text for name in self.project.factory_names)


def place_of(call: ast.Call, target: Target) -> str:
    """In what kind of place a call stands."""
    parent = target.parents[call]
    while isinstance(parent, ast.IfExp | ast.BoolOp | ast.NamedExpr | ast.keyword):
        parent = target.parents[parent]
    match parent:
        case ast.withitem():
            return "in a with"
        case ast.Return() | ast.Lambda():
            return "returned"
        case ast.Yield() | ast.YieldFrom():
            return "yielded"
        case ast.Call(func=callee):
            return "through a stack" if last_name(callee) in ENTERING else "passed"
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return "as a decorator"
        case ast.Assign() | ast.AnnAssign():
            return "bound"
        case ast.Attribute(attr=attr) if attr.startswith("__"):
            return "by hand"
    return "elsewhere"


def _is_factory(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(ast.unparse(decorator).split(".")[-1] in MANAGER_DECORATORS for decorator in node.decorator_list)
