"""What stubs say: of an installed package without source, only its declarations are known."""

from __future__ import annotations

from sessionfix.project import facts
from sessionfix.project.facts import Expr
from sessionfix.project.values import Outside, Value

_MADE = {"_GeneratorContextManager": "sync", "_AsyncGeneratorContextManager": "async"}
_ABSTRACT = {
    "AbstractContextManager": "sync",
    "ContextManager": "sync",
    "AbstractAsyncContextManager": "async",
    "AsyncContextManager": "async",
}
MANAGER_TYPES = frozenset({*_MADE, *_ABSTRACT})
_SESSIONS = ("Session", "Connection")


def is_stub_file(file: str) -> bool:
    """Whether a module is a stub."""
    return file.endswith(".pyi")


def declared_manager(annotated: Value, annotation: Expr, last: str) -> str | None:
    """ "sync" or "async" if a return annotation of this value declares a manager of a session; `last`: its item's name.

    `AbstractContextManager[X]` may be said of anything that can be entered, an X that is its own manager among them: it
    counts only for what is called a session or a connection.
    """
    if not isinstance(annotated, Outside) or not isinstance(annotation, facts.Subscript):
        return None
    module, _, name = annotated.name.rpartition(".")
    if module not in ("contextlib", "typing", "typing_extensions"):
        return None
    return _MADE.get(name) or (_ABSTRACT.get(name) if last.endswith(_SESSIONS) else None)
