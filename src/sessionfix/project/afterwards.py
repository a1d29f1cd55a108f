"""Find where a session is used once the `with` that made it has ended.

One site for each such `with`: the first use. In doubt nothing is said: SQLAlchemy's sessions may be closed, rolled
back, looked at, and begun again by `with` after their end.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sessionfix.diagnostics import Certainty
from sessionfix.project.blocks import Entered, Named, entered, is_within, named_items, reached_only, scope_of
from sessionfix.project.expected import is_expected_to_fail
from sessionfix.project.factories import Ended
from sessionfix.project.knowledge import Knowledge
from sessionfix.project.sites import Site, Use
from sessionfix.project.target import BlockNode, Target, span
from sessionfix.project.tells import Sense, first_name, last_name, tell
from sessionfix.project.unloaded import Unloaded
from sessionfix.project.usage import UsageReader, place_in_text
from sessionfix.syntax.compound import is_try

_ASKING = frozenset("query execute executemany scalar scalars stream stream_scalars merge refresh add_all".split())
_ASKING_TOO = frozenset("add get get_one delete exec bulk_save_objects bulk_insert_mappings".split())  # many things do
_RAISING = frozenset("cursor execute executemany executescript commit fetch fetchrow fetchval exec_driver_sql".split())
_WRITING = frozenset("add add_all merge delete execute exec bulk_save_objects bulk_insert_mappings".split())
_BEGINNING = frozenset("begin begin_nested connect open reopen reconnect ping reset start transaction".split())
_REFINING = frozenset(
    "filter filter_by where order_by join outerjoin options limit offset group_by having distinct select_from "
    "with_for_update with_entities populate_existing execution_options union union_all".split()
)
_RUNNING = frozenset("all first one one_or_none scalar count get delete update".split())
_FETCHING = frozenset({"query", "get"})
_ITERATING = frozenset({"list", "tuple", "set", "sorted", "dict", "sum", "min", "max", "any", "all", "enumerate"})
_READY_FOR = frozenset(
    "ProgrammingError InterfaceError OperationalError ResourceClosedError InvalidRequestError StatementError "
    "DetachedInstanceError IllegalStateChangeError PendingRollbackError".split()
)


@dataclass(frozen=True, eq=False)
class LateUse:
    """The first use of a session after its block: `name` is read there, `text` is the use in source form.

    `loads`: it is a relationship that is read, which may have been loaded before.
    """

    block: Entered
    name: ast.Name
    text: str
    loads: bool = False

    @property
    def certainty(self) -> Certainty:
        """Certain only where the session is known to be one that is hurt."""
        is_open = self.loads or self.block.factory.exit.ended is Ended.UNKNOWN
        return Certainty.PROBABLE if is_open else Certainty.CERTAIN


def sites_after_exit(target: Target, known: Knowledge) -> Iterator[Site]:
    """The first use after each `with` of a factory that closes its session."""
    for found in late_uses(target, known):
        block = found.block
        yield Site(span(found.name), Use.AFTER_EXIT, block.factory, block.chain, found.certainty, found.text)


def late_uses(target: Target, known: Knowledge) -> Iterator[LateUse]:
    """The same as nodes of the target's tree."""
    for block in entered(target, known, _read_outside(target, known)):
        found = _Late(target, known, block).first() if block.factory.exit.ended is not Ended.NOT else None
        if found is not None:
            yield found


def _read_outside(target: Target, known: Knowledge) -> Iterator[Named]:
    """The items whose session is read elsewhere, or what came of something that was fetched by it.

    Who asks only of these whether they enter a factory is spared most of the answers, which are dear.
    """
    for item in named_items(target, known):
        scope = target.block(item.name)
        if any(_leaves(target, scope, name, item.statement) for name in (item.name, *_fetched(item))):
            yield item


def _leaves(target: Target, scope: BlockNode, name: ast.Name, statement: ast.stmt) -> bool:
    """Whether what is bound to a name in a statement is read in the scope itself, but not in the statement."""
    return any(not is_within(target, use, statement) for use in target.flow(scope, name.id).reached(name))


def _fetched(item: Named) -> list[ast.Name]:
    """The names that are assigned in a `with`, if a query or an object of its session is assigned to one of them."""
    assigned = [node for node in ast.walk(item.statement) if isinstance(node, ast.Assign)]
    if not any(next(_methods(node.value), "") in _FETCHING for node in assigned):
        return []
    return [name for node in assigned for name in node.targets if isinstance(name, ast.Name)]


