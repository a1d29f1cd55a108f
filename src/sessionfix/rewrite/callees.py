"""What becomes of a session that is passed to a function: is it kept or closed there, and what comes back?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from sessionfix.project.calls import Called, Calls
from sessionfix.project.trail import Memo
from sessionfix.rewrite.lifetime import Kind, Leave, Lifetime, Source, UnknownSyntaxError, Way, Write
from sessionfix.rewrite.pending import State, pending_at_end
from sessionfix.rewrite.scope_facts import ScopeFacts
from sessionfix.rewrite.scopes import Scope, Tree, dotted, parameters, walk_scope
from sessionfix.rewrite.swallowing import Swallowing
from sessionfix.rewrite.tags import DEPTH, KEEPS, STRONG, UNBOUND, Tag, Tags, contained
from sessionfix.rewrite.worlds import when_passed


@dataclass(frozen=True)
class Passing:
    """What a function does with one session that it is passed.

    `kept`: how it keeps or closes the session. `shares`: it stores what came from it; `places`: under which of its
    parameters' and globals' names. `settles`: it commits or rolls back on every path; `may_settle`: on some.
    `gives_up`: work can be lost to an exception that it catches. `is_wrapped`: an unknown decorator may do more.
    `sets_attributes`: of what it is passed, which may be one of the session's objects. `raises`: an exception of its
    carries what came from the session. `leaves_nothing`: whatever it writes, it commits or rolls back. `catches`: an
    exception, and gives work up with it.
    """

    result: Tags
    write: Write
    kept: Way | None = None
    shares: bool = False
    places: frozenset[str] = frozenset()
    settles: bool = False
    may_settle: bool = False
    gives_up: bool = False
    is_async: bool = False
    is_wrapped: bool = False
    sets_attributes: bool = False
    raises: bool = False
    leaves_nothing: bool = False
    catches: bool = False


UNREAD = Passing(Tag.CAME, Write.OPAQUE)
NOTHING = Passing(UNBOUND, Write.NONE)


Memory = Memo[tuple[str, int, str, bool, int, bool], Passing]
"""What was read of functions: by file, row, parameter, whether sessions are async, how deep it was looked into, and
whether the parameter only holds the session."""


class Callees:
    """Answers for the calls of one module; each function and parameter is looked into once."""

    DEPTH: ClassVar = 3  # what is handed on further is not followed

    def __init__(self, calls: Calls, own: str | None = None, depth: int = 0) -> None:
        self.calls = calls
        self.memory = cast("Memory", calls.known.memory)  # of other files: it holds for a whole run
        self.own = own or calls.target.file  # the file that is being rewritten: its rows move
        self.known: Memory = Memo(calls.known.trail)
        self.scopes: dict[Scope | ast.Lambda, ScopeFacts] = {}
        self.depth = depth
        self.swallowing = Swallowing(calls)

    def works_later(self, call: ast.Call) -> bool:
        """Whether a call is known to give a generator, or another lazy value."""
        called = self.calls.called(call)
        return called is not None and not called.is_class and self.facts(called.function).works_later

    def method(self, call: ast.Call, is_async: bool) -> Passing:
        """What a method of the project does with the session that its own object holds; nothing if it is not known.

        `result` is what it gives beyond plain objects: the object itself, or something lazy, or a container with such
        values; `kept` and `places` are elsewhere than in its own object.
        """
        called = self.calls.called(call)
        if called is None or called.is_class or called.filled != 1:
            return NOTHING
        arguments = called.function.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        return self.looked_into(called, names[0], is_async, holds=True) if names else NOTHING

    def facts(self, scope: Scope | ast.Lambda) -> ScopeFacts:
        """What is known of a scope of this tree, or of a function that is called."""
        if scope not in self.scopes:
            self.scopes[scope] = ScopeFacts.of(scope)
        return self.scopes[scope]

    def passing(self, call: ast.Call, argument: ast.expr | ast.keyword, is_async: bool) -> Passing | None:
        """What becomes of the session passed as `argument`; None if the function, or the parameter, is not known."""
        called = self.calls.called(call)
        if called is None:
            return None
        parameter = _parameter(called, call, argument)
        if parameter is None:
            return None
        return self.looked_into(called, parameter, is_async)

    def looked_into(self, called: Called, parameter: str, is_async: bool, *, holds: bool = False) -> Passing:
        """What a function does with the session that its parameter is, or holds."""
        file = called.calls.target.file
        known = self.known if file == self.own else self.memory
        key = file, called.function.lineno, parameter, is_async, self.depth, holds
        if key not in known:
            unread = NOTHING if holds else UNREAD
            if self.depth >= self.DEPTH:
                return unread
            known.keep(key, lambda: unread)  # what a recursive call gets to see
            inner = Callees(called.calls, self.own, self.depth + 1)
            inner.known, inner.scopes = self.known, self.scopes
            read = inner.read_method if holds else inner.read
            known.keep(key, lambda: _readable(lambda: read(called, parameter, is_async), unread))
        return known[key]

    def places(self, call: ast.Call, passing: Passing) -> Iterator[str]:
        """Where a call puts what came from the session, as names of the caller: `user`, `self.users`."""
        called = self.calls.called(call)
        for place in passing.places:
            assert called is not None
            root, dot, rest = place.partition(".")
            if root in parameters(called.function):
                given = _argument(called, call, root)
                if given is not None:
                    yield f"{dotted(given)}{dot}{rest}"
            elif called.calls.target.file == self.calls.target.file:
                yield place

    def read_method(self, called: Called, own: str, is_async: bool) -> Passing:
        """What a method does with the session that its own object holds. Raises UnknownSyntaxError."""
        from sessionfix.rewrite.flow import trace

        lifetime = trace(Source(is_async, captured=((own, Tag.HOLDER),)), called.function, self)
        found = self.concluded(called, own, lifetime)
        return replace(
            found,
            result=_given_by_method(self.facts(called.function), lifetime, own),
            kept=next((leave.way for leave in lifetime.leaves if _keeps_elsewhere(leave, own)), None),
            places=frozenset(place for place in found.places if place.partition(".")[0] != own),
        )

    def read(self, called: Called, parameter: str, is_async: bool) -> Passing:
        """What a function does with the session that it gets as `parameter`. Raises UnknownSyntaxError."""
        from sessionfix.rewrite.flow import trace

        tree = Tree(called.calls.target.tree, called.calls.target.parents)
        decided = when_passed(tree, called.function, parameter)
        source = Source(is_async, parameter=parameter, decided=decided)
        return self.concluded(called, parameter, trace(source, called.function, self))

    def concluded(self, called: Called, parameter: str, lifetime: Lifetime) -> Passing:
        """What the life of a session in a function says of that function."""
        function = called.function
        tree = Tree(called.calls.target.tree, called.calls.target.parents)
        settling = any(touch.kind in (Kind.COMMIT, Kind.ROLLBACK) for touch in lifetime.touches)
        left = pending_at_end(function.body, lifetime, tree)
        given_up = left & State.GIVEN_UP or (settling and left & State.PENDING) or lifetime.gives_up
        writes = {touch.write for touch in lifetime.touches}
        if called.is_wrapped:
            writes.add(Write.OPAQUE)
        kept = _kept(lifetime)
        facts = self.facts(function)
        result = Tag.HOLDER | Tag.CAME if called.is_class else _result(facts, lifetime)
        return Passing(
            result=result | Tag.CAME if called.is_wrapped else result,
            write=max(writes, key=_weight, default=Write.NONE),
            kept=None if called.is_class and kept is Way.STORED else kept,
            shares=any(leave.way is Way.STORED and not leave.tag & KEEPS for leave in lifetime.leaves),
            places=frozenset(_places(function, facts, parameter, lifetime)),
            settles=not called.is_wrapped
            and settling
            and pending_at_end(function.body, lifetime, tree, State.PENDING) == State.CLEAN,
            may_settle=settling,
            gives_up=bool(given_up),
            catches=bool(left & State.GIVEN_UP),
            leaves_nothing=settling and left == State.CLEAN and not called.is_wrapped,
            is_async=isinstance(function, ast.AsyncFunctionDef),
            is_wrapped=called.is_wrapped,
            sets_attributes=lifetime.sets_attributes,
            raises=any(leave.way is Way.RAISED for leave in lifetime.leaves),
        )


def _readable(read: Callable[[], Passing], unread: Passing) -> Passing:
    """What was read; `unread` of a function with syntax that is not known."""
    try:
        return read()
    except UnknownSyntaxError:
        return unread


def _kept(lifetime: Lifetime) -> Way | None:
    if any(touch.kind is Kind.CLOSE for touch in lifetime.touches):
        return Way.CLOSED_ELSEWHERE
    harmless = (Way.RETURNED, Way.YIELDED, Way.PASSED, Way.ADDED)
    return next((leave.way for leave in lifetime.leaves if leave.way not in harmless and leave.tag & KEEPS), None)


def _places(function: ast.AST, facts: ScopeFacts, parameter: str, lifetime: Lifetime) -> Iterator[str]:
    """The names, not local to the function, under which it puts what came from the session."""
    bound = {node.id for node in walk_scope(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    given = facts.parameters - bound
    local = facts.locals - facts.outer - given
    for name, tag in lifetime.names.items():
        if tag & STRONG and name != parameter and name.partition(".")[0] not in local:
            yield name


def _result(facts: ScopeFacts, lifetime: Lifetime) -> Tags:
    result = Tag.LAZY | Tag.CAME if facts.works_later else UNBOUND
    for leave in lifetime.leaves:
        if leave.way is Way.RETURNED:
            result |= Tag.HOLDER if leave.tag & Tag.SESSION else leave.tag
        elif leave.way is Way.YIELDED and leave.tag & KEEPS:
            result |= contained(leave.tag)
    return result or Tag.OTHER


def _given_by_method(facts: ScopeFacts, lifetime: Lifetime, own: str) -> Tags:
    """What a method gives beyond plain objects, if its own object holds the session."""
    result = Tag.LAZY if facts.works_later else UNBOUND
    for leave in lifetime.leaves:
        if leave.way is Way.RETURNED:
            result |= leave.tag & (Tag.LAZY | DEPTH | (Tag.HOLDER if _gives_itself(leave, own) else UNBOUND))
        elif leave.way is Way.YIELDED and leave.tag & KEEPS:
            result |= contained(leave.tag) & (Tag.LAZY | DEPTH)
    return result


def _keeps_elsewhere(leave: Leave, own: str) -> bool:
    """Whether a method puts the session or something lazy elsewhere than into its own object."""
    if leave.way not in (Way.STORED, Way.BACKGROUND) or not leave.tag & KEEPS:
        return False
    statement = leave.statement
    if isinstance(statement, ast.Assign):
        places: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        places = [statement.target]
    else:
        call = statement.value if isinstance(statement, ast.Expr) else None
        places = [call.func] if isinstance(call, ast.Call) else []
    return not places or any(_root(place) != own for place in places)


def _root(place: ast.expr) -> str:
    """The name that attributes, items or methods are taken from."""
    while isinstance(place, ast.Attribute | ast.Subscript | ast.Call):
        place = place.func if isinstance(place, ast.Call) else place.value
    return place.id if isinstance(place, ast.Name) else ""


def _gives_itself(leave: Leave, own: str) -> bool:
    """Whether a method returns its own object: `return self`."""
    value = leave.statement.value if isinstance(leave.statement, ast.Return) else None
    return isinstance(value, ast.Name) and value.id == own


def _weight(write: Write) -> int:
    return list(Write).index(write)


def _parameter(called: Called, call: ast.Call, argument: ast.expr | ast.keyword) -> str | None:
    """The name of the parameter that receives `argument`."""
    arguments = called.function.args
    if isinstance(argument, ast.keyword):
        named = [*arguments.args, *arguments.kwonlyargs]
        return argument.arg if any(parameter.arg == argument.arg for parameter in named) else None
    position = call.args.index(argument)
    if any(isinstance(before, ast.Starred) for before in call.args[: position + 1]):
        return None
    positional = [*arguments.posonlyargs, *arguments.args][called.filled :]
    return positional[position].arg if position < len(positional) else None


def _argument(called: Called, call: ast.Call, parameter: str) -> ast.expr | None:
    """What a call passes as a parameter; for `self`, the object whose method it calls, or that is called itself."""
    arguments = called.function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    position = names.index(parameter) if parameter in names else len(names)
    if position < called.filled:
        if called.is_class:
            return None
        is_method = isinstance(call.func, ast.Attribute) and call.func.attr == called.function.name
        return call.func.value if is_method and isinstance(call.func, ast.Attribute) else call.func
    by_name = (keyword.value for keyword in call.keywords if keyword.arg == parameter)
    by_place = call.args[position - called.filled : position - called.filled + 1]
    return next(by_name, by_place[0] if by_place else None)
