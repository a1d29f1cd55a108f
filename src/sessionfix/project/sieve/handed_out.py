"""Under which names do installed packages hand out factories? Told of the files that the project's names lead into.

As among the project's own files, it begins with the decorators, and goes on with what hands a factory on under another
name (see `suspects`). But less is followed in a package: nothing that is passed, and no function that does more than to
return what a call does. So but a few functions of a few files need to be looked at: those with such a name in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sessionfix.parsing import parse
from sessionfix.project.asked import Asked
from sessionfix.project.modules import Module, ModuleIndex
from sessionfix.project.packages import Packages
from sessionfix.project.sieve.looks import Code, Wanted, look_at
from sessionfix.project.sieve.mentions import Mention
from sessionfix.project.sieve.origins import Namesakes, Origins
from sessionfix.project.sieve.reached import Reached, text_of
from sessionfix.project.sieve.roles import LISTED, MADE, MAKERS, NAMELESS, NO_ROLES, Role, Roles, grown, last_part
from sessionfix.project.sieve.sketch import sketch_of
from sessionfix.project.stubs import MANAGER_TYPES, is_stub_file

if TYPE_CHECKING:
    from sessionfix.project.facts import Import
    from sessionfix.project.sieve.outline import Outline

_CALLS = Wanted(blocks=False, annotations=False)
_EITHER = LISTED


def handed_out(
    packages: Packages,
    index: ModuleIndex,
    texts: Iterable[bytes],
    decorators: Iterable[str],
    factories: Iterable[str],
) -> HandedOut:
    """What installed packages hand out to a project of these texts; `decorators` and `factories` are the settings'."""
    makers = frozenset({*MAKERS, *map(last_part, decorators)})
    seeds = {**dict.fromkeys({*makers, *MANAGER_TYPES}, MADE), **dict.fromkeys(map(last_part, factories), LISTED)}
    reached = Reached(packages, index.has_installed, frozenset(name.encode() for name in seeds))
    reached.follow(texts)
    search = _Search(reached, index, makers, seeds)
    search.run()
    return HandedOut(search.result(), reached.beside, reached.asked, reached.size, search.parsed)


@dataclass(frozen=True)
class HandedOut:
    """The names whose call may give a manager, or None if names do not tell; on what that rests.

    There may be more once a file names one of the modules that lie `beside`. So many files were `read`
    and `parsed`.
    """

    names: Mapping[str, Roles] | None
    beside: frozenset[str]
    asked: Asked
    read: int
    parsed: int


@dataclass
class _Package:
    """What is known of a package: the names in its modules, and those of its classes' and objects' attributes."""

    files: Sequence[str]
    modules: dict[str, Roles] = field(default_factory=dict)
    members: dict[str, Roles] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)


