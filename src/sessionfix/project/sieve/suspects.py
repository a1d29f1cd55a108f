"""The names that may be a factory's in a project, and the files that do something with one that may matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sessionfix.project.sieve.looks import Wanted
from sessionfix.project.sieve.roles import LISTED, MADE, MAKERS, NULL, Roles, giving, last_part
from sessionfix.project.sieve.sketch import FileSketch
from sessionfix.project.sieve.spreading import Search, Sources


@dataclass(frozen=True)
class Suspects:
    """The answer: the names whose calls may be a factory's, and the files that have such calls left.

    Where `names` is None, nothing can be told by names, and every file has to be looked at. Those in `plain` may be
    called without an owner, outside of a class's body. It rests on the files in
    which one of the `words` stands: those are `seen`. And on those that were `read` for what names in these mean. What
    was to be parsed and could not be is `unread`. In `own` a name stands that may be of the project. What packages have
    `handed_out`, which tells nothing where it is None, may be more once a file names a module that lies `beside`.
    """

    names: frozenset[str] | None
    plain: frozenset[str]
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
    search = Search(sources, frozenset(makers), foreign, wanted, handed_out, listed, new=set(handed_out))
    search.add((name, MADE) for name in makers)
    search.add((name, LISTED) for name in listed)
    search.run()
    return _told(search)


def _giving(table: Mapping[str, Roles]) -> Iterator[str]:
    """The names that may be a factory's."""
    return (name for name, roles in table.items() if giving(roles))


def _told(search: Search) -> Suspects:
    """What a search that has ended tells."""
    seen, read = frozenset(search.looks), frozenset(search.codes.known.keys() | search.outlines.keys())
    unread = frozenset(file for file, outline in search.outlines.items() if outline is None)
    if search.is_hopeless():
        return Suspects(None, frozenset(), frozenset(), search.words, seen, read, unread, seen)
    plain = frozenset(search.handed_out).union(_giving(search.modules), *search.local.values())
    names = plain.union(_giving(search.members), _giving(search.given))
    files = frozenset(file for file in search.sources.files if file in unread or search.is_suspect(file))
    return Suspects(names, plain, files, search.words, seen, read, unread, frozenset(search.own))
