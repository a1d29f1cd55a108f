"""What the call of something that is not of the project returns, where that is well known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionfix.project import facts
from sessionfix.project.dependencies import makes_provider
from sessionfix.project.values import (
    GIVEN,
    OUTSIDE,
    UNKNOWN,
    ClassValue,
    Closure,
    Function,
    Instance,
    Manager,
    Outside,
    Place,
    Resolved,
    is_typing,
)

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

_SESSION_MAKERS = frozenset(
    {"sessionmaker", "async_sessionmaker", "Session", "AsyncSession", "scoped_session", "async_scoped_session"}
)
_ABOUT_ARGUMENT = frozenset(
    {
        "builtins.staticmethod",
        "builtins.type",
        "functools.partial",
        "functools.update_wrapper",
        "functools.wraps()",
        "werkzeug.local.LocalProxy",
    }
)
NO_EXPIRY = "(expire_on_commit=False)"


@dataclass(frozen=True)
class OutsideCalls:
    """Calls what the project imports from elsewhere."""

    resolver: Resolver

    def called(self, callee: Outside, expr: facts.Call, place: Place) -> Resolved:
        """What a call of `callee` gives; an outside value that tells how it was made if nothing is known of it."""
        last = callee.name.rpartition(".")[2]
        if last == "cast" and is_typing(callee) and len(expr.args) == 2:
            return self.resolver.instance_of(expr.args[0], place)
        if makes_provider(callee.name) and expr.args:
            return Resolved(Closure(facts.Call(expr.args[0]), place))
        if is_typing(callee) and last in ("NewType", "TypeVar"):
            return self._new_type(expr, place)
        makes_manager = self.resolver.decorators.makes_manager(callee.name)
        if expr.args and (makes_manager or callee.name in _ABOUT_ARGUMENT):
            given = self.resolver.evaluate(expr.args[0], place)
            return self.made(callee.name, given) if makes_manager else self._of_argument(callee.name, given)
        if self.resolver.decorators.lists(callee.name):
            return Resolved(Manager((), False, callee.name.replace("()", "")))
        installed = (
            self.resolver.installed.manager(callee.name, place) if self._is_called_so(callee, expr, place) else None
        )
        if installed is not None:
            return installed
        maker = _maker_for(callee.name, expr)
        return Resolved(Outside(maker + self._call_text(last, expr, place)) if callee.name else callee)

    def _is_called_so(self, callee: Outside, expr: facts.Call, place: Place) -> bool:
        """Whether something is called by its own name, or by one that an import gives it."""
        own = callee.name.rpartition(".")[2]
        func = expr.func
        if isinstance(func, facts.Attribute):
            return func.attr == own
        home = self.resolver.home(func.id, place) if isinstance(func, facts.Name) else None
        if home is None or not isinstance(func, facts.Name):
            return False
        bindings = self.resolver.scope(place.file, home).bindings[func.id]
        return func.id == own or any(isinstance(one, facts.Import) and one.name == own for one in bindings)

    def _of_argument(self, name: str, given: Resolved) -> Resolved:
        """What a well-known function makes of its first argument."""
        if name == "functools.partial":
            return given if isinstance(given.value, Function | Closure) else Resolved(OUTSIDE)
        if name == "werkzeug.local.LocalProxy":
            found = self.resolver.called(given)
            return found if isinstance(found.value, Instance) else Resolved(OUTSIDE)
        if name == "builtins.type":
            return Resolved(given.value.class_ if isinstance(given.value, Instance) else UNKNOWN)
        return given

    def _new_type(self, expr: facts.Call, place: Place) -> Resolved:
        """The class that `NewType("N", Class)` and `TypeVar("T", bound=Class)` stand for."""
        types = [*expr.args[1:], *(value for word, value in expr.keywords if word == "bound")]
        found = self.resolver.evaluate(types[0], place) if len(types) == 1 else Resolved(OUTSIDE)
        return found if isinstance(found.value, ClassValue) else Resolved(OUTSIDE)

    def _call_text(self, callee: str, expr: facts.Call, place: Place) -> str:
        """How a call is written in an outside name: it keeps `expire_on_commit=False` of session makers."""
        if ("expire_on_commit", facts.Constant(False)) in expr.keywords:
            return NO_EXPIRY
        if callee not in _SESSION_MAKERS:
            return "()"
        maker = (
            self.resolver.evaluate(expr.args[0], place).value
            if callee.endswith("scoped_session") and expr.args
            else None
        )
        return NO_EXPIRY if isinstance(maker, Outside) and NO_EXPIRY in maker.name else "()"

    def made(self, decorator: str, found: Resolved) -> Resolved:
        """What a decorator that makes factories makes of a function."""
        if isinstance(found.value, Function):
            return Resolved(replace(found.value, made=decorator), found.steps)
        return Resolved(Outside(f"{decorator}({GIVEN.name})") if found.value == GIVEN else OUTSIDE)


def _maker_for(name: str, call: facts.Call) -> str:
    """The name of what is called, without a promise (of a session maker) that the call itself may take back."""
    given = {word for word, _ in call.keywords}
    return name.replace(NO_EXPIRY, "()") if given & {"expire_on_commit", "**"} else name
