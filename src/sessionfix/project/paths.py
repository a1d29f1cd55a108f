"""Where the statements of a generator lead: to its end, out of it, or to a yield.

What raises by itself is left out: a path is one on which nothing fails, unless `raise` says so, or the yield raised.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sessionfix.project.tells import last_name
from sessionfix.syntax.compound import FunctionNode, Loop, is_try, siblings

Statements = Sequence[ast.stmt]


class End(enum.Enum):
    """How a run over some statements ends."""

    FALLS = "behind the last one"
    RETURNS = "by return"
    RAISES = "by raise"
    BREAKS = "by break"
    CONTINUES = "by continue"
    YIELDS = "at a yield"
    UNKNOWN = "it can't be told"


Ends = frozenset[End]
ALWAYS_YIELDS: Ends = frozenset({End.YIELDS})
_FALLS: Ends = frozenset({End.FALLS})
_JUMPS: Mapping[type[ast.AST], End] = {
    ast.Return: End.RETURNS,
    ast.Raise: End.RAISES,
    ast.Break: End.BREAKS,
    ast.Continue: End.CONTINUES,
}
BROAD = frozenset({"Exception", "BaseException"})
_NEVER_RETURNING = frozenset({"exit", "_exit", "abort", "fail", "skip", "skipTest", "xfail", "reraise"})
_CONDITIONAL = (ast.BoolOp, ast.IfExp, ast.Compare)
_OTHER_CODE = (
    ast.Lambda,
    ast.GeneratorExp,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)


@dataclass(frozen=True)
class Thrown:
    """What follows where the block of a `with` raises: in `handler`, or, where that is None, in a finally clause."""

    handler: ast.ExceptHandler | None
    ends: Ends


def ends_of(statements: Statements) -> Ends:
    """How a run over the statements of a suite can end."""
    ends = _FALLS
    for statement in statements:
        if End.FALLS in ends:
            ends = ends - _FALLS | _ends_of_statement(statement)
    return ends


def ends_after(
    part: ast.AST, function: FunctionNode, parents: Mapping[ast.AST, ast.AST], ends: Ends | None = None
) -> Ends:
    """How a run over what follows `part` can end: a statement, or a handler of which `ends` says how it ended."""
    after = _ends_of_jump(part) if ends is None else ends
    while part is not function:
        parent = parents[part]
        after = _ends_of_parent(parent, part, _ends_of_rest(parent, part, after))
        part = parent
    return after


def thrown_at(part: ast.stmt, function: FunctionNode, parents: Mapping[ast.AST, ast.AST]) -> Iterator[Thrown]:
    """What can follow where `part`, which yields, raises what the block raised: one answer for each handler."""
    child: ast.AST = part
    while child is not function:
        parent = parents[child]
        if is_try(parent) and child in parent.body:
            for handler in parent.handlers:
                yield Thrown(handler, ends_after(handler, function, parents, ends_of(handler.body)))
            if any(map(is_broad, parent.handlers)):
                return
        if is_try(parent) and child not in parent.finalbody and parent.finalbody:
            ends = ends_of(parent.finalbody)
            yield Thrown(None, ends)
            if End.FALLS not in ends:
                return
        child = parent


def is_dead(part: ast.AST, function: FunctionNode, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether `part` stands behind a `return` or the like, and never runs."""
    while part is not function:
        parent = parents[part]
        before, _ = siblings(part, parent)
        if any(map(_jumps, before)):
            return True
        part = parent
    return False


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes every error."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(one is None or last_name(one) in BROAD for one in types)


def _then(first: Ends, rest: Ends) -> Ends:
    return first - _FALLS | rest if End.FALLS in first else first


# a statement


def _ends_of_statement(statement: ast.stmt) -> Ends:
    header = list(_header(statement))
    if any(isinstance(node, ast.Yield) for node in _always_evaluated(header)):
        return ALWAYS_YIELDS
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for part in header for node in _own_nodes(part)):
        return frozenset({End.UNKNOWN})
    return _ends_of_jump(statement) if _jumps(statement) else _ends_of_compound(statement)


def _jumps(statement: ast.stmt) -> bool:
    return type(statement) in _JUMPS or _never_returns(statement)


