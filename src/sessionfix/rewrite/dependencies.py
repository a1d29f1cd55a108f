"""From a factory that is given to a framework to a plan: it becomes a generator, or gets one beside it."""

from __future__ import annotations

import ast
import keyword

from sessionfix.diagnostics import Applicability
from sessionfix.parsing import parse
from sessionfix.project.expressions import expression
from sessionfix.project.only_dependencies import function_of, given_only, maker_of
from sessionfix.project.sites import Site
from sessionfix.project.target import span
from sessionfix.project.tells import first_name, last_name
from sessionfix.project.values import Function as FunctionValue
from sessionfix.project.words import words_of
from sessionfix.rewrite import reasons
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.plan import Decoration, Definition, Plan, RefusalError, Swap, promise, rows_of
from sessionfix.rewrite.scopes import Scope, stored_names
from sessionfix.syntax.compound import FunctionNode


def of_dependency(site: Site, context: Context) -> Plan:
    """The rewrite of `Depends(factory)`, or of the factory's decorator. Raises RefusalError."""
    return _OfDependency(context, site).plan()


class _OfDependency:
    def __init__(self, context: Context, site: Site) -> None:
        self.context = context
        self.tree = context.tree
        self.target = context.callees.calls.target
        self.known = context.callees.calls.known
        self.site = site
        self.factory = site.factory
        self.node = context.node(site, ast.expr)

    def plan(self) -> Plan:
        owner = self.tree.parents[self.node]
        if isinstance(owner, FunctionNode) and self.node in owner.decorator_list:
            return self.plain_generator(owner, [self.site])
        provider = self.provider()
        factory = function_of(self.factory, self.known)
        is_direct = factory is not None and (factory.file, factory.scope) == (provider.file, provider.scope)
        if factory is not None and is_direct and given_only(factory, self.known):
            if (own := self.own(factory)) is not None:
                return self.plain_generator(own, self.same())
            place = f"{self.factory.path.name}:{self.factory.row}"
            raise RefusalError(reasons.ONLY_DEPENDENCY.format(factory=self.factory.qualname, place=place))
        return self.twin(provider)

    def provider(self) -> FunctionValue:
        """The function that is given to the framework. Raises RefusalError where it is not given by its name."""
        resolver = self.known.resolver
        value = resolver.evaluate(expression(self.node), self.target.place(self.node)).value
        if not isinstance(self.node, ast.Name | ast.Attribute) or not isinstance(value, FunctionValue) or value.made:
            raise RefusalError(reasons.NOT_NAMED.format(mark=self.site.detail))
        if resolver.kind(value).manager is None and resolver.function(value).is_async:
            raise RefusalError(reasons.NOT_NAMED.format(mark=self.site.detail))
        return value

    def own(self, function: FunctionValue) -> FunctionNode | None:
        """The `def` of a function, where it is in this file."""
        return self.target.function(function.scope) if function.file == self.target.file else None

    def same(self) -> list[Site]:
        """The sites of the same factory, given in the same words."""
        words = ast.unparse(self.node)
        alike = (
            site for site in self.context.sites.values() if (site.use, site.factory) == (self.site.use, self.factory)
        )
        return [site for site in alike if ast.unparse(self.context.node(site, ast.expr)) == words]

    # the factory becomes a generator

    def plain_generator(self, function: FunctionNode, sites: list[Site]) -> Plan:
        decorator = maker_of(function, self.target, self.known)
        if decorator is None:
            raise RefusalError(reasons.OTHER_DECORATOR.format(factory=self.factory.qualname))
        message = f"Take `@{ast.unparse(decorator)}` from `{self.factory.qualname}` (line {function.lineno})"
        first = min(one.lineno for one in function.decorator_list)
        return Plan(
            applicability=Applicability.UNSAFE,
            message=f"{message}; {reasons.ASSUME_ONLY_DEPENDENCY.format(factory=self.factory.qualname)}",
            rows=(first, function.body[0].lineno),
            decoration=Decoration(function, dropped=frozenset({decorator})),
            mends=tuple(site.place for site in sites),
        )

    # a generator beside the factory

    def twin(self, provider: FunctionValue) -> Plan:
        self.check_overrides()
        self.check_top()
        own = self.own(provider)
        own = own if own is not None and self.tree.parents[own] is self.tree.module else None
        taken = {word for part in self.tree.parents for word in words_of(part)}
        name = _free(f"{last_name(self.node)}_dependency", taken)
        nodes = [self.context.node(site, ast.expr) for site in self.same()]
        after = own if own is not None else self.above_first(nodes)
        made = self.generator(name, provider)
        touched = [after, *map(self.tree.statement, nodes)]
        shown = f"Use `{self.site.detail}({name})`, with a generator `{name}` that enters `{ast.unparse(self.node)}`"
        applicability, message = promise(shown, [reasons.ASSUME_TWIN.format(factory=self.factory.qualname)])
        return Plan(
            applicability,
            message,
            rows_of(touched),
            definition=Definition(made, after, like=own),
            swaps=tuple(Swap(each, ast.Name(name, ast.Load())) for each in nodes),
            mends=tuple(map(span, nodes)),
        )

    def check_overrides(self) -> None:
        """Refuse where a test overrides the dependency by the function: that would not meet another one."""
        name = self.factory.qualname.rpartition(".")[2]
        for word in {name, last_name(self.node)}:
            if any(self.known.files_with(word, r"\bdependency_overrides\b")):
                raise RefusalError(reasons.OVERRIDDEN.format(factory=word))

    def check_top(self) -> None:
        """Refuse where the name means something else, or nothing, at the module's top."""
        root = first_name(self.node)
        inner = [outer for outer in self.tree.ancestors(self.node) if isinstance(outer, Scope)][:-1]
        if (
            root is None
            or root.id not in stored_names(self.tree.module)
            or any(root.id in stored_names(scope) for scope in inner)
        ):
            raise RefusalError(reasons.NOT_AT_TOP.format(factory=ast.unparse(self.node)))

    def above_first(self, nodes: list[ast.expr]) -> ast.stmt:
        """The statement at the module's top above the first that gives the function to the framework."""
        body = self.tree.module.body
        first = min(index for node in nodes if (index := self.tree.top_of(self.tree.statement(node), body)) is not None)
        return body[first - 1]  # the import of the function, if nothing else

    def generator(self, name: str, provider: FunctionValue) -> FunctionNode:
        """`def name(): with provider() as session: yield session`, with the provider's parameters."""
        arguments = self.arguments(provider)
        names = {argument.arg for argument in ast.walk(arguments) if isinstance(argument, ast.arg)}
        root = first_name(self.node)
        session = _free(self.factory.yields or "session", names | ({root.id} if root else set()))
        positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        given = [*positional, *(f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs)]
        wait = "async " if self.factory.is_async else ""
        entered = f"{wait}with {ast.unparse(self.node)}({', '.join(given)}) as {session}:"
        made = parse(f"{wait}def {name}():\n    {entered}\n        yield {session}\n").body[0]
        assert isinstance(made, FunctionNode)
        made.args = arguments
        return made

    def arguments(self, provider: FunctionValue) -> ast.arguments:
        """The provider's parameters, for the framework to read. Raises RefusalError where they can't stand here."""
        target = self.known.target_of(provider.file)
        node = target.function(provider.scope) if target else None
        arguments = node.args if node is not None else None
        none = ast.arguments([], [], None, [], [], None, [])
        if arguments is None or arguments.vararg is not None or arguments.kwarg is not None:
            raise RefusalError(reasons.HAS_PARAMETERS.format(factory=self.factory.qualname))
        own = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs][int(provider.receiver is not None) :]
        if own and self.own(provider) is None:
            raise RefusalError(reasons.HAS_PARAMETERS.format(factory=self.factory.qualname))
        return arguments if own else none


def _free(wish: str, taken: set[str]) -> str:
    names = (wish, *(f"{wish}_{number}" for number in range(2, 1000)))
    return next(name for name in names if name not in taken and not keyword.iskeyword(name))
