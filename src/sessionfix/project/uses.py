"""Find the calls of one file that use a factory's manager as the session."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from sessionfix.diagnostics import Certainty, ChainStep
from sessionfix.project import shapes
from sessionfix.project.expected import is_expected_to_fail, is_probed
from sessionfix.project.factories import Factory
from sessionfix.project.facts import ScopeKind
from sessionfix.project.forwarding import only_makes_manager
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.mocks import may_be_mock
from sessionfix.project.overrides import Overrides
from sessionfix.project.promising import promises_factory
from sessionfix.project.sites import Site, Use
from sessionfix.project.stand_ins import StandIns
from sessionfix.project.stored import StoredReader
from sessionfix.project.target import Target, span
from sessionfix.project.tells import first_name, last_name
from sessionfix.project.usage import MANAGER, Usage, UsageReader
from sessionfix.project.values import OUTSIDE, Chosen, Manager, Outside, Place, Resolved, Unknown, Value

# Methods that of all things only a database's session, connection or cursor has.
_SESSION_METHODS = frozenset(
    {
        ".query",
        ".execute",
        ".executemany",
        ".scalar",
        ".scalars",
        ".add",
        ".add_all",
        ".commit",
        ".rollback",
        ".flush",
        ".merge",
        ".refresh",
        ".expunge",
        ".cursor",
        ".fetchall",
        ".fetchone",
        ".fetchrow",
        ".fetchval",
        ".bulk_save_objects",
    }
)
# Methods that a session shares with HTTP clients, sets and the like: they fit, but prove nothing.
_WEAK_METHODS = frozenset({".close", ".get", ".delete", ".begin", ".begin_nested", ".exec", ".expire_all"})


_NO_SHAPE = "nothing is done with its result here that could be wrong (it is returned, yielded, collected or compared)"
_NO_MANAGER = "it is not known to return a manager"
_REPLACED = "a test or this file puts something else in the place of what is called"
_MEANT = "the failure is expected here"
_OVERRIDDEN = "a subclass, or an assignment elsewhere, may put something else in the place of what is called"
_LISTED = "the settings do not say whether this factory is async"
_ENTERED = "it is entered here"
_DOES_MORE = "it is thrown away, but the call may do more than make a manager"
_PASSED = "it is passed on, and nothing shows that it is used there as the session"
_UNUSED = "it is bound, and no use of it shows that it is taken for the session"
_AS_MANAGER = "it is used as the manager that it is"


@dataclass(frozen=True)
class _Rightful:
    """Why a use of a manager is not wrong, or not known to be."""

    reason: str
    entered: tuple[str, int] | None = None


def _rightful(usage: Usage, otherwise: str) -> _Rightful:
    return _Rightful(_AS_MANAGER, usage.entered) if usage.is_manager else _Rightful(otherwise)


@dataclass(frozen=True)
class Found:
    """A suspect use, before it is dressed up as a site; what `resolved` holds is a manager."""

    call: ast.Call
    use: Use
    resolved: Resolved
    certainty: Certainty
    detail: str = ""


@dataclass(frozen=True)
class Silence:
    """Why a call is no finding; `resolved` is what it returns, `entered` the file and row of what decides."""

    call: ast.Call
    resolved: Resolved
    reason: str
    entered: tuple[str, int] | None = None


CALL_USES = frozenset(
    {
        Use.BOUND,
        Use.ATTRIBUTE,
        Use.ARGUMENT,
        Use.DISCARDED,
        Use.STORED,
        Use.CLOSING,
        Use.WRONG_WITH,
        Use.AWAITED,
    }
)


def sites_of_calls(target: Target, known: Knowledge) -> Iterator[Site]:
    """All suspect uses of factory calls in a file."""
    calls = [call for call in target.calls() if may_make_manager(call, target, known)]
    judged = _Finder(target, known).judge(calls, only_suspect=True)
    return (_site(found, known) for found in judged if isinstance(found, Found))


def managers(target: Target, known: Knowledge, calls: Iterable[ast.Call]) -> Iterator[tuple[ast.Call, Resolved]]:
    """Those of `calls` that certainly return a manager, whatever is done with it, and how that is known."""
    finder = _Finder(target, known)
    return ((call, found) for call in calls if (found := finder.manager(call)) is not None)


def _site(found: Found, known: Knowledge) -> Site:
    assert isinstance(found.resolved.value, Manager)
    factory = known.factory_of(found.resolved.value)
    chain = chain_of(found.resolved, factory, known)
    return Site(span(found.call), found.use, factory, chain, found.certainty, found.detail)


def chain_of(resolved: Resolved, factory: Factory, known: Knowledge) -> tuple[ChainStep, ...]:
    """How it is known that a call reaches the factory, as people see it."""
    chain = tuple(known.chain_step(step) for step in resolved.steps if step.row)
    if isinstance(resolved.value, Manager) and resolved.value.listed:
        chain += (ChainStep(factory.path, factory.row, f'factories = ["{resolved.value.listed}"]'),)
    return chain


def may_make_manager(call: ast.Call, target: Target, known: Knowledge) -> bool:
    """Whether a call may be one of a factory, by the name of what is called."""
    if not isinstance(call.func, ast.Name | ast.Attribute):
        return True
    scope = target.facts.scopes[target.place(call).scope]
    is_plain = isinstance(call.func, ast.Name) and scope.kind is not ScopeKind.CLASS
    return known.names_suspect(last_name(call.func), is_plain=is_plain)


def judge_uses(target: Target, known: Knowledge, row: int) -> list[Found | Silence]:
    """What is said, or why nothing is, of the calls that touch a row, in the order of their positions."""
    calls = [call for call in target.calls() if call.lineno <= row <= (call.end_lineno or call.lineno)]
    begun = [call for call in calls if call.lineno == row]
    return sorted(_Finder(target, known).judge(begun or calls[-1:]), key=_position)


class _Finder:
    def __init__(self, target: Target, known: Knowledge) -> None:
        self._target = target
        self._known = known
        self._reader = UsageReader(target, known)
        self._stored = StoredReader(target, known)
        self._overrides = Overrides(known)
        self._stand_ins = StandIns(target, known)

    def judge(self, calls: Iterable[ast.Call], *, only_suspect: bool = False) -> Iterator[Found | Silence]:
        for call in calls:
            shape = shapes.shape_of(call, self._target.parents)
            if shape is not None:
                yield self._examine(call, shape)
            elif not only_suspect:
                yield Silence(call, self._resolved(call), _NO_SHAPE)

    def manager(self, call: ast.Call) -> Resolved | None:
        """What a call that certainly returns a manager, in tests too, resolves to."""
        resolved = self._resolved(call)
        if not isinstance(resolved.value, Manager) or not self._overrides.agree(resolved):
            return None
        return None if self._stand_ins.may_replace(call, resolved) else self._overrides.completed(resolved)

    def _resolved(self, call: ast.Call) -> Resolved:
        return self._known.resolver.evaluate(self._target.expression(call), self._place(call))

    def _examine(self, call: ast.Call, shape: shapes.Shape) -> Found | Silence:
        resolved = self._resolved(call)
        found: Found | Silence = Silence(call, resolved, _NO_MANAGER)
        if isinstance(resolved.value, Manager):
            found = self._certain(call, shape, resolved, resolved.value)
        elif isinstance(resolved.value, Unknown | Outside):
            found = self._roundabout(call, shape, resolved.value) or found
        if isinstance(found, Silence):
            return found
        if self._stand_ins.may_replace(call, found.resolved):
            return Silence(call, found.resolved, _REPLACED)
        return Silence(call, found.resolved, _MEANT) if self._is_meant(call, shape) else found

    def _certain(self, call: ast.Call, shape: shapes.Shape, resolved: Resolved, manager: Manager) -> Found | Silence:
        judged = self._judge(call, shape, manager)
        if isinstance(judged, _Rightful):
            return Silence(call, resolved, judged.reason, judged.entered)
        if not self._overrides.agree(resolved):
            return Silence(call, resolved, _OVERRIDDEN)
        return Found(call, judged[0], self._overrides.completed(resolved), Certainty.CERTAIN, judged[1])

    def _is_meant(self, call: ast.Call, shape: shapes.Shape) -> bool:
        """Whether the misuse is expected to fail."""
        if is_expected_to_fail(self._target, call, any_error=isinstance(shape, shapes.Discarded)):
            return True
        if isinstance(shape, shapes.Used | shapes.Awaited):
            return is_probed(self._target, call, shape.text if isinstance(shape, shapes.Used) else "await")
        return False

    def _place(self, expr: ast.expr) -> Place:
        """Where a call is evaluated; with the bindings that can reach it, where its first name has several."""
        place = self._target.place(expr)
        name = first_name(expr)
        home = self._known.resolver.home(name.id, place) if name else None
        if name is None or home is None or len(self._target.facts.scopes[home].bindings[name.id]) < 2:
            return place
        block = self._target.block(name)
        flow = self._target.flow(block, name.id)
        if self._target.scope_of[block] != home or name not in flow.uses or flow.rebound:
            return place
        rows = frozenset(self._target.binding_row(node) for node in flow.uses[name])
        return replace(place, chosen=Chosen(home, name.id, rows))

    def _judge(self, call: ast.Call, shape: shapes.Shape, manager: Manager) -> tuple[Use, str] | _Rightful:
        if manager.listed and isinstance(shape, shapes.InWith | shapes.Awaited):
            return _Rightful(_LISTED)
        if manager.may_be_null and isinstance(shape, shapes.InWith):
            return _Rightful(_ENTERED)
        if isinstance(shape, shapes.InWith):
            return (Use.WRONG_WITH, "") if shape.is_async != manager.is_async else _Rightful(_ENTERED)
        if isinstance(shape, shapes.Awaited):
            return Use.AWAITED, ""
        if isinstance(shape, shapes.Used):
            return Use.ATTRIBUTE, shape.text
        if isinstance(shape, shapes.Discarded):
            callee = self._known.resolver.evaluate(self._target.expression(call.func), self._place(call)).value
            return (Use.DISCARDED, "") if only_makes_manager(self._known.resolver, callee) else _Rightful(_DOES_MORE)
        if isinstance(shape, shapes.Passed):
            if self._is_closing(shape.call):
                return Use.CLOSING, ""
            usage = self._reader.passed(shape.call, call)
            return (Use.ARGUMENT, usage.tells[0]) if usage.as_session else _rightful(usage, _PASSED)
        return self._judge_bound(call, shape)

    def _is_closing(self, call: ast.Call) -> bool:
        """Whether this is the `closing(...)` of `with closing(...)`."""
        if not isinstance(self._target.parents[call], ast.withitem):
            return False
        callee = self._known.resolver.evaluate(self._target.expression(call.func), self._place(call)).value
        return isinstance(callee, Outside) and callee.name in ("contextlib.closing", "contextlib.aclosing")

    def _judge_bound(self, call: ast.Call, shape: shapes.Bound) -> tuple[Use, str] | _Rightful:
        judged = [self._name_usage(name) for name in shape.names]
        walrus = self._target.parents[call]
        if isinstance(walrus, ast.NamedExpr):
            judged.append((Use.BOUND, self._reader.of_uses([walrus])))
        judged += [(Use.STORED, self._stored.of_place(place, call)) for place in shape.others]
        whole = sum((usage for _, usage in judged), Usage())
        if whole.is_manager:
            return _rightful(whole, _UNUSED)
        return next(((use, usage.tells[0]) for use, usage in judged if usage.tells), _Rightful(_UNUSED))

    def _name_usage(self, name: ast.Name) -> tuple[Use, Usage]:
        """How a name that takes the manager is used; a module's name may be used by others too."""
        block = self._target.block(name)
        if isinstance(block, ast.ClassDef):
            return Use.STORED, MANAGER
        if self._known.resolver.home(name.id, self._target.place(name)) != 0:
            return Use.BOUND, self._reader.of_name(name)
        direct = self._reader.of_direct(name) if isinstance(block, ast.Module) else Usage()
        if direct.tells or direct.is_manager:
            return Use.BOUND, direct
        return Use.STORED, self._stored.of_global(name.id)

    # calls that take a look at callers and injected attributes

    def _roundabout(self, call: ast.Call, shape: shapes.Shape, value: Unknown | Outside) -> Found | Silence | None:
        """What can be told of a call by looking further, or by its name alone."""
        looked: Silence | None = None
        if not isinstance(shape, shapes.InWith) and promises_factory(call, self._target, self._known):
            resolved = self._known.in_depth.resolver.evaluate(self._target.expression(call), self._place(call))
            if isinstance(resolved.value, Manager):
                return self._in_depth._certain(call, shape, resolved, resolved.value)
            looked = Silence(call, resolved, _NO_MANAGER)
            value = resolved.value if isinstance(resolved.value, Unknown) else OUTSIDE
        if isinstance(value, Outside) or not isinstance(call.func, ast.Attribute):
            return looked
        return self._of_method(call, call.func, shape) or looked

    @cached_property
    def _in_depth(self) -> _Finder:
        return _Finder(self._target, self._known.in_depth)

    # methods that do not say what they return

    def _of_method(self, call: ast.Call, func: ast.Attribute, shape: shapes.Shape) -> Found | Silence | None:
        owner = self._known.resolver.evaluate(self._target.expression(func.value), self._place(func)).value
        promised = self._overrides.promised(owner, func.attr)
        if promised is not None and isinstance(promised.value, Manager):
            return self._certain(call, shape, promised, promised.value)
        return self._by_name(call, owner, func.attr, shape)

    def _by_name(self, call: ast.Call, owner: Value, method: str, shape: shapes.Shape) -> Found | None:
        resolved = self._known.by_name_alone(method) or self._overrides.implemented(owner, method)
        fitting = self._fitting_use(shape) if resolved else None
        if fitting is None or resolved is None or not isinstance(resolved.value, Manager):
            return None
        use, detail = fitting
        if (use is Use.AWAITED and not resolved.value.is_async) or may_be_mock(self._target, self._known, call):
            return None
        return Found(call, use, resolved, Certainty.PROBABLE, detail)

    def _fitting_use(self, shape: shapes.Shape) -> tuple[Use, str] | None:
        """The use, if it alone says that a database session is meant."""
        if isinstance(shape, shapes.Used):
            return (Use.ATTRIBUTE, shape.text) if shape.text in _SESSION_METHODS else None
        if not isinstance(shape, shapes.Bound | shapes.Awaited) or len(shape.names) != 1:
            return None
        use = Use.BOUND if isinstance(shape, shapes.Bound) else Use.AWAITED
        found, usage = self._name_usage(shape.names[0])
        fits = all(text in _SESSION_METHODS or text in _WEAK_METHODS for text in usage.tells)
        proves = any(text in _SESSION_METHODS for text in usage.tells)
        return (use, usage.tells[0]) if found is Use.BOUND and fits and proves and not usage.is_manager else None


def _position(found: Found | Silence) -> tuple[int, int, int]:
    return found.call.lineno, found.call.col_offset, -(found.call.end_col_offset or 0)
