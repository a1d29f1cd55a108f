"""What a name in an outline stands for, as far as its own file tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sessionfix.project import facts
from sessionfix.project.facts import Expr, ModuleFacts, Scope


def original_names(expr: Expr, number: int, module: ModuleFacts) -> frozenset[str]:
    """The last names that an expression has where it comes from: an import may give it another one."""
    if not isinstance(expr, facts.Name):
        return frozenset({last_name(expr)})
    home = module.home(expr.id, number)
    bindings = module.scopes[home].bindings[expr.id] if home is not None else ()
    return frozenset({expr.id, *(one.name for one in bindings if isinstance(one, facts.Import) and one.name)})


def last_name(expr: Expr) -> str:
    """`c` of `a.b.c` and of `a.b.c()`; empty for what has no name."""
    expr = expr.func if isinstance(expr, facts.Call) else expr
    if isinstance(expr, facts.Attribute):
        return expr.attr
    return expr.id if isinstance(expr, facts.Name) else ""


def base_names(bases: Iterable[Expr]) -> Iterator[str]:
    """The last names of a class's bases."""
    return (last_name(base.value if isinstance(base, facts.Subscript) else base) for base in bases)


def classes_with(attr: str, scopes: Iterable[Scope]) -> Iterator[str]:
    """The names of the classes that have an attribute themselves."""
    for scope in scopes:
        if has_attribute(scope, attr):
            yield scope.name


def has_attribute(scope: Scope, attr: str) -> bool:
    """Whether a scope is a class's that has an attribute itself, in its body or by what its methods give to `self`."""
    return scope.class_ is not None and (attr in scope.bindings or attr in scope.class_.attributes)


def has_function(name: str, scopes: Iterable[Scope]) -> bool:
    """Whether there is a function of this name, and with a body."""
    return any(one.name == name and one.function is not None and not one.function.is_stub for one in scopes)
