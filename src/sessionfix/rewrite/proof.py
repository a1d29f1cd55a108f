"""The proof of a rewrite: it is what was planned, and nothing else changed.

The plans are carried out a second time, on the `ast` tree, which knows nothing of layout; the edited text must parse to
that very tree. So a statement that the edit lost, moved or doubled, or a block that ends elsewhere, can't pass.
Comments and the text outside the plans' rows are compared as they stand.
"""

from __future__ import annotations

import ast
import copy
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sessionfix.lines import next_code, next_written, split_lines
from sessionfix.parsing import parse
from sessionfix.rewrite.plan import Block, Guard, Import, Plan
from sessionfix.syntax.compound import CLAUSES, SUITES, FunctionNode, Suite, child_statements
from sessionfix.syntax.same import is_same
from sessionfix.syntax.tokens import tokens


class ProofError(Exception):
    """The edited text is not what was planned: a fault of sessionfix, and the file is left as it was."""


def prove(before: str, module: ast.Module, after: str, plans: Sequence[Plan]) -> None:
    """Check `after` against the plans for `before`, whose tree is `module`. Raises ProofError."""
    try:
        tree = parse(after)
    except SyntaxError as error:
        raise ProofError(f"the rewritten text does not parse: {error}") from error
    planned = _Planned(plans)
    expected = planned.module(module)
    if planned.made != sum(plan.edits for plan in plans):
        raise ProofError("a part of the plan was not carried out")
    if not is_same(expected, tree):
        raise ProofError("the rewritten text is not what was planned")
    if comments(before) != comments(after):
        raise ProofError("a comment was lost or doubled")
    lines, shared = split_lines(before), _shared_rows(module)
    if not _is_kept_around(lines, split_lines(after), sorted(_changing_rows(lines, shared, plan) for plan in plans)):
        raise ProofError("a line outside the rewrite changed")


