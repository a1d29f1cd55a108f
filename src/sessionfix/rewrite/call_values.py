"""What a call does with the session, and what its value has to do with it."""

from __future__ import annotations

import abc
import ast
from collections.abc import Iterable, Sequence

from sessionfix.project.tells import last_name
from sessionfix.rewrite.callees import Passing
from sessionfix.rewrite.lifetime import Kind, Way, Write
from sessionfix.rewrite.recorder import Env, Recorder, fills, opaque
from sessionfix.rewrite.scopes import passed_values
from sessionfix.rewrite.sharing import shared_names
from sessionfix.rewrite.sql import changes, counts, selects
from sessionfix.rewrite.tags import (
    ADDING_METHODS,
    ALL,
    BACKGROUND_CALLS,
    BEGIN_METHODS,
    CHANGING_METHODS,
    CLOSE_METHODS,
    CONSUMING_CALLS,
    CONTAINER_CALLS,
    CONTAINER_METHODS,
    CONTAINER_READS,
    DEPTH,
    KEEPS,
    LAZY_CALLS,
    LAZY_METHODS,
    NEVER_AWAITED,
    PLAIN_CALLS,
    PLAIN_METHODS,
    READ_METHODS,
    READING_CALLS,
    STATEMENT_METHODS,
    STORING_CALLS,
    STRONG,
    UNBOUND,
    Tag,
    Tags,
    changes_receiver,
    contained,
    looks_like_class,
    read_from,
    reads_only,
)


