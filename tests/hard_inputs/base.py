"""What a hard input is."""

from __future__ import annotations

import enum
import textwrap
from dataclasses import dataclass

HEAD = """\
from db import get_session
from world import DatabaseError, cond, log, may_raise


"""


class Outcome(enum.Enum):
    """What sessionfix does with an input."""

    SAFE = "rewritten"
    UNSAFE = "rewritten with --unsafe-fixes, under a stated assumption"
    REFUSED = "found and not rewritten, for a reason"
    SILENT = "not found"


SAFE = Outcome.SAFE
UNSAFE = Outcome.UNSAFE
REFUSED = Outcome.REFUSED
SILENT = Outcome.SILENT


@dataclass(frozen=True)
class HardInput:
    """A program of one kind.

    `why` says what is hard about it; `words` are a part of the reason for refusing, or of the assumption.
    """

    why: str
    outcome: Outcome
    source: str
    words: str = ""

    @property
    def text(self) -> str:
        """The whole program."""
        return HEAD + textwrap.dedent(self.source).strip("\n") + "\n"
