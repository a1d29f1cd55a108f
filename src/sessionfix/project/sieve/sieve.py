"""The sieve over a project's files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sessionfix.files import FileError, read_source
from sessionfix.parsing import parse
from sessionfix.project.asked import Asked
from sessionfix.project.modules import Module
from sessionfix.project.setup import Setup
from sessionfix.project.sieve.advancing import advances, may_advance, may_enter
from sessionfix.project.sieve.functions import defines
from sessionfix.project.sieve.generators import GeneratorNames, generator_names, generator_names_after
from sessionfix.project.sieve.looks import Wanted
from sessionfix.project.sieve.marks import MARKS, may_give, names_given
from sessionfix.project.sieve.roles import Roles
from sessionfix.project.sieve.shares import Shares
from sessionfix.project.sieve.sketch import FileSketch, searchable, sketch_of
from sessionfix.project.sieve.suspects import Suspects, find_suspects
from sessionfix.project.sites import Use

if TYPE_CHECKING:
    from sessionfix.project.facts import Import, ModuleFacts
    from sessionfix.project.sieve.handed_out import HandedOut
    from sessionfix.project.sieve.outline import Outline

_OF_BLOCKS = frozenset({Use.LEAVES, Use.DOUBLE_CLOSE})
_OF_FACTORIES = frozenset({Use.UNPROTECTED, Use.SWALLOWED, Use.SEVERAL_YIELDS})
_OF_GENERATORS = frozenset({Use.GENERATOR, Use.NEXT})
_TOLD_OTHERWISE = frozenset({Use.DEPENDENCY}) | _OF_FACTORIES | _OF_GENERATORS
# Bytes of a project. To look through 1,000 files of its packages takes as long as to look at so much of it.
LEAST_FOR_PACKAGES = 700_000
_MARKS = frozenset(map(str.encode, MARKS))


@dataclass(frozen=True)
class Sieved:
    """What was told from all files together, as far as somebody has asked.

    `marked` are the files with a dependency's mark, with all names that they may give to one.
    """

    suspects: Suspects | None = None
    generators: GeneratorNames | None = None
    marked: Shares | None = None

    @property
    def given(self) -> frozenset[bytes]:
        """The suspect names that files give to a framework, and that other files may define."""
        given = frozenset[str]().union(*(self.marked or {}).values())
        names = self.suspects.names if self.suspects else None
        return frozenset(name.encode(errors="surrogateescape") for name in given.intersection(names or ()))

    def tells_otherwise(self, before: Sieved, changed: Collection[str]) -> bool:
        """Whether something else is told, than was before, of a file that was not changed."""
        if self.suspects is None or before.suspects is None:
            return False
        pairs = zip(self.suspects.judged, before.suspects.judged, strict=True)
        return not frozenset[str]().union(*(new ^ old for new, old in pairs)) <= frozenset(changed)

    def besides(self, others: Sieved) -> Sieved:
        """What the others lack."""
        return Sieved(
            self.suspects if others.suspects is None else None,
            self.generators if others.generators is None else None,
            self.marked if others.marked is None else None,
        )

    def joined(self, others: Sieved) -> Sieved:
        """This, and what of the others it lacks."""
        return Sieved(
            self.suspects or others.suspects,
            self.generators or others.generators,
            others.marked if self.marked is None else self.marked,
        )


class Sieve:
    """Tells which files of a project, and which calls in them, are worth a look for `uses`.

    With installed packages at hand, the names count under which these hand out factories. Where these can't be told,
    every file and every call is worth a look. What `sieved` holds of these very contents is not told anew.
    """

    def __init__(self, setup: Setup, *, uses: frozenset[Use] = frozenset(Use), sieved: Sieved | None = None) -> None:
        self.files = setup.paths
        self._setup = setup
        self._index = setup.index
        self._packages = setup.packages
        self._uses = uses
        self._wanted = Wanted(blocks=bool(uses & _OF_BLOCKS), annotations=Use.ANNOTATED in uses)
        self._sketches: dict[str, FileSketch] = {}
        self._outlines: dict[str, Outline | None] = {}
        self._found: dict[tuple[str, str, int], frozenset[Module | None]] = {}
        self._judged: dict[str, bool] = {}
        self._before = sieved or Sieved()

    def may_have_sites(self, path: Path | str) -> bool:
        """Whether a file, as it is on the disk, is worth a look: if not, it has no site. Told once."""
        file = str(path)
        if file not in self._judged:
            self._judged[file] = self._may_have_sites(file)
        return self._judged[file]

    def _may_have_sites(self, file: str) -> bool:
        if file not in self._index or self._is_among_packages or self.sketch(file).is_closed:
            return True
        return (bool(self._uses - _TOLD_OTHERWISE) and self.suspects.has(file)) or self._is_told_otherwise(file)

    def _is_told_otherwise(self, file: str) -> bool:
        """Whether something but a factory's call or block may be wrong in a file."""
        if self._uses & _OF_FACTORIES and self.suspects.may_define_one(file):
            return True
        if Use.DEPENDENCY in self._uses and self.marked and self._may_have_dependencies(file):
            return True
        return bool(self._uses & _OF_GENERATORS) and self._may_use_generators(file)

    def _may_use_generators(self, file: str) -> bool:
        """Whether a file may enter the generator of an undecorated function, or advance it."""
        called = self.sketch(file).words
        entered, advanced = (names.intersection(called) for names in (self.generators.names, self.generators.lent))
        if not entered:
            return False
        text = self.text(file)
        return may_enter(text, entered) or (bool(advanced) and advances(called) and may_advance(text, advanced))

    def _may_have_dependencies(self, file: str) -> bool:
        """Whether a file with suspect names may give one to a framework, or define one that a file gives to it."""
        if self.suspects.names is None or file in self.suspects.unread:
            return True
        if file not in self.suspects.seen:
            return False
        named = self.sketch(file).words
        if not _MARKS.isdisjoint(named) and may_give(self.text(file), self._suspect_names):
            return True
        given = self._names_given.intersection(named)
        return bool(given) and defines(self.text(file), given)

    @cached_property
    def marked(self) -> Shares:
        """The files that have a mark of a dependency, with all names that they may give to one."""
        return self._marked(self.files) if self._before.marked is None else self._before.marked

    def _marked(self, files: Iterable[str]) -> Shares:
        marked = [file for file in files if self.sketch(file).has_any(_MARKS)]
        given = {file: frozenset(names_given(self.text(file))) for file in marked}
        return {file: frozenset(name.decode(errors="surrogateescape") for name in each) for file, each in given.items()}

    @cached_property
    def _names_given(self) -> frozenset[bytes]:
        return Sieved(suspects=self.suspects, marked=self.marked).given

    @cached_property
    def _suspect_names(self) -> frozenset[bytes]:
        return frozenset(name.encode(errors="surrogateescape") for name in self.suspects.names or ())

    @cached_property
    def generators(self) -> GeneratorNames:
        """The names of generator functions; none where nobody looks for their uses."""
        return self._before.generators or generator_names(self.files, self.text, self.sketch)

    def names_generator(self, name: str) -> bool:
        """Whether the call of a function of this name may return the generator of an undecorated function."""
        return self._is_among_packages or name.encode(errors="surrogateescape") in self.generators.names

    def names_suspect(self, name: str, *, is_plain: bool = False) -> bool:
        """Whether a call by this name, or one that `is_plain`, without an owner, may return a manager."""
        if self._is_among_packages or self.suspects.names is None:
            return True
        return name in (self.suspects.plain if is_plain else self.suspects.names)

    def naming(self, names: Iterable[str]) -> Iterator[str]:
        """The files that call or define one of these names, read one as an attribute, or import one."""
        wanted = frozenset(name.encode(errors="surrogateescape") for name in names)
        return (file for file in self.files if self.sketch(file).has_any(wanted))

    @cached_property
    def _is_among_packages(self) -> bool:
        """Whether files of the project lie where packages are looked for: then they are taken for a package's, too."""
        return self._packages is not None and any(map(self._packages.owns, self.files))

    @cached_property
    def _handed_out(self) -> HandedOut | None:
        """What installed packages hand out, where they are at hand, and to know it pays."""
        if self._packages is None or self._is_among_packages or self.size(map(Path, self.files)) < LEAST_FOR_PACKAGES:
            return None
        from sessionfix.project.sieve.handed_out import handed_out

        texts = map(self.text, self.files)
        return handed_out(self._packages, self._index, texts, self._setup.decorators, self._setup.factories)

    @property
    def _looked_into(self) -> HandedOut | None:
        """The same, if anybody has asked for it."""
        return vars(self).get("_handed_out")

    def size(self, paths: Iterable[Path]) -> int:
        """How many bytes these files have together."""
        return sum(self.sketch(str(path)).size for path in paths)

    @property
    def sieved(self) -> Sieved:
        """What was told from all files, for another sieve."""
        told = vars(self)  # what nobody has asked for is not there
        return Sieved(told.get("suspects"), told.get("generators"), told.get("marked")).joined(self._before)

    def learn(self, sieved: Sieved) -> None:
        """Take over what was told elsewhere from the same files."""
        self._before = self._before.joined(sieved)

    def may_tell_otherwise(self, before: Sieved, changed: Collection[str]) -> bool:
        """Whether the suspects may be others than they were before some files were changed."""
        return before.suspects is not None and self._may_be_others(before.suspects, changed)

    def _may_be_others(self, before: Suspects, changed: Collection[str]) -> bool:
        return before.may_change_with({file: self.sketch(file) for file in changed})

    def take_up(self, before: Sieved, changed: Collection[str]) -> bool:
        """Go on from what was told before some files were changed; whether that holds: no other names come of these.

        The other files are read only where a changed one had to do with the suspects.
        """
        suspects, generators, marked = before.suspects, before.generators, before.marked
        if suspects is not None:
            suspects = self._suspects_after(suspects, changed)
        if generators is not None:
            generators = generator_names_after(generators, changed, self.text, self.sketch)
        if marked is not None:
            kept = {file: names for file, names in marked.items() if file not in changed}
            marked = {**kept, **self._marked(changed)}
        after = Sieved(suspects, generators, marked)
        if after.besides(before) != Sieved() or before.besides(after) != Sieved():
            return False
        if bool(before.marked) != bool(marked) or before.given != after.given:
            return False
        self._before = after
        return True

    def _suspects_after(self, before: Suspects, changed: Collection[str]) -> Suspects | None:
        """The suspects now; None if their names are others, as answers rest on these."""
        if before.names is None:  # every file is looked at, whatever it says
            return before
        if self._packages is not None and any(self._may_name(file, before.beside) for file in changed):
            return None
        if self._may_be_others(before, changed):
            now = self._suspects_with(before.handed_out, before.beside)
            return now if (now.names, now.plain) == (before.names, before.plain) else None
        closed = {file for file in changed if self.sketch(file).is_closed}
        return replace(before, files=before.files.difference(changed) | closed)

    def _may_name(self, file: str, modules: frozenset[str]) -> bool:
        """Whether a file may name one of these modules of installed packages."""
        from sessionfix.project.sieve.reached import named_in

        return any(word.decode(errors="surrogateescape") in modules for word in named_in(self.text(file)))

    @property
    def asked(self) -> Asked:
        """What was asked of installed packages."""
        return self._looked_into.asked if self._looked_into is not None else Asked()

    def facts_of(self, file: str) -> ModuleFacts | None:
        """The facts of a file that had to be parsed for the sieve."""
        outline = self._outlines.get(file)
        return outline.facts if outline else None

    @property
    def read(self) -> int:
        """How many files were read, those of installed packages among them."""
        return len(self._sketches) + (self._looked_into.read if self._looked_into else 0)

    @property
    def parsed(self) -> int:
        """How many files had to be parsed."""
        return len(self._outlines) + (self._looked_into.parsed if self._looked_into else 0)

    @cached_property
    def suspects(self) -> Suspects:
        return self._before.suspects or self._found_suspects()

    def _found_suspects(self) -> Suspects:
        found = self._handed_out
        return self._suspects_with(found.names, found.beside) if found else self._suspects_with(None, frozenset())

    def _suspects_with(self, handed_out: Mapping[str, Roles] | None, beside: frozenset[str]) -> Suspects:
        """The suspects, where packages hand out these names; None if it is not known which."""
        found = find_suspects(self, self._setup.decorators, self._setup.factories, self._wanted, handed_out or {})
        if self._packages is None:
            return found
        return replace(found, names=None if handed_out is None else found.names, handed_out=handed_out, beside=beside)

    def sketch(self, file: str) -> FileSketch:
        if file not in self._sketches:
            self._sketches[file] = self._new_sketch(file)
        return self._sketches[file]

    def _new_sketch(self, file: str) -> FileSketch:
        try:
            return sketch_of(self._setup.contents.of(file))
        except FileError:
            return FileSketch(b"", 0, is_closed=True)

    def text(self, file: str) -> bytes:
        try:
            return searchable(self._setup.contents.of(file)) or b""
        except FileError:
            return b""

    def outline(self, file: str) -> Outline | None:
        from sessionfix.project.sieve.outline import outline_of

        try:
            self._outlines[file] = outline_of(parse(read_source(Path(file)).text))
        except (FileError, SyntaxError, ValueError, RecursionError, MemoryError):
            self._outlines[file] = None
        return self._outlines[file]

    def finds(self, file: str, binding: Import, guarded: bool) -> bool:
        return self._index.find(file, binding.module, binding.level, guarded) is not None

    def module(self, file: str, name: str, level: int) -> frozenset[Module | None]:
        key = file, name, level
        if key not in self._found:
            self._found[key] = frozenset(self._index.find(file, name, level, guarded) for guarded in (False, True))
        return self._found[key]

    def child(self, module: Module, name: str) -> Module | None:
        return self._index.child(module, name)
