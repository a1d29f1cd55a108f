"""The statement that opens a session: `s = f()`, one with a condition in it, or an `if` that binds it in each branch.

What is opened under a condition becomes one conditional expression: `f(a) if x else f(b)`, or, where the session may
have been handed in, `f() if session is None else nullcontext(session)`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sessionfix.rewrite import reasons
from sessionfix.rewrite.plan import RefusalError
from sessionfix.rewrite.scope_facts import ScopeFacts, loads_in
from sessionfix.rewrite.scopes import Tree, acts, bound_names, is_shared, parameters, walk_scope
from sessionfix.rewrite.worlds import EVERY, UNKNOWN, Alias, Conditions, FlagBinding, World, plain_target
from sessionfix.syntax.compound import Loop

Wrap = Callable[[ast.expr], ast.expr]
"""Makes the manager of a session that was handed in: `nullcontext(session)`."""


@dataclass(frozen=True)
class Handed:
    """A session that may have been handed in as `given`: `own` are the worlds in which the function makes its own."""

    given: str
    own: World
    conditions: Conditions

    def is_own(self, statement: ast.stmt) -> bool:
        """Whether a statement runs only where the session is the function's own."""
        return self.conditions.is_skipped(statement, EVERY & ~self.own)

    def knows(self, test: ast.expr) -> bool:
        """Whether a condition tells something of whose session it is."""
        return self.conditions.truth(test) != UNKNOWN

    def is_off_at_first(self, statement: ast.stmt) -> bool:
        """Whether a flag keeps a statement from running until the session is there."""
        return self.conditions.is_skipped(statement, self.own, early=True)


