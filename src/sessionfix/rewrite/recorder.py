"""What is recorded of one session, and what each name has to do with it, while a scope is read."""

from __future__ import annotations

import abc
import ast
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from sessionfix.rewrite.callees import Callees
from sessionfix.rewrite.lifetime import Kind, Leave, Lifetime, Source, Touch, Way, Write
from sessionfix.rewrite.scopes import Scope, dotted
from sessionfix.rewrite.sharing import Groups, shared_names
from sessionfix.rewrite.tags import (
    ALL,
    CONTAINER_METHODS,
    DEPTH,
    KEEPS,
    STRONG,
    UNBOUND,
    Tag,
    Tags,
    contained,
    element,
)
from sessionfix.syntax.compound import FunctionNode

Env = dict[str, Tags]


class Recorder(abc.ABC):
    """The state of reading one scope; `statement` is the one that is being read."""

    statement: ast.stmt

    def __init__(self, source: Source, scope: Scope | ast.Lambda, callees: Callees) -> None:
        self.source = source
        self.callees = callees
        self.facts = callees.facts(scope)
        self.is_module = isinstance(scope, ast.Module)
        self.sinks = _default_sinks(scope)
        self.shared = Groups()
        self.result = Lifetime()
        self.awaited = False
        self.kept_attributes = False  # whether any attribute, such as self.user, was given one of these values
        self.is_closed = False  # whether the session may be closed when the current statement runs

    def value(self, node: ast.expr, env: Env) -> Tags:
        """What an expression's value is; records the touches on the way."""
        if node is self.source.node:
            self.inner_value(node, env)
            return Tag.SESSION
        return self.inner_value(node, env)

    @abc.abstractmethod
    def inner_value(self, node: ast.expr, env: Env) -> Tags:
        """What the value would be if the session did not come from just this expression."""

    def touch(self, kind: Kind, tag: Tags, write: Write = Write.NONE) -> None:
        if self.is_closed and tag & (Tag.HOLDER | Tag.CLOSURE):
            tag |= Tag.CLOSED
        self.result.changes_detached |= self.is_closed and bool(tag & Tag.CAME) and write is Write.DIRECT
        self.result.touches.append(Touch(self.statement, kind, tag, write))

    def use(self, tag: Tags, write: Write = Write.NONE) -> None:
        """The value of an expression is read from, called, iterated or passed on."""
        if tag & STRONG and not tag & Tag.SESSION:
            self.touch(Kind.USED, tag, write)
        elif tag & Tag.PART:
            self.touch(Kind.PART, tag, write)

    def leave(self, way: Way, tag: Tags) -> None:
        if tag & STRONG:
            self.result.leaves.append(Leave(self.statement, way, tag))

    def set(self, env: Env, name: str, tag: Tags) -> None:
        env[name] = tag
        if tag & ALL:
            self.result.names[name] = self.result.names.get(name, UNBOUND) | (tag & (ALL | DEPTH))

    def get(self, env: Env, name: str) -> Tags:
        if name in env:
            return env[name]
        outside = name in self.facts.parameters or name not in self.facts.locals
        return Tag.OTHER if outside else UNBOUND

    def iterated(self, tag: Tags) -> Tags:
        self.use(tag)
        return tag

    # Binding

    def bind(self, target: ast.expr, tag: Tags, env: Env) -> None:
        if isinstance(target, ast.Name):
            self.set(env, target.id, tag)
            if target.id in self.facts.outer or target.id in self.facts.outputs:
                self.leave(Way.STORED, tag)
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self.bind(part, element(self.iterated(tag)), env)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, contained(tag), env)
        elif isinstance(target, ast.Attribute | ast.Subscript):
            self.store(target, tag, env)

    def store(self, target: ast.Attribute | ast.Subscript, tag: Tags, env: Env) -> None:
        base = self.value(target.value, env)
        if isinstance(target, ast.Attribute) and tag & ALL:
            self.kept_attributes = True
            self.set(env, dotted(target), tag)
        if isinstance(target, ast.Subscript):
            self.value(target.slice, env)
        if base & (STRONG | Tag.PART):
            self.use(base, Write.DIRECT)
            self.result.sets_attributes |= bool(base & Tag.SESSION)
            if tag & KEEPS:
                self.leave(Way.STORED, tag)
            return
        self.keep(target.value, tag, env, holds=isinstance(target, ast.Subscript))

    def keep(self, container: ast.expr, tag: Tags, env: Env, *, holds: bool = True) -> None:
        """A value is put into a container: a local one now holds it; any other outlives the block.

        `holds` says that what is read from the container may be the value: not so if it became an attribute.
        """
        while isinstance(container, ast.Subscript):
            container = container.value
        held = self.get(env, container.id) if isinstance(container, ast.Name) else UNBOUND
        if isinstance(container, ast.Name) and held & Tag.FRESH and not self.is_module:
            for name in self.shared.of(container.id) if tag & ALL else ():
                if (there := self.get(env, name)) & Tag.FRESH:
                    self.set(env, name, there | contained(tag) & (ALL | DEPTH))
        else:
            self.leave(Way.STORED, tag & ~Tag.PART)
            if holds and tag & ALL:
                self.hold(dotted(container), tag, env)

    def share(self, targets: Sequence[ast.expr], value: ast.expr, env: Env) -> None:
        """Before a binding: a container that was made here gets other names, or goes where others may have it."""
        made = {name for name in shared_names(value) if self.get(env, name) & Tag.FRESH}
        places = [part for target in targets for part in _single_targets(target)]
        names = [place.id for place in places if isinstance(place, ast.Name)]
        if made or len(targets) > 1:
            self.shared.link([*made, *names])
        if any(isinstance(place, ast.Attribute | ast.Subscript) or place.id in self.facts.outer for place in places):
            for name in made:
                self.escape(name, env)
        if isinstance(targets[0], ast.Name) and fills(value):
            self.sinks[targets[0].id] = value.value

    def escape(self, name: str, env: Env) -> None:
        """Somebody else may have the container of that name from now on."""
        for other in self.shared.of(name):
            if (there := self.get(env, other)) & Tag.FRESH:
                env[other] = there & ~Tag.FRESH or Tag.OTHER

    def hold(self, place: str, tag: Tags, env: Env) -> None:
        """What came from the session may be read from `place`, a name or attributes of one, from now on."""
        self.kept_attributes |= "." in place
        self.set(env, place, self.get(env, place) | (Tag.CAME if tag & STRONG else Tag.PART))


def _single_targets(target: ast.expr) -> Iterator[ast.Name | ast.Attribute | ast.Subscript]:
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _single_targets(part)
    elif isinstance(target, ast.Starred):
        yield from _single_targets(target.value)
    elif isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        yield target


def _default_sinks(scope: ast.AST) -> dict[str, ast.expr]:
    """The containers behind parameters whose default is a method that fills one: `sink=kept.append`."""
    if not isinstance(scope, FunctionNode):
        return {}
    arguments = scope.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {each.arg: default.value for each, default in pairs if default is not None and fills(default)}


def fills(node: ast.expr) -> TypeGuard[ast.Attribute]:
    """Whether a value is the method of a container that puts something into it."""
    return isinstance(node, ast.Attribute) and node.attr in CONTAINER_METHODS


def opaque(writes: bool) -> Write:
    return Write.OPAQUE if writes else Write.NONE
