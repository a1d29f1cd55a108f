"""The marks of frameworks: `Depends(f)` and the like, and for which parameters `f` makes what is passed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.project.knowledge import Knowledge
from sessionfix.project.sieve.marks import MARKS
from sessionfix.project.target import Target
from sessionfix.project.tells import last_name
from sessionfix.project.values import Outside
from sessionfix.syntax.compound import FunctionNode

# Read from their sources and tried: each calls what it is given, and runs it to its end only if that is a generator
# function. taskiq is not among them: it enters managers.
_BY_PARAMETER = frozenset({"fastapi", "fast_depends", "faststream"})
_BY_NAME = frozenset({"litestar", "starlite"})


@dataclass(frozen=True, eq=False)
class Mark:
    """`Depends(provider)`; `by_name`: it is not at a parameter, but under a parameter's name in a dict."""

    call: ast.Call
    provider: ast.expr
    by_name: bool

    @property
    def name(self) -> str:
        return last_name(self.call.func)


@dataclass(frozen=True, eq=False)
class Injected:
    """A parameter that a mark is for; `declared` is the type that it is said to have."""

    function: FunctionNode
    parameter: ast.arg
    declared: ast.expr | None


def marks_in(target: Target, known: Knowledge) -> Iterator[Mark]:
    """The marks in a file, of frameworks that are known to call what they are given."""
    names = MARKS | {node.asname for node in target.nodes.of(ast.alias) if node.name in MARKS and node.asname}
    for call in target.calls():
        provider = _provider(call) if last_name(call.func) in names else None
        if provider is not None and (by_name := _framework(call, target, known)) is not None:
            yield Mark(call, provider, by_name)


def _provider(call: ast.Call) -> ast.expr | None:
    given = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "dependency")]
    return given[0] if len(given) == 1 and not isinstance(given[0], ast.Starred) else None


def _framework(call: ast.Call, target: Target, known: Knowledge) -> bool | None:
    """Whether the framework of a mark goes by names; None if it is none that is known."""
    value = known.resolver.evaluate(target.expression(call.func), target.place(call)).value
    if not isinstance(value, Outside):
        return None
    package, last = value.name.partition(".")[0], value.name.rpartition(".")[2]
    if package in _BY_PARAMETER and last in ("Depends", "Security"):
        return False
    return True if package in _BY_NAME and last == "Provide" else None


# parameters


def injected_by(mark: Mark, target: Target) -> list[Injected] | None:
    """The parameters of a file's functions that a mark is for; None where they are not plain to see."""
    if mark.by_name:
        key = _key_of(mark.call, target)
        return list(_named(key, target)) if key is not None else None
    annotated = _annotated_around(mark.call, target)
    if annotated is not None:
        return list(_annotated(annotated, target))
    found = _with_default(mark.call, target)
    if found is not None:
        return [found]
    name = _bound_name(mark.call, target)
    return list(_with_default_name(name, target)) if name is not None else None


def declared_by(mark: Mark, target: Target) -> ast.expr | None:
    """The type in an `Annotated[type, mark]`."""
    annotated = _annotated_around(mark.call, target)
    return annotated.slice.elts[0] if annotated is not None and isinstance(annotated.slice, ast.Tuple) else None


def is_listed(mark: Mark, target: Target) -> bool:
    """Whether a mark stands in `dependencies=[...]`, where nobody gets what is made."""
    inside = target.parents[mark.call]
    word = target.parents.get(inside)
    return isinstance(inside, ast.List | ast.Tuple) and isinstance(word, ast.keyword) and word.arg == "dependencies"


def attribute_of(mark: Mark, target: Target) -> tuple[ast.ClassDef, ast.Name, ast.expr | None] | None:
    """The class and the attribute that a mark is bound to in a class's body, with the attribute's annotation."""
    holder = target.parents[mark.call]
    class_ = target.parents.get(holder)
    if not isinstance(holder, ast.Assign | ast.AnnAssign) or not isinstance(class_, ast.ClassDef):
        return None
    name = holder.target if isinstance(holder, ast.AnnAssign) else holder.targets[0]
    declared = holder.annotation if isinstance(holder, ast.AnnAssign) else None
    return (class_, name, declared) if isinstance(name, ast.Name) else None


def _key_of(call: ast.Call, target: Target) -> str | None:
    holder = target.parents[call]
    if not isinstance(holder, ast.Dict) or call not in holder.values:
        return None
    key = holder.keys[holder.values.index(call)]
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _annotated_around(call: ast.Call, target: Target) -> ast.Subscript | None:
    inside = target.parents[call]
    outer = target.parents.get(inside)
    is_annotated = isinstance(outer, ast.Subscript) and last_name(outer.value) == "Annotated"
    return outer if isinstance(inside, ast.Tuple) and is_annotated and isinstance(outer, ast.Subscript) else None


def _annotated(annotated: ast.Subscript, target: Target) -> Iterator[Injected]:
    """The parameters with this annotation, or with the name that it is bound to."""
    holder = target.parents[annotated]
    assert isinstance(annotated.slice, ast.Tuple)
    declared = annotated.slice.elts[0]
    alias = _assigned_name(holder) if isinstance(holder, ast.Assign | ast.AnnAssign) else ""
    for function, parameter, _ in _parameters(target):
        if parameter.annotation is annotated or (alias and last_name(parameter.annotation) == alias):
            yield Injected(function, parameter, declared)


def _with_default(call: ast.Call, target: Target) -> Injected | None:
    for function, parameter, default in _parameters(target):
        if default is call:
            return Injected(function, parameter, parameter.annotation)
    return None


def _bound_name(call: ast.Call, target: Target) -> str | None:
    holder = target.parents[call]
    if not isinstance(holder, ast.Assign | ast.AnnAssign) or not isinstance(target.block(holder), ast.Module):
        return None
    return _assigned_name(holder) or None


def _with_default_name(name: str, target: Target) -> Iterator[Injected]:
    for function, parameter, default in _parameters(target):
        if isinstance(default, ast.Name) and default.id == name:
            yield Injected(function, parameter, parameter.annotation)


def _named(name: str, target: Target) -> Iterator[Injected]:
    for function, parameter, _ in _parameters(target):
        if parameter.arg == name:
            yield Injected(function, parameter, parameter.annotation)


def _assigned_name(holder: ast.Assign | ast.AnnAssign) -> str:
    targets = holder.targets if isinstance(holder, ast.Assign) else [holder.target]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


def _parameters(target: Target) -> Iterator[tuple[FunctionNode, ast.arg, ast.expr | None]]:
    """All parameters of all functions of a file, with their defaults."""
    functions: list[FunctionNode] = target.nodes.of(ast.FunctionDef, ast.AsyncFunctionDef)
    for node in functions:
        positional = [*node.args.posonlyargs, *node.args.args]
        missing: list[ast.expr | None] = [None] * (len(positional) - len(node.args.defaults))
        defaults = [*missing, *node.args.defaults, *node.args.kw_defaults]
        for parameter, default in zip([*positional, *node.args.kwonlyargs], defaults, strict=True):
            yield node, parameter, default
