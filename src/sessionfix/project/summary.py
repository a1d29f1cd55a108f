"""Read one module's facts from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sessionfix.project import facts
from sessionfix.project.drafts import Draft, FunctionNode, evaluated_outside, first_parameter, freeze
from sessionfix.project.expressions import bounded, expression, type_expression, type_parameters
from sessionfix.project.facts import (
    Binding,
    Expr,
    ModuleFacts,
    ScopeKind,
)
from sessionfix.project.history import BRANCHING, When, checker_branches, continues
from sessionfix.project.tells import last_name
from sessionfix.project.walk import Nodes, children
from sessionfix.syntax.nodes import TypeAlias

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_WITH = (ast.With, ast.AsyncWith)
_FOR = (ast.For, ast.AsyncFor)
# What an expression may do but have a value: make a scope, bind a name, make a generator.
_DOING = (
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda),
    *(ast.NamedExpr, ast.Yield, ast.YieldFrom),
)


@dataclass(frozen=True)
class Summary:
    """A module's facts, and (while its tree is at hand) its nodes with their scopes.

    `scope_of` has the scope that each scope-making node makes, `scope_at` the one that each statement runs in.
    """

    facts: ModuleFacts
    nodes: Nodes
    scope_of: dict[ast.AST, int]
    scope_at: dict[ast.AST, int]

    def scope(self, node: ast.AST) -> int:
        """The scope in which a node is evaluated."""
        below: ast.AST | None = None
        while node not in self.scope_at:
            parent = self.nodes.parents[node]
            if parent in self.scope_of and _is_inside(parent, node, below):
                return self.scope_of[parent]
            node, below = parent, node
        return self.scope_at[node]


def _is_inside(parent: ast.AST, node: ast.AST, below: ast.AST | None) -> bool:
    """Whether `node`, a child of the scope-making `parent`, is evaluated in its scope and not around it."""
    if isinstance(parent, ast.Lambda):
        return node is parent.body
    if isinstance(parent, Comprehension):
        first = parent.generators[0]
        return not (node is first and (below is first.iter))
    return isinstance(node, ast.stmt)


def summarise(tree: ast.Module) -> Summary:
    """The facts of a parsed module. Raises RecursionError if it is nested too deeply."""
    builder = _Builder(Nodes(tree))
    builder.module(tree)
    return builder.finish()


class _Builder:
    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.doing = _around(nodes.of(*_DOING), nodes)
        self.drafts: list[Draft] = []
        self.scope_of: dict[ast.AST, int] = {}
        self.scope_at: dict[ast.AST, int] = {}
        self.stars: list[facts.Import] = []
        self.exports: set[str] | None = None
        self.exports_known = True
        self.is_script = False
        self.when = When.IN_TURN

    def module(self, tree: ast.Module) -> None:
        self.is_script = any(isinstance(node, ast.If) and _is_main_guard(node.test) for node in tree.body)
        self._open(tree, Draft(ScopeKind.MODULE, "", 1, 0))
        self._statements(tree.body, 0)

    def finish(self) -> Summary:
        scopes = tuple(map(freeze, self.drafts))
        exports = frozenset(self.exports) if self.exports is not None and self.exports_known else None
        module = ModuleFacts(scopes, tuple(self.stars), exports, self.is_script)
        return Summary(module, self.nodes, self.scope_of, self.scope_at)

    def _open(self, node: ast.AST, draft: Draft) -> int:
        self.drafts.append(draft)
        self.scope_of[node] = len(self.drafts) - 1
        return len(self.drafts) - 1

    def _bind(self, scope: int, name: str, binding: Binding, when: When | None = None) -> None:
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

    # statements

    def _statements(self, body: Iterable[ast.stmt], scope: int) -> None:
        for statement in body:
            self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: int) -> None:
        self.scope_at[node] = scope
        if isinstance(node, FunctionNode):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, BRANCHING):
            self._branching_statement(node, scope)
        elif isinstance(node, _WITH):
            for item in node.items:
                self._enter(item, scope)
            self._parts(node, scope)
        else:
            self._simple_statement(node, scope)
            if node in self.doing or isinstance(node, TypeAlias):
                self._parts(node, scope)

    def _parts(self, node: ast.AST, scope: int) -> None:
        for child in children(node):
            self._descend(child, scope)

    def _branching_statement(self, node: ast.stmt, scope: int) -> None:
        branches = checker_branches(node) if isinstance(node, ast.If) else None
        around = self._enter_body(When.PERHAPS if branches is None else When.NEVER)
        if isinstance(node, _FOR):
            self._loosen(node.target, scope)
        if branches is None:
            self._parts(node, scope)
            self.when = around
        else:
            self._statements(branches[0], scope)
            self.when = around
            self._statements(branches[1], scope)

    def _enter_body(self, when: When) -> When:
        """Go on to statements that run then; when those around them do. A context manager would take its time."""
        around = self.when
        self.when = around if around is When.NEVER else when
        return around

    def _simple_statement(self, node: ast.stmt, scope: int) -> None:
        if isinstance(node, ast.Expr):
            self._export_call(node.value, scope)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value, None, scope)
        elif isinstance(node, ast.Return):
            self.drafts[scope].returns.append(expression(node.value) if node.value else facts.Constant(None))
        elif isinstance(node, ast.AnnAssign):
            self._assign(node.target, node.value, node.annotation, scope)
        elif isinstance(node, ast.AugAssign):
            self._augment(node, scope)
        else:
            self._declaration(node, scope)

    def _declaration(self, node: ast.stmt, scope: int) -> None:
        if isinstance(node, ast.Import):
            self._import(node, scope)
        elif isinstance(node, ast.ImportFrom):
            self._import_from(node, scope)
        elif isinstance(node, ast.Global):
            self.drafts[scope].global_names.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            self.drafts[scope].nonlocal_names.update(node.names)
        elif isinstance(node, TypeAlias):
            name, value, names = children(node)[0], children(node)[-1], type_parameters(node)
            if isinstance(name, ast.Name) and isinstance(value, ast.expr):
                self._bind(scope, name.id, facts.Value(name.lineno, scope, bounded(type_expression(value), names)))

    def _descend(self, node: ast.AST, scope: int) -> None:
        if isinstance(node, ast.stmt):
            self._statement(node, scope)
        elif isinstance(node, ast.expr):
            self._expression(node, scope)
        else:
            self._clause(node, scope)

    def _clause(self, node: ast.AST, scope: int) -> None:
        """Exception handlers, match cases and their patterns, with items, keywords, slices."""
        name = getattr(node, "rest", None) if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
        if isinstance(name, str):
            self._bind(scope, name, facts.Loose(getattr(node, "lineno", 0)))
        self._parts(node, scope)

    # definitions

    def _function(self, node: FunctionNode, scope: int) -> None:
        for outside in evaluated_outside(node):
            self._expression(outside, scope)
        own_types = type_parameters(node)
        types = self._types(own_types, scope)
        draft = Draft(ScopeKind.FUNCTION, node.name, node.lineno, scope, node=node, type_names=types)
        own = self._open(node, draft)
        for name in own_types:
            self._bind(own, name, facts.Loose(node.lineno))
        when = When.PERHAPS if self.when is When.IN_TURN and continues(node) else self.when
        self._bind(scope, node.name, facts.Definition(node.lineno, own), when)
        if self.drafts[scope].kind is ScopeKind.CLASS:
            draft.self_name = first_parameter(node)
        around = self._enter_body(When.PERHAPS)
        self._parameters(node.args, own)
        self._statements(node.body, own)
        self.when = around

    def _class(self, node: ast.ClassDef, scope: int) -> None:
        for outside in (*node.decorator_list, *node.bases, *(word.value for word in node.keywords)):
            self._expression(outside, scope)
        types = self._types(type_parameters(node), scope)
        own = self._open(node, Draft(ScopeKind.CLASS, node.name, node.lineno, scope, node=node, type_names=types))
        self._bind(scope, node.name, facts.Definition(node.lineno, own))
        around = self._enter_body(When.IN_TURN)
        self._statements(node.body, own)
        self.when = around

    def _types(self, own: Mapping[str, Expr], scope: int) -> Mapping[str, Expr]:
        """The type parameters that are seen in a definition: those of the definitions around it, and its own."""
        around = self.drafts[scope].type_names
        return {**around, **own} if own else around

    def _parameters(self, args: ast.arguments, scope: int) -> None:
        positional = (*args.posonlyargs, *args.args)
        defaults = (*[None] * (len(positional) - len(args.defaults)), *args.defaults)
        for index, (arg, default) in enumerate(zip(positional, defaults, strict=True)):
            self._parameter(arg, index, default, scope)
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            self._parameter(arg, None, default, scope)
        for star in (args.vararg, args.kwarg):
            if star:
                self._bind(scope, star.arg, facts.Loose(star.lineno))

    def _parameter(self, arg: ast.arg, index: int | None, default: ast.expr | None, scope: int) -> None:
        value = expression(default) if default else None
        self._bind(
            scope,
            arg.arg,
            facts.Parameter(arg.lineno, arg.arg, index, self.drafts[scope].annotation(arg.annotation), value),
        )

    # imports

    def _import(self, node: ast.Import, scope: int) -> None:
        for alias in node.names:
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            self._bind(
                scope,
                alias.asname or module,
                facts.Import(node.lineno, module, 0, None, _changed(alias.asname, module)),
            )

    def _import_from(self, node: ast.ImportFrom, scope: int) -> None:
        for alias in node.names:
            found = facts.Import(
                node.lineno, node.module or "", node.level, alias.name, _changed(alias.asname, alias.name)
            )
            if alias.name == "*":
                self.stars.append(found)
            else:
                self._bind(scope, alias.asname or alias.name, found)

    # assignments

    def _assign(self, target: ast.expr, value: ast.expr | None, type_: ast.expr | None, scope: int) -> None:
        if isinstance(target, ast.Name):
            self._assign_name(target, value, type_, scope)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, value, type_, scope)
        elif isinstance(target, ast.Tuple | ast.List):
            self._assign_items(target, value, scope)

    def _assign_name(self, target: ast.Name, value: ast.expr | None, type_: ast.expr | None, scope: int) -> None:
        if last_name(type_) == "TypeAlias":
            self._bind(scope, target.id, facts.Value(target.lineno, scope, self.drafts[scope].annotation(value)))
        else:
            expr = expression(value) if value is not None else None
            earlier = self._earlier(target.id, scope)
            self._bind(
                scope, target.id, facts.Value(target.lineno, scope, expr, self.drafts[scope].annotation(type_), earlier)
            )
        if target.id == "__all__" and scope == 0:
            self._export(value)

    def _earlier(self, name: str, scope: int) -> facts.Earlier | None:
        """What a name holds before it is bound in turn: `f = contextmanager(f)`."""
        history = self.drafts[scope].histories.get(name)
        if history is None or self.when is not When.IN_TURN:
            return None
        return facts.Earlier(name, frozenset(binding.row for binding in history.left))

    def _assign_attribute(
        self, target: ast.Attribute, value: ast.expr | None, type_: ast.expr | None, scope: int
    ) -> None:
        method = self._method(scope)
        if method is None or not isinstance(target.value, ast.Name):
            return
        owner = self.drafts[self.drafts[method].parent]
        if target.value.id in (self.drafts[method].self_name, owner.name):
            expr = expression(value) if value is not None else None
            found = facts.Value(target.lineno, scope, expr, self.drafts[scope].annotation(type_))
            owner.attributes.setdefault(target.attr, []).append(found)

    def _method(self, scope: int) -> int | None:
        """The method around `scope`, over functions nested in it."""
        while scope:
            parent = self.drafts[scope].parent
            if self.drafts[parent].kind is ScopeKind.CLASS and self.drafts[scope].kind is ScopeKind.FUNCTION:
                return scope
            scope = parent
        return None

    def _assign_items(self, target: ast.Tuple | ast.List, value: ast.expr | None, scope: int) -> None:
        items: list[ast.expr | None] = [None] * len(target.elts)
        starred = any(isinstance(item, ast.Starred) for item in target.elts)
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(items) and not starred:
            items = list(value.elts)
        for part, item in zip(target.elts, items, strict=True):
            if item is not None:
                self._assign(part, item, None, scope)
            else:
                self._loosen(part, scope)

    def _enter(self, item: ast.withitem, scope: int) -> None:
        if isinstance(item.optional_vars, ast.Name):
            entered = facts.Entered(expression(item.context_expr))
            self._bind(scope, item.optional_vars.id, facts.Value(item.optional_vars.lineno, scope, entered))
        else:
            self._loosen(item.optional_vars, scope)

    def _loosen(self, target: ast.AST | None, scope: int) -> None:
        """Bind every name in a target to something that is not followed."""
        if isinstance(target, ast.Name):
            self._bind(scope, target.id, facts.Loose(target.lineno))
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(target, ast.Tuple(elts=[], ctx=ast.Load()), None, scope)
        elif isinstance(target, ast.Tuple | ast.List | ast.Starred):
            for child in children(target):
                self._loosen(child, scope)

    def _augment(self, node: ast.AugAssign, scope: int) -> None:
        if isinstance(node.target, ast.Name) and node.target.id == "__all__" and scope == 0:
            self._export(node.value)
        else:
            self._loosen(node.target, scope)

    # __all__

    def _export(self, value: ast.expr | None) -> None:
        if not isinstance(value, ast.List | ast.Tuple):
            self.exports_known = False
            return
        names = [item.value for item in value.elts if isinstance(item, ast.Constant)]
        self.exports = (self.exports or set()) | {name for name in names if isinstance(name, str)}

    def _export_call(self, node: ast.expr, scope: int) -> None:
        """`__all__.append("x")` and `.extend([...])`: what is exported is then not plain."""
        owner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        if scope == 0 and isinstance(owner, ast.Name) and owner.id == "__all__":
            self.exports_known = False

    # expressions

    def _expression(self, node: ast.AST, scope: int) -> None:
        """Look at an expression; with a list and no recursion, as a sum may have thousands of terms."""
        todo = [node]
        while todo:
            inner = todo.pop()
            if inner not in self.doing:
                continue
            if isinstance(inner, Comprehension):
                self._comprehension(inner, scope)
            elif isinstance(inner, ast.Lambda):
                self._lambda(inner, scope)
            else:
                self._inline_expression(inner, scope)
                todo += reversed(children(inner))

    def _inline_expression(self, node: ast.AST, scope: int) -> None:
        if isinstance(node, ast.NamedExpr):
            self._assign_name(node.target, node.value, None, self._function_scope(scope))
        elif isinstance(node, ast.Yield | ast.YieldFrom):
            self.drafts[scope].is_generator = True

    def _function_scope(self, scope: int) -> int:
        while self.drafts[scope].kind is ScopeKind.INNER:
            scope = self.drafts[scope].parent
        return scope

    def _lambda(self, node: ast.Lambda, scope: int) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self._expression(default, scope)
        own = self._open(node, Draft(ScopeKind.INNER, "<lambda>", node.lineno, scope))
        self._parameters(node.args, own)
        self._expression(node.body, own)

    def _comprehension(self, node: Comprehension, scope: int) -> None:
        self._expression(node.generators[0].iter, scope)
        own = self._open(node, Draft(ScopeKind.INNER, "<comprehension>", node.lineno, scope))
        for number, generator in enumerate(node.generators):
            self._loosen(generator.target, own)
            for part in generator.ifs if number == 0 else (generator.iter, *generator.ifs):
                self._expression(part, own)
        for item in children(node):
            if isinstance(item, ast.expr):
                self._expression(item, own)


def _around(found: Iterable[ast.AST], nodes: Nodes) -> set[ast.AST]:
    """These expressions with all that is around them, their statements included."""
    around: set[ast.AST] = set()
    for node in found:
        part = node
        while part not in around and not isinstance(part, ast.stmt):
            around.add(part)
            part = nodes.parents[part]
        around.add(part)
    return around


def _changed(alias: str | None, name: str) -> str | None:
    return alias if alias != name else None


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
