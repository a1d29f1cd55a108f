"""Values that may depend on themselves: all are found again only where that can make a difference."""

from __future__ import annotations

import pytest

from sessionfix.project.sieve.settling import Settling

_NOTHING: frozenset[str] = frozenset()


def reached(ways: dict[str, str], values: Settling[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The capital letters to which the small ones lead; a letter leads to all that stand behind it."""

    def find(letter: str) -> frozenset[str]:
        if letter.isupper():
            return frozenset(letter)
        return values.once(letter, lambda: _NOTHING.union(*map(find, ways[letter])))

    for letter in ways:
        find(letter)
    return values.found


@pytest.mark.parametrize(
    ("ways", "rounds"),
    [
        ({"a": "bX", "b": "Y"}, 1),
        ({"a": "b", "b": "a"}, 1),
        ({"a": "ab", "b": "cb", "c": ""}, 1),
        ({"a": "aX"}, 2),
        ({"a": "bX", "b": "ca", "c": "bY"}, 3),
    ],
)
def test_what_is_found_holds_once_nothing_was_taken_for_something_else(ways: dict[str, str], rounds: int) -> None:
    values: Settling[str, frozenset[str]] = Settling(_NOTHING)
    count, found = 1, reached(ways, values)
    while not values.is_settled:
        values = values.again()
        count, found = count + 1, reached(ways, values)

    assert reached(ways, values.again()) == found
    assert count == rounds
    assert all(found[letter] >= found.get(other, frozenset(other)) for letter, there in ways.items() for other in there)