def _never_returns(statement: ast.AST) -> bool:
    """`sys.exit()`, `pytest.skip()`, `self.fail()` and the like."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Call) and last_name(value.func) in _NEVER_RETURNING


def _ends_of_jump(part: ast.AST) -> Ends:
    return frozenset({End.RAISES if _never_returns(part) else _JUMPS.get(type(part), End.FALLS)})


def _ends_of_compound(statement: ast.stmt) -> Ends:
    if isinstance(statement, ast.If):
        return _choice(statement)
    if isinstance(statement, ast.With | ast.AsyncWith):
        ends = ends_of(statement.body)
        return ends | {End.UNKNOWN} if End.RAISES in ends else ends
    if isinstance(statement, Loop):
        once = _iterated(statement)
        return once if _runs(statement) else once | ends_of(statement.orelse)
    if is_try(statement):
        return _attempt(statement, ends_of(statement.body))
    if isinstance(statement, ast.Match):
        cases = [ends_of(case.body) for case in statement.cases]
        return frozenset().union(*cases) | (frozenset() if _takes_all(statement.cases[-1]) else _FALLS)
    return _FALLS


def _choice(statement: ast.If) -> Ends:
    if isinstance(statement.test, ast.Constant):
        return ends_of(statement.body if statement.test.value else statement.orelse)
    return ends_of(statement.body) | ends_of(statement.orelse)


def _attempt(statement: ast.Try, ends: Ends) -> Ends:
    """How a `try` ends whose body ended so."""
    ends = _then(ends, ends_of(statement.orelse))
    if End.RAISES in ends:
        ends = ends.union(*(ends_of(handler.body) for handler in statement.handlers))
    return _through_finally(statement, ends)


def _through_finally(statement: ast.Try, ends: Ends) -> Ends:
    final = ends_of(statement.finalbody)
    return final - _FALLS | ends if End.FALLS in final else final


def _iterated(loop: Loop) -> Ends:
    """How a loop ends whose body runs once more."""
    ends = ends_of(loop.body)
    done = ends - {End.FALLS, End.CONTINUES, End.BREAKS}
    if {End.FALLS, End.CONTINUES} & ends and not _is_endless(loop):
        done |= ends_of(loop.orelse)
    return done | _FALLS if End.BREAKS in ends else done


def _is_endless(loop: Loop) -> bool:
    return isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant) and bool(loop.test.value)


def _runs(loop: Loop) -> bool:
    """Whether a loop is known to run again: an endless one; one over a range that is not known to be short."""
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call) or last_name(loop.iter.func) != "range":
        return _is_endless(loop)
    limits = [one.value if isinstance(one, ast.Constant) else None for one in loop.iter.args]
    return limits not in ([0], [1]) and len(limits) == 1


def _takes_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


# the statements around


def _ends_of_rest(parent: ast.AST, part: ast.AST, ends: Ends) -> Ends:
    """The ends behind the other statements of the suite that `part` stands in."""
    _, behind = siblings(part, parent)
    return _then(ends, ends_of(behind))


def _ends_of_parent(parent: ast.AST, part: ast.AST, ends: Ends) -> Ends:
    """The ends behind `parent`, where the suite of `part` ended so."""
    if is_try(parent) and part in parent.body:
        return _attempt(parent, ends)
    if is_try(parent) and part not in parent.finalbody:
        return _through_finally(parent, ends)
    if isinstance(parent, Loop) and part in parent.body:
        if {End.FALLS, End.CONTINUES} & ends:
            again = _iterated(parent)
            ends = ends - {End.FALLS, End.CONTINUES} | (again if _runs(parent) else again | ends_of(parent.orelse))
        return ends - {End.BREAKS} | _FALLS if End.BREAKS in ends else ends
    return ends


# expressions


def _header(statement: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement that are evaluated first, if anything of it is."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield child


def _always_evaluated(parts: Sequence[ast.AST]) -> Iterator[ast.AST]:
    for part in parts:
        yield part
        if not isinstance(part, (*_CONDITIONAL, *_OTHER_CODE)):
            yield from _always_evaluated(list(ast.iter_child_nodes(part)))


def _own_nodes(part: ast.AST) -> Iterator[ast.AST]:
    yield part
    if not isinstance(part, _OTHER_CODE):
        for child in ast.iter_child_nodes(part):
            yield from _own_nodes(child)
