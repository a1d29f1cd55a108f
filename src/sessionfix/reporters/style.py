"""Colours and weights for terminals."""

from __future__ import annotations

import enum


class Style(enum.Enum):
    """An ANSI rendition."""

    BOLD = "1"
    RED = "1;31"
    GREEN = "32"
    CYAN = "36"
    REMOVED = "31"


def styled(text: str, style: Style, *, on: bool) -> str:
    """`text` in `style` where colours are `on`, else `text`."""
    return f"\033[{style.value}m{text}\033[0m" if on else text