@dataclass(frozen=True)
class Opening:
    """What makes the session `name`.

    `statement` makes it; `assignments` are those in it that bind the name, `calls` the factory's calls among their
    values. `item` is what the `with` enters: a node of the tree, or a new one with such nodes in it.
    """

    statement: ast.stmt
    assignments: frozenset[ast.stmt]
    name: str
    item: ast.expr
    calls: tuple[ast.Call, ...]
    handed: Handed | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether more is chosen from than one call."""
        return not isinstance(self.item, ast.Call)

    def prepares(self) -> bool:
        """Whether something is done before the factory is called: to make its arguments, or to choose."""
        return _prepares(self.item)


def _prepares(item: ast.expr) -> bool:
    if isinstance(item, ast.IfExp):
        return acts(item.test) or _prepares(item.body) or _prepares(item.orelse)
    return any(acts(part) for part in ast.iter_child_nodes(item))


class Openings:
    """Finds the opening that a factory call belongs to; `is_same` tells whether a call is one of the same factory."""

    def __init__(self, tree: Tree, is_same: Callable[[ast.Call], bool], wrap: Wrap) -> None:
        self.tree = tree
        self.is_same = is_same
        self.wrap = wrap

    def of_assignment(self, assignment: ast.Assign | ast.AnnAssign, call: ast.Call) -> Opening:
        """The opening by `assignment`, in whose value `call` stands. Raises RefusalError."""
        assert assignment.value is not None
        name = plain_target(assignment)
        assert name is not None
        choice = self.of_value(assignment.value)
        if choice is None:
            raise RefusalError(reasons.CONDITIONAL)
        opening = self.of_branches(assignment, name)
        if opening is not None and isinstance(choice, ast.Call):
            return opening
        if isinstance(choice, ast.Call):
            return Opening(assignment, frozenset({assignment}), name, choice, (call,))
        return self.chosen(assignment, [assignment], name, choice)

    # what is chosen from

    def of_value(self, value: ast.expr) -> ast.expr | None:
        """A value as something to choose from: calls of the factory, names, and conditions between them."""
        if isinstance(value, ast.Await):
            value = value.value
        if isinstance(value, ast.Call):
            return value if self.is_same(value) else None
        if isinstance(value, ast.Name):
            return value
        if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or) and len(value.values) == 2:
            first, second = value.values
            if isinstance(first, ast.Name) and (made := self.of_value(second)) is not None:
                return ast.IfExp(test=first, body=first, orelse=made)
        if isinstance(value, ast.IfExp):
            body, orelse = self.of_value(value.body), self.of_value(value.orelse)
            if body is not None and orelse is not None:
                return ast.IfExp(test=value.test, body=body, orelse=orelse)
        return None

    def of_branches(self, assignment: ast.stmt, name: str) -> Opening | None:
        """The opening by an `if` around `assignment`, where it does nothing else."""
        statement = self.tree.parents[assignment]
        while isinstance(statement, ast.If) and self.tree.is_elif(statement):
            statement = self.tree.parents[statement]
        if not isinstance(statement, ast.If):
            return None
        assignments: list[ast.stmt] = []
        choice = self.of_if(statement, name, assignments)
        try:
            return None if choice is None else self.chosen(statement, assignments, name, choice)
        except RefusalError:  # there may still be a block inside the branch
            return None

    def of_if(self, statement: ast.If, name: str, assignments: list[ast.stmt]) -> ast.expr | None:
        body = self.of_suite(statement.body, name, assignments)
        orelse = self.of_suite(statement.orelse, name, assignments)
        return None if body is None or orelse is None else ast.IfExp(test=statement.test, body=body, orelse=orelse)

    def of_suite(self, suite: list[ast.stmt], name: str, assignments: list[ast.stmt]) -> ast.expr | None:
        """What a branch binds `name` to, if it does nothing else but set flags; the name, if it does not bind it."""
        if len(suite) == 1 and isinstance(suite[0], ast.If):
            return self.of_if(suite[0], name, assignments)
        choice: ast.expr | None = ast.Name(name, ast.Load())
        for index, statement in enumerate(suite):
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
                return None
            target = plain_target(statement)
            if target == name and not any(other in assignments for other in suite[:index]):
                choice = self.of_value(statement.value)
                assignments.append(statement)
            elif target is None or target == name or not _is_plain(statement.value, but=name):
                return None
        return choice

    # what the choice comes to

    def chosen(self, statement: ast.stmt, assignments: list[ast.stmt], name: str, choice: ast.expr) -> Opening:
        calls = tuple(leaf for leaf in _leaves(choice) if isinstance(leaf, ast.Call))
        names = {leaf.id for leaf in _leaves(choice) if isinstance(leaf, ast.Name)}
        made = frozenset(assignments)
        if not names:
            return Opening(statement, made, name, choice, calls)
        if len(names) > 1 or len(calls) > 1 or not isinstance(choice, ast.IfExp):
            raise RefusalError(reasons.CONDITIONAL)
        handed = self.handed(statement, name, names.pop(), choice)
        return Opening(statement, made, name, self.item(handed, calls[0]), calls, handed)

    def handed(self, statement: ast.stmt, name: str, given: str, choice: ast.IfExp) -> Handed:
        """How the session may have been handed in. Raises RefusalError where that is not certain."""
        scope = self.tree.scope(statement)
        bindings = [node for node in walk_scope(scope) if given in bound_names(node)]
        elsewhere = [node for node in bindings if not self.tree.within(node, statement)]
        if given not in parameters(scope) or elsewhere or is_shared(scope, given):
            raise RefusalError(reasons.CONDITIONAL)
        if given != name and bindings:
            raise RefusalError(reasons.CONDITIONAL)
        looped = any(isinstance(node, Loop) for node in self.tree.ancestors(statement))
        if looped and given == name:
            raise RefusalError(reasons.REBOUND.format(name=name, row=statement.lineno))
        before = Conditions(self.tree, scope, given)
        truth = before.truth(choice.test)
        own = truth.yes if isinstance(choice.body, ast.Call) else truth.no
        if truth.yes | truth.no != EVERY or own not in (World.NOTHING, World.NOTHING | World.FALSE):
            raise RefusalError(reasons.CONDITIONAL)
        since = (statement.end_lineno or statement.lineno, statement.end_col_offset or 0)
        return Handed(given, own, Conditions(self.tree, scope, given, Alias(name, since, EVERY & ~own)))

    def item(self, handed: Handed, call: ast.Call) -> ast.expr:
        given = ast.Name(handed.given, ast.Load())
        kept = self.wrap(given)
        if handed.own & World.FALSE:
            return ast.IfExp(test=given, body=kept, orelse=call)
        test = ast.Compare(left=given, ops=[ast.Is()], comparators=[ast.Constant(None)])
        return ast.IfExp(test=test, body=call, orelse=kept)


def _leaves(choice: ast.expr) -> Iterator[ast.expr]:
    if isinstance(choice, ast.IfExp):
        yield from _leaves(choice.body)
        yield from _leaves(choice.orelse)
    else:
        yield choice


def dead_flags(facts: ScopeFacts, opening: Opening, gone: frozenset[ast.stmt]) -> frozenset[ast.stmt]:
    """The assignments of flags that told whose session it is, and that nothing reads once `gone` is gone.

    `facts` are those of the function that the session is opened in. What the `with` enters is read as before.
    """
    told = {name for node in ast.walk(opening.statement) for name in bound_names(node)}
    kept = set(ast.walk(opening.item))
    dead: frozenset[ast.stmt] = frozenset()
    while True:
        lost = loads_in({node for statement in gone | dead for node in ast.walk(statement)} - kept)
        unread = {name for name in told.union(lost) if lost[name] == facts.loads[name]}
        names = unread - facts.parameters - {opening.name}
        candidates = [facts.flags[name] for name in sorted(names & facts.flags.keys())]
        more = frozenset(binding for bindings in candidates if all(map(_sets_flag, bindings)) for binding in bindings)
        if more <= dead:
            return dead
        dead |= more


def _sets_flag(binding: FlagBinding) -> bool:
    return binding.value is not None and _is_plain(binding.value)


def _is_plain(value: ast.expr, but: str = "") -> bool:
    """Whether nothing is lost if a value is not computed: constants, names (not `but`), and what is asked of them."""
    plain = ast.Constant | ast.Name | ast.Compare | ast.BoolOp | ast.UnaryOp
    return all(
        isinstance(node, plain) and not (isinstance(node, ast.Name) and node.id == but)
        for node in ast.walk(value)
        if isinstance(node, ast.expr)
    )
