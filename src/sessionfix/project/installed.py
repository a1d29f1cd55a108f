"""What installed packages hand out. Their modules are read as they are named, and nothing of them is imported or run.

What the project imports from elsewhere stays a name, such as `pkg.db.Manager().session`: so it is known what it is
called, and a check without an environment is the same. Only if such a name is called, the environment is asked whether
a manager comes of it.

From one package into another only imports lead: what a package reads from an object of another one is not followed. So
the names in a package, and those that it imports, tell what it may hand out (see `sieve.handed_out`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessionfix.project.values import (
    UNKNOWN,
    Instance,
    Manager,
    ModuleValue,
    Outside,
    Place,
    Resolved,
)

if TYPE_CHECKING:
    from sessionfix.project.resolve import Resolver

_READ_FROM_OBJECT = ")."  # as in `Class().method`
# What is worth a look: `pkg.module.function`, `pkg.Class.method` and `pkg.Class().method`. Chains of calls such as
# `session.query().all` lead through half a package, which took as long as all the rest of a check; and what the call of
# a class returns is no manager of contextlib's. Names tell: a class is written in capitals.
_LOOKED_INTO = re.compile(r"(?:\w+\.)+(?:_*[A-Z]\w*\([^()]*\)\.\w+|_*[a-z]\w*|_+)")


@dataclass(frozen=True)
class Installed:
    """Answers for dotted names, in which calls are written as `()`."""

    resolver: Resolver

    def manager(self, called: str, place: Place) -> Resolved | None:
        """The manager that the call of this name at `place` returns; None if it may be anything else."""
        if self.resolver.index.is_installed(place.file) and _READ_FROM_OBJECT in called:
            return None
        if not _LOOKED_INTO.fullmatch(called) or not self.resolver.index.has_installed(
            called.partition(".")[0].partition("(")[0]
        ):
            return None
        found = self._value(f"{called}()")
        return found if isinstance(found.value, Manager) else None

    def _value(self, name: str) -> Resolved:
        return self.resolver.search.once(
            ("installed", name), lambda: self._find(name), circular=Resolved(UNKNOWN), lost=Resolved(UNKNOWN)
        )

    def _find(self, name: str) -> Resolved:
        if name.endswith(")"):
            return self._called(self._value(name[: name.rindex("(")]))
        owner, _, attr = name.rpartition(".")
        if owner:
            return self._followed(self.resolver.attribute(self._owner(owner), attr))
        module = self.resolver.index.installed(attr)
        return Resolved(ModuleValue(module) if module else UNKNOWN)

    def _owner(self, name: str) -> Resolved:
        """What a name is that has an attribute read; unknown if it may be a module or what its package calls so."""
        found = self._value(name)
        is_module = "(" not in name and self.resolver.index.installed(name) is not None
        return Resolved(UNKNOWN) if is_module and not isinstance(found.value, ModuleValue) else found

    def _called(self, callee: Resolved) -> Resolved:
        """What a call returns; an object may be of a subclass, as the name does not tell how it was come by."""
        found = self._followed(self.resolver.called(callee))
        if isinstance(found.value, Instance):
            return Resolved(replace(found.value, is_exact=False), found.steps)
        return found

    def _followed(self, found: Resolved) -> Resolved:
        """What one package has from another one."""
        if not isinstance(found.value, Outside) or not found.value.name or _READ_FROM_OBJECT in found.value.name:
            return found
        if not self.resolver.index.has_installed(found.value.name.partition(".")[0]):
            return found
        return self._value(found.value.name).after(*found.steps)
