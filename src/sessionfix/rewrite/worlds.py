"""Whose session is it? What a function's conditions say about the session that it may have been handed.

A function with `session=None` runs in one of three worlds: it was handed nothing, a session, or something that is
false and yet not None. Conditions on the parameter, and on flags such as `own = session is None`, are known by world.
"""

from __future__ import annotations

import ast
import enum
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

from sessionfix.rewrite.scopes import Scope, Tree, bound_names, is_shared, walk_scope


class World(enum.Flag):
    """What a function can have been handed."""

    NOTHING = enum.auto()
    FALSE = enum.auto()
    SESSION = enum.auto()


EVERY = World.NOTHING | World.FALSE | World.SESSION
NO_WORLD = World(0)


@dataclass(frozen=True)
class Truth:
    """The worlds in which a condition holds, and those in which it does not; in the others nothing is known."""

    yes: World
    no: World

    def negated(self) -> Truth:
        return Truth(self.no, self.yes)

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.yes & other.yes, self.no | other.no)

    def __or__(self, other: Truth) -> Truth:
        return (self.negated() & other.negated()).negated()

    def where(self, runs: Truth, before: Truth) -> Truth:
        """The truth of a name that is bound to this in the worlds in which a statement runs, and was `before`."""
        return Truth(self.yes & runs.yes | before.yes & runs.no, self.no & runs.yes | before.no & runs.no)


ALWAYS = Truth(EVERY, NO_WORLD)
UNKNOWN = Truth(NO_WORLD, NO_WORLD)
IS_NONE = Truth(World.NOTHING, World.FALSE | World.SESSION)
IS_TRUE = Truth(World.SESSION, World.NOTHING | World.FALSE)

Position = tuple[int, int]
FlagBinding = ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Alias:
    """From `since` on, `name` is what was handed in in the worlds `handed`, and the function's own in all others."""

    name: str
    since: Position
    handed: World

    def identity(self, given: str, left: ast.Name, right: ast.Name) -> Truth:
        """What is known of `session is given`."""
        is_told = _position(left) > self.since and {left.id, right.id} == {self.name, given}
        return Truth(self.handed, EVERY & ~self.handed) if is_told else UNKNOWN