def prove_import(before: str, after: str, wanted: Import) -> None:
    """Check that `after` is `before` with the import added, and nothing else. Raises ProofError."""
    try:
        tree = parse(after)
    except SyntaxError as error:
        raise ProofError(f"the text with the import does not parse: {error}") from error
    expected = parse(before)
    if not any(is_same(without, expected) for without in _without_import(tree, wanted)):
        raise ProofError("adding the import changed something else")
    if ast.get_docstring(tree) != ast.get_docstring(expected):
        raise ProofError("the import stands above the docstring")
    if comments(before) != comments(after):
        raise ProofError("a comment was lost or doubled with the import")
    old, new = split_lines(before), split_lines(after)
    same = next((index for index, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    if not any(new[len(new) - len(rest) :] == rest for rest in (old[same:], old[same + 1 :])):
        raise ProofError("adding the import changed another line")


def _without_import(tree: ast.Module, wanted: Import) -> Iterator[ast.Module]:
    """The modules that `tree` can have been before the import was added."""
    new = wanted.as_statement()
    for index, statement in enumerate(tree.body):
        rest: list[ast.stmt] = []
        if not is_same(statement, new):
            if not isinstance(statement, ast.ImportFrom) or statement.module != wanted.module or statement.level:
                continue
            names = [alias for alias in statement.names if (alias.name, alias.asname) != (wanted.name, None)]
            rest = [ast.ImportFrom(module=statement.module, names=names, level=0)]
        following = tree.body[index + 1 :]
        if not any(isinstance(line, ast.ImportFrom) and line.module == "__future__" for line in following):
            yield ast.Module(body=[*tree.body[:index], *rest, *following], type_ignores=[])


def comments(text: str) -> Counter[str]:
    """The comments of a source, counted."""
    return Counter(token.string for token in tokens(text) if token.type == tokenize.COMMENT)


def _is_kept_around(before: Sequence[str], after: Sequence[str], changing: Sequence[Rows]) -> bool:
    """Whether the lines before, between and after the rows that may change are still there, in their order."""
    gaps = list(_gaps(before, changing))
    position, end = len(gaps[0]), len(after) - len(gaps[-1])
    if position > end or not _agree(gaps[0], after[:position]) or not _agree(gaps[-1], after[end:]):
        return False
    for gap in gaps[1:-1]:
        places = range(position, end - len(gap) + 1)
        found = next((at for at in places if _agree(gap, after[at : at + len(gap)])), None)
        if found is None:
            return False
        position = found + len(gap)
    return True


Rows = tuple[int, int]
Gap = list[tuple[str, bool]]
"""Lines that are to stay, and whether their indentation may change: a comment below a block moves with it."""


def _gaps(lines: Sequence[str], changing: Sequence[Rows]) -> Iterator[Gap]:
    position = 0
    for first, last in changing:
        yield _gap(lines, position, first - 1)
        position = max(position, last)
    yield _gap(lines, position, len(lines))


def _shared_rows(module: ast.Module) -> dict[int, Rows]:
    """For each row with statements that are joined by semicolons: the first and the last row of all of these."""
    shared: dict[int, Rows] = {}
    owners: list[ast.AST] = [module]
    while owners:
        statements = list(child_statements(owners.pop()))
        for first, last in _shared_lines(statements):
            shared.update(dict.fromkeys(range(first, last + 1), (first, last)))
        owners += statements
    return shared


def _shared_lines(statements: Sequence[ast.stmt]) -> Iterator[Rows]:
    first = last = 0
    is_shared = False
    for statement in statements:
        continues = first <= statement.lineno <= last
        if is_shared and not continues:
            yield first, last
        first, is_shared = (first, True) if continues else (statement.lineno, False)
        last = statement.end_lineno or statement.lineno
    if is_shared:
        yield first, last


def _changing_rows(lines: Sequence[str], shared: Mapping[int, Rows], plan: Plan) -> Rows:
    """The rows that a plan can change.

    Where a statement goes, the comments at the end of its suites find another place, and blank lines between it and
    the next statement may go, too.
    """
    first, last = _joined_rows(lines, shared, *plan.rows)
    removed = {statement.col_offset for statement in plan.removed if statement.end_lineno == last}
    code = next_code(lines, last)
    below = next_written(lines, last)
    while removed and below < code and _indentation(lines[below]) > min(removed):
        last = below + 1
        below = next_written(lines, last)
    return first, below if below < len(lines) and _indentation(lines[below]) in removed else last


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined_rows(lines: Sequence[str], shared: Mapping[int, Rows], first: int, last: int) -> Rows:
    """The rows with those that a semicolon or a backslash joins to them.

    What shares a line with a statement may part from it.
    """
    first, last = shared.get(first, (first, last))[0], shared.get(last, (first, last))[1]
    while first > 1 and lines[first - 2].rstrip("\r\n").endswith("\\"):
        first -= 1
    while last < len(lines) and lines[last - 1].rstrip("\r\n").endswith("\\"):
        last += 1
    return first, last


def _gap(lines: Sequence[str], start: int, stop: int) -> Gap:
    code = next_code(lines, start) if start else 0
    return [(lines[index], index < code) for index in range(start, stop)]


def _agree(gap: Gap, lines: Sequence[str]) -> bool:
    return all(
        line == kept or (may_move and line.strip() == kept.strip())
        for (kept, may_move), line in zip(gap, lines, strict=True)
    )


class _Planned:
    """The plans carried out on the `ast` tree."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.removed = {statement for plan in plans for statement in plan.removed}
        blocks = [plan.block for plan in plans if plan.block is not None]
        self.blocks = {block.first or block.replaces: block for block in blocks}
        self.names = {block.named: block.name for block in blocks if block.named is not None}
        self.swaps = {swap.old: swap.new for plan in plans for swap in plan.swaps}
        self.made = 0
        self.reaches = {plan.reach.statement: plan.reach.last for plan in plans if plan.reach is not None}
        self.guards = {plan.guard.first: plan.guard for plan in plans if plan.guard is not None}
        self.items = {plan.item.statement: plan.item for plan in plans if plan.item is not None}
        decorations = (plan.decoration for plan in plans if plan.decoration is not None)
        self.decorations = {decoration.function: decoration for decoration in decorations}
        definitions = (plan.definition for plan in plans if plan.definition is not None)
        self.definitions = {definition.after: definition.function for definition in definitions}

    def module(self, module: ast.Module) -> ast.Module:
        planned = copy.copy(module)
        planned.body = self.suite(module.body, may_be_empty=True)
        return planned

    def suite(self, statements: Suite, *, may_be_empty: bool = False) -> Suite:
        guard = next((self.guards.pop(statement) for statement in statements if statement in self.guards), None)
        if guard is not None:
            return self.guarded(guard, statements)
        done: Suite = []
        target, opened = done, None
        ends: set[ast.stmt] = set()  # of a `with` that takes in what follows it
        for statement in statements:
            block = self.blocks.get(statement)
            if block is not None:
                target, opened = [], block
            if statement not in self.removed:
                target.extend(self.statement(statement))
            if statement in self.definitions:
                self.made += 1
                target.append(self.definitions[statement])
            if statement in self.reaches:
                grown = done[-1]
                assert isinstance(grown, ast.With | ast.AsyncWith)
                target = grown.body
                ends.add(self.reaches[statement])
            elif statement in ends:
                self.made += 1
                target = done
            if opened is not None and statement is (opened.last or opened.replaces):
                self.made += 1
                done.append(_with(opened, target or [ast.Pass()]))
                target, opened = done, None
        return done if done or may_be_empty else [ast.Pass()]

    def guarded(self, guard: Guard, statements: Suite) -> Suite:
        start, middle = statements.index(guard.first), statements.index(guard.last) + 1
        end = middle + len(guard.finals)
        body, finals = self.suite(statements[start:middle]), self.suite(list(guard.finals))
        attempt: ast.stmt = ast.Try(body=body, handlers=[], orelse=[], finalbody=finals)
        if guard.is_there:
            attempt = copy.copy(body[0])
            setattr(attempt, "finalbody", finals)  # noqa: B010  # a `try*` has the field, too
        self.made += 1
        before, after = statements[:start], statements[end:]
        return [*self.suite(before, may_be_empty=True), attempt, *self.suite(after, may_be_empty=True)]

    def statement(self, statement: ast.stmt) -> Suite:
        planned = self.named(statement)
        assert isinstance(planned, ast.stmt)
        planned = self.with_items(statement, copy.copy(planned))
        if isinstance(planned, FunctionNode):
            planned.decorator_list = self.decorators(statement, planned.decorator_list)
        for field in SUITES:
            suite = getattr(statement, field, None)
            if suite:
                setattr(planned, field, self.suite(suite, may_be_empty=field == "finalbody"))
        for field in CLAUSES:
            if parts := getattr(planned, field, None):
                setattr(planned, field, [self.part(part) for part in parts])
        dissolved = getattr(statement, "finalbody", None) and not getattr(planned, "finalbody", None)
        if dissolved and not getattr(statement, "handlers", None):
            return list(getattr(planned, "body", []))
        return [planned]

    def decorators(self, statement: ast.stmt, decorators: list[ast.expr]) -> list[ast.expr]:
        decoration = self.decorations.get(statement)  # type: ignore[call-overload]  # other statements are not in it
        if decoration is None:
            return decorators
        self.made += 1
        added = [decoration.added] if decoration.added is not None else []
        return [one for one in decorators if one not in decoration.dropped] + added

    def part(self, part: ast.ExceptHandler | ast.match_case) -> ast.AST:
        planned = copy.copy(part)
        planned.body = self.suite(part.body)
        return planned

    def with_items(self, statement: ast.stmt, planned: ast.stmt) -> ast.stmt:
        item = self.items.get(statement)  # type: ignore[call-overload]  # other statements are simply not in it
        if item is None:
            return planned
        assert isinstance(statement, ast.With | ast.AsyncWith)
        assert isinstance(planned, ast.With | ast.AsyncWith)
        self.made += 1
        items = [copy.copy(part) for part in planned.items]
        items[item.index].context_expr = item.expression
        kind = ast.AsyncWith if item.is_async else ast.With
        return kind(items=items, body=statement.body, type_comment=None)

    def named(self, node: ast.AST) -> ast.AST:
        """`node` with the expressions replaced that others take the place of; copied only where something changes."""
        if not self.names and not self.swaps:
            return node
        if isinstance(node, ast.expr) and node in self.names:
            return ast.Name(self.names[node], ast.Load())
        if isinstance(node, ast.expr) and node in self.swaps:
            self.made += 1
            return self.swaps[node]
        changes: dict[str, object] = {}
        for field, value in ast.iter_fields(node):
            new = self.named_value(value)
            if new is not value:
                changes[field] = new
        if not changes:
            return node
        copied = copy.copy(node)
        for field, value in changes.items():
            setattr(copied, field, value)
        return copied

    def named_value(self, value: object) -> object:
        if isinstance(value, ast.AST) and not isinstance(value, ast.stmt):
            return self.named(value)
        if isinstance(value, list) and value and not isinstance(value[0], ast.stmt):
            new = [self.named(part) if isinstance(part, ast.AST) else part for part in value]
            return new if any(a is not b for a, b in zip(new, value, strict=True)) else value
        return value


def _with(block: Block, body: Suite) -> ast.stmt:
    item = ast.withitem(context_expr=block.item, optional_vars=ast.Name(block.name, ast.Store()))
    kind = ast.AsyncWith if block.is_async else ast.With
    return kind(items=[item], body=body, type_comment=None)
