"""Which rules are asked for: codes and prefixes of codes."""

from __future__ import annotations

from collections.abc import Iterable

from sessionfix.errors import SessionfixError
from sessionfix.rules import RULES, Rule

ALL = "ALL"
DEFAULT = "DEFAULT"


class SelectionError(SessionfixError):
    """A code or prefix that no rule has."""


def unknown_code(name: str) -> SelectionError:
    """The error for a code, prefix or name that no rule has."""
    known = ", ".join(rule.code for rule in RULES)
    return SelectionError(f"no rule has the code `{name}`; there are {known}")


def selected_codes(select: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
    """The codes that `select` names and `ignore` does not.

    Both hold codes, prefixes such as `SF1`, `ALL`, or `DEFAULT`; the longer one wins, those two being the shortest, and
    of two equal ones the one that ignores. Raises SelectionError for one that no rule has.
    """
    selecting = _selectors(select)
    ignoring = _selectors(ignore)
    return frozenset(rule.code for rule in RULES if _reach(selecting, rule) > _reach(ignoring, rule))


def _selectors(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(_selector(name.strip().upper()) for name in names)


def _selector(name: str) -> str:
    if name in (ALL, DEFAULT):
        return name
    if not name or not any(rule.code.startswith(name) for rule in RULES):
        raise unknown_code(name)
    return name


def _reach(selectors: Iterable[str], rule: Rule) -> int:
    """How closely the closest of the selectors that name a rule does so; -1 if none does."""
    return max((_closeness(selector, rule) for selector in selectors), default=-1)


def _closeness(selector: str, rule: Rule) -> int:
    if selector == ALL or (selector == DEFAULT and rule.is_default):
        return 0
    return len(selector) if rule.code.startswith(selector) else -1
