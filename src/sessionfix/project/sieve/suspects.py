"""The names that may be a factory's in a project, and the files that do something with one that may matter.

It begins with `contextmanager`. Each file that has a new name in its sketch is looked at: what stands under a decorator
is a new name; where a mention is left that its line does not explain, the file is parsed, and what it hands on under
other names makes new names, until there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from sessionfix.project.sieve.code import code_alone
from sessionfix.project.sieve.looks import ANYTHING, Code, Look, Wanted, look_at
from sessionfix.project.sieve.mentions import Decorated, Mention, mentions
from sessionfix.project.sieve.origins import Modules, Namesakes, Origins
from sessionfix.project.sieve.roles import ITSELF, NAMELESS, NO_ROLES, Passing, Role, Roles, of_objects, suspect
from sessionfix.project.sieve.sketch import FileSketch

if TYPE_CHECKING:
    from sessionfix.project.facts import Expr, Import
    from sessionfix.project.sieve.lineage import Defined
    from sessionfix.project.sieve.outline import Outline

K = TypeVar("K")

MAKERS = ("contextmanager", "asynccontextmanager")
MADE = frozenset({Role(2, is_async=False), Role(2, is_async=True)})
NULL = "nullcontext"
NULLS = frozenset({Role(1, is_async=False, is_null=True)})
LISTED = frozenset({Role(1, is_async=False), Role(1, is_async=True)})
_DERIVED = re.compile(rb"\bclass[ \t\f]+[\w\x80-\xff]+[ \t\f]*(?:\[[^\n]*\])?\((?![ \t\f]*\))")
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


@dataclass(frozen=True)
class Suspects:
    """The answer: the names whose calls may be a factory's, and the files that have such calls left.

    Where `names` is None, nothing can be told by names, and every file has to be looked at. It rests on the files in
    which one of the `words` stands: those are `seen`. And on those that were `read` for what names in these mean. What
    was to be parsed and could not be is `unread`. In `own` a name stands that may be of the project. What packages have
    `handed_out`, which tells nothing where it is None, may be more once a file names a module that lies `beside`.
    """

    names: frozenset[str] | None
    files: frozenset[str]
    words: frozenset[str]
    seen: frozenset[str]
    read: frozenset[str]
    unread: frozenset[str]
    own: frozenset[str]
    handed_out: Mapping[str, Roles] | None = None
    beside: frozenset[str] = frozenset()

    def has(self, file: str) -> bool:
        return self.names is None or file in self.files

    def may_define_one(self, file: str) -> bool:
        """Whether a file may have a factory of its own."""
        return self.names is None or file in self.own

    def may_change_with(self, changed: Mapping[str, FileSketch]) -> bool:
        """Whether something else may be told once some files have other contents, of which these are the sketches.

        No more can be told than that every file has to be looked at: that is not told anew.
        """
        if self.names is None:
            return False
        words = frozenset(word.encode(errors="surrogateescape") for word in self.words)
        names = (sketch.words for sketch in changed.values())
        return not self.read.isdisjoint(changed) or not all(map(words.isdisjoint, names))

    @property
    def judged(self) -> tuple[frozenset[str], ...]:
        """The files, by what is said of them."""
        return self.files, self.seen, self.unread, self.own


def find_suspects(
    sources: Sources,
    decorators: Iterable[str],
    factories: Iterable[str],
    wanted: Wanted,
    handed_out: Mapping[str, Roles],
) -> Suspects:
    """The suspects of a project.

    `decorators` and `factories` are the settings', `handed_out` the names that installed packages have for factories.
    """
    makers = {*MAKERS, *map(last_part, decorators)}
    listed = frozenset(map(last_part, factories))
    foreign = frozenset({*makers, *listed, NULL})
    search = _Search(sources, frozenset(makers), foreign, wanted, handed_out, listed, new=set(handed_out))
    search.add((name, MADE) for name in makers)
    search.add((name, LISTED) for name in listed)
    search.run()
    return search.result()


def last_part(name: str) -> str:
    """The name itself of what the settings name."""
    return re.split("[.:]", name)[-1]


@dataclass
class _Search:
    sources: Sources
    makers: frozenset[str]
    foreign: frozenset[str]
    wanted: Wanted
    handed_out: Mapping[str, Roles]
    listed: frozenset[str]
    modules: dict[str, Roles] = field(default_factory=dict)
    members: dict[str, Roles] = field(default_factory=dict)
    passed: dict[Passing, Roles] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    codes: dict[str, bytes | None] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    outlines: dict[str, Outline | None] = field(default_factory=dict)
    local: dict[str, frozenset[str]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    hiding: set[str] = field(default_factory=lambda: {ITSELF})  # attributes that a subclass may have other ones of
    heirs: dict[Defined, dict[str, Roles]] = field(default_factory=dict)
    new_heirs: set[str] = field(default_factory=set)  # files with classes whose subclasses have something new
    is_unclear: bool = False  # of which classes others derive

    @cached_property
    def origins(self) -> Origins:
        return Origins(self.sources, self._code)

    def _code(self, file: str) -> bytes | None:
        if file not in self.codes:
            self.codes[file] = code_alone(self.sources.text(file))
        return self.codes[file]

    def add(self, found: Iterable[tuple[str, Roles]]) -> None:
        """Add names that may be those of modules and of classes."""
        for name, roles in found:
            self.new.update(grown(self.modules, [(name, roles)]), grown(self.members, [(name, roles)]))

    def _roles(self, names: Iterable[str]) -> dict[str, Roles]:
        found = {name: self.modules.get(name, NO_ROLES) | self.members.get(name, NO_ROLES) for name in names}
        return {name: roles for name, roles in found.items() if roles}

    def run(self) -> None:
        while (self.new or self.new_heirs) and not self._is_hopeless():
            new, self.new = frozenset(name.encode() for name in self.new), set()
            new_heirs, self.new_heirs = self.new_heirs, set()
            for file in self._files_with(new):
                self._look_at(file)
                self._follow(file)
            for file in sorted(new_heirs):
                self._follow(file)

    def _is_hopeless(self) -> bool:
        """Whether the names tell nothing, or are so common that the search for more would cost more than it saves."""
        if len(self.outlines) > max(_MANY, len(self.sources.files) // 4) or not NAMELESS.isdisjoint(self.listed):
            return True
        return self.is_unclear and not NAMELESS.isdisjoint(self.members)

    def _files_with(self, names: frozenset[bytes]) -> Iterator[str]:
        for file in self.sources.files:
            sketch = self.sources.sketch(file)
            if sketch.has_any(names):
                yield file

    def _look_at(self, file: str) -> None:
        names = {name.decode(errors="replace") for name in self.sources.sketch(file).words}
        look = self._look(file, names)
        self.looks[file] = look
        for one in look.defined:
            found = (one.name, frozenset({Role(1, one.is_async)}))
            self._bind(file, [found] if one.is_global else [])
            self.new.update(grown(self.members, [found] if one.is_member else []))
        if look.is_left or self._defines_receiver(file, names) or self._has_telling_class(file, look.defined):
            self._outline(file)

    def _outline(self, file: str) -> Outline | None:
        if file not in self.outlines:
            self.outlines[file] = self.sources.outline(file)
        return self.outlines[file]

    def _look(self, file: str, names: set[str]) -> Look:
        code = self._code(file)
        if code is None:
            return ANYTHING
        roles = self._roles(names)
        needs_text = any(maker in names for maker in self.makers) or any(map(of_objects, roles.values()))
        text = self.sources.text(file) if needs_text else b""
        self.own |= {file} if any(map(_of_functions, roles.values())) else set()
        handed_out = {name: self.handed_out[name] for name in self.handed_out.keys() & names}
        return look_at(Code(file, code, text), roles, self.makers, self._namesakes, self.wanted, handed_out)

    def _namesakes(self, file: str, name: str, found: Sequence[Mention]) -> Namesakes | None:
        """What tells mentions of others of this name; None where the name counts wherever it comes from."""
        is_member = name in self.members
        return None if name in self.foreign else Namesakes(self.origins, file, name, found, is_member)

    def _defines_receiver(self, file: str, names: set[str]) -> bool:
        """Whether it defines a function or class to which something is passed."""
        callees = {passing.callee for passing in self.passed} & names
        code = self._code(file) or b""
        return any(one.is_definition for name in callees for one in mentions(code, name.encode()))

    def _has_telling_class(self, file: str, defined: Iterable[Decorated]) -> bool:
        """Whether objects of a class here are called for a manager, or bases of it may find factories in `self`."""
        members = {one.name for one in defined if one.is_member}
        is_hidden = not members.isdisjoint(self.hiding) and _DERIVED.search(self._code(file) or b"") is not None
        return is_hidden or not members.isdisjoint(NAMELESS)

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
        )
        links = links_of(outline, known, lambda binding, guarded: self.sources.finds(file, binding, guarded))
        self.local[file] = frozenset(links.local())
        self._bind(file, links.names())
        self.new.update(grown(self.members, list(links.members())))
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
            else:
                heirs = ((one, self.heirs.setdefault(one, {})) for one in classes)
                self.new_heirs.update(one.file for one, known in heirs if list(grown(known, roles.items())))

    # the outcome

    def result(self) -> Suspects:
        words = frozenset({*self.modules, *self.members, *self.handed_out, *(one.callee for one in self.passed)})
        names = frozenset(self.handed_out).union(*(_suspects(table) for table in (self.modules, self.members)))
        seen, read = frozenset(self.looks), frozenset(self.codes.keys() | self.outlines.keys())
        unread = frozenset(file for file, outline in self.outlines.items() if outline is None)
        if self._is_hopeless():
            return Suspects(None, frozenset(), words, seen, read, unread, seen)
        files = frozenset(file for file in self.sources.files if file in unread or self._is_suspect(file))
        return Suspects(names.union(*self.local.values()), files, words, seen, read, unread, frozenset(self.own))

    def _is_suspect(self, file: str) -> bool:
        if self.sources.sketch(file).is_closed:
            return True
        look = self.looks.get(file)
        return bool(self.local.get(file)) or (look is not None and look.is_called)


def _suspects(table: Mapping[str, Roles]) -> frozenset[str]:
    """The names that may be a factory's."""
    return frozenset(name for name, roles in table.items() if suspect(roles))


def _of_functions(roles: Roles) -> bool:
    """Whether some of these may be a function's, whatever objects there are."""
    return any(not role.of_object and not role.is_null for role in roles)


def grown(table: dict[K, Roles], found: Iterable[tuple[K, Roles]]) -> Iterator[K]:
    """Add what was found to a table; the keys that have more roles than before."""
    for key, roles in found:
        if not roles <= table.get(key, NO_ROLES):
            table[key] = table.get(key, NO_ROLES) | roles
            yield key
