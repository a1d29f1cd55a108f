"""The scopes of a module while it is read: which there are, and what is bound in which of them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from sessionfix.project.drafts import Draft
from sessionfix.project.facts import Binding, Expr, ScopeKind
from sessionfix.project.history import When


class Scopes:
    """The scopes in the order of the text, each known by its index; the module's own is 0.

    `made_by` has the scope that each scope-making node makes; `when` is when the statement runs that is read now.
    """

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.made_by: dict[ast.AST, int] = {}
        self.when = When.IN_TURN

    def open(self, node: ast.AST, draft: Draft) -> int:
        """Begin the scope that a node makes."""
        own = len(self.drafts)
        self.drafts.append(draft)
        self.made_by[node] = own
        return own

    def enter_body(self, when: When) -> When:
        """Go on to statements that run then; when those around them do. A context manager would take its time."""
        around = self.when
        self.when = around if around is When.NEVER else when
        return around

    def bind(self, scope: int, name: str, binding: Binding, when: When | None = None) -> None:
        """Note what a statement that runs in `scope` gives to a name, in the scope where that name is at home."""
        home = self._home(scope, name)
        self.drafts[home].bind(name, binding, (when or self.when) if home == scope else When.LATER)

    def _home(self, scope: int, name: str) -> int:
        draft = self.drafts[scope]
        if name in draft.global_names:
            return 0
        if name in draft.nonlocal_names:
            return self._enclosing(draft.parent, name)
        return scope

    def _enclosing(self, scope: int, name: str) -> int:
        while scope and (self.drafts[scope].kind is not ScopeKind.FUNCTION or name not in self.drafts[scope].bindings):
            scope = self.drafts[scope].parent
        return scope

    def around_inner(self, scope: int) -> int:
        """The scope around lambdas and comprehensions: the one for which `:=` binds in them."""
        while self.drafts[scope].kind is ScopeKind.INNER:
            scope = self.drafts[scope].parent
        return scope

    def method(self, scope: int) -> int | None:
        """The method around `scope`, over functions nested in it."""
        while scope:
            parent = self.drafts[scope].parent
            if self.drafts[parent].kind is ScopeKind.CLASS and self.drafts[scope].kind is ScopeKind.FUNCTION:
                return scope
            scope = parent
        return None

    def types(self, own: Mapping[str, Expr], scope: int) -> Mapping[str, Expr]:
        """The type parameters that are seen in a definition: those of the definitions around it, and its own."""
        around = self.drafts[scope].type_names
        return {**around, **own} if own else around
