"""From a factory call to a plan: which shape the call has, and what its rewrite is."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Sequence

from sessionfix.diagnostics import Certainty
from sessionfix.project.sites import AstSpan, Site, Use
from sessionfix.project.target import span
from sessionfix.rewrite import cleanup, extent, imports, reasons
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.evaluation import check_evaluated_once
from sessionfix.rewrite.exits import check_emptied
from sessionfix.rewrite.flow import trace
from sessionfix.rewrite.holders import advice
from sessionfix.rewrite.life import Extent, Life
from sessionfix.rewrite.lifetime import Source
from sessionfix.rewrite.nesting import is_too_deep
from sessionfix.rewrite.openings import Opening, Openings, dead_flags
from sessionfix.rewrite.plan import Block, Import, Item, Plan, RefusalError, promise, rows_of
from sessionfix.rewrite.scopes import bound_names, used_names
from sessionfix.rewrite.tags import KEEPS
from sessionfix.rewrite.worlds import plain_target
from sessionfix.syntax.compound import is_try


def of_call(site: Site, context: Context) -> Plan:
    """The rewrite of a factory call. Raises RefusalError and UnknownSyntaxError."""
    return CallPlanner(context, site).plan()


class CallPlanner:
    """Plans the rewrite of one factory call; subclasses plan others that come to a factory's `with`, too."""

    def __init__(self, context: Context, site: Site) -> None:
        self.tree = context.tree
        self.sites = context.sites
        self.site = site
        self.factory = site.factory
        self.call = context.node(site, ast.Call)
        self.callees = context.callees
        self.statement = self.tree.statement(self.call)
        self.scope = self.tree.scope(self.statement)
        self.is_crowded = context.is_crowded(self.scope)
        self.needs: Import | None = None

    def plan(self) -> Plan:
        """Raises RefusalError."""
        if self.site.use is Use.DISCARDED:
            raise RefusalError(reasons.DISCARDED.format(word=self.keyword, call=ast.unparse(self.call)))
        if self.site.use is Use.STORED:
            raise RefusalError(self.advice())
        if self.is_crowded:
            raise RefusalError(reasons.CROWDED)
        self.check_scope()
        if self.site.use in (Use.CLOSING, Use.WRONG_WITH):
            return self.with_item()
        return self.new_block()

    def check_scope(self) -> None:
        """Refuse where no `with` of the factory's kind can stand."""
        if isinstance(self.scope, ast.ClassDef):
            raise RefusalError(reasons.IN_CLASS_BODY)
        if self.factory.is_async and not isinstance(self.scope, ast.AsyncFunctionDef):
            raise RefusalError(reasons.ASYNC_IN_PLAIN.format(factory=self.factory.qualname))
        self.check_frame()

    def new_block(self) -> Plan:
        """A `with` around what needs the session that is made here."""
        source = self.source()
        if self.binds(source):
            return self.binding(source)
        return self.inline(source)

    def advice(self) -> str:
        """Why there is no rewrite where the session is stored, and what to write by hand."""
        return advice(self.tree, self.call, is_async=self.factory.is_async)

    @property
    def keyword(self) -> str:
        return "async with" if self.factory.is_async else "with"

    def check_frame(self) -> None:
        """Refuse where the function looks at its own variables: the rewrite adds to them, or keeps them longer."""
        if reads := self.callees.facts(self.scope).frame_reads:
            raise RefusalError(reasons.FRAME.format(name=ast.unparse(reads[0].func), row=reads[0].lineno))

    def item(self) -> ast.expr:
        """What the `with` enters."""
        return self.call

    def source(self) -> ast.expr:
        """What gives the session: the call, or what is done with it at once; with the `await` around that."""
        call = self.entering()
        parent = self.tree.parents[call]
        if not isinstance(parent, ast.Await):
            return call
        if not self.factory.is_async:
            raise RefusalError(reasons.NOT_ASYNC.format(factory=self.factory.qualname))
        return parent

    def entering(self) -> ast.expr:
        """The factory call, or the call in which it stands that gives the session."""
        return self.call

    # s = f()

    def binds(self, source: ast.expr) -> bool:
        """Whether the statement is a plain assignment of the session to a name; refuses its near relatives."""
        value = self.choice_around(source)
        parent = self.tree.parents[value]
        if isinstance(parent, ast.NamedExpr):
            raise RefusalError(reasons.WALRUS)
        if isinstance(parent, ast.AnnAssign) and parent.value is value:
            if not isinstance(parent.target, ast.Name):
                raise RefusalError(self.advice())
            return True
        if isinstance(parent, ast.Assign):
            if len(parent.targets) > 1 or isinstance(parent.targets[0], ast.Tuple | ast.List):
                raise RefusalError(reasons.OTHER_TARGET)
            if not isinstance(parent.targets[0], ast.Name):
                raise RefusalError(self.advice())
            return True
        if isinstance(parent, ast.Tuple | ast.List) and isinstance(self.tree.parents[parent], ast.Assign):
            raise RefusalError(reasons.OTHER_TARGET)
        return False

    def choice_around(self, source: ast.expr) -> ast.expr:
        """The conditional expression that an assignment's value is, where the call is one of its arms."""
        value = source
        while isinstance(parent := self.tree.parents[value], ast.IfExp | ast.BoolOp):
            value = parent
        return value if isinstance(parent, ast.Assign | ast.AnnAssign) else source

    def binding(self, source: ast.expr) -> Plan:
        assert isinstance(self.statement, ast.Assign | ast.AnnAssign)
        opening = self.opening(self.statement)
        self.check_scope_of(opening.name)
        life = self.life(source, opening)
        self.check_globals_of(life)
        reach = self.reach_of_binding(life)
        replaces, taken = self.taken(opening, reach)
        none = self.dead_none(opening, reach)
        removed = reach.removed | taken | ({none} if none is not None else frozenset())
        block = Block(
            item=self.entered_by(opening),
            name=opening.name,
            is_async=self.factory.is_async,
            first=reach.block[0] if reach.block else None,
            last=reach.block[-1] if reach.block else None,
            replaces=replaces,
        )
        return self.finished(reach.assumptions, removed, block, mends=tuple(map(span, opening.calls)))

    def opening(self, statement: ast.Assign | ast.AnnAssign) -> Opening:
        """What makes the session of an assignment. Raises RefusalError."""
        return Openings(self.tree, self.is_same, self.nullcontext).of_assignment(statement, self.call)

    def plain_opening(self, statement: ast.Assign | ast.AnnAssign) -> Opening:
        """The same where the call itself gives no session, so that nothing can be chosen from. Raises RefusalError."""
        name = plain_target(statement)
        if name is None or statement.value is not self.source():
            raise RefusalError(reasons.CONDITIONAL)
        return Opening(statement, frozenset({statement}), name, self.call, (self.call,))

    def entered_by(self, opening: Opening) -> ast.expr:
        """What the `with` enters where a session is bound to a name."""
        return opening.item

    def is_same(self, call: ast.Call) -> bool:
        """Whether another call is as much a wrong use of the same factory as this one."""
        other = self.sites.get(span(call))
        mine = (self.site.use, self.site.factory, self.site.certainty)
        return other is not None and mine == (other.use, other.factory, other.certainty)

    def nullcontext(self, given: ast.expr) -> ast.expr:
        """The manager that hands over a session without ending it. Raises RefusalError."""
        reached = imports.reach(self.tree, self.statement, "contextlib", "nullcontext")
        if reached is None:
            raise RefusalError(reasons.NO_NULLCONTEXT)
        self.needs = reached.needs
        return ast.Call(func=reached.expression, args=[given], keywords=[])

    def taken(self, opening: Opening, reached: Extent) -> tuple[ast.stmt | None, frozenset[ast.stmt]]:
        """The statement whose place the `with` takes, if any, and all that goes with the opening and its flags."""
        whole = frozenset({opening.statement})
        flags = self.dead_flags(opening, reached.removed | whole)
        if not isinstance(opening.statement, ast.If):
            return opening.statement, whole | flags
        inner = frozenset(node for node in ast.walk(opening.statement) if isinstance(node, ast.Assign | ast.AnnAssign))
        if inner <= opening.assignments | flags:
            return opening.statement, whole | flags
        if opening.handed is None or not reached.block or self.is_read_after_failure(opening, reached):
            raise RefusalError(reasons.BRANCHES.format(row=opening.statement.lineno))
        return None, opening.assignments | self.dead_flags(opening, reached.removed | opening.assignments)

    def dead_flags(self, opening: Opening, gone: frozenset[ast.stmt]) -> frozenset[ast.stmt]:
        """The assignments of flags that nothing reads once `gone` is gone; a module's may be read from others."""
        if isinstance(self.scope, ast.Module):
            return frozenset()
        return dead_flags(self.callees.facts(self.scope), opening, gone)

    def is_read_after_failure(self, opening: Opening, reached: Extent) -> bool:
        """Whether a flag may be read after the factory failed: the rewrite sets it before that is entered."""
        tries = (node for node in self.tree.ancestors(opening.statement) if is_try(node))
        if not any(self.tree.within(attempt, self.scope) for attempt in tries):
            return False
        flags = {name for node in ast.walk(opening.statement) for name in bound_names(node)} - {opening.name}
        safe = frozenset(reached.block) | reached.removed | {opening.statement}
        loads = (node for node in ast.walk(self.scope) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        return any(node.id in flags and not self.is_within(node, safe) for node in loads)

    def check_scope_of(self, name: str) -> None:
        if name in self.callees.facts(self.scope).declared:
            raise RefusalError(reasons.GLOBAL_NAME.format(name=name))

    def check_globals_of(self, life: Life) -> None:
        """Refuse where another module may read what a module-level block would end."""
        if not isinstance(self.scope, ast.Module):
            return
        for name, tag in life.lifetime.names.items():
            if tag & KEEPS and self.callees.calls.is_read_elsewhere(name):
                raise RefusalError(reasons.IMPORTED_NAME.format(name=name))

    def dead_none(self, opening: Opening, reach: Extent) -> ast.stmt | None:
        """The `name = None` before, where nothing but the block reads the name."""
        none = cleanup.none_binding(self.tree, opening.statement, opening.name)
        if none is None or isinstance(self.scope, ast.Module):
            return None
        gone = reach.removed | frozenset(reach.block) | {none, opening.statement}
        entered = set(ast.walk(opening.item))
        names = (node for node in ast.walk(self.scope) if isinstance(node, ast.Name) and node.id == opening.name)
        return none if all(self.is_within(node, gone) and node not in entered for node in names) else None

    def is_within(self, node: ast.AST, statements: frozenset[ast.stmt] | set[ast.stmt]) -> bool:
        return node in statements or any(ancestor in statements for ancestor in self.tree.ancestors(node))

    def reach_of_binding(self, life: Life) -> Extent:
        """The extent of a session that is bound to a name. Raises RefusalError."""
        return extent.of_binding(life)

    def reach_of_statement(self, life: Life) -> Extent:
        """The extent of a session that is made inside a statement. Raises RefusalError."""
        return extent.of_statement(life)

    def life(self, source: ast.expr, opening: Opening | None = None) -> Life:
        origin = Source(self.factory.is_async, node=source)
        if opening is not None and opening.is_conditional:
            handed = opening.handed
            decided = handed.conditions.decided(handed.own) if handed is not None else {}
            origin = Source(self.factory.is_async, opening=opening.statement, name=opening.name, decided=decided)
        lifetime = trace(origin, self.scope, self.callees)
        statement = opening.statement if opening is not None else self.statement
        project = self.callees.calls
        lazy = project.known.lazy.exist
        return Life(self.tree, statement, self.call, self.factory, lifetime, project, lazy, opening)

    # x = f().query(1), g(f())

    def inline(self, source: ast.expr) -> Plan:
        assumptions = self.check_evaluated_once(source)
        reach = self.reach_of_statement(self.life(source))
        block = Block(
            item=self.item(),
            name=self.free_name(),
            is_async=self.factory.is_async,
            first=reach.block[0],
            last=reach.block[-1],
            named=source,
        )
        return self.finished(assumptions + reach.assumptions, reach.removed, block)

    def check_evaluated_once(self, source: ast.expr) -> list[str]:
        """Refuse where the call does not run exactly once, first thing in its statement; says what is assumed."""
        return check_evaluated_once(source, self.statement, self.tree)

    def free_name(self) -> str:
        """A name for the session: what the factory yields, or `session`; never one that is in use."""
        taken = used_names(self.scope)
        wish = (self.factory.yields or "session").lstrip("_")
        candidates = [wish, "session", *(f"session_{number}" for number in range(2, 1000))]
        return next(name for name in candidates if _usable(name) and name not in taken)

    # with closing(f()) as s, with async_factory() as s

    def with_item(self) -> Plan:
        item, reach = self.entered()
        return self.finished(reach.assumptions, reach.removed, None, item)

    def entered(self) -> tuple[Item, Extent]:
        """What becomes of the `with` item that the call stands in, and of its block. Raises RefusalError."""
        statement = self.statement
        if not isinstance(statement, ast.With | ast.AsyncWith):
            raise RefusalError(reasons.NOT_ALWAYS)
        index, item = self.item_of(statement)
        is_async = self.factory.is_async
        if len(statement.items) > 1 and is_async is not isinstance(statement, ast.AsyncWith):
            raise RefusalError(reasons.MANY_ITEMS)
        life = self.life(item.context_expr)
        reach = extent.of_with(life, statement.body)
        inner = [close for close in cleanup.closes(life.lifetime) if self.tree.within(close, statement)]
        removed = cleanup.whole(self.tree, inner, life.lifetime)
        check_emptied(life, removed)
        return Item(statement, index, self.item(), is_async), Extent(reach.block, removed, reach.assumptions)

    def item_of(self, statement: ast.With | ast.AsyncWith) -> tuple[int, ast.withitem]:
        for index, item in enumerate(statement.items):
            if any(part is self.call for part in ast.walk(item.context_expr)):
                return index, item
        raise RefusalError(reasons.NOT_ALWAYS)

    # The outcome

    def finished(
        self,
        assumptions: Sequence[str],
        removed: frozenset[ast.stmt],
        block: Block | None,
        item: Item | None = None,
        mends: tuple[AstSpan, ...] = (),
    ) -> Plan:
        if block is not None and block.first is not None and block.last is not None:
            self.check_depth(block.first, block.last)
        if self.site.certainty is Certainty.PROBABLE:
            assumptions = [*assumptions, reasons.ASSUME_PROBABLE.format(factory=self.factory.qualname)]
        applicability, message = promise(self.message(block, item), assumptions)
        return Plan(
            applicability,
            message,
            rows=self.rows(removed, block, item),
            removed=removed,
            block=block,
            item=item,
            mends=mends,
            needs=self.needs,
        )

    def check_depth(self, first: ast.stmt, last: ast.stmt) -> None:
        if is_too_deep(self.tree, first, last):
            raise RefusalError(reasons.TOO_DEEP)

    def message(self, block: Block | None, item: Item | None) -> str:
        if block is not None:
            entered = ast.unparse(block.item)
            shown = f"({entered})" if isinstance(block.item, ast.IfExp) else entered
            return f"Use `{self.keyword} {shown} as {block.name}:`"
        assert item is not None
        call = ast.unparse(item.expression)
        target = item.statement.items[item.index].optional_vars
        return f"Use `{self.keyword} {call}" + (f" as {ast.unparse(target)}:`" if target is not None else ":`")

    def rows(self, removed: frozenset[ast.stmt], block: Block | None, item: Item | None) -> tuple[int, int]:
        """The first and last row of all statements that change, the try around an emptied finally among them."""
        touched: list[ast.stmt] = [self.statement, *removed]
        if block is not None:
            touched += [part for part in (block.first, block.last) if part is not None]
        if item is not None:
            touched.append(item.statement)
        for statement in removed:
            owner = self.tree.parents[statement]
            if is_try(owner):
                touched.append(owner)
        return rows_of(touched)


def _usable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name != "_"
