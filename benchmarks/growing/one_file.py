"""Made-up files that call one factory, each of which grows in one respect: the source of every size."""

from __future__ import annotations

from collections.abc import Iterable

from growing.snippets import function, indented, plain_line, site

HEAD = "from db import get_session\n\n\n"


def _file(functions: Iterable[str]) -> str:
    return HEAD + "\n\n".join(functions)


def many_sites(sites: int) -> str:
    """A function a site, 20 lines each."""
    return _file(
        function(
            f"job_{number}", [*map(plain_line, range(6)), *site(number), *map(plain_line, range(6)), "return total"]
        )
        for number in range(sites)
    )


def many_lines(lines: int) -> str:
    """50 sites in functions of their own, and as many plain functions of 20 lines as are needed."""
    plain = (function(f"plain_{number}", map(plain_line, range(17))) for number in range(max(0, lines - 20 * 50) // 20))
    return many_sites(min(50, lines // 20)) + "\n\n" + "\n\n".join(plain)


def in_sequence(sites: int) -> str:
    """One function with one session after the other, all of one name."""
    return _file([function("job", (line for number in range(sites) for line in site(number)))])


def in_sequence_by_name(sites: int) -> str:
    """One function with one session after the other, each with a name of its own."""
    return _file([function("job", (line for number in range(sites) for line in site(number, f"session_{number}")))])


def sharing(sites: int) -> str:
    """One function with one session after the other, to which the same objects are added: their blocks overlap."""
    return _file([function("job", (line for number in range(sites) for line in site(number, row="row_1")))])


def nested(sites: int) -> str:
    """One function that opens all its sessions first and closes them last."""
    names = [f"session_{number}" for number in range(sites)]
    opened = [f"{name} = get_session()" for name in names]
    used = [f"{name}.add(row_1)" for name in names]
    return _file([function("job", [*opened, *used, *(f"{name}.close()" for name in reversed(names))])])


def overlapping(pairs: int) -> str:
    """Functions with three sessions each that share a suite: each function takes three rounds."""
    body = [
        *(f"{name} = get_session()" for name in "abc"),
        *(f"{name}.add(row_{number})" for number, name in enumerate("abc")),
        *(f"{name}.close()" for name in "abc"),
    ]
    return _file(function(f"job_{number}", body) for number in range(pairs))


def one_session_in_long_function(statements: int) -> str:
    """One session whose block reaches over all statements of its function."""
    body = (f"session.add({plain_line(number).partition(' = ')[2]})" for number in range(statements))
    return _file([function("job", ["session = get_session()", *body, "session.close()"])])


def some_sessions_in_long_function(statements: int) -> str:
    """Ten sessions in one function, with plain statements between them."""
    parts = [[*map(plain_line, range(statements // 10 - 4)), *site(number)] for number in range(10)]
    return _file([function("job", (line for part in parts for line in part))])


def values_in_long_function(statements: int) -> str:
    """A function that gives each value which it reads from its session a name of its own."""
    body = (f"value_{number} = session.get({number})" for number in range(statements))
    return _file([function("job", ["session = get_session()", *body, "session.close()"])])


def deep(depth: int) -> str:
    """One session below so many `if`s."""
    headers = [f"{'    ' * level}if row_{level % 7}:" for level in range(depth)]
    return _file([function("job", [*headers, *indented(site(1), depth)])])


def in_loops(depth: int) -> str:
    """One session whose block holds so many loops, one in the other."""
    headers = [f"{'    ' * level}for row_{level % 7} in session.read({level}):" for level in range(depth)]
    body = [*headers, f"{'    ' * depth}session.add(row_0)"]
    return _file([function("job", ["session = get_session()", *body, "session.close()"])])


def terms(count: int) -> str:
    """A file with one session and an expression of so many terms."""
    return _file([function("job", site(1)), function("sums", ["return " + " + ".join(["row_1"] * count)])])


def elements(count: int) -> str:
    """A file with one session and a list of so many numbers in one line."""
    return _file([function("job", site(1))]) + "\n\nNUMBERS = [" + "12345, " * count + "]\n"


def of_size(kilobytes: int) -> str:
    """A file of so many kilobytes: one site, and plain functions of six lines."""
    calling = function("job", site(1))
    left = 1000 * kilobytes - len(HEAD + calling)
    count = left // (len(_small_function(0)) + 2)
    return _file([calling, *map(_small_function, range(count))])


def _small_function(number: int) -> str:
    """One that is as long as all others."""
    return function(f"plain_{number:05}", map(plain_line, range(5)))
