"""Names that are replaced at run time: what tests do with mocks and patches."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from typing import TypeGuard

from sessionfix.project import facts
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name
from sessionfix.project.values import ModuleValue

_PATCHING = frozenset({"patch", "setattr", "setitem", "multiple", "object", "dict"})


def replaced_for_tests(target: Target, known: Knowledge) -> frozenset[str]:
    """The names that are replaced while the tests in a file run: there, in a conftest, in a module that it imports."""
    if not known.resolver.index.is_test(target.file):
        return frozenset()
    seen: set[str] = set()
    todo = [target.file, *_conftests(target.file, known)]
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo += [other for other in _imported(file, known) if known.resolver.index.is_test(other)]
    targets = (found for file in sorted(seen) if (found := known.target_of(file)))
    return frozenset(name for found in targets for name in replaced_names(found))


def _conftests(file: str, known: Knowledge) -> Iterator[str]:
    """The conftest.py beside a file and those above it."""
    folder = os.path.dirname(file)  # noqa: PTH120 (paths are plain strings here)
    while folder != os.path.dirname(folder):  # noqa: PTH120
        conftest = os.path.join(folder, "conftest.py")  # noqa: PTH118
        if conftest in known.resolver.index:
            yield conftest
        folder = os.path.dirname(folder)  # noqa: PTH120


def _imported(file: str, known: Knowledge) -> Iterator[str]:
    """The files of the modules that a file imports."""
    module = known.facts_of(file)
    scopes = module.scopes if module else ()
    bindings = (binding for scope in scopes for bound in scope.bindings.values() for binding in bound)
    imports = [binding for binding in bindings if isinstance(binding, facts.Import)]
    for binding in (*imports, *(module.stars if module else ())):
        value = known.resolver.names.imported(binding, file).value
        found = value.module.file if isinstance(value, ModuleValue) else known.resolver.imported_file(binding, file)
        if found is not None:
            yield found


def replaced_names(target: Target, is_followed: Callable[[ast.Attribute], bool] | None = None) -> Iterator[str]:
    """Every `name` in `thing.name = ...`, but what `is_followed`, and those that are patched."""
    for node in target.nodes.of(ast.Assign):
        foreign = [each for each in node.targets if _is_foreign(each)]
        yield from (each.attr for each in foreign if is_followed is None or not is_followed(each))
        yield from (last_name(each.slice) for each in node.targets if _overrides_dependency(each))
    yield from patched_names(target)


def patched_names(target: Target) -> Iterator[str]:
    """Every `name` in `patch("module.name")`, `setattr(thing, "name", ...)` and the like."""
    for call in target.calls():
        if last_name(call.func) in _PATCHING:
            yield from _patched(call)


def _overrides_dependency(target: ast.expr) -> TypeGuard[ast.Subscript]:
    """`app.dependency_overrides[name]`"""
    return isinstance(target, ast.Subscript) and last_name(target.value) == "dependency_overrides"


def _is_foreign(target: ast.expr) -> TypeGuard[ast.Attribute]:
    """`thing.name`, but not `self.name`: what a class does with its own attributes is followed."""
    if not isinstance(target, ast.Attribute):
        return False
    return not (isinstance(target.value, ast.Name) and target.value.id in ("self", "cls"))


def _patched(call: ast.Call) -> Iterator[str]:
    for arg in call.args[:2]:
        yield from _last_parts(arg)
    yield from (word.arg for word in call.keywords if word.arg)


def _last_parts(arg: ast.expr) -> Iterator[str]:
    """`name` of `"module.name"`, `f"{MODULE}.name"`, `MODULE + ".name"` and `{"name": ...}`."""
    if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
        yield arg.value.rpartition(".")[2]
    elif isinstance(arg, ast.JoinedStr) and arg.values:
        yield from _last_parts(arg.values[-1])
    elif isinstance(arg, ast.BinOp):
        yield from _last_parts(arg.right)
    elif isinstance(arg, ast.Dict):
        yield from (name for key in arg.keys if key for name in _last_parts(key))
