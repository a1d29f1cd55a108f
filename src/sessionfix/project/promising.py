"""Is a call that leads nowhere worth a look at all the callers of a function? Most of a project's calls are not."""

from __future__ import annotations

import ast

from sessionfix.project import facts
from sessionfix.project.facts import Expr
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name
from sessionfix.project.values import Function, Unknown


def promises_factory(call: ast.Call, target: Target, known: Knowledge) -> bool:
    """Whether a call may reach a factory: by its name, by a variable, or by a function that returns such a call."""
    if known.names_factory(last_name(call.func)):
        return True
    value = known.resolver.evaluate(target.expression(call.func), target.place(call)).value
    if isinstance(value, Unknown):
        return known.passes_factories and _is_variable(call.func)
    if not isinstance(value, Function):
        return False
    return any(_may_make_manager(expr, known) for expr in known.resolver.function(value).returns)


def _is_variable(func: ast.expr) -> bool:
    """`name` or `self.name`, which may hold a factory."""
    owner = func.value if isinstance(func, ast.Attribute) else func
    return isinstance(owner, ast.Name) and (owner is func or owner.id in ("self", "cls"))


def _may_make_manager(expr: Expr, known: Knowledge) -> bool:
    if isinstance(expr, facts.Choice):
        return any(_may_make_manager(option, known) for option in expr.options)
    if not isinstance(expr, facts.Call):
        return False
    func = expr.func
    if isinstance(func, facts.Name):
        return known.passes_factories
    return isinstance(func, facts.Attribute) and known.names_factory(func.attr)
