"""Made-up projects, each of which grows in one respect: the files of every size."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps

from corpora import Corpus

from growing.snippets import FACTORY, function, plain_line, site

Files = Iterator[tuple[str, bytes]]  # paths below the project's folder, and what they hold

STORES = 100  # modules of a project in which factories alone grow
JOBS = 900
FACTORIES = 10  # of a project in which files alone grow
FILES_A_FACTORY = 100  # of one that grows in all respects
RIGHT_CALLS = 9  # for each wrong one


def beside_its_factory(source: Callable[[int], str]) -> Callable[[int], Files]:
    """A project of the file `jobs.py`, and of `db.py` with the one factory that it calls."""

    @wraps(source)
    def files(size: int) -> Files:
        yield "db.py", FACTORY.encode()
        yield "jobs.py", source(size).encode()

    return files


def without_factories(corpus: Corpus) -> Corpus:
    """The files of the corpus that name no decorator of context managers."""
    return replace(corpus, files=tuple(path for path in corpus.files if b"contextmanager" not in path.read_bytes()))


def more_files(corpus: Corpus) -> Callable[[int], Files]:
    """Projects of so many files, with ten factories in all sizes; the corpus should have no factories."""

    def files(size: int) -> Files:
        """Files of the corpus, ten made-up factories, and ten calls of each, one of them wrong."""
        yield from _sessions(FACTORIES)
        yield from _copies(corpus, size - 2 * FACTORIES)

    return files


def more_of_all(corpus: Corpus) -> Callable[[int], Files]:
    """Projects of so many files, with factories in proportion to them; the corpus should have no factories."""

    def files(size: int) -> Files:
        """Files of the corpus, and for each hundred a made-up factory with ten calls, one of them wrong."""
        factories = size // FILES_A_FACTORY
        yield from _sessions(factories)
        yield from _copies(corpus, size - 2 * factories)

    return files


def more_factories(count: int) -> Files:
    """A thousand files with so many factories, each called rightly in one place, and one in ten wrongly in another."""
    stores, jobs = _plain_modules("store", STORES), _plain_modules("job", JOBS)
    for number in range(count):
        factory, module = f"open_{number}", f"stores.store_{number % STORES}"
        stores[number % STORES].append(_factory(factory))
        jobs[number % JOBS].append(_right_call(factory, module))
        if number % (RIGHT_CALLS + 1) == 0:
            jobs[(number + JOBS // 2) % JOBS].append(_wrong_call(factory, module))
    for number, parts in enumerate(stores):
        yield f"stores/store_{number}.py", _joined(parts)
    for number, parts in enumerate(jobs):
        yield f"jobs/job_{number}.py", _joined(parts)


def re_exports(depth: int) -> Files:
    """A factory that is imported through so many packages, each of which imports it from the next, and two calls."""
    for level in range(depth):
        yield f"link_{level}/__init__.py", f"from link_{level + 1} import get_session\n".encode()
    yield f"link_{depth}/__init__.py", FACTORY.encode()
    yield "jobs.py", _joined([_right_call("get_session", "link_0"), _wrong_call("get_session", "link_0")])


def wrappers(depth: int) -> Files:
    """A factory that so many functions hand on, each in a module of its own that calls the next, and two calls."""
    yield f"open_{depth}.py", _factory(f"open_{depth}").encode()
    for level in range(depth):
        below = f"open_{level + 1}"
        yield (
            f"open_{level}.py",
            f"from {below} import {below}\n\n\ndef open_{level}():\n    return {below}()\n".encode(),
        )
    yield "jobs.py", _joined([_right_call("open_0", "open_0"), _wrong_call("open_0", "open_0")])


def _sessions(factories: int) -> Files:
    """Two modules for each factory: its own, and one that calls it."""
    for number in range(factories):
        factory, module = f"open_{number}", f"stores.store_{number}"
        calls = [_right_call(factory, module) for _ in range(RIGHT_CALLS)]
        yield f"stores/store_{number}.py", _factory(factory).encode()
        yield f"jobs/job_{number}.py", _joined([*calls, _wrong_call(factory, module)])


def _copies(corpus: Corpus, count: int) -> Files:
    """So many files of the corpus in a mixed order; each round of copies stands in a folder of its own."""
    mixed = random.Random(0).sample(corpus.files, len(corpus.files))
    for number, path in enumerate(itertools.islice(itertools.cycle(mixed), max(0, count))):
        folder = f"copy_{number // len(mixed)}"
        yield f"{folder}/{path.relative_to(corpus.folder).as_posix()}", path.read_bytes()


def _plain_modules(kind: str, count: int) -> list[list[str]]:
    """The parts of so many modules: five plain functions each, for now."""
    plain = [function(f"{kind}_{number}", map(plain_line, range(15))) for number in range(5)]
    return [plain.copy() for _ in range(count)]


def _factory(name: str) -> str:
    return FACTORY.replace("get_session", name)


def _right_call(factory: str, module: str) -> str:
    body = [f"with {factory}() as session:", "    session.add(row_1)"]
    return _importing(factory, module, function(f"right_{factory}", body))


def _wrong_call(factory: str, module: str) -> str:
    body = [line.replace("get_session", factory) for line in site(1)]
    return _importing(factory, module, function(f"wrong_{factory}", body))


def _importing(factory: str, module: str, code: str) -> str:
    return f"from {module} import {factory}\n\n\n{code}"


def _joined(parts: Iterable[str]) -> bytes:
    return "\n\n".join(parts).encode()
