"""The project as it is seen when a parameter's callers and injected attributes are looked into, too."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sessionfix.diagnostics import ChainStep
from sessionfix.project.factories import Factory
from sessionfix.project.facts import ModuleFacts
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.lazy import LazyAttributes
from sessionfix.project.references import References
from sessionfix.project.resolve import Resolver
from sessionfix.project.target import Target
from sessionfix.project.trail import Memo, Trail
from sessionfix.project.values import Manager, Resolved, Step


@dataclass(frozen=True)
class InDepth:
    """What is known of the project, with a resolver that looks further; it takes more time."""

    known: Knowledge
    resolver: Resolver

    @property
    def trail(self) -> Trail:
        return self.known.trail

    @property
    def memory(self) -> Memo[object, object]:
        return self.known.memory

    @property
    def lazy(self) -> LazyAttributes:
        return self.known.lazy

    @property
    def in_depth(self) -> Knowledge:
        return self

    def target_of(self, file: str) -> Target | None:
        return self.known.target_of(file)

    def facts_of(self, file: str) -> ModuleFacts | None:
        return self.known.facts_of(file)

    def references_of(self, file: str) -> References | None:
        return self.known.references_of(file)

    def files_with(self, word: str, pattern: str, beside: Collection[str] = ()) -> Iterable[str]:
        return self.known.files_with(word, pattern, beside)

    def files_naming(self, word: str) -> Iterable[str]:
        return self.known.files_naming(word)

    def files_storing(self, name: str) -> Iterable[str]:
        return self.known.files_storing(name)

    def files_deriving(self, name: str) -> Iterable[str]:
        return self.known.files_deriving(name)

    @property
    def follows_all(self) -> bool:
        return self.known.follows_all

    def names_generator(self, name: str) -> bool:
        return self.known.names_generator(name)

    def names_factory(self, name: str) -> bool:
        return self.known.names_factory(name)

    def names_suspect(self, name: str, *, is_plain: bool = False) -> bool:
        return self.known.names_suspect(name, is_plain=is_plain)

    @property
    def passes_factories(self) -> bool:
        return self.known.passes_factories

    def by_name_alone(self, method: str) -> Resolved | None:
        return self.known.by_name_alone(method)

    def factory_of(self, manager: Manager) -> Factory:
        return self.known.factory_of(manager)

    def chain_step(self, step: Step) -> ChainStep:
        return self.known.chain_step(step)
