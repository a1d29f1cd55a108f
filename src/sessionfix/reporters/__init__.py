"""The reporters: one file a format, each a pure function from a report to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sessionfix.outcomes import Report
from sessionfix.reporters import concise, ruff_json, text

REPORTERS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "text": text.render,
        "concise": concise.render,
        "json": ruff_json.render,
    }
)
