"""What to do by hand where an object of the user's own class holds the session: an exit stack, in the class's terms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain, count

from sessionfix.rewrite import reasons
from sessionfix.rewrite.scopes import Tree
from sessionfix.syntax.compound import FunctionNode

ENTERING = {"__enter__": "__exit__", "__aenter__": "__aexit__"}
CLOSING = ("close", "aclose", "shutdown", "stop", "disconnect", "teardown", "tearDown", "cleanup")


def advice(tree: Tree, call: ast.Call, *, is_async: bool) -> str:
    """Why the session that `call` makes is not rewritten where it is stored, and what to write instead."""
    kept = _kept_as(tree, call)
    method = next((node for node in tree.ancestors(call) if isinstance(node, FunctionNode)), None)
    class_ = tree.parents[method] if method is not None else None
    if kept is None or method is None or not isinstance(class_, ast.ClassDef):
        return reasons.STORED
    methods = {node.name: node for node in class_.body if isinstance(node, FunctionNode)}
    end = next((name for name in (*ENTERING.values(), *CLOSING, "__del__") if name in methods), None)
    if end is None or not _is_attribute_of(kept, method):
        return reasons.STORED
    if is_async and not all(isinstance(node, ast.AsyncFunctionDef) for node in (method, methods[end])):
        return reasons.HELD_ASYNC.format(kept=ast.unparse(kept), owner=class_.name)
    return _words(class_, method, methods[end], kept, call, is_async=is_async)


def _words(
    class_: ast.ClassDef,
    method: FunctionNode,
    end: FunctionNode,
    kept: ast.Attribute,
    call: ast.Call,
    *,
    is_async: bool,
) -> str:
    stack = f"{ast.unparse(kept.value)}.{_free_attribute(class_)}"
    enter = f"await {stack}.enter_async_context" if is_async else f"{stack}.enter_context"
    begin = f"{stack} = {'AsyncExitStack' if is_async else 'ExitStack'}(); {ast.unparse(kept)} = {enter}"
    parts = {"kept": ast.unparse(kept), "owner": class_.name, "method": method.name, "end": end.name}
    parts["begin"] = f"{begin}({ast.unparse(call)})"
    wait = "await " if is_async else ""
    if end.name == "__del__":
        return reasons.HELD_TILL_COLLECTED.format(**parts)
    if end.name in ENTERING.values():
        leave = f"return {wait}{stack}.{'__aexit__' if is_async else '__exit__'}({_passed_on(end)})"
    else:
        leave = f"{wait}{stack}.{'aclose' if is_async else 'close'}()"
    return reasons.HELD.format(leave=leave, **parts)


def _kept_as(tree: Tree, call: ast.Call) -> ast.Attribute | None:
    """The attribute that the value of `call` is assigned to."""
    statement = tree.statement(call)
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return next((target for target in targets if isinstance(target, ast.Attribute)), None)


def _is_attribute_of(kept: ast.Attribute, method: FunctionNode) -> bool:
    """Whether `kept` is an attribute of the method's own object."""
    parameters = [*method.args.posonlyargs, *method.args.args]
    return isinstance(kept.value, ast.Name) and bool(parameters) and kept.value.id == parameters[0].arg


def _free_attribute(class_: ast.ClassDef) -> str:
    used = {node.attr for node in ast.walk(class_) if isinstance(node, ast.Attribute)}
    numbered = (f"_stack_{number}" for number in count(2))
    return next(name for name in chain(["_stack", "_exit_stack"], numbered) if name not in used)


def _passed_on(end: FunctionNode) -> str:
    """What `__exit__` is called with, as its own parameters name it."""
    return ", ".join(_argument_names(end.args))


def _argument_names(arguments: ast.arguments) -> Iterator[str]:
    yield from (argument.arg for argument in [*arguments.posonlyargs, *arguments.args][1:])
    if arguments.vararg is not None:
        yield f"*{arguments.vararg.arg}"