class Conditions:
    """Knows the conditions of one function about what it is handed as `given`.

    `alias` is the name under which the function goes on; where that is `given` itself, what a condition says of the
    name afterwards is not known.
    """

    def __init__(self, tree: Tree, scope: Scope, given: str, alias: Alias | None = None) -> None:
        self.tree = tree
        self.scope = scope
        self.given = given
        self.alias = alias
        self.known_states: dict[ast.Name, list[Truth]] = {}

    @cached_property
    def flags(self) -> dict[str, list[FlagBinding]]:
        """The names that can be flags, with their bindings."""
        return flags_of(self.scope)

    def truth(self, test: ast.expr) -> Truth:
        """What is known of a condition at the place where it stands."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.truth(test.operand).negated()
        if isinstance(test, ast.BoolOp):
            parts = map(self.truth, test.values)
            return reduce(lambda a, b: a & b if isinstance(test.op, ast.And) else a | b, parts)
        if isinstance(test, ast.Constant):
            return ALWAYS if test.value else ALWAYS.negated()
        if isinstance(test, ast.Compare):
            return self.comparison(test)
        if isinstance(test, ast.Name):
            return self.of_name(test)
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "bool":
            return self.truth(test.args[0]) if len(test.args) == 1 and not test.keywords else UNKNOWN
        return UNKNOWN

    def of_name(self, test: ast.Name) -> Truth:
        if test.id == self.given:
            return IS_TRUE if self.is_as_given(test) else UNKNOWN
        states = self.flag_states(test)
        return states[-1] if states else UNKNOWN

    def is_as_given(self, node: ast.expr) -> bool:
        return self.alias is None or self.alias.name != self.given or _position(node) < self.alias.since

    def comparison(self, test: ast.Compare) -> Truth:
        """`given is None`, `given is not None`, `session is given`"""
        if len(test.ops) != 1 or not isinstance(test.ops[0], ast.Is | ast.IsNot) or not isinstance(test.left, ast.Name):
            return UNKNOWN
        right = test.comparators[0]
        truth = UNKNOWN
        if isinstance(right, ast.Constant) and right.value is None and test.left.id == self.given:
            truth = IS_NONE if self.is_as_given(test.left) else UNKNOWN
        elif isinstance(right, ast.Name) and self.alias is not None:
            truth = self.alias.identity(self.given, test.left, right)
        return truth.negated() if isinstance(test.ops[0], ast.IsNot) else truth

    # flags

    def flag_states(self, use: ast.Name) -> list[Truth]:
        """The truths of a flag, over time, above `use`; none if it is no flag, or may be unbound.

        What the branches of one `if` bind counts as one moment.
        """
        if use not in self.known_states:
            self.known_states[use] = self.find_states(use)
        return self.known_states[use]

    def find_states(self, use: ast.Name) -> list[Truth]:
        bindings = self.flags.get(use.id, [])
        # A flag can be a part of its own new value: `done = is_late or done`.
        above = [binding for binding in bindings if _end(binding) <= _position(use)]
        suite = self.common_suite(above[0], use) if above else None
        if suite is None:
            return []
        moments: dict[int, Truth] = {}
        state = UNKNOWN
        for binding in bindings:
            index = self.tree.top_of(binding, suite)
            if index is None or binding.value is None or not self.runs_in_order(binding, suite):
                return []
            if binding in above:
                state = moments[index] = self.truth(binding.value).where(self.runs(binding, suite), state)
        return list(moments.values())

    def common_suite(self, binding: ast.stmt, use: ast.expr) -> list[ast.stmt] | None:
        """The suite in which `binding`, or an `if` around it, has run whenever `use` further down is reached."""
        statement: ast.AST = binding
        while isinstance(statement, ast.stmt):
            place = self.tree.place(statement)
            index = self.tree.top_of(use, place.suite)
            if index is not None:
                return place.suite if index > place.index else None
            if not isinstance(place.owner, ast.If):
                return None
            statement = place.owner
        return None

    def runs_in_order(self, statement: ast.stmt, suite: list[ast.stmt]) -> bool:
        """Whether a statement runs at most once, and in the order of the text, when `suite` does."""
        return all(
            isinstance(owner, ast.If) or _runs_through(owner, node) for owner, node in self.between(statement, suite)
        )

    def runs(self, statement: ast.stmt, suite: list[ast.stmt]) -> Truth:
        """In which worlds a statement that runs in order runs, when `suite` does."""
        runs = ALWAYS
        for owner, node in self.between(statement, suite):
            if isinstance(owner, ast.If):
                truth = self.truth(owner.test)
                runs &= truth if node in owner.body else truth.negated()
        return runs

    def between(self, statement: ast.stmt, suite: list[ast.stmt]) -> Iterator[tuple[ast.AST, ast.AST]]:
        """The nodes between a statement and a suite that it stands in, each with the part that leads down to it."""
        node: ast.AST = statement
        while all(node is not other for other in suite):
            owner = self.tree.parents[node]
            yield owner, node
            node = owner

    # what follows for statements

    def is_skipped(self, statement: ast.stmt, worlds: World, *, early: bool = False) -> bool:
        """Whether a condition around `statement` keeps it from running in all of `worlds`.

        With `early`, it is enough that it does so until the last binding of a flag.
        """
        node: ast.AST = statement
        for owner in self.tree.ancestors(statement):
            if owner is self.scope:
                break
            if isinstance(owner, ast.If) and node is not owner.test:
                holds = node in owner.body
                states = self.states(owner.test)
                if early:
                    states = states[:-1][-1:]
                excluded = [state.no if holds else state.yes for state in states]
                if excluded and all(worlds & ~each == NO_WORLD for each in excluded):
                    return True
            node = owner
        return False

    def states(self, test: ast.expr) -> list[Truth]:
        """What can be known of a condition, over time: an exception can lead to it before a flag is set."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return [state.negated() for state in self.states(test.operand)]
        if isinstance(test, ast.Name) and test.id != self.given:
            return self.flag_states(test)
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            histories = [self.states(part) for part in test.values]
            length = max(map(len, histories))
            padded = [[*history, *[history[-1]] * (length - len(history))] for history in histories if history]
            return [reduce(lambda a, b: a & b, moment) for moment in zip(*padded, strict=True)]
        return [self.truth(test)]

    def decided(self, worlds: World) -> Mapping[ast.expr, bool]:
        """The conditions of the function's own statements and expressions that are the same in all of `worlds`."""
        known: dict[ast.expr, bool] = {}
        for test in _tests(self.scope):
            truth = self.truth(test)
            if worlds & ~truth.yes == NO_WORLD:
                known[test] = True
            elif worlds & ~truth.no == NO_WORLD:
                known[test] = False
        return known


