"""Managers that are kept on an attribute, in a global or in a container, and used there as the session."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from sessionfix.project import facts
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import Target
from sessionfix.project.usage import MANAGER, Usage, UsageReader, self_attributes
from sessionfix.project.values import ClassValue, Manager, ModuleValue, Nothing
from sessionfix.syntax.compound import FunctionNode


@dataclass(frozen=True)
class StoredReader:
    """Reads how a kept manager is used, in its own file and in the others."""

    target: Target
    known: Knowledge

    def of_place(self, place: ast.expr, call: ast.Call) -> Usage:
        """The uses of what `place = call` keeps."""
        if isinstance(place, ast.Attribute) and isinstance(place.value, ast.Name):
            class_ = self._own_class(place, place.value.id)
            if class_ is not None:
                return self.of_self(class_, place.attr)
        return self._same_expression(place, call)

    def _own_class(self, node: ast.AST, self_name: str) -> ast.ClassDef | None:
        """The class whose `self` this is."""
        inside = node
        for outer in self.target.ancestors(node):
            if isinstance(outer, ast.ClassDef) and isinstance(inside, FunctionNode):
                positional = (*inside.args.posonlyargs, *inside.args.args)
                return outer if positional and positional[0].arg == self_name else None
            inside = outer
        return None

    # attributes

    def of_self(self, class_: ast.ClassDef, attr: str) -> Usage:
        """The uses of `self.attr` in a class and in its subclasses; as a manager if anybody may enter it."""
        usage = self._in_class(self.target, class_, attr)
        own = ClassValue(self.target.file, self.target.scope_of[class_])
        if usage.is_manager or UsageReader(self.target, self.known).is_entered_elsewhere(own, attr):
            return MANAGER
        for target, subclass in self._subclasses(own, class_.name):
            usage += self._in_class(target, subclass, attr)
        return usage

    def _in_class(self, target: Target, class_: ast.ClassDef, attr: str) -> Usage:
        written = [node for node in self_attributes(class_, attr) if not isinstance(node.ctx, ast.Load)]
        if not all(self._keeps_manager(target, node) for node in written) or _is_in_body(class_, attr):
            return MANAGER
        return UsageReader(target, self.known).of_attribute(class_, attr)

    def _keeps_manager(self, target: Target, node: ast.expr) -> bool:
        """Whether a place in a target is given a manager or None there (or is deleted)."""
        statement = target.parents[node]
        if isinstance(statement, ast.Delete):
            return True
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            return False
        if statement.value is None:
            return True
        value = self.known.resolver.evaluate(target.expression(statement.value), target.place(statement.value)).value
        return isinstance(value, Manager | Nothing)

    def _subclasses(self, class_: ClassValue, name: str) -> Iterator[tuple[Target, ast.ClassDef]]:
        for file in self.known.files_with(name, r"class\s+\w+\s*\([^:]*\bNAME\b"):
            target = self.known.target_of(file)
            if target is not None:
                yield from ((target, node) for node in self._subclasses_in(target, class_))

    def _subclasses_in(self, target: Target, class_: ClassValue) -> Iterator[ast.ClassDef]:
        for node, scope in target.scope_of.items():
            other = ClassValue(target.file, scope)
            if isinstance(node, ast.ClassDef) and other != class_ and class_ in self.known.resolver.mro(other):
                yield node

    # globals

    def of_global(self, name: str) -> Usage:
        """The uses of a module's variable in functions, and in the modules that import it."""
        nodes = list(self._global_names(name))
        written = [node for node in nodes if not isinstance(node.ctx, ast.Load)]
        if not all(self._keeps_manager(self.target, node) for node in written) or self._is_bound_oddly(name):
            return MANAGER
        usage = UsageReader(self.target, self.known).of_uses(node for node in nodes if isinstance(node.ctx, ast.Load))
        for file in self.known.files_with(name, r"import\s*(?:\([^)]*|[^\n;]*)\bNAME\b|\.NAME\b"):
            if file != self.target.file:
                usage += self._in_importer(file, name)
        return usage

    def _global_names(self, name: str) -> Iterator[ast.Name]:
        named = (node for node in self.target.nodes.of(ast.Name) if node.id == name)
        yield from (node for node in named if self.known.resolver.home(name, self.target.place(node)) == 0)

    def _is_bound_oddly(self, name: str) -> bool:
        """Whether the name is also a function, an import, a loop's target or the like."""
        bindings = self.target.facts.scopes[0].bindings.get(name, ())
        return not all(isinstance(binding, facts.Value) for binding in bindings)

    def _in_importer(self, file: str, name: str) -> Usage:
        target = self.known.target_of(file)
        if target is None:
            return Usage()
        read: list[ast.Attribute | ast.Name] = target.nodes.of(ast.Attribute, ast.Name)
        uses = [node for node in read if self._is_import_of(node, name, target)]
        return UsageReader(target, self.known).of_uses(uses)

    def _is_import_of(self, node: ast.Attribute | ast.Name, name: str, target: Target) -> bool:
        """Whether an expression in another module is this module's variable."""
        if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Load):
            owner = self.known.resolver.evaluate(target.expression(node.value), target.place(node)).value
            return isinstance(owner, ModuleValue) and owner.module.file == self.target.file
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            return False
        home = self.known.resolver.home(node.id, target.place(node))
        bindings = target.facts.scopes[home].bindings[node.id] if home is not None else ()
        return any(isinstance(one, facts.Import) and self._names(one, name, target.file) for one in bindings)

    def _names(self, binding: facts.Import, name: str, file: str) -> bool:
        return binding.name == name and self.known.resolver.imported_file(binding, file) == self.target.file

    # containers and other objects

    def _same_expression(self, place: ast.expr, call: ast.Call) -> Usage:
        """The uses of the very same `container["key"]` or `thing.attr` in the same function."""
        if isinstance(place, ast.Subscript) and not isinstance(place.slice, ast.Constant):
            return Usage()
        block = self.target.block(call)
        shown = _shown(place)
        same = [node for node in ast.walk(block) if isinstance(node, ast.Attribute | ast.Subscript)]
        same = [node for node in same if _shown(node) == shown]
        if [node for node in same if not isinstance(node.ctx, ast.Load)] != [place]:
            return MANAGER
        later = [node for node in same if node is not place and node.lineno >= place.lineno]
        return UsageReader(self.target, self.known).of_uses(later)


def _shown(node: ast.expr) -> str:
    """An expression as text, whether it is read or written."""
    return ast.unparse(node)


def _is_in_body(class_: ast.ClassDef, attr: str) -> bool:
    """Whether the class's own body gives the attribute a value (other than None) or defines it."""
    for statement in class_.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and statement.name == attr:
            return True
        targets = statement.targets if isinstance(statement, ast.Assign) else ()
        if any(isinstance(target, ast.Name) and target.id == attr for target in targets):
            return not (isinstance(statement, ast.Assign) and _is_none(statement.value))
    return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
