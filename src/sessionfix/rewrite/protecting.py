"""The rewrite of a factory that cleans up on success alone: a `try` around its yield, the clean-up in its `finally`."""

from __future__ import annotations

import ast

from sessionfix.diagnostics import Applicability
from sessionfix.project.sites import Site
from sessionfix.project.unprotected import closed_name, skipped_clean_up
from sessionfix.rewrite import reasons
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.plan import Guard, Plan, RefusalError
from sessionfix.rewrite.scopes import Tree, bound_names
from sessionfix.syntax.compound import FunctionNode, is_try


def of_unprotected_yield(site: Site, context: Context) -> Plan:
    """Raises RefusalError."""
    tree = context.tree
    found = context.node(site, ast.Yield)
    function = tree.scope(tree.statement(found))
    assert isinstance(function, FunctionNode)
    skipped = list(skipped_clean_up(found, function, tree.parents))
    guard = _guard(found, skipped, tree)
    _check_opened(guard)
    apart = next((one for one in skipped if one not in guard.finals), None)
    if apart is not None:
        raise RefusalError(reasons.CLEANED_APART.format(clean_up=ast.unparse(apart), row=apart.lineno))
    clean_up = "; ".join(ast.unparse(final) for final in guard.finals)
    return Plan(
        applicability=Applicability.UNSAFE,
        message=reasons.ASSUME_CLEAN_UP.format(clean_up=clean_up),
        rows=(guard.first.lineno, guard.finals[-1].end_lineno or guard.finals[-1].lineno),
        guard=guard,
    )


def _guard(found: ast.Yield, skipped: list[ast.stmt], tree: Tree) -> Guard:
    """The `try` to be made for the first clean-up, and those right below it."""
    place = tree.place(skipped[0])
    suite, index = place.suite, place.index
    for owner in tree.ancestors(skipped[0]):
        if is_try(owner) and owner.handlers:
            reason = reasons.CLEANED_IN_TRY.format(clean_up=ast.unparse(skipped[0]), row=owner.lineno)
            raise RefusalError(reason)
    end = index
    while end < len(suite) and suite[end] in skipped:
        end += 1
    start = tree.top_of(found, suite)
    assert start is not None  # clean-up stands below its yield, but for that in the `else` of a `try`
    return Guard(suite[start], suite[index - 1], tuple(suite[index:end]))


def _check_opened(guard: Guard) -> None:
    """Refuse where what is closed may not be there yet."""
    bound = {name for node in ast.walk(guard.first) for name in bound_names(node)}
    for final in guard.finals:
        name = closed_name(final)
        if name is not None and name in bound:
            raise RefusalError(reasons.OPENED_IN_TRY.format(name=name, row=guard.first.lineno))
