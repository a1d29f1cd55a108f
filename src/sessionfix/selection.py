"""Which rules are asked for: codes and prefixes of codes."""

from __future__ import annotations

from collections.abc import Iterable

from sessionfix.errors import SessionfixError
from sessionfix.rules import RULES

ALL = "ALL"


class SelectionError(SessionfixError):
    """A code or prefix that no rule has."""


def unknown_code(name: str) -> SelectionError:
    """The error for a code, prefix or name that no rule has."""
    known = ", ".join(rule.code for rule in RULES)
    return SelectionError(f"no rule has the code `{name}`; there are {known}")


def selected_codes(select: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
    """The codes that `select` names and `ignore` does not.

    Both hold codes, prefixes such as `SF1`, or `ALL`; the longer one wins, and of two equal ones the one that ignores.
    Raises SelectionError for one that no rule has.
    """
    selecting = _prefixes(select)
    ignoring = _prefixes(ignore)
    return frozenset(rule.code for rule in RULES if _reach(selecting, rule.code) > _reach(ignoring, rule.code))


def _prefixes(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(_prefix(name.strip().upper()) for name in names)


def _prefix(name: str) -> str:
    if name == ALL:
        return ""
    if not name or not any(rule.code.startswith(name) for rule in RULES):
        raise unknown_code(name)
    return name


def _reach(prefixes: Iterable[str], code: str) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)
