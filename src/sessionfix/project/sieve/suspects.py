"""The names that may be a factory's in a project, and the files that do something with one that may matter.

It begins with `contextmanager`. Each file that has a new name in its sketch is looked at: what stands under a decorator
is a new name; where a mention is left that its line does not explain, the file is parsed, and what it hands on under
other names makes new names, until there are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from sessionfix.project.sieve.code import code_alone
from sessionfix.project.sieve.mentions import Decorated, Mention, mentions
from sessionfix.project.sieve.origins import STAR, Modules, Namesakes, Origins
from sessionfix.project.sieve.roles import NO_ROLES, Passing, Role, Roles
from sessionfix.project.sieve.sketch import FileSketch

if TYPE_CHECKING:
    from sessionfix.project.facts import Import
    from sessionfix.project.sieve.outline import Outline

K = TypeVar("K")

MAKERS = ("contextmanager", "asynccontextmanager")
MADE = frozenset({Role(2, is_async=False), Role(2, is_async=True)})
LISTED = frozenset({Role(1, is_async=False), Role(1, is_async=True)})
# An object that is called or entered is not called by the name of its method.
NAMELESS = frozenset({"__call__", "__enter__", "__aenter__"})
_MANY = 50  # files to be parsed
_ODD_CALL = re.compile(rb"[)\]][ \t\f]*\(")


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

    def may_change_with(self, changed: Mapping[str, FileSketch]) -> bool:
        """Whether something else may be told once some files have other contents, of which these are the sketches."""
        words = frozenset(word.encode(errors="surrogateescape") for word in self.words)
        names = (sketch.words for sketch in changed.values())
        return self.names is None or not self.read.isdisjoint(changed) or not all(map(words.isdisjoint, names))

    @property
    def judged(self) -> tuple[frozenset[str], ...]:
        """The files, by what is said of them."""
        return self.files, self.seen, self.unread, self.own


@dataclass(frozen=True)
class Wanted:
    """What is looked for besides calls: what is wrong in blocks that are entered rightly, or in annotations."""

    blocks: bool = True
    annotations: bool = True


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
    foreign = frozenset(makers | set(map(last_part, factories)))
    search = _Search(sources, frozenset(makers), foreign, wanted, handed_out, new=set(handed_out))
    search.add((name, MADE) for name in makers)
    search.add((last_part(name), LISTED) for name in factories)
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
    modules: dict[str, Roles] = field(default_factory=dict)
    members: dict[str, Roles] = field(default_factory=dict)
    passed: dict[Passing, Roles] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    codes: dict[str, bytes | None] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    outlines: dict[str, Outline | None] = field(default_factory=dict)
    local: dict[str, frozenset[str]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

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
        while self.new and not self._is_hopeless():
            new, self.new = frozenset(name.encode() for name in self.new), set()
            for file in self._files_with(new):
                self._look_at(file)
                self._follow(file)

    def _is_hopeless(self) -> bool:
        """Whether the names tell nothing, or are so common that the search for more would cost more than it saves."""
        is_common = len(self.outlines) > max(_MANY, len(self.sources.files) // 4)
        return is_common or not NAMELESS.isdisjoint(self.members)

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
        if (look.is_left or self._defines_receiver(file, names)) and file not in self.outlines:
            self.outlines[file] = self.sources.outline(file)

    def _look(self, file: str, names: set[str]) -> Look:
        code = self._code(file)
        if code is None:
            return _ANYTHING
        text = self.sources.text(file) if any(maker in names for maker in self.makers) else b""
        roles = self._roles(names)
        self.own |= {file} if roles else set()
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

        known = Known(self.modules, self.members, self.passed, self.foreign, file, self.origins, self.handed_out)
        links = links_of(outline, known, lambda binding, guarded: self.sources.finds(file, binding, guarded))
        self.local[file] = frozenset(links.local())
        self._bind(file, links.names())
        self.new.update(grown(self.members, list(links.members())))
        self.new.update(passing.callee for passing in grown(self.passed, list(links.passed())))

    # the outcome

    def result(self) -> Suspects:
        names = frozenset({*self.modules, *self.members, *self.handed_out})
        words = names.union(passing.callee for passing in self.passed)
        seen, read = frozenset(self.looks), frozenset(self.codes)
        unread = frozenset(file for file, outline in self.outlines.items() if outline is None)
        if self._is_hopeless():
            return Suspects(None, frozenset(), words, seen, read, unread, seen)
        files = frozenset(file for file in self.sources.files if file in unread or self._is_suspect(file))
        return Suspects(names.union(*self.local.values()), files, words, seen, read, unread, frozenset(self.own))

    def _is_suspect(self, file: str) -> bool:
        if self.sources.sketch(file).is_closed:
            return True
        look = self.looks.get(file)
        return look is not None and (look.is_called or bool(self.local.get(file)))


def grown(table: dict[K, Roles], found: Iterable[tuple[K, Roles]]) -> Iterator[K]:
    """Add what was found to a table; the keys that have more roles than before."""
    for key, roles in found:
        if not roles <= table.get(key, NO_ROLES):
            table[key] = table.get(key, NO_ROLES) | roles
            yield key


@dataclass(frozen=True)
class Look:
    """What a file does with suspect names: it defines some, hands some on perhaps, and may misuse calls of some."""

    defined: tuple[Decorated, ...] = ()
    is_left: bool = False  # its outline has to tell what it hands on
    is_called: bool = False  # or what else is looked for may be there


_ANYTHING = Look(is_left=True, is_called=True)


@dataclass(frozen=True)
class Code:
    """A file's code alone, and its whole text."""

    file: str
    code: bytes
    text: bytes


