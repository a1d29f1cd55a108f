"""Does an expression run exactly once, and before all else in its statement? Only then can it be taken out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.rewrite import reasons
from sessionfix.rewrite.plan import RefusalError
from sessionfix.rewrite.scopes import COMPREHENSIONS, Tree, acts
from sessionfix.syntax.compound import FunctionNode, is_try
from sessionfix.syntax.nodes import TypeAlias


def check_evaluated_once(source: ast.expr, statement: ast.stmt, tree: Tree) -> list[str]:
    """What has to be assumed where other calls of `statement` run before `source`.

    Raises RefusalError where `source` runs more or less often than once.
    """
    node: ast.AST = source
    runs_later = False
    for parent in tree.ancestors(source):
        if isinstance(parent, ast.stmt):
            break
        _check_step(parent, node)
        runs_later = runs_later or any(acts(part) for part in _before(parent, node))
        node = parent
    _check_header(statement, node, tree)
    runs_later = runs_later or any(acts(part) for part in _before(statement, node))
    return [reasons.ASSUME_ORDER.format(row=statement.lineno)] if runs_later else []


def _check_step(parent: ast.AST, node: ast.AST) -> None:
    if _repeats(parent, node):
        raise RefusalError(reasons.IN_COMPREHENSION)
    if isinstance(parent, ast.JoinedStr):
        raise RefusalError(reasons.IN_FSTRING)
    conditional = (
        isinstance(parent, ast.Lambda)
        or (isinstance(parent, ast.IfExp) and node is not parent.test)
        or (isinstance(parent, ast.BoolOp) and node is not parent.values[0])
        or (isinstance(parent, ast.Compare) and node in parent.comparators[1:])
    )
    if conditional:
        raise RefusalError(reasons.NOT_ALWAYS)


def _check_header(statement: ast.stmt, node: ast.AST, tree: Tree) -> None:
    """Refuse where a statement does not evaluate `node`, a part of its own, exactly once and before its suites."""
    if isinstance(statement, ast.While):
        raise RefusalError(reasons.REPEATED)
    if isinstance(statement, FunctionNode | ast.ClassDef) or tree.is_elif(statement):
        raise RefusalError(reasons.IN_HEADER)
    never = is_try(statement) or isinstance(statement, ast.Delete | TypeAlias)
    if never or not _is_first_part(statement, node):
        raise RefusalError(reasons.NOT_ALWAYS)


def _is_first_part(statement: ast.stmt, node: ast.AST) -> bool:
    """Whether `node` is the part of a statement that is evaluated once, where others may not be."""
    if isinstance(statement, ast.Assert):
        return node is statement.test
    if isinstance(statement, ast.For | ast.AsyncFor):
        return node is statement.iter
    if isinstance(statement, ast.Match):
        return node is statement.subject
    return node is statement.value if isinstance(statement, ast.AugAssign) else True


def _repeats(parent: ast.AST, node: ast.AST) -> bool:
    """Whether a comprehension evaluates its part `node` again and again: all but what it loops over first."""
    if isinstance(parent, ast.comprehension):
        return node is not parent.iter
    return isinstance(parent, COMPREHENSIONS) and node is not parent.generators[0]


def _before(parent: ast.AST, node: ast.AST) -> Iterator[ast.AST]:
    """What `parent` evaluates before its child `node`."""
    children = list(ast.iter_child_nodes(parent))
    if isinstance(parent, ast.IfExp):
        children = [parent.test]
    elif isinstance(parent, COMPREHENSIONS):
        children = [node]
    elif isinstance(parent, ast.Assign | ast.AnnAssign):
        children = [part for part in (parent.value, *children) if part is not None]
    for child in children:
        if child is node:
            return
        yield child