class _Late:
    """Looks for the uses of one session after its block."""

    def __init__(self, target: Target, known: Knowledge, block: Entered) -> None:
        self._target = target
        self._known = known
        self._reader = UsageReader(target, known)
        self._block = block
        self._exit = block.factory.exit
        self._name = block.name.id

    def first(self) -> LateUse | None:
        scope = scope_of(self._target, self._block)
        if scope is None:
            return None
        session = list(reached_only(self._target, scope, self._name, {self._block.name}))
        after = self._after(session)
        if any(self._begins(use) for use in after):
            return None
        queries = self._queries(scope, session) if self._exit.ended is not Ended.CONNECTION else {}
        run = [(use, self._run(use)) for use in self._after(queries)]
        return self._earliest([*((use, self._use(use)) for use in after), *run]) or self._loading(scope, session)

    def _loading(self, scope: BlockNode, session: Iterable[ast.Name]) -> LateUse | None:
        if self._exit.ended is not Ended.SESSION or not self._known.lazy.relationships:
            return None
        reads = Unloaded(self._target, self._known, self._block, scope, frozenset(session)).reads()
        texts = dict(reads)
        return self._earliest(((use, texts[use]) for use in self._after(texts)), loads=True)

    def _earliest(self, found: Iterable[tuple[ast.Name, str]], *, loads: bool = False) -> LateUse | None:
        texts = {use: text for use, text in found if text and not self._is_meant(use)}
        first = min(texts, key=place_in_text, default=None)
        return LateUse(self._block, first, texts[first], loads) if first else None

    def _after(self, uses: Iterable[ast.Name]) -> list[ast.Name]:
        """The uses outside of the block, less those that an exception may lead to before the session is closed."""
        outside = (use for use in uses if not is_within(self._target, use, self._block.statement))
        return [use for use in outside if self._exit.drops_on_error or not self._is_handled(use)]

    def _is_handled(self, use: ast.Name) -> bool:
        """Whether a use stands in a handler, or a finally, of a try around the block."""
        inside: ast.AST = use
        for outer in self._target.ancestors(use):
            tried = outer.body if is_try(outer) and inside not in outer.body else []
            if any(is_within(self._target, self._block.statement, part) for part in tried):
                return True
            inside = outer
        return False

    def _begins(self, use: ast.Name) -> bool:
        """Whether the session may be opened again: from there on it has another end."""
        told = tell(use, self._target.parents)
        if told.sense is Sense.PASSED and told.call:
            usage = self._reader.passed(told.call, use)
            return usage.is_manager or any(text.rpartition(".")[2] in _BEGINNING for text in usage.tells)
        return told.sense is Sense.MANAGER or told.text.lstrip(".") in _BEGINNING

    # uses of the session itself

    def _use(self, use: ast.Name) -> str:
        """The use in source form, if it asks something of the session; else nothing."""
        told = tell(use, self._target.parents)
        if told.sense is Sense.PASSED and told.call:
            tells = self._reader.passed(told.call, use).tells
            text = next((text for text in tells if ": " not in text and self._hurts(text.rpartition(".")[2])), "")
            return f"{last_name(told.call.func)}({self._name})" if text else ""
        method = self._target.parents[use]
        is_called = isinstance(method, ast.Attribute) and self._is_called(method)
        return f"{self._name}{told.text}" if is_called and self._hurts(told.text[1:]) else ""

    def _is_called(self, method: ast.Attribute) -> bool:
        call = self._target.parents[method]
        return isinstance(call, ast.Call) and call.func is method

    def _hurts(self, method: str) -> bool:
        if self._exit.ended is Ended.CONNECTION:
            return method in _RAISING
        if method == "commit":
            return not self._exit.commits and self._leaves_work()
        return method in _ASKING or (self._exit.ended is Ended.SESSION and method in _ASKING_TOO)

    def _leaves_work(self) -> bool:
        """Whether something is written by the session in its block, which a commit after it comes too late for."""
        calls = (node for node in ast.walk(self._block.statement) if isinstance(node, ast.Call))
        methods = (call.func for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in _WRITING)
        return any(isinstance(method.value, ast.Name) and method.value.id == self._name for method in methods)

    # queries

    def _queries(self, scope: BlockNode, session: Iterable[ast.Name]) -> dict[ast.Name, None]:
        """The readings of names that hold a query of the session, and nothing else."""
        bindings: set[ast.Name] = set()
        readings: dict[ast.Name, None] = {}
        asking = set(session)
        assignments = [node for node in ast.walk(scope) if isinstance(node, ast.Assign)]
        for node in sorted(assignments, key=lambda node: node.lineno):
            target = node.targets[0]
            if len(node.targets) == 1 and isinstance(target, ast.Name) and self._is_query(node.value, asking, readings):
                bindings.add(target)
                readings |= dict.fromkeys(reached_only(self._target, scope, target.id, bindings))
        return readings

    def _is_query(self, node: ast.expr, session: set[ast.Name], queries: dict[ast.Name, None]) -> bool:
        """Whether an expression is `session.query(...)`, or a query refined by further methods."""
        root = first_name(node)
        methods = list(_methods(node))
        if root in session and methods and methods[0] == "query":
            is_sure = self._exit.ended is Ended.SESSION or len(methods) > 1
            return is_sure and all(method in _REFINING for method in methods[1:])
        return root in queries and bool(methods) and all(method in _REFINING for method in methods)

    def _run(self, use: ast.Name) -> str:
        """How a query is made to run here, in source form; nothing if it is not."""
        node: ast.AST = use
        parents = self._target.parents
        while isinstance(method := parents[node], ast.Attribute) and self._is_called(method):
            if method.attr in _RUNNING:
                return f"{use.id}.{method.attr}"
            if method.attr not in _REFINING:
                return ""
            node = parents[method]
        return use.id if self._is_iterated(node) else ""

    def _is_iterated(self, node: ast.AST) -> bool:
        parent = self._target.parents[node]
        if isinstance(parent, ast.For | ast.comprehension):
            return parent.iter is node
        is_call = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and node in parent.args
        return isinstance(parent, ast.Call) and is_call and last_name(parent.func) in _ITERATING

    def _is_meant(self, use: ast.Name) -> bool:
        """Whether the failure of a use is expected: by a test, or by a handler of the database's errors."""
        if is_expected_to_fail(self._target, use, any_error=True):
            return True
        inside: ast.AST = use
        for outer in self._target.ancestors(use):
            is_tried = is_try(outer) and inside in outer.body and any(map(_is_ready, outer.handlers))
            if is_tried and not is_within(self._target, self._block.statement, outer):
                return True
            inside = outer
        return False


def _methods(node: ast.expr) -> Iterator[str]:
    """The methods of a chain of calls, in their order; nothing for anything else."""
    found = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        found.append(node.func.attr)
        node = node.func.value
    yield from reversed(found) if isinstance(node, ast.Name) else ()


def _is_ready(handler: ast.ExceptHandler) -> bool:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(last_name(type_) in _READY_FOR for type_ in types)
