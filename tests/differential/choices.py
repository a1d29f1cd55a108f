"""The scripted source of everything that a program under test can't foresee."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

Script = tuple[int, ...]
RunT = TypeVar("RunT")

ALTERNATING_FROM = 12  # picks after which conditions alternate, so that `while True` loops come to an end


class Choices:
    """Answers every question of a run from a script, and with the first option once the script has ended."""

    def __init__(self, script: Script = ()) -> None:
        self._script = script
        self.taken: list[int] = []
        self.widths: list[int] = []

    def pick(self, width: int, *, alternates: bool = False) -> int:
        """The number, below `width`, of the option that comes true here."""
        position = len(self.taken)
        if position < len(self._script):
            option = min(self._script[position], width - 1)
        else:
            option = position % 2 if alternates and position >= ALTERNATING_FROM else 0
        self.taken.append(option)
        self.widths.append(width)
        return option


def explore(run: Callable[[Choices], RunT], limit: int) -> Iterator[tuple[Script, RunT]]:
    """Run under every script up to `limit` runs, those with the fewest departures from the default first."""
    waiting: deque[Script] = deque([()])
    for _ in range(limit):
        if not waiting:
            return
        script = waiting.popleft()
        choices = Choices(script)
        result = run(choices)
        taken = tuple(choices.taken)
        yield taken, result
        for position in range(len(script), min(len(taken), ALTERNATING_FROM)):
            others = (option for option in range(choices.widths[position]) if option != taken[position])
            waiting.extend((*taken[:position], other) for other in others)
