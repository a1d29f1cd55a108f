"""What can grow, how far, and in which situations it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpora import Corpus

from growing import one_file, projects
from growing.projects import Files, beside_its_factory
from growing.situations import CHECKED, REPEATED, WRITTEN, Situation

_UP_TO_10_000 = (1, 10, 100, 300, 1000, 3000, 10000)
_UP_TO_100_000 = (100, 300, 1000, 3000, 10000, 30000, 100000)
_UP_TO_2_000 = (1, 10, 50, 100, 200, 500, 1000, 2000)
_UP_TO_100 = (1, 3, 10, 30, 50, 100)
_SESSIONS = (1, 10, 25, 50, 100, 200)


@dataclass(frozen=True)
class Axis:
    """One way to grow: what is counted, how far, and the files of each size."""

    name: str
    unit: str
    sizes: tuple[int, ...]
    files: Callable[[int], Files]
    situations: tuple[Situation, ...]

    @property
    def text(self) -> str:
        """What its projects hold, in a sentence."""
        return " ".join((self.files.__doc__ or "").split())


def corpus_axes(corpus: Corpus) -> Iterator[Axis]:
    """The axes whose projects are filled with files of the corpus."""
    situations = (CHECKED, REPEATED)
    plain = projects.without_factories(corpus)
    yield Axis("files", "file", _UP_TO_100_000, projects.more_files(plain), situations)
    yield Axis("files-and-calls", "file", _UP_TO_100_000, projects.more_of_all(plain), situations)


def project_axes() -> Iterator[Axis]:
    """The axes that are checked, and need no corpus."""
    yield Axis("factories", "factory", _UP_TO_2_000, projects.more_factories, (CHECKED, REPEATED))
    yield Axis("calls-in-a-file", "call", _UP_TO_10_000, beside_its_factory(one_file.many_sites), (CHECKED, REPEATED))
    yield Axis("re-exports", "package", _UP_TO_100, projects.re_exports, (CHECKED,))
    yield Axis("wrappers", "function", _UP_TO_100, projects.wrappers, (CHECKED,))
    yield Axis("kilobytes", "kilobyte", _UP_TO_10_000, beside_its_factory(one_file.of_size), (CHECKED, REPEATED))


def file_axes() -> Iterator[Axis]:
    """The axes of one file that is rewritten."""

    def axis(name: str, unit: str, sizes: tuple[int, ...], source: Callable[[int], str]) -> Axis:
        return Axis(name, unit, sizes, beside_its_factory(source), (WRITTEN,))

    yield axis("sites", "site", _UP_TO_10_000, one_file.many_sites)
    yield axis("lines", "line", (500, 1000, 2000, 5000, 10000, 20000, 50000), one_file.many_lines)
    yield axis("sequence", "site", _SESSIONS, one_file.in_sequence)
    yield axis("sequence-by-name", "site", _SESSIONS, one_file.in_sequence_by_name)
    yield axis("sharing", "site", _SESSIONS, one_file.sharing)
    yield axis("nested", "site", (1, 2, 5, 10, 15, 50), one_file.nested)
    yield axis("overlapping", "function", (1, 10, 50, 100, 200, 500), one_file.overlapping)
    yield axis("long-block", "statement", (10, 100, 500, 1000, 2000, 20000), one_file.one_session_in_long_function)
    yield axis("long-function", "statement", (100, 500, 1000, 2000, 20000), one_file.some_sessions_in_long_function)
    yield axis("many-values", "statement", (10, 100, 500, 1000, 2000), one_file.values_in_long_function)
    yield axis("depth", "level", (1, 10, 20, 50, 90), one_file.deep)
    yield axis("loops", "level", (1, 2, 4, 8, 12, 16), one_file.in_loops)
    yield axis("terms", "term", (10, 50, 100, 200, 500, 5000), one_file.terms)
    yield axis("elements", "element", (100, 1000, 10000, 50000, 150000), one_file.elements)
