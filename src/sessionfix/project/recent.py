"""The files that were parsed last: trees are large, and many are asked for again and again."""

from __future__ import annotations

from sessionfix.project.target import Target

_KEPT_NODES = 50_000  # some 25 megabytes


class RecentTargets:
    """Targets by their files, with the texts that they are of.

    None is given up but by `trim` and `drop`: while one file is looked at, each tree stays the same object.
    """

    def __init__(self) -> None:
        self._targets: dict[str, tuple[str, Target]] = {}

    def get(self, file: str) -> Target | None:
        """The target of a file, if it is at hand."""
        found = self._targets.pop(file, None)
        if found is None:
            return None
        self._targets[file] = found  # the last in order is the one that was asked for last
        return found[1]

    def of_text(self, file: str, text: str) -> Target | None:
        """The same, if it is of this very text."""
        target = self.get(file)
        return target if target is not None and self._targets[file][0] == text else None

    def keep(self, target: Target, text: str) -> None:
        """Have a target at hand, in the place of an earlier one of its file."""
        self._targets.pop(target.file, None)
        self._targets[target.file] = (text, target)

    def drop(self, file: str) -> None:
        """Give up the target of a file."""
        self._targets.pop(file, None)

    def trim(self) -> None:
        """Give up those that were not asked for in the longest time, if they are too many."""
        room = _KEPT_NODES
        for file, (_, target) in reversed(list(self._targets.items())):
            room -= len(target.parents)
            if room < 0:
                self.drop(file)
