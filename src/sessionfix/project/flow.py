"""Which uses of a local name can a binding of it reach?

One scope and one name at a time. The walk follows the order of execution with the set of bindings that the name may
hold; a loop's body is walked until nothing changes, an exception can leave a try at any statement.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sessionfix.project.walk import children
from sessionfix.syntax.compound import FunctionNode, Loop

State = frozenset[ast.AST] | None  # the bindings the name may hold; None: not reached
_UNBOUND: State = frozenset()
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class NameFlow:
    """What happens to one name in one scope.

    `uses`: each reading of the name in the scope itself -> the nodes that may have bound it. `captured`: readings in
    functions nested there, which may run at any time. `rebound`: a nested function binds the name too.
    """

    uses: dict[ast.Name, frozenset[ast.AST]] = field(default_factory=dict)
    captured: list[ast.Name] = field(default_factory=list)
    bindings: dict[ast.AST, None] = field(default_factory=dict)
    rebound: list[ast.AST] = field(default_factory=list)

    def reached(self, binding: ast.AST) -> list[ast.Name]:
        """The readings in the scope itself that may see what `binding` bound."""
        return [use for use, bindings in self.uses.items() if binding in bindings]


def flow_of(scope: ast.AST, name: str) -> NameFlow:
    """The flow of `name` in a module, a class body or a function."""
    walker = _Walker(name)
    if isinstance(scope, FunctionNode):
        walker.block(scope.body, walker.parameters(scope.args))
    elif isinstance(scope, ast.Module | ast.ClassDef):
        walker.block(scope.body, _UNBOUND)
    return walker.flow


def _join(*states: State) -> State:
    reached = [state for state in states if state is not None]
    return frozenset().union(*reached) if reached else None


@dataclass
class _Loop:
    breaks: State = None
    continues: State = None


class _Walker:
    def __init__(self, name: str) -> None:
        self.name = name
        self.flow = NameFlow()
        self.loops: list[_Loop] = []
        self.trails: list[list[State]] = []

    # the state

    def bind(self, node: ast.AST) -> State:
        self.flow.bindings[node] = None
        return self.note(frozenset({node}))

    def note(self, state: State) -> State:
        """Tell the enclosing tries that an exception may leave with this state."""
        for trail in self.trails:
            trail.append(state)
        return state

    def use(self, node: ast.Name, state: State) -> None:
        if state is not None:
            self.flow.uses[node] = self.flow.uses.get(node, frozenset()) | state

    def parameters(self, args: ast.arguments) -> State:
        state = _UNBOUND
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None and arg.arg == self.name:
                state = self.bind(arg)
        return state

    # statements

    def block(self, body: Sequence[ast.stmt], state: State) -> State:
        for statement in body:
            self.note(state)
            state = self.statement(statement, state)
        return state

    def statement(self, node: ast.stmt, state: State) -> State:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is not None:
            result: State = method(node, state)
            return result
        return self.parts(children(node), state)

    def parts(self, nodes: Iterable[ast.AST | None], state: State) -> State:
        for node in nodes:
            if node is not None:
                state = self.part(node, state)
        return state

    def _assign(self, node: ast.Assign, state: State) -> State:
        return self.parts(node.targets, self.part(node.value, state))

    def _annassign(self, node: ast.AnnAssign, state: State) -> State:
        if node.value is None and isinstance(node.target, ast.Name):
            return state
        return self.part(node.target, self.part(node.value, state) if node.value else state)

    def _augassign(self, node: ast.AugAssign, state: State) -> State:
        if isinstance(node.target, ast.Name) and node.target.id == self.name:
            self.use(node.target, state)
        return self.part(node.target, self.part(node.value, state))

    def _functiondef(self, node: FunctionNode, state: State) -> State:
        outside = (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults)
        state = self.parts(outside, state)
        self._capture(node, node.args, node.body)
        return self.bind(node) if node.name == self.name else state

    _asyncfunctiondef = _functiondef

    def _classdef(self, node: ast.ClassDef, state: State) -> State:
        state = self.parts((*node.decorator_list, *node.bases, *node.keywords), state)
        own = any(_binds(inner, self.name) for inner in _own_nodes(node.body))
        if own:
            for method in node.body:
                if isinstance(method, _FUNCTIONS):
                    self.statement(method, None)
        else:
            self.block(node.body, state)
        return self.bind(node) if node.name == self.name else state

    def _return(self, node: ast.Return, state: State) -> State:
        self.note(self.part(node.value, state) if node.value else state)
        return None

    def _raise(self, node: ast.Raise, state: State) -> State:
        self.note(self.parts((node.exc, node.cause), state))
        return None

    def _jump(self, node: ast.Break | ast.Continue, state: State) -> State:
        loop = self.loops[-1]
        if isinstance(node, ast.Break):
            loop.breaks = _join(loop.breaks, state)
        else:
            loop.continues = _join(loop.continues, state)
        return None

    _break = _continue = _jump

    def _delete(self, node: ast.Delete, state: State) -> State:
        for target in node.targets:
            mine = isinstance(target, ast.Name) and target.id == self.name
            state = _UNBOUND if mine and state is not None else self.part(target, state)
        return state

    def _import(self, node: ast.Import | ast.ImportFrom, state: State) -> State:
        for alias in node.names:
            if (alias.asname or alias.name.partition(".")[0]) == self.name:
                state = self.bind(alias)
        return state

    _importfrom = _import

    def _if(self, node: ast.If, state: State) -> State:
        state = self.part(node.test, state)
        return _join(self.block(node.body, state), self.block(node.orelse, state))

    def _with(self, node: ast.With | ast.AsyncWith, state: State) -> State:
        for item in node.items:
            state = self.parts((item.context_expr, item.optional_vars), state)
        with self._trail() as trail:
            end = self.block(node.body, state)
        return _join(end, *trail) if any(_suppresses(item) for item in node.items) else end

    _asyncwith = _with

    def _match(self, node: ast.Match, state: State) -> State:
        state = self.part(node.subject, state)
        ends: list[State] = []
        for case in node.cases:
            taken = self.parts((case.pattern, case.guard), state)
            ends.append(self.block(case.body, taken))
            state = _join(state, taken)
        return _join(state, *ends)

    # loops

    def _while(self, node: ast.While, state: State) -> State:
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        return self._loop(node, state, endless)

    def _for(self, node: ast.For | ast.AsyncFor, state: State) -> State:
        return self._loop(node, self.part(node.iter, state), endless=False)

    _asyncfor = _for

    def _loop(self, node: Loop, state: State, endless: bool) -> State:
        loop = _Loop()
        self.loops.append(loop)
        known: State = None
        while True:
            entering = _join(state, known)
            head = self.part(node.test, entering) if isinstance(node, ast.While) else entering
            inside = head if isinstance(node, ast.While) else self.part(node.target, head)
            around = _join(self.block(node.body, inside), loop.continues, known)
            if _join(state, around) == entering:  # a walk more for nothing would be two for each level of nested loops
                break
            known = around
        self.loops.pop()
        end = None if endless else self.block(node.orelse, head)
        return _join(end, loop.breaks)

    # try

    @contextmanager
    def _trail(self) -> Iterator[list[State]]:
        self.trails.append([])
        try:
            yield self.trails[-1]
        finally:
            self.trails.pop()

    def _try(self, node: ast.Try, state: State) -> State:
        with self._trail() as whole:
            self.note(state)
            end = self._guarded(node, state)
        if not node.finalbody:
            return end
        abrupt = _join(*whole)
        self.block(node.finalbody, abrupt)
        return self.block(node.finalbody, end) if end is not None else None

    _trystar = _try

    def _guarded(self, node: ast.Try, state: State) -> State:
        with self._trail() as trail:
            self.note(state)
            end = self.block(node.body, state)
            self.note(end)
        raised = _join(*trail)
        end = self.block(node.orelse, end) if end is not None else None
        return _join(end, *(self._handler(handler, raised) for handler in node.handlers))

    def _handler(self, node: ast.ExceptHandler, state: State) -> State:
        state = self.part(node.type, state) if node.type else state
        if node.name != self.name:
            return self.block(node.body, state)
        end = self.block(node.body, self.bind(node))
        return _UNBOUND if end is not None else None

    # expressions and patterns

    def part(self, node: ast.AST, state: State) -> State:
        if isinstance(node, ast.Name):
            return self._name(node, state)
        if isinstance(node, ast.NamedExpr):
            return self.part(node.target, self.part(node.value, state))
        if isinstance(node, ast.Lambda):
            state = self.parts((*node.args.defaults, *node.args.kw_defaults), state)
            self._capture(node, node.args, [node.body])
            return state
        if isinstance(node, _COMPREHENSIONS):
            return self._comprehension(node, state)
        if isinstance(node, ast.BoolOp):
            return self._short_circuit(node, state)
        if isinstance(node, ast.IfExp):
            state = self.part(node.test, state)
            return _join(self.part(node.body, state), self.part(node.orelse, state))
        if self.name in (getattr(node, "name", None), getattr(node, "rest", None)):
            return self.bind(node)
        return self.parts(children(node), state)

    def _name(self, node: ast.Name, state: State) -> State:
        if node.id != self.name:
            return state
        if isinstance(node.ctx, ast.Store):
            return self.bind(node)
        self.use(node, state)
        return state

    def _short_circuit(self, node: ast.BoolOp, state: State) -> State:
        state = self.part(node.values[0], state)
        end = state
        for value in node.values[1:]:
            state = self.part(value, state)
            end = _join(end, state)
        return end

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, state: State) -> State:
        state = self.part(node.generators[0].iter, state)
        if any(_binds(inner, self.name) for part in node.generators for inner in ast.walk(part.target)):
            return state
        for number, generator in enumerate(node.generators):
            state = self.parts(generator.ifs if number == 0 else (generator.iter, *generator.ifs), state)
        return self.parts([part for part in children(node) if isinstance(part, ast.expr)], state)

    def _capture(self, function: ast.AST, args: ast.arguments, body: Sequence[ast.AST]) -> None:
        """Collect what a nested function does with the name, unless it has one of its own."""
        kind = _own_binding(self.name, args, body)
        if kind == "own":
            return
        if kind == "nonlocal":
            self.flow.rebound.append(function)
        for node in _own_nodes(body):
            if isinstance(node, ast.Name) and node.id == self.name and isinstance(node.ctx, ast.Load):
                self.flow.captured.append(node)
            elif isinstance(node, FunctionNode):
                self._capture(node, node.args, node.body)
            elif isinstance(node, ast.Lambda):
                self._capture(node, node.args, [node.body])


def _own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of a body; a nested function is given, and only what is evaluated outside of it is entered."""
    todo = list(body)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, FunctionNode):
            todo += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif isinstance(node, ast.Lambda):
            todo += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        else:
            todo += children(node)


def _own_binding(name: str, args: ast.arguments, body: Sequence[ast.AST]) -> str:
    """Whether a function has its own variable of this name ("own"), rebinds an outer one ("nonlocal"), or reads it."""
    parameters = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    if any(arg is not None and arg.arg == name for arg in parameters):
        return "own"
    nodes = list(_own_nodes(body))
    declared = any(isinstance(node, ast.Nonlocal | ast.Global) and name in node.names for node in nodes)
    bound = any(_binds(node, name) for node in nodes)
    return "nonlocal" if declared else "own" if bound else "read"


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.alias):
        return (node.asname or node.name.partition(".")[0]) == name
    return name in (getattr(node, "name", None), getattr(node, "rest", None))


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    func = call.func if isinstance(call, ast.Call) else call
    last = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return last in ("suppress", "raises", "assertRaises", "assertRaisesRegex")
