from __future__ import annotations

import pytest

from sessionfix.rules import RULES
from sessionfix.selection import ALL, SelectionError, selected_codes

EVERY = frozenset(rule.code for rule in RULES)


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ([ALL], [], EVERY),
        (["SF"], [], EVERY),
        (["SF101"], [], {"SF101"}),
        (["sf101", "SF202"], [], {"SF101", "SF202"}),
        (["SF2"], [], {"SF201", "SF202"}),
        ([ALL], ["SF2"], EVERY - {"SF201", "SF202"}),
        ([ALL], [ALL], set()),
        (["SF101"], ["SF101"], set()),
        (["SF1"], ["SF10"], {"SF1"} & EVERY),
        (["SF101"], ["SF1"], {"SF101"}),
        ([ALL, "SF201"], ["SF2"], EVERY - {"SF202"}),
        ([], [], set()),
    ],
)
def test_the_longer_prefix_wins(select: list[str], ignore: list[str], expected: set[str]) -> None:
    assert selected_codes(select, ignore) == expected


@pytest.mark.parametrize("name", ["SF999", "E501", "SF1012", "", "session-without-with"])
def test_what_no_rule_has_is_an_error(name: str) -> None:
    for select, ignore in (([name], []), ([ALL], [name])):
        with pytest.raises(SelectionError, match=f"no rule has the code `{name.upper()}`; there are SF101, "):
            selected_codes(select, ignore)
