"""What the look at one file may ask about the rest of the project."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from sessionfix.diagnostics import ChainStep
from sessionfix.project.factories import Factory
from sessionfix.project.facts import ModuleFacts
from sessionfix.project.lazy import LazyAttributes
from sessionfix.project.references import References
from sessionfix.project.resolve import Resolver
from sessionfix.project.target import Target
from sessionfix.project.trail import Memo, Trail
from sessionfix.project.values import Manager, Resolved, Step


class Knowledge(Protocol):
    """The project, as the analysis of one of its files sees it."""

    @property
    def resolver(self) -> Resolver: ...

    @property
    def trail(self) -> Trail:
        """What notes on what answers rest."""

    @property
    def memory(self) -> Memo[object, object]:
        """Room for what is concluded from other files: it is kept as long as the project."""

    @property
    def lazy(self) -> LazyAttributes:
        """The attributes of the project's models that are loaded when they are read."""

    def target_of(self, file: str) -> Target | None:
        """Another module's tree; None if it can't be read."""

    def facts_of(self, file: str) -> ModuleFacts | None:
        """A module's facts; None if it can't be read."""

    @property
    def in_depth(self) -> Knowledge:
        """The same, with a resolver that also asks who calls a function, and who sets an attribute."""

    def references_of(self, file: str) -> References | None:
        """Who mentions what in a file; None if it can't be read."""

    def files_with(self, word: str, pattern: str, beside: Collection[str] = ()) -> Iterable[str]:
        """The project's files that match a regular expression, in which `NAME` stands for `word`.

        `beside` may have texts of which one stands in each file that matches.
        """

    def files_naming(self, word: str) -> Iterable[str]:
        """The project's files in which a word stands."""

    def files_storing(self, name: str) -> Iterable[str]:
        """The project's files that may give an attribute of this name a value."""

    def files_deriving(self, name: str) -> Iterable[str]:
        """The project's files that may derive a class from one of this name."""

    @property
    def follows_all(self) -> bool:
        """Whether every call is worth following, as there are few."""

    def names_generator(self, name: str) -> bool:
        """Whether the generators of undecorated functions are looked for under this name."""

    def names_factory(self, name: str) -> bool:
        """Whether some definition of this name, anywhere in the project, may be a factory."""

    def names_suspect(self, name: str, *, is_plain: bool = False) -> bool:
        """Whether a call by this name may return a manager; `is_plain`: of no attribute, and in no class's body."""

    @property
    def passes_factories(self) -> bool:
        """Whether any file may hand a factory on, for others to call it."""

    def by_name_alone(self, method: str) -> Resolved | None:
        """The manager that every function of this name in the project returns, if all of them are factories."""

    def factory_of(self, manager: Manager) -> Factory:
        """The factory that a manager comes from, and what it does at exit."""

    def chain_step(self, step: Step) -> ChainStep:
        """A step as people see it."""
