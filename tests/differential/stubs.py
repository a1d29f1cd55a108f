"""Stand-ins for what a project imports from elsewhere: whatever is done with them is recorded."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from differential.recording import Item, Player, Session, World, name_of

EXCEPTIONS = ("Error", "Exception", "Failure")


class Stub:
    """Something that nobody knows: a model, a column, a helper, a class that is built on a session."""

    def __init__(self, world: World, name: str, session: Session | None = None) -> None:
        self._world = world
        self._stub_name = name
        self._session = session

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(self._world, f"{self._stub_name}.{name}", self._session)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        if self._world.in_factory:  # there, what is made elsewhere is the session
            return self._world.session_kind(self._world)
        given = [name_of(argument) for argument in arguments]
        given += [f"{name}={name_of(argument)}" for name, argument in options.items()]
        text = f"{self._stub_name}({', '.join(given)})"
        session = next(filter(None, map(session_in, (*arguments, *options.values()))), self._session)
        self._world.touch(text, session._lease if session else None)
        last_name = self._stub_name.rpartition(".")[2]
        if session is None and not last_name[:1].isupper():
            return text
        number = self._world.new_value()
        if last_name[:1].isupper() and session:
            return Stub(self._world, f"{last_name}#{number}", session)
        return Item(self._world, session, f"item#{number}")

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __enter__(self) -> object:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        """Nothing is swallowed."""


def session_in(value: object) -> Session | None:
    session = value._session() if isinstance(value, Player) else value
    return session if isinstance(session, Session) else None


def stub_module(world: World, name: str) -> ModuleType:
    """A module in which every name is there."""
    module = ModuleType(name)

    def lookup(attribute: str) -> object:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        value: object = Stub(world, attribute)
        if attribute.endswith(EXCEPTIONS):
            value = exception_class(world, attribute)
        setattr(module, attribute, value)
        return value

    module.__getattr__ = lookup  # type: ignore[method-assign]
    return module


def exception_class(world: World, name: str) -> type[Exception]:
    """An exception that notes which work was pending when it came up."""

    def __init__(self: Exception, *arguments: object) -> None:  # noqa: N807 (it becomes that method)
        Exception.__init__(self, *arguments)
        world.expose()

    return type(name, (Exception,), {"__init__": __init__})
