"""What becomes of a session that is passed to a function: is it kept or closed there, and what comes back?"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from sessionfix.project.calls import Called, Calls
from sessionfix.rewrite.lifetime import Kind, Source, UnknownSyntaxError, Way, Write
from sessionfix.rewrite.scopes import Function, walk_scope
from sessionfix.rewrite.tags import KEEPS, UNBOUND, Tag


@dataclass(frozen=True)
class Passing:
    """What a function does with one session that it is passed."""

    result: Tag
    write: Write
    kept: Way | None
    is_async: bool


UNREAD = Passing(Tag.CAME, Write.OPAQUE, None, is_async=False)


class Callees:
    """Answers for the calls of one module; each function and parameter is looked into once."""

    def __init__(self, calls: Calls, known: dict[tuple[Function, str], Passing] | None = None) -> None:
        self.calls = calls
        self.known = {} if known is None else known

    def makes_generator(self, call: ast.Call) -> bool:
        """Whether a call is known to give a generator, which works when it is iterated."""
        called = self.calls.called(call)
        return called is not None and not called.is_class and _is_generator(called.function)

    def passing(self, call: ast.Call, argument: ast.expr | ast.keyword, is_async: bool) -> Passing | None:
        """What becomes of the session passed as `argument`; None if the function, or the parameter, is not known."""
        called = self.calls.called(call)
        if called is None or called.is_class:
            return None
        parameter = _parameter(called, call, argument)
        if parameter is None:
            return None
        key = called.function, parameter
        if key not in self.known:
            self.known[key] = UNREAD  # what a recursive call gets to see
            self.known[key] = Callees(called.calls, self.known).read(called.function, parameter, is_async)
        return self.known[key]

    def read(self, function: Function, parameter: str, is_async: bool) -> Passing:
        """What `function` does with the session that it gets as `parameter`."""
        from sessionfix.rewrite.flow import trace

        try:
            lifetime = trace(Source(is_async, parameter=parameter), function, self)
        except UnknownSyntaxError:
            return UNREAD
        result, kept = UNBOUND, None
        for leave in lifetime.leaves:
            if leave.way is Way.RETURNED:
                result |= Tag.HOLDER if leave.tag & Tag.SESSION else leave.tag
            elif leave.way is not Way.YIELDED and leave.way is not Way.PASSED and leave.tag & KEEPS:
                kept = leave.way
        if any(touch.kind is Kind.CLOSE for touch in lifetime.touches):
            kept = Way.CLOSED_ELSEWHERE
        if _is_generator(function):
            result = Tag.LAZY | Tag.CAME
        writes = {touch.write for touch in lifetime.touches}
        settles = any(touch.kind in (Kind.COMMIT, Kind.ROLLBACK) for touch in lifetime.touches)
        write = Write.NONE if writes <= {Write.NONE} else Write.OPAQUE if settles else max(writes, key=_weight)
        return Passing(result or Tag.OTHER, write, kept, isinstance(function, ast.AsyncFunctionDef))


def _weight(write: Write) -> int:
    return list(Write).index(write)


def _is_generator(function: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in walk_scope(function))


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