NamesakesOf = Callable[[str, str, Sequence[Mention]], Namesakes | None]


def look_at(
    code: Code,
    roles: Mapping[str, Roles],
    makers: frozenset[str],
    namesakes: NamesakesOf,
    wanted: Wanted,
    handed_out: Mapping[str, Roles],
) -> Look:
    """How suspect names are used in a file, as far as bytes tell; and how those are called that are `handed_out`."""
    defined: list[Decorated] = []
    left: list[Mention] = []
    wrong = False
    is_decorated_oddly = False
    for name, known in roles.items():
        found = list(mentions(code.code, name.encode()))
        if name in makers:
            made = [one.decorated(code.text) for one in found]
            defined += filter(None, made)
            odd = [one for one, by in zip(found, made, strict=True) if by is None and not one.is_quiet]
        else:
            matters = [one for one in found if _matters(one, known, wanted)] if _is_bound(code.code, found) else []
            odd = matters if _comes_from_elsewhere(code.code, found) else [one for one in matters if not one.is_plain]
            others = namesakes(code.file, name, found)
            odd = [one for one in odd if others is None or not others.has(one)]
        handing = [one for one in odd if not (one.is_call and _ends(one, known))]
        wrong |= len(handing) < len(odd)
        left += handing
        is_decorated_oddly |= bool(odd) and any(role.calls > 1 for role in known)
    for name, known in handed_out.items():
        found = list(mentions(code.code, name.encode()))
        taken = [one for one in found if _is_taken_over(one, known, wanted)] if _is_bound(code.code, found) else []
        handing = [one for one in taken if not (one.is_call and _ends(one, known))]
        wrong |= len(handing) < len(taken)
        left += handing
    called = wrong or any(one.is_call for one in left) or bool(left and _ODD_CALL.search(code.code))
    annotated = is_decorated_oddly or any(not one.is_told_plainly for one in defined)
    return Look(tuple(defined), bool(left), called or (wanted.annotations and annotated))


def _ends(call: Mention, roles: Roles) -> bool:
    """Whether what a call of a factory returns goes nowhere from there."""
    return all(role.calls <= 1 for role in roles) and call.hands_nothing_on


def _is_bound(code: bytes, found: list[Mention]) -> bool:
    """Whether the file has the name from anywhere: else it is a builtin's."""
    return any(not one.is_call or one.is_attribute or one.is_definition for one in found) or bool(STAR.search(code))


def _comes_from_elsewhere(code: bytes, found: list[Mention]) -> bool:
    """Whether a plain name may be what others call so: else it is a variable, and what it is given tells."""
    return any(one.is_imported or one.is_definition for one in found) or bool(STAR.search(code))


def _is_taken_over(mention: Mention, roles: Roles, wanted: Wanted) -> bool:
    """Whether what a package hands out may be called wrongly, or be imported under another name."""
    return _matters(mention, roles, wanted) if mention.is_call else mention.is_imported and not mention.is_import


def _matters(mention: Mention, roles: Roles, wanted: Wanted) -> bool:
    """Whether a mention may be a misuse, or hand something on."""
    if not mention.is_call:
        return not mention.is_quiet
    if mention.is_definition or all(role.calls == 0 for role in roles):
        return False
    role, *others = roles
    return bool(others) or role.calls > 1 or not mention.enters(is_async=role.is_async, blocks_matter=wanted.blocks)