class CallValues(Recorder):
    """Evaluates calls."""

    def value_Call(self, node: ast.Call, env: Env) -> Tags:
        awaited, self.awaited = self.awaited, False
        if isinstance(node.func, ast.Attribute):
            base = self.value(node.func.value, env)
            result = self.method_call(node, node.func, base)
        else:
            base = self.value(node.func, env)
            self.use(base, opaque(bool(base & (Tag.CLOSURE | Tag.HOLDER))))
            result = Tag.CAME | base & Tag.LAZY if base & STRONG else Tag.OTHER
            if last_name(node.func) == "super" and any(tag & Tag.HOLDER for _, tag in self.source.captured):
                result = Tag.HOLDER
            if base & Tag.CLOSURE:
                result |= self.given_by(node.func)
        passed, passings = self.arguments(node, base, env)
        self.hand_over(node, base | passed, env)
        if base & Tag.HOLDER and isinstance(node.func, ast.Attribute):
            self.note_method(node, env)
        if result in (Tag.OTHER, Tag.PART) and passed & ALL:
            result = self.passed_to(node, passed, passings)
        if last_name(node.func) in CONTAINER_CALLS:
            result |= Tag.FRESH
        elif result == Tag.OTHER and looks_like_class(last_name(node.func)):
            result = Tag.OTHER | Tag.MADE
        if self.is_coroutine(node, base, passed, passings) and not awaited:
            return result | Tag.LAZY | Tag.CAME
        return result

    @abc.abstractmethod
    def given_by(self, function: ast.expr) -> Tags:
        """What the call of a nested function gives; of one under another name, whatever any of them gives."""

    @abc.abstractmethod
    def mapped_by(self, function: ast.expr) -> Tags:
        """What a container of all that a nested function gives is, where that must not outlive the block."""

    def hand_over(self, node: ast.Call, receiver: Tags, env: Env) -> None:
        """What is added to the session, or handed on with it, is one of its objects from then on."""
        if not receiver & (Tag.SESSION | Tag.HOLDER | Tag.CAME | Tag.PART):
            return
        added = last_name(node.func) in ADDING_METHODS
        for argument in _direct_arguments(node):
            if isinstance(argument, ast.Name) and argument.id in self.facts.locals:
                tag = self.get(env, argument.id)
                if (tag & Tag.MADE or added) and not tag & STRONG:
                    self.set(env, argument.id, tag | Tag.CAME)
                    if argument.id in self.facts.parameters:
                        self.leave(Way.ADDED, Tag.CAME)

    def is_coroutine(self, node: ast.Call, base: Tags, passed: Tags, passings: Sequence[Passing]) -> bool:
        """Whether the call may give a coroutine that works on the session later."""
        if passings and not any(passing.is_wrapped for passing in passings):
            return any(passing.is_async for passing in passings)
        if not self.source.is_async or last_name(node.func) in NEVER_AWAITED:
            return False
        return bool((base | passed) & (Tag.SESSION | Tag.HOLDER)) and not looks_like_class(last_name(node.func))

    def session_call(self, node: ast.Call, func: ast.Attribute, base: Tags, writes: bool) -> Tags:
        """A method of the session itself is called."""
        if func.attr in CLOSE_METHODS:
            self.leave(Way.CLOSE_VALUE, base)
        if func.attr == "commit":
            self.touch(Kind.COMMIT, base)
        elif func.attr == "rollback":
            self.touch(Kind.ROLLBACK, base)
        else:
            direct = self.writes_by(node) if func.attr in STATEMENT_METHODS else writes
            self.touch(Kind.NAMED, base, Write.DIRECT if direct else Write.NONE)
        if func.attr == "begin":
            self.result.begins = True
            self.result.begun.add(node)
        return self.method_result(node, func.attr)

    def method_call(self, node: ast.Call, func: ast.Attribute, base: Tags) -> Tags:
        writes = not reads_only(func.attr) and func.attr not in BEGIN_METHODS
        if base & Tag.SESSION:
            return self.session_call(node, func, base, writes)
        changes = func.attr in CHANGING_METHODS and not base & Tag.FRESH
        owner = last_name(func.value) if base & (Tag.CAME | Tag.PART) else ""
        if func.attr in CLOSE_METHODS and (base & Tag.HOLDER or owner in {"connection", "session", "conn", "db"}):
            self.leave(Way.CLOSED_ELSEWHERE, base | Tag.HOLDER)
        if base & Tag.HOLDER:  # whatever its name says
            writes |= self.callees.method(node, self.source.is_async).write is not Write.NONE
        self.use(base, opaque((writes or changes) and bool(base & (Tag.CAME | Tag.PART | Tag.LAZY | Tag.HOLDER))))
        self.result.begins |= func.attr == "begin" and bool(base & Tag.HOLDER)
        if base & Tag.HOLDER:
            self.note_receiving(node, base & ~Tag.OTHER)
        self.result.changes_detached |= self.is_closed and bool(base & Tag.CAME) and changes_receiver(func.attr)
        if base & Tag.BOX and func.attr in CONTAINER_READS:
            return read_from(base) | (Tag.NESTED if func.attr == "items" else UNBOUND)
        if base & (Tag.HOLDER | Tag.CLOSURE):
            later = Tag.LAZY if self.callees.works_later(node) else UNBOUND
            given = self.callees.method(node, self.source.is_async).result if base & Tag.HOLDER else UNBOUND
            return self.method_result(node, func.attr) | later | given
        if base & (Tag.CAME | Tag.LAZY):
            stays = base & Tag.LAZY if func.attr not in READ_METHODS | PLAIN_METHODS else UNBOUND
            return self.method_result(node, func.attr) | stays
        return Tag.PART if base & Tag.PART and func.attr not in PLAIN_METHODS else Tag.OTHER

    def note_method(self, node: ast.Call, env: Env) -> None:
        """Record what a method keeps, and fills, whose object holds the session."""
        method = self.callees.method(node, self.source.is_async)
        if method.kept is not None:
            self.leave(method.kept, Tag.HOLDER)
        for place in self.callees.places(node, method):
            self.hold(place, Tag.CAME, env)

    def writes_by(self, node: ast.Call) -> bool:
        """Whether the statement that is executed may write.

        What is asked for a scalar is taken for a select unless it says otherwise; what is just executed is not.
        """
        statement = node.args[0] if node.args else None
        if statement is None or not last_name(node.func).startswith("exec"):
            return statement is not None and changes(statement)
        if isinstance(statement, ast.Name):
            return statement.id not in self.facts.selects
        return not selects(statement)

    @staticmethod
    def method_result(node: ast.Call, method: str) -> Tags:
        if method in PLAIN_METHODS or (method.startswith("scalar") and method != "scalars" and counts(node)):
            return Tag.OTHER
        if method in LAZY_METHODS:
            return Tag.LAZY | Tag.CAME
        return Tag.CAME

    def arguments(self, node: ast.Call, base: Tags, env: Env) -> tuple[Tags, list[Passing]]:
        """Evaluate what is passed: what it is, all together, and what becomes of the session where that is known."""
        name = last_name(node.func)
        passed = UNBOUND
        passings: list[Passing] = []
        arguments: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        for argument in arguments:
            tag = self.value(argument.value if isinstance(argument, ast.keyword) else argument, env)
            passing = self.callees.passing(node, argument, self.source.is_async) if tag & ALL else None
            if passing is not None and tag & Tag.SESSION:
                passings.append(passing)
                self.note_passing(node, passing, tag)
            elif passing is not None and passing.kept in (Way.STORED, Way.BACKGROUND, Way.DEFAULT):
                self.leave(passing.kept, tag & STRONG)
            if passing is not None:
                if tag & Tag.HOLDER and passing.gives_up:
                    self.result.gave_up.add(self.statement)
                for place in self.callees.places(node, passing):
                    self.hold(place, tag, env)
            if tag & STRONG:
                write = passing.write if passing is not None else opaque(self.may_write(name, tag))
                if passing is not None and passing.sets_attributes and tag & Tag.CAME:
                    write = Write.DIRECT
                self.touch(Kind.NAMED if tag & Tag.SESSION else Kind.USED, tag, write)
            elif tag & Tag.PART and name not in PLAIN_CALLS:
                self.touch(Kind.PART, tag, opaque(passing is not None and passing.write is not Write.NONE))
            passed |= tag
        self.hand_out(node, env)
        self.hand_on(node, passed, base, env)
        return passed, passings

    def hand_out(self, node: ast.Call, env: Env) -> None:
        """What is called may keep the containers that it is passed."""
        if last_name(node.func) not in READING_CALLS:
            for argument in passed_values(node):
                for name in shared_names(argument):
                    self.escape(name, env)

    def hand_on(self, node: ast.Call, passed: Tags, base: Tags, env: Env) -> None:
        """Record where what is passed goes by the callee's name: to a container, a background job, a later call."""
        name = last_name(node.func)
        if name in STORING_CALLS and passed & KEEPS:
            self.leave(Way.STORED, passed)
        if passed & STRONG and (name in BACKGROUND_CALLS or (passed & KEEPS and _maps_elsewhere(node))):
            self.leave(Way.BACKGROUND, passed)
        elif passed & Tag.CLOSURE and name not in CONSUMING_CALLS | LAZY_CALLS:
            self.leave(Way.PASSED, Tag.CLOSURE)
        if name in CONTAINER_METHODS and isinstance(node.func, ast.Attribute) and not base & STRONG:
            self.keep(node.func.value, passed & ALL, env)
        if isinstance(node.func, ast.Name) and node.func.id in self.sinks:
            self.keep(self.sinks[node.func.id], passed & ALL, env)
        for argument in passed_values(node):
            if fills(argument) and passed & ALL:
                self.keep(argument.value, passed & ALL, env)

    def note_passing(self, node: ast.Call, passing: Passing, tag: Tags) -> None:
        """Record what a function of the project does with the session that it is passed."""
        if passing.kept is not None:
            self.leave(passing.kept, tag)
        if passing.shares:
            self.leave(Way.STORED, Tag.CAME)
        if passing.raises:
            self.leave(Way.RAISED, Tag.CAME)
        if passing.may_settle:
            self.touch(Kind.COMMIT, tag)
            self.result.settles_elsewhere = True
        if passing.gives_up:
            self.result.gave_up.add(self.statement)
        self.note_end_of_work(node, passing)

    def note_receiving(self, node: ast.Call, base: Tags) -> None:
        """Record what a method of an object that holds the session does with it."""
        if last_name(node.func) == "commit":
            self.touch(Kind.COMMIT, base)
        method = self.callees.method(node, self.source.is_async)
        if method.catches:
            self.result.gave_up.add(self.statement)
        self.note_end_of_work(node, method)

    def note_end_of_work(self, node: ast.Call, passing: Passing) -> None:
        """Record whether a function of the project is done with the work of the session when it ends."""
        if passing.settles:
            self.result.settled.add(node)
        if passing.leaves_nothing:
            self.result.transient.add(node)

    @staticmethod
    def may_write(name: str, tag: Tags) -> bool:
        """Whether a function of this name may leave work, by what it is passed."""
        if name in READING_CALLS or reads_only(name):
            return False
        return bool(tag & (Tag.SESSION | Tag.HOLDER | Tag.CAME | Tag.CLOSURE))

    def passed_to(self, node: ast.Call, passed: Tags, passings: Sequence[Passing]) -> Tags:
        """What a call gives that the session, or what came from it, is passed to."""
        name = last_name(node.func)
        if passings:
            result = UNBOUND
            for passing in passings:
                result |= passing.result
            return result or Tag.OTHER
        if name in PLAIN_CALLS or _sums_up(node):
            return Tag.OTHER
        if not passed & STRONG and not self.callees.works_later(node):
            return Tag.PART
        if name in LAZY_CALLS or self.callees.works_later(node):
            return Tag.LAZY | Tag.CAME | self.items_of(node, passed)
        if isinstance(node.func, ast.Attribute) and name == "join":
            return Tag.OTHER
        if looks_like_class(name):
            lazy = (Tag.LAZY | Tag.BOX | passed & Tag.NESTED) if passed & Tag.LAZY else UNBOUND
            return Tag.CAME | (Tag.HOLDER if passed & (Tag.SESSION | Tag.HOLDER) else UNBOUND) | lazy
        if name == "dict" and node.keywords:
            return Tag.CAME | contained(passed)
        if name == "reduce" or name not in CONSUMING_CALLS | READING_CALLS:
            return Tag.CAME | passed & (Tag.LAZY | DEPTH)
        held = passed & Tag.HOLDER or (name == "getattr" and passed & Tag.SESSION)
        kept = Tag.HOLDER if held else UNBOUND
        return Tag.CAME | kept | (read_from(passed) if passed & Tag.BOX else UNBOUND)

    def items_of(self, node: ast.Call, passed: Tags) -> Tags:
        """What `zip`, `map` and the like give one after the other, where that must not outlive the block."""
        items = read_from(passed) | Tag.NESTED if passed & Tag.BOX else UNBOUND
        if last_name(node.func) != "map" or not node.args:
            return items
        is_bound_query = passed & Tag.HOLDER and passed & Tag.LAZY
        return items | self.mapped_by(node.args[0]) | (contained(Tag.LAZY) if is_bound_query else UNBOUND)


def _direct_arguments(call: ast.Call) -> Iterable[ast.expr]:
    """What is passed, and the items of lists and tuples that are."""
    for argument in passed_values(call):
        plain = argument.value if isinstance(argument, ast.Starred) else argument
        yield from plain.elts if isinstance(plain, ast.List | ast.Tuple) else (plain,)


def _sums_up(call: ast.Call) -> bool:
    """Whether a call is `sum(values)`, which starts at 0 and so gives a number, not a list of the values."""
    return isinstance(call.func, ast.Name) and call.func.id == "sum" and len(call.args) == 1 and not call.keywords


def _maps_elsewhere(call: ast.Call) -> bool:
    """Whether a call is `pool.map(...)` or the like: the work is done by other threads or processes."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in {"map", "starmap"}