def when_passed(tree: Tree, scope: Scope, parameter: str) -> Mapping[ast.expr, bool]:
    """The conditions of a function that are known where it is passed a session as `parameter`.

    None are known if the name can come to mean something else then.
    """
    conditions = Conditions(tree, scope, parameter)
    if is_shared(scope, parameter):
        return {}
    decided = conditions.decided(World.SESSION)
    for node in walk_scope(scope):
        if parameter in bound_names(node) and not _keeps(conditions, node, parameter, decided):
            return {}
    return decided


def _keeps(conditions: Conditions, node: ast.AST, name: str, decided: Mapping[ast.expr, bool]) -> bool:
    """Whether a binding of `name` leaves the session in it."""
    statement = conditions.tree.statement(node)
    if conditions.is_skipped(statement, World.SESSION):
        return True
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return False
    return _chosen(statement.value, decided) == name


def _chosen(value: ast.expr, decided: Mapping[ast.expr, bool]) -> str | None:
    """The name that a conditional expression comes down to."""
    if isinstance(value, ast.IfExp) and value.test in decided:
        return _chosen(value.body if decided[value.test] else value.orelse, decided)
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or) and decided.get(value.values[0]):
        return _chosen(value.values[0], decided)
    return value.id if isinstance(value, ast.Name) else None


def _runs_through(owner: ast.AST, part: ast.AST) -> bool:
    """Whether a statement runs its suite with `part` once, if nothing raises."""
    return isinstance(owner, ast.With | ast.AsyncWith) or (isinstance(owner, ast.Try) and part in owner.body)


def flags_of(scope: Scope) -> dict[str, list[FlagBinding]]:
    """The names of a scope all of whose bindings are plain assignments in it, with these in the order of the text."""
    found: dict[str, list[FlagBinding]] = {}
    counts: Counter[str] = Counter()
    for node in walk_scope(scope):
        counts.update(bound_names(node))
        if isinstance(node, FlagBinding) and (name := plain_target(node)) is not None:
            found.setdefault(name, []).append(node)
    shared = {name for node in ast.walk(scope) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    return {
        name: sorted(bindings, key=_position)
        for name, bindings in found.items()
        if name not in shared and counts[name] == len(bindings)
    }


def _tests(scope: Scope) -> Iterator[ast.expr]:
    for node in walk_scope(scope):
        if isinstance(node, ast.If | ast.IfExp):
            yield node.test
        elif isinstance(node, ast.BoolOp):
            yield from node.values


def plain_target(statement: FlagBinding) -> str | None:
    """The name that an assignment binds, where it binds a value to just one."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if len(targets) != 1 or statement.value is None:
        return None
    return targets[0].id if isinstance(targets[0], ast.Name) else None


def _position(node: ast.stmt | ast.expr) -> Position:
    return node.lineno, node.col_offset


def _end(node: ast.stmt) -> Position:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset
