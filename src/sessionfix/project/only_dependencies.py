"""Find the factories that are nothing but dependencies: their decorators are what is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.diagnostics import Certainty
from sessionfix.project.factories import Factory
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.managers_as_dependencies import given_in
from sessionfix.project.sieve.marks import GIVEN, OPENED
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import Target, span
from sessionfix.project.tells import last_name
from sessionfix.project.values import Function, Manager, Outside, Step
from sessionfix.project.words import words_of
from sessionfix.syntax.compound import FunctionNode

DEPENDENCIES = frozenset({Use.DEPENDENCY})

_MAKERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
_MANY_FILES = 60  # so common a name is used for more than one thing


def sites_of_dependencies(target: Target, known: Knowledge) -> Iterator[Site]:
    """What a file gives to `Depends` and the like, and the decorators of factories that only other files give to it.

    `detail` is the mark's name; the decorators' sites have none.
    """
    yield from given_in(target, known)
    yield from _defined(target, known)


def _defined(target: Target, known: Knowledge) -> Iterator[Site]:
    """The decorators that make factories of functions which only other files use, and only as dependencies."""
    functions: list[FunctionNode] = target.nodes.of(ast.FunctionDef, ast.AsyncFunctionDef)
    for node in functions:
        decorator = maker_of(node, target, known) if known.names_suspect(node.name) else None
        function = Function(target.file, target.scope_of[node])
        if decorator is None or not _is_given_elsewhere(function, known):
            continue
        given = given_only(function, known)
        if given:
            factory = known.factory_of(Manager((function,), isinstance(node, ast.AsyncFunctionDef)))
            chain = tuple(known.chain_step(Step(file, row)) for file, row in given)
            yield Site(span(decorator), Use.DEPENDENCY, factory, chain, Certainty.CERTAIN)


def maker_of(node: FunctionNode, target: Target, known: Knowledge) -> ast.expr | None:
    """The decorator of contextlib's that makes a factory of a function, if that is all that it does."""
    for decorator in node.decorator_list:
        value = known.resolver.evaluate(target.expression(decorator), target.place(decorator)).value
        if isinstance(value, Outside) and value.name in _MAKERS:
            return decorator
    return None


def _is_given_elsewhere(function: Function, known: Knowledge) -> bool:
    """Whether another file may have a mark with this function; cheap, and too often rather than too seldom."""
    name = known.resolver.scope(function.file, function.scope).name
    return any(file != function.file for file in known.files_with(name, GIVEN, OPENED))


def function_of(factory: Factory, known: Knowledge) -> Function | None:
    """The function that a factory is, where its file can be read."""
    target = known.target_of(str(factory.path))
    scopes = target.scope_of.items() if target else ()
    found = (number for node, number in scopes if isinstance(node, FunctionNode) and node.lineno == factory.row)
    return next((Function(str(factory.path), number) for number in found), None)


def given_only(function: Function, known: Knowledge) -> list[tuple[str, int]]:
    """Where a function is given to a framework; nothing if it is used, or may be used, for anything else."""
    name = known.resolver.scope(function.file, function.scope).name
    files = list(known.files_naming(name))
    found: list[tuple[str, int]] = []
    for file in files if len(files) <= _MANY_FILES else ():
        target = known.target_of(file)
        given = None if target is None else _given_alone(target, function, name, known)
        if given is None:
            return []
        found += given
    return found


def _given_alone(target: Target, function: Function, name: str, known: Knowledge) -> list[tuple[str, int]] | None:
    """The places in a file that give the function to a framework; None if the name stands elsewhere, too."""
    places = {
        site.place
        for site in given_in(target, known)
        if (str(site.factory.path), site.factory.row) == _row(function, known)
    }
    found = []
    for node in target.parents:
        if name not in words_of(node) or _is_definition(node, target, function) or _is_plain_import(node):
            continue
        if not isinstance(node, ast.Name | ast.Attribute) or span(node) not in places:
            if not _is_override(node, target):
                return None
            continue
        found.append((target.file, node.lineno))
    return found


def _row(function: Function, known: Knowledge) -> tuple[str, int]:
    return function.file, known.resolver.scope(function.file, function.scope).row


def _is_definition(node: ast.AST, target: Target, function: Function) -> bool:
    return target.file == function.file and target.scope_of.get(node) == function.scope


def _is_plain_import(node: ast.AST) -> bool:
    return isinstance(node, ast.alias) and node.asname is None


def _is_override(node: ast.AST, target: Target) -> bool:
    """`app.dependency_overrides[name]`"""
    item = target.parents[node]
    return isinstance(item, ast.Subscript) and item.slice is node and last_name(item.value) == "dependency_overrides"