@dataclass
class _Search:
    reached: Reached
    index: ModuleIndex
    makers: frozenset[str]
    seeds: Mapping[str, Roles]
    packages: dict[str, _Package] = field(default_factory=dict)
    importers: dict[str, list[_Package]] = field(default_factory=dict)
    sketches: dict[str, bytes] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)  # files that may hand something on
    parsed: int = 0

    def __post_init__(self) -> None:
        is_listed = LISTED in self.seeds.values()  # a function of any package
        for name, files in self.reached.files.items():
            new = set(self.seeds) if is_listed or name in self.reached.seeded else set()
            self.packages[name] = _Package(sorted(files), dict(self.seeds), dict(self.seeds), new)
        for name, imported in self.reached.imports.items():
            for each in imported:
                self.importers.setdefault(each, []).append(self.packages[name])

    @cached_property
    def origins(self) -> Origins:
        return Origins(self, self.reached.code)

    def module(self, file: str, name: str, level: int) -> frozenset[Module | None]:
        """What an import in a package's file leads to: a module of the package itself, or of another one."""
        return frozenset({self.index.find(file, name, level) or (None if level else self._elsewhere(name))})

    def _elsewhere(self, name: str) -> Module | None:
        return self.index.installed(name) if self.index.has_installed(name.partition(".")[0]) else None

    def child(self, module: Module, name: str) -> Module | None:
        """A submodule of a package."""
        return self.index.child(module, name)

    def run(self) -> None:
        """Look at the bytes until they tell no more; only then parse, so that hardly any file is parsed twice."""
        while any(package.new for package in self.packages.values()) and not self._is_hopeless():
            todo: set[tuple[str, str]] = set()
            while todo_now := [(name, package) for name, package in self.packages.items() if package.new]:
                for name, package in todo_now:
                    todo |= {(name, file) for file in self._look_through(name, package)}
            for name, file in sorted(todo):
                if file in self.left:
                    self._follow(name, file)

    def _is_hopeless(self) -> bool:
        """Whether an object may be called or entered to get a factory: then its method's name tells nothing."""
        return any(not NAMELESS.isdisjoint(package.members) for package in self.packages.values())

    def result(self) -> Mapping[str, Roles] | None:
        if self._is_hopeless():
            return None
        found: dict[str, Roles] = {}
        for package in self.packages.values():
            for name, roles in (*package.modules.items(), *package.members.items()):
                if roles & _EITHER:
                    found[name] = found.get(name, NO_ROLES) | (roles & _EITHER)
        return found

    def _grow(
        self, package: str, file: str, modules: Iterable[tuple[str, Roles]], members: Iterable[tuple[str, Roles]]
    ) -> None:
        """Note what a file of a package was found to have."""
        here = self.packages[package]
        new: set[str] = set()
        for name, roles in modules:
            givers = self.origins.givers.setdefault(name, set())
            new.update(grown(here.modules, [(name, roles)]), [name] if roles and file not in givers else [])
            givers |= {file} if roles else set()
        here.new.update(new, grown(here.members, members))
        for importer in self.importers.get(package, ()):
            importer.new.update(new)

    def _modules(self, name: str) -> dict[str, Roles]:
        """The names of a package's modules, and of those of the packages that it imports."""
        found = dict(self.packages[name].modules)
        for each in self.reached.imports[name]:
            for word, roles in self.packages[each].modules.items():
                found[word] = found.get(word, NO_ROLES) | roles
        return found

    def _look_through(self, name: str, package: _Package) -> Iterator[str]:
        """Look at a package's files that have new names in them; these files."""
        new, package.new = frozenset(name.encode() for name in package.new), set()
        modules = self._modules(name)
        for file in package.files:
            names = self._names(file)
            if not new.isdisjoint(names):
                self._look_at(name, file, _roles(names, modules, package.members))
                yield file

    def _names(self, file: str) -> frozenset[bytes]:
        if file not in self.sketches:
            self.sketches[file] = sketch_of(text_of(file)).names
        return frozenset(self.sketches[file].split(b" "))

    def _look_at(self, package: str, file: str, known: Mapping[str, Roles]) -> None:
        code = self.reached.code(file)
        if code is None:
            self.left.add(file)
            return
        members = self.packages[package].members

        def namesakes(file: str, name: str, found: Sequence[Mention]) -> Namesakes | None:
            is_seed = name in self.seeds
            return None if is_seed else Namesakes(self.origins, file, name, found, name in members)

        look = look_at(Code(file, code, text_of(file)), known, self.makers, namesakes, _CALLS, {})
        for one in look.defined:
            found = [(one.name, _EITHER if is_stub_file(file) else frozenset({Role(1, one.is_async)}))]
            self._grow(package, file, found if one.is_global else (), found if one.is_member else ())
        if look.is_left:
            self.left.add(file)

    def _follow(self, package: str, file: str) -> None:
        from sessionfix.project.sieve.links import Known, links_of  # 15 ms that many runs need not pay

        modules, members = self._modules(package), self.packages[package].members
        self.parsed += 1
        outline = _outline(file, _roles(self._names(file), modules, members))
        if outline is not None:
            foreign = self.makers | MANAGER_TYPES
            known = Known(modules, members, {}, foreign, file, self.origins, is_unclear=True)
            links = links_of(outline, known, lambda binding, _: self._finds(file, binding))
            self._grow(package, file, list(links.names()), list(links.members()))

    def _finds(self, file: str, binding: Import) -> bool:
        """Whether an import in a package's file leads to an installed module."""
        is_elsewhere = not binding.level and self.index.has_installed(binding.module.partition(".")[0])
        return is_elsewhere or self.index.find(file, binding.module, binding.level) is not None


def _roles(names: Iterable[bytes], *tables: Mapping[str, Roles]) -> dict[str, Roles]:
    """What is known of those names of which anything is."""
    found = {name.decode(errors="replace"): NO_ROLES for name in names}
    for table in tables:
        for name in found.keys() & table.keys():
            found[name] |= table[name]
    return {name: roles for name, roles in found.items() if roles}


def _outline(file: str, names: Iterable[str]) -> Outline | None:
    """The outline of a package's file, as far as these names matter in it; None if it can't be parsed."""
    from sessionfix.project.sieve.outline import Outline
    from sessionfix.project.sieve.shortened import shortened
    from sessionfix.project.summary.summary import summarise

    text = text_of(file).decode("utf-8", "surrogatepass")
    words = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(names))) + r")\b")
    for each in (shortened(text, words), text):  # the text itself, where it was shortened in a wrong place
        try:
            return Outline(summarise(parse(each)).facts, is_installed=True, is_stub=is_stub_file(file))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None
