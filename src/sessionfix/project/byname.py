"""Methods of which only the name is known: what every function of that name in the project is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.project import facts
from sessionfix.project.everyday import EVERYDAY
from sessionfix.project.facts import Binding, ModuleFacts
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import Target
from sessionfix.project.values import Manager, Place, Resolved, combine

_BINDING = r"\b(?:def|class)\s+NAME\b|\bNAME\b[^\n=(]*=[^=]|import\s*(?:\([^)]*|[^\n;]*)\bNAME\b"


def manager_by_name(known: Knowledge, method: str) -> Resolved | None:
    """The manager that all functions of this name return; None if any may be something else, or there is none."""
    if method in EVERYDAY:
        return None
    found: list[Resolved] = []
    for file in known.files_with(method, _BINDING):
        module = known.facts_of(file)
        if module is None:
            return None
        for one in _called(known, file, module, method):
            if not isinstance(one.value, Manager):
                return None
            found.append(one)
        target = known.target_of(file)
        if target is not None and not all(isinstance(one.value, Manager) for one in _given(known, target, method)):
            return None
    result = combine(found)
    return result if isinstance(result.value, Manager) else None


def _called(known: Knowledge, file: str, module: ModuleFacts, method: str) -> Iterator[Resolved]:
    """What calls of everything in a module that has this name return."""
    for number, scope in enumerate(module.scopes):
        place = Place(file, number)
        for binding in scope.bindings.get(method, ()):
            if not isinstance(binding, facts.Parameter) and not _is_stub(module, binding):
                yield known.resolver.called(known.resolver.bound_by(binding, place))
        if scope.class_ is not None:
            for value in scope.class_.attributes.get(method, ()):
                yield known.resolver.called(known.resolver.bound_by(value, place))


def _given(known: Knowledge, target: Target, method: str) -> Iterator[Resolved]:
    """What calls of all that is stored or passed under this name return: `thing.name = ...`, `Thing(name=...)`."""
    passed = (node.value for node in target.nodes.of(ast.keyword) if node.arg == method)
    stored = (
        node.value
        for node in target.nodes.of(ast.Assign)
        if any(_is_foreign_attribute(method, one) for one in node.targets)
    )
    yield from (_called_value(known, target, value) for value in (*passed, *stored))


def _called_value(known: Knowledge, target: Target, value: ast.expr) -> Resolved:
    return known.resolver.called(known.resolver.evaluate(target.expression(value), target.place(value)))


def _is_foreign_attribute(name: str, target: ast.expr) -> bool:
    """`thing.name`, but not `self.name`, which is among the facts."""
    if not isinstance(target, ast.Attribute) or target.attr != name:
        return False
    return not (isinstance(target.value, ast.Name) and target.value.id in ("self", "cls"))


def _is_stub(module: ModuleFacts, binding: Binding) -> bool:
    """Whether others say what is meant: an abstract method, a protocol's."""
    function = module.scopes[binding.scope].function if isinstance(binding, facts.Definition) else None
    return function is not None and function.is_stub
