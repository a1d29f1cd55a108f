"""Attributes that a program gives to an application's or a request's object: `app.state.db = Manager()`, `g.db = ...`.

Such an object is not of the project, so that nothing but the assignments tells what its attributes are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.project import facts
from sessionfix.project.facts import Expr
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.references import Store
from sessionfix.project.values import (
    NOTHING,
    UNKNOWN,
    Closure,
    Function,
    Instance,
    Nothing,
    Outside,
    Place,
    Resolved,
    Step,
    Unknown,
    Value,
    combine,
)

_BAGS = frozenset({"state", "ctx"})  # of Starlette and Sanic
_APPLICATIONS = frozenset({"app", "application", "current_app"})
_GLOBALS = frozenset({"flask.g", "quart.g"})


@dataclass(frozen=True)
class InjectedAttributes:
    """Looks for what the project assigns; `known` has a resolver that asks back here."""

    known: Knowledge

    def given(self, read: facts.Attribute, owner: Value) -> Resolved | None:
        """What `read`, an attribute of the object `owner`, was given; None if nobody can tell.

        What is given something that is not of the project is known not to be the project's, whatever names say.
        """
        holder = holder_of(read.value, owner)
        if holder is None:
            return None
        found = self.known.resolver.search.once(
            ("injected", holder, read.attr),
            lambda: self._agreed(holder, read.attr),
            circular=Resolved(NOTHING),
            lost=Resolved(UNKNOWN),
        )
        return found if isinstance(found.value, Instance | Function | Closure | Outside) else None

    def _agreed(self, holder: str, attr: str) -> Resolved:
        """What every assignment that may be meant assigns, if there is one that is."""
        is_meant = False
        found: list[Resolved] = []
        for file, store in self._stores(attr):
            place = Place(file, store.scope)
            owner = self.known.resolver.evaluate(store.owner, place).value
            other = holder_of(store.owner, owner)
            if other == holder or _may_be_any(owner):
                is_meant |= other == holder
                value = self.known.resolver.evaluate(store.value, place) if store.value else Resolved(UNKNOWN)
                found.append(value if isinstance(value.value, Nothing) else value.after(Step(file, store.row)))
        return combine(found) if is_meant else Resolved(UNKNOWN)

    def _stores(self, attr: str) -> Iterator[tuple[str, Store]]:
        """Where the project, its tests aside, assigns to an attribute of this name."""
        for file in self.known.files_storing(attr):
            references = None if self.known.resolver.index.is_test(file) else self.known.references_of(file)
            for store in references.stored.get(attr, ()) if references else ():
                yield file, store


def holder_of(expr: Expr, value: Value) -> str | None:
    """What `app.state`, `request.app.state`, `g` and the like are called here; None for any other object."""
    if isinstance(value, Outside) and value.name in _GLOBALS:
        return value.name
    if not isinstance(value, Unknown | Outside):
        return None
    if isinstance(expr, facts.Attribute) and expr.attr in _BAGS:
        owner = _last_name(expr.value)
        return f"{'app' if owner in _APPLICATIONS else owner}.{expr.attr}" if owner else None
    return "app" if _last_name(expr) in _APPLICATIONS else None


def _may_be_any(owner: Value) -> bool:
    """Whether the object of an assignment may be an application's in spite of its name: `state = app.state`."""
    if isinstance(owner, Outside):
        return not owner.name or owner.name.rpartition(".")[2] in _BAGS
    return isinstance(owner, Unknown | Nothing)


def _last_name(expr: Expr) -> str:
    if isinstance(expr, facts.Attribute):
        return expr.attr
    return expr.id if isinstance(expr, facts.Name) else ""
