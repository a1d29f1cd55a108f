"""How names spread that may be a factory's: the search through a project's files, until they tell no more.

It begins with `contextmanager`. Each file that has a new name in its sketch is looked at: what stands under a decorator
is a new name; where a mention is left that its line does not explain, the file is parsed, and what it hands on under
other names makes new names, until there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Protocol

from sessionfix.project.everyday import EVERYDAY
from sessionfix.project.sieve.code import Codes
from sessionfix.project.sieve.common import Common
from sessionfix.project.sieve.functions import declares, defines
from sessionfix.project.sieve.looks import ANYTHING, Code, Look, Wanted, look_at
from sessionfix.project.sieve.mentions import Decorated, Mention, mentions
from sessionfix.project.sieve.named import classes_with, has_function
from sessionfix.project.sieve.origins import Modules, Namesakes, Origins, reads_from_bag
from sessionfix.project.sieve.roles import (
    ITSELF,
    NAMELESS,
    NO_ROLES,
    NULL,
    NULLS,
    Passing,
    Role,
    Roles,
    attributes,
    giving,
    grown,
    of_objects,
    union,
)
from sessionfix.project.sieve.sketch import FileSketch

if TYPE_CHECKING:
    from sessionfix.project.facts import Expr, Import
    from sessionfix.project.sieve.lineage import Defined
    from sessionfix.project.sieve.outline import Outline

_DERIVED = re.compile(rb"\bclass[ \t\f]+[\w\x80-\xff]+[ \t\f]*(?:\[[^\n]*\])?\((?![ \t\f]*\))")
_GLOBALS = frozenset({"g"})
_WITH_GLOBALS = re.compile(rb"\b(?:flask|quart)\b")
_TRIES = 5  # files to be parsed
_MANY = 50  # files to be parsed


class Sources(Modules, Protocol):
    """What is asked about a project's files."""

    @property
    def files(self) -> Sequence[str]: ...

    def sketch(self, file: str) -> FileSketch:
        """A file's sketch."""

    def text(self, file: str) -> bytes:
        """A file's content, as it can be searched."""

    def outline(self, file: str) -> Outline | None:
        """A file's outline; None if it can't be parsed."""

    def finds(self, file: str, binding: Import, guarded: bool) -> bool:
        """Whether an import in a file, which may be a script, leads to what may matter."""


