"""Under which names may the calls of undecorated generator functions stand? Told from bytes.

Begins with the names of functions with a `yield` that no loop repeats, less those of factories; a function that
returns the call of one, and another name that an import gives it, are added until there is no more. No generator is
looked for under other names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sessionfix.project.asked import Asked
from sessionfix.project.sieve.functions import WORD, Functions
from sessionfix.project.sieve.imports import renamed
from sessionfix.project.sieve.sketch import FileSketch
from sessionfix.project.sieve.yielding import yielding

_Pair: TypeAlias = tuple[bytes, bytes]  # a name, and another one

_RETURNED = re.compile(rb"return[\s(\\]+(?:[\w\x80-\xff]+\s*\.\s*){0,2}(" + WORD + rb")[\s\\]*\(")


@dataclass(frozen=True)
class GeneratorNames:
    """The names, and the files whose content tells them; `lent` are those whose generators may lend something."""

    names: frozenset[bytes] = frozenset()
    lent: frozenset[bytes] = frozenset()
    files: frozenset[str] = frozenset()

    @property
    def asked(self) -> Asked:
        """What the names depend on: they may become more with each function that yields."""
        words = {name.decode(errors="surrogateescape") for name in self.names}
        return Asked(files=set(self.files), words={*words, "yield"})


def generator_names(
    files: Collection[str], read: Callable[[str], bytes], sketch: Callable[[str], FileSketch]
) -> GeneratorNames:
    """The names that calls of undecorated generator functions may have; `read` gives a text that can be searched."""
    yielded = {file: set(yielding(read(file))) for file in files if sketch(file).yields}
    defined = frozenset().union(*yielded.values())
    given: dict[str, set[_Pair]] = {}
    names = new = frozenset(one.name for one in defined)
    while new:
        handing = (file for file in files if not new.isdisjoint(sketch(file).names.split(b" ")))
        for file in handing:
            given.setdefault(file, set()).update(_given(read(file), new))
        new = frozenset(other for pairs in given.values() for _, other in pairs) - names
        names |= new
    lent = _with_others({one.name for one in defined if one.may_lend}, set().union(*given.values()))
    return GeneratorNames(names, lent, frozenset(file for file, told in (yielded | given).items() if told))


def _with_others(names: set[bytes], pairs: Collection[_Pair]) -> frozenset[bytes]:
    """The names, and all others that are given to the same."""
    found: set[bytes] = set()
    while names:
        found |= names
        names = {other for name, other in pairs if name in names} - found
    return frozenset(found)


def _given(text: bytes, names: frozenset[bytes]) -> Iterator[_Pair]:
    """Each of `names` with the functions that return a call of it, and with the names that imports give it."""
    returned = [found for found in _RETURNED.finditer(text) if found[1] in names]
    if returned:
        functions = Functions(text)
        yield from ((found[1], owner[1]) for found in returned for owner in functions.around(found.start()))
    yield from ((name, other) for name, other in renamed(text) if name in names)
