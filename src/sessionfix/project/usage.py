"""What all the uses of one variable say together: is it used as a session, or as the manager that it is?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from sessionfix.project import facts
from sessionfix.project.expected import is_expected_to_fail, is_probed
from sessionfix.project.expressions import annotation
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.target import Target
from sessionfix.project.tells import Sense, last_name, tell
from sessionfix.project.values import ClassValue, Function, Instance, Outside, Place, Resolved, Value
from sessionfix.syntax.compound import FunctionNode

_SESSION_NAMES = ("Session", "Connection")
_SESSION_TYPES = frozenset({"Engine", "Cursor"})
_ENTERING = r"(?:with|push|enter\w*)\b[^\n]*\.NAME\b|\.NAME\s*\.\s*__|\.NAME(?:\s+as\s+\w+)?\s*[,)]"
_COLLECTING = frozenset({"append", "appendleft", "add", "put", "put_nowait", "insert", "setdefault"})
_DEPTH = 5


@dataclass(frozen=True)
class Usage:
    """The uses that only a session understands, in source form, and whether there is one that only a manager does."""

    tells: tuple[str, ...] = ()
    is_manager: bool = False
    entered: tuple[str, int] | None = field(default=None, compare=False)  # the file and row of that use

    @property
    def as_session(self) -> bool:
        return bool(self.tells) and not self.is_manager

    def __add__(self, other: Usage) -> Usage:
        is_manager = self.is_manager or other.is_manager
        return Usage(self.tells + other.tells, is_manager, self.entered or other.entered)


MANAGER = Usage(is_manager=True)


@dataclass(frozen=True)
class UsageReader:
    """Reads usages in one file; follows what is passed to functions of the project."""

    target: Target
    known: Knowledge
    depth: int = 0
    aliased: frozenset[ast.AST] = frozenset()  # the names that led here: `a = b; b = a` must end

    def of_name(self, name: ast.Name | ast.arg) -> Usage:
        """The uses that this binding of a local name reaches."""
        spelled = name.arg if isinstance(name, ast.arg) else name.id
        flow = self.target.flow(self.target.binding_block(name), spelled)
        if flow.rebound:
            return MANAGER
        direct = self.of_uses(flow.reached(name))
        captured = self.of_uses(flow.captured)
        return direct + (captured if set(flow.bindings) == {name} else Usage((), captured.is_manager, captured.entered))

    def of_direct(self, name: ast.Name) -> Usage:
        """The uses of a module's name that this binding reaches in the module's own statements."""
        flow = self.target.flow(self.target.block(name), name.id)
        if flow.rebound:
            return Usage()
        return self.of_uses(flow.reached(name)) + Usage((), self.of_uses(flow.captured).is_manager)

    def of_uses(self, uses: Iterable[ast.expr]) -> Usage:
        """What these uses of one variable say together."""
        return sum((self._use(use) for use in sorted(uses, key=place_in_text)), Usage())

    def of_attribute(self, class_: ast.ClassDef, attr: str) -> Usage:
        """The uses of `self.attr` in a class's body."""
        return self.of_uses(node for node in self_attributes(class_, attr) if isinstance(node.ctx, ast.Load))

    def _use(self, use: ast.expr) -> Usage:
        told = tell(use, self.target.parents)
        if told.sense is Sense.SESSION:
            is_meant = is_expected_to_fail(self.target, use) or is_probed(self.target, use, told.text)
            return Usage(() if is_meant else (told.text,))
        if told.sense is Sense.MANAGER:
            return Usage(is_manager=True, entered=(self.target.file, use.lineno))
        if told.sense is Sense.PASSED and told.call:
            return self.passed(told.call, use)
        return sum((self._of_alias(alias) for alias in _aliases(self.target.parents[use], use)), Usage())

    def _of_alias(self, alias: ast.Name) -> Usage:
        """The uses of another name that the value is given."""
        if alias in self.aliased or self.known.resolver.home(alias.id, self.target.place(alias)) == 0:
            return Usage()
        usage = replace(self, aliased=self.aliased | {alias}).of_name(alias)
        walrus = self.target.parents[alias]
        return usage + (self._use(walrus) if isinstance(walrus, ast.NamedExpr) else Usage())

    # parameters

    def passed(self, call: ast.Call, argument: ast.expr) -> Usage:
        """What the callee of `call` does with `argument`; nothing is said if it is not known."""
        function = self._callee(call) if self.depth < _DEPTH else None
        name = self._parameter_name(call, argument, function) if function else None
        return self._parameter(function, name) if function and name else Usage()

    def _callee(self, call: ast.Call) -> Function | None:
        """The function of the project, with plain parameters, that a call calls."""
        resolver = self.known.resolver
        value = resolver.evaluate(self.target.expression(call.func), self.target.place(call)).value
        if isinstance(value, ClassValue):
            value = resolver.attribute(Resolved(Instance(value)), "__init__").value
        if not isinstance(value, Function):
            return None
        kind = resolver.kind(value)
        return None if kind.is_opaque or kind.is_wrapped or kind.manager or value.made else value

    def _parameter_name(self, call: ast.Call, argument: ast.expr, function: Function) -> str | None:
        parameters = self.known.resolver.function(function).parameters
        for word in call.keywords:
            if word.value is argument:
                return word.arg
        before = call.args[: call.args.index(argument)]
        index = len(before) + (function.receiver is not None)
        if any(isinstance(arg, ast.Starred) for arg in before) or index >= len(parameters):
            return None
        return parameters[index]

    def _parameter(self, function: Function, name: str) -> Usage:
        target = self.known.target_of(function.file)
        node = target.function(function.scope) if target else None
        argument = _argument_named(node, name) if node else None
        if target is None or argument is None:
            return Usage()
        reader = UsageReader(target, self.known, self.depth + 1)
        usage = reader.of_name(argument) + reader.of_kept(argument)
        if usage.is_manager or usage.tells:
            return Usage(tuple(_told_of(name, text) for text in usage.tells), usage.is_manager)
        return reader.of_annotation(function, argument)

    def of_kept(self, parameter: ast.arg) -> Usage:
        """The uses of `self.x` in the class, where `__init__` has `self.x = parameter`."""
        method = self.target.binding_block(parameter)
        class_ = self.target.parents[method]
        if not isinstance(method, ast.FunctionDef) or not isinstance(class_, ast.ClassDef) or method.name != "__init__":
            return Usage()
        kept = {attr for node in ast.walk(method) for attr in _kept_as(node, parameter.arg)}
        return sum((self._of_kept_attribute(class_, attr) for attr in sorted(kept)), Usage())

    def _of_kept_attribute(self, class_: ast.ClassDef, attr: str) -> Usage:
        own = ClassValue(self.target.file, self.target.scope_of[class_])
        return MANAGER if self.is_entered_elsewhere(own, attr) else self.of_attribute(class_, attr)

    def is_entered_elsewhere(self, class_: ClassValue, attr: str) -> bool:
        """Whether some `x.attr` in the project, with x of the class as far as is known, is used as a manager."""
        names = (attr, *self._handing_out(class_, attr))
        return any(
            self._enters(file, class_, name) for name in names for file in self.known.files_with(name, _ENTERING)
        )

    def _handing_out(self, class_: ClassValue, attr: str) -> Iterator[str]:
        """The methods and properties that return `self.attr`."""
        resolver = self.known.resolver
        for name, bindings in resolver.scope(class_.file, class_.scope).bindings.items():
            scopes = [one.scope for one in bindings if isinstance(one, facts.Definition)]
            functions = [resolver.scope(class_.file, scope).function for scope in scopes]
            if any(_returns_own(function, attr) for function in functions if function):
                yield name

    def _enters(self, file: str, class_: ClassValue, attr: str) -> bool:
        target = self.known.target_of(file)
        nodes = target.nodes.of(ast.Attribute) if target else ()
        found = [node for node in nodes if node.attr == attr]
        return target is not None and any(
            tell(_called(node, target), target.parents).sense is Sense.MANAGER
            and self._may_be_of(node.value, target, class_)
            for node in found
        )

    def _may_be_of(self, node: ast.expr, target: Target, class_: ClassValue) -> bool:
        value = self.known.resolver.evaluate(target.expression(node), target.place(node)).value
        if not isinstance(value, Instance):
            return True
        return class_ in self.known.resolver.mro(value.class_) or value.class_ in self.known.resolver.mro(class_)

    def _is_collected(self, parameter: ast.arg) -> bool:
        """Whether the parameter is put into a container, from where it may be entered."""
        flow = self.target.flow(self.target.binding_block(parameter), parameter.arg)
        calls = (self.target.parents[use] for use in flow.reached(parameter))
        return any(isinstance(call, ast.Call) and last_name(call.func) in _COLLECTING for call in calls)

    def of_annotation(self, function: Function, parameter: ast.arg) -> Usage:
        """Whether the annotation says that a session is wanted."""
        scope = self.known.resolver.scope(function.file, function.scope)
        declared = annotation(parameter.annotation)
        if declared is None or parameter.annotation is None or self._is_collected(parameter):
            return Usage()
        value = self.known.resolver.instance_of(declared, Place(function.file, scope.parent)).value
        wanted = _is_session_type(value)
        return Usage((f"{parameter.arg}: {ast.unparse(parameter.annotation)}",) if wanted else ())