@dataclass
class Search:
    """The search; `outlines`, `looks` and the tables of names are what it finds."""

    sources: Sources
    makers: frozenset[str]
    foreign: frozenset[str]
    wanted: Wanted
    handed_out: Mapping[str, Roles]
    listed: frozenset[str]
    modules: dict[str, Roles] = field(default_factory=dict)
    members: dict[str, Roles] = field(default_factory=dict)
    first: dict[str, Roles] = field(default_factory=dict)  # members that came up a moment ago
    having: dict[str, set[str]] = field(default_factory=dict)  # the files that have each of the members
    given: dict[str, Roles] = field(default_factory=dict)  # attributes of any objects
    passed: dict[Passing, Roles] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)  # files to be looked at, whatever is new in them
    looks: dict[str, Look] = field(default_factory=dict)
    outlines: dict[str, Outline | None] = field(default_factory=dict)
    local: dict[str, frozenset[str]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    hiding: set[str] = field(default_factory=lambda: {ITSELF})  # attributes that a subclass may have other ones of
    heirs: dict[Defined, dict[str, Roles]] = field(default_factory=dict)
    new_heirs: set[str] = field(default_factory=set)  # files with classes whose subclasses have something new
    is_unclear: bool = False  # of which classes others derive

    @cached_property
    def common(self) -> Common:
        return Common(self.sources.text)

    @cached_property
    def are_open(self) -> bool:
        """Whether any object may be one whose attributes are given elsewhere: `g` of Flask can have other names."""
        named = (file for files in self._files_with(_GLOBALS).values() for file in files)
        return any(_WITH_GLOBALS.search(self.sources.text(file)) for file in named)

    @cached_property
    def origins(self) -> Origins:
        return Origins(self.sources, self.codes.of)

    @cached_property
    def codes(self) -> Codes:
        return Codes(self.sources.text)

    def add(self, found: Iterable[tuple[str, Roles]]) -> None:
        """Add names that may be those of modules and of classes."""
        for name, roles in found:
            self.new.update(grown(self.modules, [(name, roles)]), grown(self.members, [(name, roles)]))

    def _have(self, file: str, found: Iterable[tuple[str, Roles]]) -> None:
        """Add names of attributes that a file's classes and objects have; new ones count from the next round on."""
        for name, roles in found:
            table = self.members if name in self.members else self.first
            self.new.update(grown(table, [(name, roles)]))
            if roles:
                self.having.setdefault(name, set()).add(file)

    def _roles(self, file: str, names: Iterable[str]) -> dict[str, Roles]:
        found = {name: self.modules.get(name, NO_ROLES) | self._of_attribute(file, name) for name in names}
        return {name: roles for name, roles in found.items() if roles}

    def _of_attribute(self, file: str, name: str) -> Roles:
        """What attributes of this name may be in a file."""
        members = NO_ROLES if self.common.hides(name, file) else self.members.get(name, NO_ROLES)
        is_read = name in self.given and (self.are_open or reads_from_bag(self.sources.text(file), name.encode()))
        return members | (self.given[name] if is_read else NO_ROLES)

    def run(self) -> None:
        while self._goes_on() and not self.is_hopeless():
            new_heirs, self.new_heirs = self.new_heirs, set()
            for file in takewhile(lambda _: not self._are_too_many, self._next()):
                self._look_at(file)
                self._follow(file)
            for file in sorted(new_heirs):
                self._follow(file)

    def _goes_on(self) -> bool:
        if not (self.new or self.new_heirs or self.again):
            self._give_up([name for name, files in self.common.files.items() if not self._is_ambiguous(name, files)])
        return bool(self.new or self.new_heirs or self.again)

    def _give_up(self, attrs: Sequence[str]) -> None:
        """Follow attributes by name that were followed by class."""
        self.common.give_up(attrs)
        self.new.update(attrs)

    def _next(self) -> list[str]:
        """The files to be looked at for what is new, in their order."""
        new, self.new = self.new, set()
        todo, self.again = self.again, set()
        files = self._files_with(new)
        for name in self._settled(files):
            todo |= self.having[name]
        everywhere = self.modules.keys() | self.handed_out.keys() | self.hiding
        callees = {one.callee for one in self.passed}
        for name in new:
            found = files.get(name, ())
            todo.update(found if name in everywhere else (file for file in found if self._of_attribute(file, name)))
            todo.update(file for file in found if name in callees and declares(self.sources.text(file), name.encode()))
            todo.update(self.common.name(name, attributes(self._known(name))))
        return sorted(todo)

    def _known(self, name: str) -> Roles:
        return union(table.get(name, NO_ROLES) for table in (self.modules, self.members, self.given))

    def _settled(self, files: Mapping[str, Sequence[str]]) -> list[str]:
        """Settle how members that came up are followed: by name, or by class (these) if few files name the classes."""
        first, self.first = self.first, {}
        self.members.update(first)
        many = [name for name, roles in first.items() if giving(roles) and self.common.are_many(files.get(name, ()))]
        classes = {name: set(self._classes_with(name)) for name in many if self._is_told(name)}
        naming = self._files_with(set().union(*classes.values()))
        for name, owners in classes.items():
            among = set().union(*(naming.get(owner, ()) for owner in owners))
            if self.common.are_fewer(among, files[name]) and self._is_ambiguous(name, files[name]):
                self.common.follow(name, files[name])
        return [name for name in classes if name in self.common.files]

    def _is_told(self, name: str) -> bool:
        """Whether it can be told which classes have an attribute."""
        is_special = name in self.foreign or name in NAMELESS or self.is_unclear
        return not is_special and None not in map(self._outline, sorted(self.having[name]))

    def _classes_with(self, name: str) -> Iterator[str]:
        outlines = map(self._outline, self.having[name])
        return (one for outline in outlines if outline for one in classes_with(name, outline.facts.scopes))

    def _is_ambiguous(self, name: str, files: Iterable[str]) -> bool:
        """Whether functions of other files have this name, that are no factories: then the name alone tells nothing."""
        known = self.having[name] | self.origins.givers.get(name, set())
        unknown = (file for file in files if file not in known and name not in self.local.get(file, ()))
        others = (file for file in unknown if defines(self.sources.text(file), {name.encode()}))
        outlines = map(self._outline, islice(others, _TRIES))
        return name in EVERYDAY or any(outline and has_function(name, outline.facts.scopes) for outline in outlines)

    def is_hopeless(self) -> bool:
        """Whether the names tell nothing, or are so common that the search for more would cost more than it saves."""
        if self._are_too_many or not NAMELESS.isdisjoint(self.listed):
            return True
        return self.is_unclear and any(giving(self._known(name)) for name in NAMELESS)

    @property
    def _are_too_many(self) -> bool:
        return len(self.outlines) > max(_MANY, len(self.sources.files) // 4)

    def is_suspect(self, file: str) -> bool:
        """Whether a file, as far as it can be read, has calls left that may be wrong, or else what is wanted."""
        look = self.looks.get(file)
        is_left = bool(self.local.get(file)) or (look is not None and look.is_called)
        return is_left or self.sources.sketch(file).is_closed

    @property
    def words(self) -> frozenset[str]:
        """The names without which a file has nothing to do with what was found."""
        globals_ = _GLOBALS if self.given else ()
        tables = (self.modules, self.members, self.given, self.handed_out, globals_)
        return frozenset(one.callee for one in self.passed).union(*tables)

    def _files_with(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The files that have each of these names in their sketches."""
        words = {name.encode(): name for name in names}
        found: dict[str, list[str]] = {}
        for file in self.sources.files if words else ():
            for word in words.keys() & self.sources.sketch(file).words:
                found.setdefault(words[word], []).append(file)
        return found

    def _look_at(self, file: str) -> None:
        names = {name.decode(errors="replace") for name in self.sources.sketch(file).words}
        look = self._look(file, names)
        self.looks[file] = look
        for one in look.defined:
            found = (one.name, frozenset({Role(1, one.is_async)}))
            self._bind(file, [found] if one.is_global else [])
            self._have(file, [found] if one.is_member else [])
        if look.is_left or self._defines_receiver(file, names) or self._has_telling_class(file, look.defined):
            self._outline(file)

    def _outline(self, file: str) -> Outline | None:
        if file not in self.outlines:
            self.outlines[file] = self.sources.outline(file)
        return self.outlines[file]

    def _look(self, file: str, names: set[str]) -> Look:
        code = self.codes.of(file)
        if code is None:
            return ANYTHING
        roles = self._roles(file, names)
        needs_text = any(maker in names for maker in self.makers) or any(map(of_objects, roles.values()))
        text = self.sources.text(file) if needs_text else b""
        self.own |= {file} if any(map(_of_functions, roles.values())) else set()
        handed_out = {name: self.handed_out[name] for name in self.handed_out.keys() & names}
        return look_at(Code(file, code, text), roles, self.makers, self._namesakes, self.wanted, handed_out)

    def _namesakes(self, file: str, name: str, found: Sequence[Mention]) -> Namesakes | None:
        """What tells mentions of others of this name; None where the name counts wherever it comes from."""
        is_member = bool(self._of_attribute(file, name))
        return None if name in self.foreign else Namesakes(self.origins, file, name, found, is_member)

    def _defines_receiver(self, file: str, names: set[str]) -> bool:
        """Whether it defines a function or class to which something is passed."""
        callees = {passing.callee for passing in self.passed} & names
        code = self.codes.of(file) or b""
        return any(one.is_definition for name in callees for one in mentions(code, name.encode()))

    def _has_telling_class(self, file: str, defined: Iterable[Decorated]) -> bool:
        """Whether objects of a class here are called for a manager, or bases of it may find factories in `self`."""
        members = {one.name for one in defined if one.is_member}
        is_hidden = not members.isdisjoint(self.hiding) and _DERIVED.search(self.codes.of(file) or b"") is not None
        return is_hidden or not members.isdisjoint(NAMELESS) or any(name in self.common.files for name in members)

    def _bind(self, file: str, found: Iterable[tuple[str, Roles]]) -> None:
        """Add names that a file's module has."""
        for name, roles in found:
            self.new.update(grown(self.modules, [(name, roles)]))
            givers = self.origins.givers.setdefault(name, set())
            if roles and file not in givers:
                givers.add(file)
                self.new.add(name)

    def _follow(self, file: str) -> None:
        outline = self.outlines.get(file)
        if outline is None:
            return
        from sessionfix.project.sieve.links import Known, links_of  # 15 ms that many runs need not pay

        known = Known(
            self.modules,
            self.members,
            self.passed,
            self.foreign,
            file,
            self.origins,
            handed_out=self.handed_out,
            heirs=self.heirs,
            is_unclear=self.is_unclear,
            tells_nulls=not self.listed,
            by_class=self.common.files,
            given=self.given,
            are_open=bool(self.given) and self.are_open,
        )
        links = links_of(outline, known, lambda binding, guarded: self.sources.finds(file, binding, guarded))
        self.local[file] = frozenset(links.local())
        self._bind(file, links.names())
        self._have(file, list(links.members()))
        self.new.update(grown(self.given, list(links.given())))
        self.again |= {file} if self.common.hold(file, links.held()) else set()
        self.new.update(passing.callee for passing in grown(self.passed, list(links.passed())))
        self.add([(NULL, NULLS)] if links.mixing else [])  # only then it matters which functions return one
        self.new.update(links.hiding - self.hiding)
        self.hiding |= links.hiding
        self._hand_up(file, links.handed_up(self.hiding))

    def _hand_up(self, file: str, found: Iterable[tuple[Expr, int, Mapping[str, Roles]]]) -> None:
        """Tell the bases of classes what `self` may have in their methods."""
        from sessionfix.project.sieve.lineage import Lineage, UnclearError

        lineage = Lineage(self.sources, self._outline)
        for base, scope, roles in list(found):
            try:
                classes = lineage.classes(base, file, scope)
            except UnclearError:
                self.new_heirs.update([] if self.is_unclear else self.outlines)
                self.is_unclear = True
                self._give_up(list(self.common.files))
            else:
                heirs = ((one, self.heirs.setdefault(one, {})) for one in classes)
                self.new_heirs.update(one.file for one, known in heirs if list(grown(known, roles.items())))


def _of_functions(roles: Roles) -> bool:
    """Whether some of these may be a function's, whatever objects there are."""
    return any(not role.of_object for role in giving(roles))
