"""Find the factories that are given to a framework as dependencies."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sessionfix.diagnostics import Certainty
from sessionfix.project.generators import chain_to
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.markers import (
    Injected,
    Mark,
    attribute_of,
    declared_by,
    injected_by,
    is_listed,
    marks_in,
)
from sessionfix.project.sites import Site, Use
from sessionfix.project.stand_ins import StandIns
from sessionfix.project.target import Target, span
from sessionfix.project.tells import last_name
from sessionfix.project.usage import Usage, UsageReader
from sessionfix.project.values import Coroutine, Function, Manager, Resolved, Value

# Of these types a parameter may be meant to get the manager; of any other it is not.
_MAY_BE_MANAGER = frozenset(
    "ContextManager AbstractContextManager AsyncContextManager AbstractAsyncContextManager _GeneratorContextManager "
    "_AsyncGeneratorContextManager Any object Callable Generator Iterator".split()
)


def given_in(target: Target, known: Knowledge) -> Iterator[Site]:
    """The factories that a file gives to a framework, which hands on the manager; `detail` is the mark's name."""
    return _Given(target, known).sites()


class _Given:
    def __init__(self, target: Target, known: Knowledge) -> None:
        self._target = target
        self._known = known
        self._reader = UsageReader(target, known)
        self._stand_ins = StandIns(target, known)

    def sites(self) -> Iterator[Site]:
        for mark in marks_in(self._target, self._known):
            resolved = self._known.resolver.evaluate(
                self._target.expression(mark.provider), self._target.place(mark.call)
            )
            made = _manager_of(resolved, self._known)
            if made is None or not isinstance(made.value, Manager) or not self._is_wrong(mark, resolved, made):
                continue
            factory = self._known.factory_of(made.value)
            chain = chain_to(made, self._known)
            yield Site(span(mark.provider), Use.DEPENDENCY, factory, chain, Certainty.CERTAIN, detail=mark.name)

    def _is_wrong(self, mark: Mark, provider: Resolved, made: Resolved) -> bool:
        """Whether what the framework makes is certain not to be the session."""
        if self._stand_ins.may_replace_named(mark.provider, made) or self._is_overridden(made):
            return False
        is_direct = _is_factory(provider, self._known)
        if is_listed(mark, self._target):
            return is_direct
        attribute = attribute_of(mark, self._target)
        if attribute is not None:
            class_, name, declared = attribute
            return _judged(self._reader.of_attribute(class_, name.id), declared, is_direct=is_direct) is True
        injected = injected_by(mark, self._target)
        if injected is None:
            return False
        judged = [self._judge(one, mark, is_direct=is_direct) for one in injected]
        if judged:
            return None not in judged and any(judged)
        declared = declared_by(mark, self._target)
        return is_direct and declared is not None and _is_session(declared)

    def _is_overridden(self, made: Resolved) -> bool:
        """Whether the program itself, and not a test, has the framework call something else."""
        index = self._known.resolver.index
        return any(not index.is_test(file) for file in files_overriding(made.value, self._known))

    def _judge(self, injected: Injected, mark: Mark, *, is_direct: bool) -> bool | None:
        """Whether a parameter is taken for the session; None if it may be used as the manager."""
        usage = self._reader.of_name(injected.parameter)
        judged = _judged(usage, injected.declared, is_direct=is_direct and not mark.by_name)
        if judged is not False or not is_direct or mark.by_name or injected.declared is not None:
            return judged
        flow = self._target.flow(injected.function, injected.parameter.arg)
        return not flow.uses and not flow.captured


def _judged(usage: Usage, declared: ast.expr | None, *, is_direct: bool) -> bool | None:
    if usage.is_manager:
        return None
    return bool(usage.tells) or (is_direct and declared is not None and _is_session(declared))


def _is_session(declared: ast.expr) -> bool:
    """Whether a type is none that a manager may be meant by."""
    names = {last_name(node) for node in ast.walk(declared) if isinstance(node, ast.Name | ast.Attribute)}
    return bool(names) and names.isdisjoint(_MAY_BE_MANAGER)


def _manager_of(provider: Resolved, known: Knowledge) -> Resolved | None:
    """What a framework gets from a provider, if that is a manager: a coroutine function's result is awaited."""
    made = known.resolver.called(provider)
    value = made.value.result if isinstance(made.value, Coroutine) else made.value
    is_manager = isinstance(value, Manager) and not value.listed and not value.may_be_null
    return Resolved(value, made.steps) if is_manager else None


def _is_factory(provider: Resolved, known: Knowledge) -> bool:
    """Whether the provider is the factory itself, and no function that returns what it makes."""
    return isinstance(provider.value, Function) and known.resolver.kind(provider.value).manager is not None


def files_overriding(manager: Value, known: Knowledge) -> Iterator[str]:
    """The files that name both `dependency_overrides` and the factory."""
    for function in manager.functions if isinstance(manager, Manager) else ():
        name = known.resolver.scope(function.file, function.scope).name
        yield from known.files_with(name, r"\bdependency_overrides\b")
