"""Which objects in an outline plainly come from outside of the project, whoever calls what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sessionfix.project import facts
from sessionfix.project.facts import Binding, Expr
from sessionfix.project.sieve.origins import BAGS
from sessionfix.project.sieve.outline import Outline
from sessionfix.project.sieve.settling import Settling

Finds = Callable[[facts.Import, bool], bool]
"""Whether an import, of a script perhaps, leads to what may matter."""


@dataclass(frozen=True)
class Outsiders:
    """Reads one outline. What a name is may depend on itself; then all are read again from what was found."""

    outline: Outline
    finds: Finds
    found: Settling[tuple[str, int], bool] = field(default_factory=lambda: Settling(True))  # of itself it is nothing

    @property
    def is_settled(self) -> bool:
        """Whether none depends on what turned out to be something else."""
        return self.found.is_settled

    def again(self) -> Outsiders:
        """The same, to be found anew from what was found."""
        return Outsiders(self.outline, self.finds, self.found.again())

    def has(self, expr: Expr, scope: int) -> bool:
        """Whether what an expression in a scope gives is none of the project's."""
        if isinstance(expr, facts.Name):
            return self._has_name(expr.id, scope)
        if isinstance(expr, facts.Attribute):
            return expr.attr not in BAGS and self.has(expr.value, scope)
        if isinstance(expr, facts.Call):
            parts = (expr.func, *expr.args, *(value for _, value in expr.keywords))
            return all(self.has(part, scope) for part in parts)
        if isinstance(expr, facts.Await | facts.Entered):
            return self.has(expr.value, scope)
        if isinstance(expr, facts.Subscript):
            return all(self.has(part, scope) for part in (expr.value, *expr.items))
        if isinstance(expr, facts.Choice):
            return all(self.has(option, scope) for option in expr.options)
        return isinstance(expr, facts.Constant | facts.Opaque)

    def _has_name(self, name: str, scope: int) -> bool:
        home = self.outline.facts.home(name, scope)
        if home is None:
            return name != "super" and not self.outline.facts.stars and not self.outline.is_installed
        return name not in BAGS and self._has_bound(name, home)

    def _has_bound(self, name: str, scope: int) -> bool:
        bindings = self.outline.facts.scopes[scope].bindings[name]
        return self.found.once((name, scope), lambda: all(self._has_binding(binding, scope) for binding in bindings))

    def _has_binding(self, binding: Binding, scope: int) -> bool:
        if isinstance(binding, facts.Import):
            return binding.name not in BAGS and not self.finds(binding, self.outline.facts.is_script)
        if isinstance(binding, facts.Value):
            parts = (part for part in (binding.expr, binding.annotation) if part is not None)
            return all(self.has(part, binding.scope) for part in parts)
        if isinstance(binding, facts.Parameter):
            annotation = binding.annotation
            return annotation is not None and self.has(annotation, self.outline.facts.scopes[scope].parent)
        return isinstance(binding, facts.Loose)