def _returns_own(function: facts.FunctionFacts, attr: str) -> bool:
    """Whether a method returns `self.attr`."""
    return any(facts.Attribute(facts.Name(name), attr) in function.returns for name in function.parameters[:1])


def _called(node: ast.Attribute, target: Target) -> ast.expr:
    """The call without arguments of an attribute, or else the attribute itself."""
    parent = target.parents[node]
    is_called = isinstance(parent, ast.Call) and parent.func is node and not (parent.args or parent.keywords)
    return parent if is_called and isinstance(parent, ast.Call) else node


def _told_of(parameter: str, text: str) -> str:
    """`.query` of a parameter; what a further function does with it already names that one's parameter."""
    return text if text[:1].isidentifier() else f"{parameter}{text}"


def self_attributes(class_: ast.ClassDef, attr: str) -> Iterator[ast.Attribute]:
    """Every `self.attr` in the methods of a class, whatever `self` is called there."""
    for method in class_.body:
        if isinstance(method, FunctionNode):
            positional = (*method.args.posonlyargs, *method.args.args)
            name = positional[0].arg if positional else ""
            yield from (node for node in ast.walk(method) if _is_attribute_of(node, name, attr))


def _is_attribute_of(node: ast.AST, name: str, attr: str) -> TypeGuard[ast.Attribute]:
    if not isinstance(node, ast.Attribute) or node.attr != attr:
        return False
    return isinstance(node.value, ast.Name) and node.value.id == name


def place_in_text(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _kept_as(node: ast.AST, name: str) -> Iterator[str]:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id == name:
        yield from (target.attr for target in node.targets if isinstance(target, ast.Attribute))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Name) and node.value.id == name:
        yield from (target.attr for target in (node.target,) if isinstance(target, ast.Attribute))


def _argument_named(node: FunctionNode, name: str) -> ast.arg | None:
    for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        if arg.arg == name:
            return arg
    return None


def _aliases(parent: ast.AST, use: ast.expr) -> Iterator[ast.Name]:
    """The names of `name = use` and `(name := use)`."""
    if isinstance(parent, ast.Assign | ast.AnnAssign) and parent.value is use:
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        yield from (target for target in targets if isinstance(target, ast.Name))
    elif isinstance(parent, ast.NamedExpr):
        yield parent.target


def _is_session_type(value: Value) -> bool:
    if not isinstance(value, Outside):
        return False
    last = value.name.removesuffix("()").rpartition(".")[2]
    return last.endswith(_SESSION_NAMES) or last in _SESSION_TYPES
