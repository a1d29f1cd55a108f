"""Signs that a test's object is a mock, of which a method's name tells nothing."""

from __future__ import annotations

import ast

from sessionfix.project import facts
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import Target
from sessionfix.project.tells import first_name, last_name

_OF_MOCKS = frozenset({"return_value", "side_effect", "called", "call_count", "call_args", "mock_calls"})
_ASSERTIONS = ("assert_called", "assert_not_called", "assert_any_call", "assert_has_calls", "assert_awaited")


def may_be_mock(target: Target, known: Knowledge, call: ast.Call) -> bool:
    """Whether the method that `call` calls, of an object that is not known, may be a mock's."""
    name = last_name(call.func)
    if any(_is_told_of(node, name) for node in target.nodes.of(ast.Attribute)):
        return True
    return known.resolver.index.is_test(target.file) and _is_of_parameter(target, known, call.func)


def _is_told_of(node: ast.Attribute, name: str) -> bool:
    """`thing.name.return_value`, `thing.name().query.assert_called_once()`"""
    return _is_of_mocks(node.attr) and any(
        last_name(inner) == name for inner in ast.walk(node.value) if isinstance(inner, ast.Attribute | ast.Name)
    )


def _is_of_mocks(attr: str) -> bool:
    return attr in _OF_MOCKS or attr.startswith(_ASSERTIONS)


def _is_of_parameter(target: Target, known: Knowledge, func: ast.expr) -> bool:
    """Whether a chain starts at a parameter: in a test that is a fixture, or what a decorator passes."""
    first = first_name(func)
    home = known.resolver.home(first.id, target.place(first)) if first is not None else None
    if first is None or home is None or first.id == "self":
        return False
    bound = target.facts.scopes[home].bindings[first.id]
    return any(isinstance(one, facts.Parameter) and one.annotation is None for one in bound)
