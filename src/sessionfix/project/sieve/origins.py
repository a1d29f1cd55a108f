"""Where a name of a file comes from: which module may give it, told from the imports in the code. In doubt, any may."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sessionfix.project.sieve.mentions import Mention, mentions

if TYPE_CHECKING:
    from sessionfix.project.modules import Module

BAGS = frozenset({"app", "application", "current_app", "state", "ctx", "g"})  # their attributes are given elsewhere
_BAG = rb"(?<![\w\x80-\xff])(?:" + b"|".join(word.encode() for word in sorted(BAGS)) + rb")[\s\\)]*\.[\s\\]*"
STAR = re.compile(rb"import[ \t\f(]*\*")
_STARRED = re.compile(rb"\bfrom[ \t\f]*([.]*)[ \t\f]*([\w.\x80-\xff]*)[ \t\f]*import[ \t\f(]*\*")
_FROM = re.compile(rb"(?:^|.*[;:])[ \t\f]*from[ \t\f]*([. \t\f]*)([\w.\x80-\xff]*)[ \t\f]*$")
_PLAIN = re.compile(rb"(?:^|.*[;:])[ \t\f]*$")
_KEYWORD = re.compile(rb"(.*)(?<![\w\x80-\xff])import(?![\w\x80-\xff])(.*)$")
_RENAMED = re.compile(rb"([\w.\x80-\xff]+)[ \t\f]+as[ \t\f]+$")
_IN_FROM = re.compile(rb"(?:^|.*[;:])[ \t\f]*from[ \t\f]+$")
_OWNER = re.compile(rb"(?<![\w.)\]}\"'\x80-\xff])([A-Za-z_\x80-\xff][\w.\x80-\xff]*)\.$")
_SELF_BOUND = re.compile(
    rb"\b(?:self|cls)[ \t\f]*(?:,[^=\n]*|:[^=\n]*)?=(?!=)|\b(?:as|import|for)[ \t\f]+(?:self|cls)\b"
)
_READ_OFF = re.compile(rb"\.")
_LINE_BEFORE = re.compile(rb"[ \t\f]*")
# `log = logging.getLogger(__name__)`: a call with nothing to hand over
_MADE = re.compile(
    rb"[ \t\f]*(?::[ \t\f\w.\x80-\xff]*)?=[ \t\f]*([A-Za-z_\x80-\xff][\w.\x80-\xff]*)"
    rb"\([ \t\f]*(?:__name__|\"[ ]*\"|'[ ]*')?[ \t\f]*\)[ \t\f]*(?:\n|\Z)"
)
_LONGEST = 200  # bytes of an owner


class Modules(Protocol):
    """What is asked about a project's modules."""

    def module(self, file: str, name: str, level: int) -> frozenset[Module | None]:
        """What an import in a file may lead to; None stands for what is not of the project."""

    def child(self, module: Module, name: str) -> Module | None:
        """A submodule of a package."""


class Origin(NamedTuple):
    """`import module` (no name) or `from module import name`."""

    module: str
    level: int
    name: str | None


@dataclass(frozen=True)
class Origins:
    """Answers for the files of a project; `code` has a file's code alone, `givers` the files that bind each name."""

    modules: Modules
    code: Callable[[str], bytes | None]
    givers: dict[str, set[str]] = field(default_factory=dict)
    _packages: dict[tuple[Module, str], bool] = field(default_factory=dict)

    def gives(self, file: str, name: str) -> bool:
        """Whether `name` may be imported from a module, as one that has a role."""
        return self._gives(file, name, set())

    def _gives(self, file: str, name: str, seen: set[str]) -> bool:
        if file in seen or not self.givers.get(name):
            return False
        seen.add(file)
        code = self.code(file)
        if code is None or file in self.givers[name]:
            return True
        sources = list(self._sources(code, name))
        if None in sources:
            return True
        modules = (
            one for source in sources if source for one in self.modules.module(file, source.module, source.level)
        )
        return any(one is not None and one.file is not None and self._gives(one.file, name, seen) for one in modules)

    def _sources(self, code: bytes, name: str) -> Iterator[Origin | None]:
        """The imports by which a file gets a name, under this very name; None for one that is hard to read."""
        for star in _STARRED.finditer(code):
            yield Origin(_text(star[2]), len(star[1]), name)
        for mention in mentions(code, name.encode()):
            found = _import_at(mention) if mention.is_import else None
            if mention.is_import and (found is None or found.name == name):
                yield found

    def may_bring(self, file: str, origin: Origin) -> bool:
        """Whether an import in a file may bring a name that has a role."""
        if origin.name is None or origin.name in BAGS:
            return True
        modules = self.modules.module(file, origin.module, origin.level)
        return any(one is not None and one.file is not None and self.gives(one.file, origin.name) for one in modules)

    def may_give(self, file: str, origins: Collection[Origin], parts: Iterable[str], name: str) -> bool:
        """Whether `name` may be had from what imports brought, and from parts of it: `a.b.c` has the parts `b`, `c`."""
        found: frozenset[Module | None] | None = frozenset()
        for one in origins:
            there = self._imported(file, one)
            found = None if found is None or there is None else found | there
        for part in parts:
            found = self._below(found, part) if found is not None and part not in BAGS else None
        if not found:
            return True
        return any(one is not None and one.file is not None and self.gives(one.file, name) for one in found)

    def are_outside(self, file: str, origins: Iterable[Origin]) -> bool:
        """Whether imports lead to nothing of the project."""
        return all(self.modules.module(file, one.module, one.level) == {None} for one in origins)

    def _imported(self, file: str, origin: Origin) -> frozenset[Module | None] | None:
        """The modules that an import may bring; None if it may bring something else."""
        modules = self.modules.module(file, origin.module, origin.level)
        if origin.name is None:
            return modules
        return self._below(modules, origin.name) if origin.name not in BAGS else None

    def _below(self, packages: frozenset[Module | None], name: str) -> frozenset[Module | None] | None:
        """The submodules that `name` is in packages; None if it may be something else."""
        if not all(one is None or self._has_submodule(one, name) for one in packages):
            return None
        return frozenset(one and self.modules.child(one, name) for one in packages)

    def _has_submodule(self, module: Module, name: str) -> bool:
        """Whether `name` in a package is its submodule, and nothing that its own file calls so."""
        key = module, name
        if key not in self._packages:
            self._packages[key] = self.modules.child(module, name) is not None and self._leaves(module, name)
        return self._packages[key]

    def _leaves(self, module: Module, name: str) -> bool:
        """Whether a package's own file does not bind a name, but for importing the submodule."""
        if module.file is None:
            return True
        code = self.code(module.file)
        if code is None:
            return False
        return all(
            one is not None
            and one.name == name
            and self.modules.module(module.file, one.module, one.level) == frozenset({module})
            for one in map(_import_of, _bindings(code, name.encode()))
        )


