"""What made-up files consist of: a factory, sites, and lines that have nothing to do with sessions."""

from __future__ import annotations

from collections.abc import Iterable

FACTORY = """\
from contextlib import contextmanager

from store import Store


@contextmanager
def get_session():
    session = Store()
    try:
        yield session
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()
"""


def site(number: int, name: str = "session", row: str = "") -> list[str]:
    """Four lines with one session of its own; what it adds is new, unless a `row` is named."""
    return [
        f"{name} = get_session()",
        f"{name}.add({row or f'Row({number})'})",
        f"total = {name}.count({number})",
        f"{name}.close()",
    ]


def plain_line(number: int) -> str:
    """A line that has nothing to do with sessions."""
    return f"value_{number % 13} = [row_{number % 7}, {number}, helper(value, key={number})]"


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """The lines at so many levels more."""
    return [f"{'    ' * depth}{line}" for line in lines]


def function(name: str, body: Iterable[str]) -> str:
    """A function with seven parameters, which plain lines read."""
    parameters = ", ".join(f"row_{number}" for number in range(7))
    return "\n".join([f"def {name}({parameters}):", *indented(body), ""])
