"""Why nothing is known of a value: kept by the code that decides, put into words when somebody asks."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Reason(enum.Enum):
    """What stood in the way; `{name}` is what was looked at."""

    NOT_FOUND = "`{name}` is not defined or imported where it is used"
    NO_MEMBER = "`{name}` is not found in the module"
    NO_MODULE = "`{name}` can't be read or parsed"
    NO_ATTRIBUTE = "`{name}` is not found in the class or its bases"
    FOREIGN_BASE = "`{name}` may come from a base class that is not of the project"
    UNFOLLOWED = "an expression stands there that is not followed"
    LOOSE = "it is bound there by a loop, an unpacking, `except ... as` or the like, which is not followed"
    FIELD = "it is a field there, which the constructor may be given another value for"
    PARAMETER = "parameter `{name}` has no annotation"
    NO_CALLERS = "parameter `{name}` has no annotation, and nobody calls the function"
    HIDDEN_CALLERS = "parameter `{name}` has no annotation, and not all calls of the function can be seen"
    CALLERS_DIFFER = "parameter `{name}` has no annotation, and its callers do not agree on one class"
    ANNOTATION = "the annotation of `{name}` does not tell what it is"
    SEVERAL = "`{name}` is given several meanings"
    DECORATED = "`{name}` has a decorator that may return something else"
    CACHED = "`{name}` is cached: every call returns the same manager"
    MAY_BE_NONE = "`{name}` may end without a manager"
    PROPERTY = "`{name}` is a property that returns a manager"
    AWAITED = "it is awaited, and a plain manager is no coroutine"


@dataclass(frozen=True, slots=True)
class Why:
    """A reason and where it arose; no rows if that is not known."""

    reason: Reason
    name: str = ""
    file: str = ""
    rows: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        return self.reason.value.format(name=self.name)
