"""Under which names may the calls of undecorated generator functions stand? Told from bytes.

Begins with the names of functions with a `yield` that no loop repeats, less those of factories; a function that
returns the call of one, and another name that an import gives it, are added until there is no more. No generator is
looked for under other names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from sessionfix.project.sieve.functions import WORD, Functions
from sessionfix.project.sieve.imports import renamed
from sessionfix.project.sieve.shares import Shares, still_bring
from sessionfix.project.sieve.sketch import FileSketch
from sessionfix.project.sieve.yielding import Yielding, yielding

_Pair: TypeAlias = tuple[bytes, bytes]  # a name, and another one

_RETURNED = re.compile(rb"return[\s(\\]+(?:[\w\x80-\xff]+\s*\.\s*){0,2}(" + WORD + rb")[\s\\]*\(")


@dataclass(frozen=True)
class GeneratorNames:
    """The names; `lent` are those whose generators may lend something. `shares` are what each file brings to both."""

    names: frozenset[bytes] = frozenset()
    lent: frozenset[bytes] = frozenset()
    shares: Shares = field(default_factory=dict)


def generator_names(
    files: Collection[str], read: Callable[[str], bytes], sketch: Callable[[str], FileSketch]
) -> GeneratorNames:
    """The names that calls of undecorated generator functions may have; `read` gives a text that can be searched."""
    yielded = {file: set(yielding(read(file))) for file in files if sketch(file).yields}
    defined = frozenset().union(*yielded.values())
    given: dict[str, set[_Pair]] = {}
    names = new = frozenset(one.name for one in defined)
    while new:
        handing = (file for file in files if sketch(file).has_any(new))
        for file in handing:
            given.setdefault(file, set()).update(_given(read(file), new))
        new = frozenset(other for pairs in given.values() for _, other in pairs) - names
        names |= new
    lent = _with_others({one.name for one in defined if one.may_lend}, set().union(*given.values()))
    shares = {file: _share(yielded.get(file, ()), given.get(file, ())) for file in yielded | given}
    return GeneratorNames(names, lent, {file: share for file, share in shares.items() if share})


def generator_names_after(
    before: GeneratorNames,
    changed: Collection[str],
    read: Callable[[str], bytes],
    sketch: Callable[[str], FileSketch],
) -> GeneratorNames | None:
    """The names now that some files have changed; None if these may bring others: then all is told anew."""
    shares = dict(before.shares)
    for file in changed:
        defined = set(yielding(read(file))) if sketch(file).yields else set()
        is_handing = sketch(file).has_any(before.names)
        given = set(_given(read(file), before.names)) if is_handing else set()
        if not _brings_nothing_new(before, defined, given):
            return None
        shares[file] = _share(defined, given)
    if not still_bring(changed, before.shares, shares):
        return None
    return GeneratorNames(before.names, before.lent, {file: share for file, share in shares.items() if share})


def _brings_nothing_new(names: GeneratorNames, defined: Collection[Yielding], given: Collection[_Pair]) -> bool:
    lent = {one.name for one in defined if one.may_lend} | {other for name, other in given if name in names.lent}
    return lent <= names.lent and names.names.issuperset((*(one.name for one in defined), *(pair[1] for pair in given)))


def _share(defined: Collection[Yielding], given: Collection[_Pair]) -> frozenset[str]:
    """What a file brings: the names of generators, those that may lend once more, and each name with another one."""
    words = (*((one.name,) for one in defined), *((one.name, b"lends") for one in defined if one.may_lend), *given)
    return frozenset(b" ".join(each).decode(errors="surrogateescape") for each in words)


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
