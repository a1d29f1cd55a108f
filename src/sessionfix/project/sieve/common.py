"""Attributes whose names are too common to be followed by name: they count where an object may be of a class with them.

A factory `create` in one class would have every file looked at that calls any `create`, and what these calls return
would be followed in turn. So a file's mentions of the name count only if the file has a name in it, or a variable,
that may stand for such an object. Such names are followed like those of objects that are called (see `objects`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sessionfix.project.sieve.mentions import mentions

_MANY = 40  # files
_LESS = 2  # times


@dataclass
class Common:
    """The attributes that are followed by class; for each, the `files` that mention the name at all.

    `text` gives a file's text, in which names can be looked for.
    """

    text: Callable[[str], bytes]
    files: dict[str, Sequence[str]] = field(default_factory=dict)
    _holders: dict[str, set[str]] = field(default_factory=dict)
    _holding: dict[str, set[str]] = field(default_factory=dict)

    def are_many(self, files: Collection[str]) -> bool:
        """Whether a name that these files mention is common."""
        return len(files) > _MANY

    def are_fewer(self, naming_classes: Collection[str], files: Collection[str]) -> bool:
        """Whether it pays to follow an attribute by class, as its classes are named in far fewer files than itself."""
        return len(naming_classes) * _LESS < len(files)

    def follow(self, attr: str, files: Sequence[str]) -> None:
        """Follow an attribute by class from now on."""
        self.files[attr] = files
        self._holding[attr] = set()
        self._holders[attr] = set()

    def give_up(self, attrs: Iterable[str]) -> None:
        """Follow these by name from now on."""
        for attr in attrs:
            del self.files[attr]

    def hides(self, attr: str, file: str) -> bool:
        """Whether mentions of an attribute in a file are none of an object that matters."""
        return attr in self.files and file not in self._holding[attr]

    def hold(self, file: str, attrs: Iterable[str]) -> bool:
        """Note that variables in a file may be objects with these attributes; whether that is new, and matters."""
        new = [attr for attr in attrs if self.hides(attr, file) and file in self.files[attr]]
        for attr in new:
            self._holding[attr].add(file)
        return bool(new)

    def name(self, holder: str, attrs: Iterable[str]) -> Iterator[str]:
        """Note that a name may stand for objects with these attributes; the files in which that matters now."""
        for attr in attrs:
            if attr in self.files and holder not in self._holders[attr]:
                self._holders[attr].add(holder)
                word = holder.encode(errors="surrogateescape")
                hidden = (file for file in self.files[attr] if self.hides(attr, file))
                found = [file for file in hidden if next(mentions(self.text(file), word), None) is not None]
                self._holding[attr].update(found)
                yield from found
