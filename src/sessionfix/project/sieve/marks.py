"""The names of the marks by which frameworks are given a dependency."""

from __future__ import annotations

MARKS = frozenset({"Depends", "Security", "Provide"})