@dataclass(frozen=True)
class Namesakes:
    """Knows which of the mentions `found` of a name in a file are of something else, that has no role.

    `is_member`: objects of a class may have the name.
    """

    origins: Origins
    file: str
    name: str
    found: Sequence[Mention]
    is_member: bool
    _owners: dict[bytes, bool] = field(default_factory=dict)

    def has(self, one: Mention) -> bool:
        """Whether a mention is of something else."""
        if not one.is_attribute:
            return self.is_imported_from_elsewhere
        owner = _OWNER.search(b"?" + one.before[-_LONGEST:])
        if owner is None or len(owner[1]) >= _LONGEST - 1:  # there may be more of it
            return False
        if owner[1] not in self._owners:
            self._owners[owner[1]] = self._is_elsewhere(one.code, owner[1])
        return self._owners[owner[1]]

    @cached_property
    def is_imported_from_elsewhere(self) -> bool:
        """Whether the plain name is nothing but what the file imports from modules that do not give it."""
        plain = [one for one in self.found if not one.is_attribute and (one.is_definition or not one.is_call)]
        imports = [_import_at(one) if one.is_import else None for one in plain]
        if not imports or self.file in self.origins.givers.get(self.name, ()):
            return False
        return all(one is not None and not self.origins.may_bring(self.file, one) for one in imports)

    def _is_elsewhere(self, code: bytes, owner: bytes) -> bool:
        """Whether `owner` is a module that does not give the name, or not of the project; or a method's `self`."""
        if owner in (b"self", b"cls"):
            return not self.is_member and not _SELF_BOUND.search(code)
        first, *rest = _text(owner).split(".")
        bindings = list(_bindings(code, first.encode()))
        imports = [_import_of(one) for one in bindings]
        origins = [one for one in imports if one is not None]
        if len(origins) < len(imports):
            return all(one is not None and self._is_made_outside(one) for one in bindings)
        return not self.origins.may_give(self.file, origins, rest, self.name)

    def _is_made_outside(self, binding: Mention) -> bool:
        """Whether a name is given what a call makes that leads out of the project."""
        made = _MADE.match(binding.code, binding.end) if _LINE_BEFORE.fullmatch(binding.before) else None
        if made is None:
            return False
        maker = _text(made[1]).partition(".")[0]
        imports = [_import_of(one) for one in _bindings(binding.code, maker.encode())]
        origins = [one for one in imports if one is not None]
        return len(origins) == len(imports) and self.origins.are_outside(self.file, origins)


def reads_from_bag(text: bytes, attr: bytes) -> bool:
    """Whether a file may read an attribute from an object whose attributes are given elsewhere."""
    return re.search(_BAG + re.escape(attr) + rb"(?![\w\x80-\xff])", text) is not None


def _bindings(code: bytes, word: bytes) -> Iterator[Mention | None]:
    """The places in which a word may be bound; None for a star, which may bind any."""
    if STAR.search(code):
        yield None
    for one in mentions(code, word):
        if not one.is_attribute and (one.is_imported or not _is_read(one)):
            yield one


def _import_of(binding: Mention | None) -> Origin | None:
    """The import that a binding is; None if it may be something else."""
    return _import_at(binding) if binding is not None and binding.is_import else None


def _is_read(mention: Mention) -> bool:
    """Whether a word is looked into, or called, or is a module from which something is imported."""
    if mention.is_call:
        return not mention.is_definition
    return bool(_READ_OFF.match(mention.code, mention.end) or _IN_FROM.fullmatch(mention.before))


def _import_at(mention: Mention) -> Origin | None:
    """The import that binds a name at a mention; None if that is hard to tell."""
    found = _KEYWORD.fullmatch(mention.before)
    if found is None:
        return None
    renamed = _RENAMED.search(found[2][-_LONGEST:])
    word = _text(mention.code[mention.start : mention.end])
    original = _text(renamed[1]) if renamed else word
    if source := _FROM.fullmatch(found[1]):
        return Origin(_text(source[2]), source[1].count(b"."), original)
    return Origin(original, 0, None) if _PLAIN.fullmatch(found[1]) else None


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
