"""What stands in a project's files, as bytes: who names a word, who matches a pattern. Nothing is parsed here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property

from sessionfix.files import FileError
from sessionfix.project.contents import Contents
from sessionfix.project.trail import Asking, Question
from sessionfix.project.traits import as_bytes, base_names, stores

_FEW_WORDS = 50  # an index of all words costs as much as 20 searches of files that are read anew, or 100 of kept ones

_WORD = re.compile(rb"[\w\x80-\xff]+")
_NAMED = r"NAME(?<![\w\x80-\xff]NAME)(?![\w\x80-\xff])"  # one of the words above; NAME first is ten times as fast

Search = Callable[[], Iterable[str]]


def searched(question: Question, content: bytes) -> bool:
    """Whether the search that a question asks for finds a file with this content."""
    if as_bytes(question.of) not in content:
        return False
    if question.asking is Asking.DERIVING:
        return _is_named(content, question.of) and question.of in base_names(content)
    if question.asking is Asking.STORING:
        return _is_named(content, question.of) and stores(content, question.of)
    pattern = _NAMED if question.asking is Asking.NAMING else question.pattern
    return _search_for(question.of, pattern).search(content) is not None


def _is_named(content: bytes, word: str) -> bool:
    return _search_for(word, _NAMED).search(content) is not None


def _search_for(word: str, pattern: str) -> re.Pattern[bytes]:
    """A regular expression in which `NAME` stands for `word`, if there is one."""
    return re.compile(as_bytes(pattern.replace("NAME", re.escape(word)) if word else pattern))


class Texts:
    """The contents of the files of a project, in their order; each is read as it is on the disk when first asked for.

    What was found is kept. One file may be given another content, which the answers heed, until another one is.
    """

    def __init__(self, files: Sequence[str], contents: Contents | None = None) -> None:
        self._place = {file: place for place, file in enumerate(files)}
        self._contents = contents or Contents()
        self._found: dict[tuple[str, str], tuple[str, ...]] = {}
        self._bases: dict[str, frozenset[str]] = {}
        self._words: set[str] = set()
        self._replaced: tuple[str, bytes] | None = None

    def replace(self, file: str, content: bytes) -> None:
        """Let `content` stand for that of `file`, and for no other file's any longer."""
        self._replaced = (file, content)

    def restore(self) -> None:
        """Let every file hold what it holds on the disk."""
        self._replaced = None

    def content(self, file: str) -> bytes:
        """A file's bytes; none if it can't be read."""
        if self._replaced is not None and file == self._replaced[0]:
            return self._replaced[1]
        return self.on_disk(file)

    def on_disk(self, file: str) -> bytes:
        """The same, whatever content the file was given."""
        try:
            return self._contents.of(file)
        except FileError:
            return b""

    def found(self, question: Question) -> tuple[str, ...]:
        """The files that a question's search finds on the disk."""
        replaced, self._replaced = self._replaced, None
        searches = {Asking.NAMING: self.naming, Asking.STORING: self.storing, Asking.DERIVING: self.deriving}
        search = searches.get(question.asking)
        found = tuple(search(question.of) if search else self.matching(question.of, question.pattern))
        self._replaced = replaced
        return found

    def naming(self, word: str) -> Iterable[str]:
        """The files in which a word stands; where many words are asked for, an index pays."""
        self._words.add(word)
        if len(self._words) <= _FEW_WORDS:
            return self.matching(word, _NAMED)
        name = as_bytes(word)
        return self._heeding(self._by_word.get(name, ()), lambda content: name in _WORD.findall(content))

    def matching(self, word: str, pattern: str, beside: Collection[str] = ()) -> Iterable[str]:
        """The files that match a regular expression, in which `NAME` stands for `word`.

        No file matches without one of the texts `beside`: where many words are asked for, these few are quicker found.
        """
        matches = _matcher(word, pattern)
        found = self._once(
            "matching " + pattern, word, lambda: self._among(self._holding_any(beside or (word,)), matches)
        )
        return self._heeding(found, matches)

    def _holding_any(self, words: Collection[str]) -> Iterable[str]:
        """The files in which one of these stands, looked through once for all of them."""
        if len(words) == 1:
            return self._holding(*words)
        names = [as_bytes(word) for word in words]
        key = " ".join(sorted(words))
        return self._once(
            "holding", key, lambda: self._among(self._place, lambda content: any(name in content for name in names))
        )

    def _holding(self, word: str) -> Iterable[str]:
        """The files in which a word stands, alone or within another: no others match a pattern for it."""
        self._words.add(word)
        name = as_bytes(word)
        if len(self._words) > _FEW_WORDS and _WORD.fullmatch(name):
            return self._once("holding", word, lambda: self._by_part(name))
        return self._once("holding", word, lambda: self._among(self._place, lambda content: name in content))

    def _by_part(self, part: bytes) -> Iterable[str]:
        files = {file for word in _lines_with(part, self._all_words) for file in self._by_word[word]}
        return sorted(files, key=self._place.__getitem__)

    def matching_in(self, files: Iterable[str], word: str, pattern: str) -> Iterable[str]:
        """Those of `files` that match, found one by one."""
        matches = _matcher(word, pattern)
        return (file for file in files if matches(self.content(file)))

    def storing(self, name: str) -> Iterable[str]:
        """The files that may give an attribute of this name a value."""

        def stores_it(content: bytes) -> bool:
            return stores(content, name)

        found = self._once("storing", name, lambda: self._among(self.naming(name), stores_it))
        return self._heeding(found, stores_it)

    def deriving(self, name: str) -> Iterable[str]:
        """The files that may derive a class from one of this name."""
        found = self._once(
            "deriving", name, lambda: [file for file in self.naming(name) if name in self._bases_of(file)]
        )
        return self._heeding(found, lambda content: name in base_names(content))

    def _once(self, kind: str, word: str, search: Search) -> tuple[str, ...]:
        """What a search of the files on the disk finds, searched once."""
        if (kind, word) not in self._found:
            replaced, self._replaced = self._replaced, None
            self._found[kind, word] = tuple(search())
            self._replaced = replaced
        return self._found[kind, word]

    def _among(self, files: Iterable[str], suits: Callable[[bytes], object]) -> Iterable[str]:
        return (file for file in files if suits(self.on_disk(file)))

    def _heeding(self, found: Sequence[str], suits: Callable[[bytes], object]) -> Iterable[str]:
        """What was found on the disk, as the content that one file was given makes it."""
        if self._replaced is None or self._replaced[0] not in self._place:
            return found
        file, content = self._replaced
        if bool(suits(content)) == (file in found):
            return found
        others = [one for one in found if one != file]
        return others if file in found else sorted([*others, file], key=self._place.__getitem__)

    @cached_property
    def _by_word(self) -> dict[bytes, list[str]]:
        found: dict[bytes, list[str]] = {}
        for file in self._place:
            for word in set(_WORD.findall(self.on_disk(file))):
                found.setdefault(word, []).append(file)
        return found

    @cached_property
    def _all_words(self) -> bytes:
        return b"".join(word + b"\n" for word in self._by_word)

    def _bases_of(self, file: str) -> frozenset[str]:
        if file not in self._bases:
            self._bases[file] = base_names(self.on_disk(file))
        return self._bases[file]


def _matcher(word: str, pattern: str) -> Callable[[bytes], bool]:
    """Tells whether a content matches."""
    name, compiled = as_bytes(word), _search_for(word, pattern)
    return lambda content: name in content and compiled.search(content) is not None


def _lines_with(part: bytes, text: bytes) -> Iterator[bytes]:
    """The lines in which `part` stands, found without a look at each of the others; all end with a line break."""
    found = text.find(part)
    while found >= 0:
        end = text.find(b"\n", found)
        yield text[text.rfind(b"\n", 0, found) + 1 : end]
        found = text.find(part, end)
