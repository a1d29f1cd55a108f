"""Which LibCST node is which `ast` node: the two trees of one source, walked side by side."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType

import libcst as cst

from sessionfix.rewrite.scopes import Tree

Statement = cst.BaseStatement | cst.BaseSmallStatement


class PairingError(Exception):
    """The two trees do not have the same shape: a fault of sessionfix, or of one of the parsers."""


def pair(statements: Sequence[ast.stmt], nodes: Sequence[cst.CSTNode]) -> dict[ast.stmt, Statement]:
    """Each of the statements, and of those in them, with its counterpart in `nodes`. Raises PairingError."""
    pairs: dict[ast.stmt, Statement] = {}
    pending: list[tuple[Sequence[ast.stmt], Sequence[cst.CSTNode]]] = [(statements, nodes)]
    while pending:
        suite, nodes = pending.pop()
        counterparts = list(_flat(nodes))
        if len(suite) != len(counterparts):
            raise PairingError(f"line {suite[0].lineno if suite else 1}: the parsers disagree on a suite")
        for statement, node in zip(suite, counterparts, strict=True):
            pairs[statement] = node
            pending.extend(_suites(statement, node))
    return pairs


def _flat(nodes: Sequence[cst.CSTNode]) -> Iterator[Statement]:
    for node in nodes:
        if isinstance(node, cst.SimpleStatementLine):
            yield from node.body
        else:
            assert isinstance(node, cst.BaseStatement | cst.BaseSmallStatement)
            yield node


def _suites(statement: ast.stmt, node: cst.CSTNode) -> Iterator[tuple[Sequence[ast.stmt], Sequence[cst.CSTNode]]]:
    if isinstance(statement, ast.Match) and isinstance(node, cst.Match):
        for case, counterpart in zip(statement.cases, node.cases, strict=True):
            yield case.body, counterpart.body.body
        return
    body = getattr(node, "body", None)
    if isinstance(body, cst.BaseSuite):
        yield getattr(statement, "body", ()), body.body
    for handler, counterpart in zip(getattr(statement, "handlers", ()), getattr(node, "handlers", ()), strict=True):
        yield handler.body, counterpart.body.body
    orelse = getattr(node, "orelse", None)
    if isinstance(orelse, cst.Else):
        yield getattr(statement, "orelse", ()), orelse.body.body
    elif isinstance(orelse, cst.If):
        # An `elif` is a nested If in both trees, but stands in no suite of the concrete one.
        yield getattr(statement, "orelse", ()), [orelse]
    final = getattr(node, "finalbody", None)
    if isinstance(final, cst.Finally):
        yield getattr(statement, "finalbody", ()), final.body.body


def find_expression(statement: ast.stmt, expression: ast.expr, node: cst.CSTNode) -> cst.BaseExpression:
    """The counterpart of `expression`, of one of the kinds below, in the header of `statement`. Raises PairingError.

    Both trees list the expressions of a kind in the order of the text, the outer before the inner; what is inside
    f-strings is left out, since `ast` before Python 3.12 does not know where it stands.
    """
    kind = next((kind for kind in _COUNTERPARTS if kind.has(expression)), None)
    if kind is None:
        raise PairingError(f"line {statement.lineno}: an expression of an unexpected kind")
    wanted = sorted(_header_nodes(statement, kind), key=_text_order)
    collector = _Collector(node, kind)
    node.visit(collector)
    found = collector.found
    if len(found) != len(wanted):
        raise PairingError(f"line {statement.lineno}: the parsers disagree on the expressions of a statement")
    return found[wanted.index(expression)]


@dataclass(frozen=True)
class _Kind:
    """A kind of expression in the two trees; `literal` is the type of the value where it is a literal."""

    syntax: type[ast.expr]
    concrete: type[cst.CSTNode] | UnionType
    literal: type[str] | None = None

    def has(self, node: ast.AST) -> bool:
        return isinstance(node, self.syntax) and (
            self.literal is None or isinstance(getattr(node, "value", None), self.literal)
        )


_COUNTERPARTS = (
    _Kind(ast.Call, cst.Call),
    _Kind(ast.Await, cst.Await),
    _Kind(ast.Name, cst.Name),
    _Kind(ast.Attribute, cst.Attribute),
    _Kind(ast.Subscript, cst.Subscript),
    _Kind(ast.BinOp, cst.BinaryOperation),
    _Kind(ast.Constant, cst.SimpleString | cst.ConcatenatedString, str),
)
_CONSTANTS = frozenset({"None", "True", "False"})


def find_test(test: ast.expr, tree: Tree, pairs: Mapping[ast.stmt, Statement]) -> cst.BaseExpression:
    """The counterpart of the condition of an `if`, or of a conditional expression; raises PairingError."""
    owner = tree.parents[test]
    if isinstance(owner, ast.If):
        statement = pairs[owner]
        assert isinstance(statement, cst.If)
        return statement.test
    statement = pairs[tree.statement(owner)]
    value = getattr(statement, "value", None)
    for step in _steps_to(test, tree):
        value = getattr(value, step, None)
    if not isinstance(value, cst.BaseExpression):
        raise PairingError(f"line {test.lineno}: the parsers disagree on a condition")
    return value


def _steps_to(node: ast.expr, tree: Tree) -> list[str]:
    """The fields that lead from an assignment's value down to `node`, through conditional expressions."""
    steps: list[str] = []
    part: ast.AST = node
    while isinstance(owner := tree.parents[part], ast.IfExp):
        steps.append(next(field for field in ("test", "body", "orelse") if getattr(owner, field) is part))
        part = owner
    return steps[::-1]


def _text_order(node: ast.expr) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, -(node.end_lineno or 0), -(node.end_col_offset or 0)


def _header_nodes(statement: ast.AST, kind: _Kind) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.JoinedStr | ast.stmt | ast.ExceptHandler | ast.match_case):
            continue
        if type(child).__name__ == "TemplateStr":
            continue
        if isinstance(child, ast.expr) and kind.has(child):
            yield child
        yield from _header_nodes(child, kind)


class _Collector(cst.CSTVisitor):
    """Collects the expressions of one kind in a statement's header."""

    def __init__(self, statement: cst.CSTNode, kind: _Kind) -> None:
        super().__init__()
        self.statement = statement
        self.kind = kind
        self.labels: set[cst.CSTNode] = set()
        self.found: list[cst.BaseExpression] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if node in self.labels:
            return False
        self.labels.update(_labels(node))
        if isinstance(node, cst.BaseExpression) and isinstance(node, self.kind.concrete) and not _is_other(node):
            self.found.append(node)
        if isinstance(node, cst.If) and node is not self.statement:  # an `elif`
            return False
        parts = (cst.BaseSuite, cst.FormattedString, cst.Else, cst.ExceptHandler, cst.MatchCase, cst.ConcatenatedString)
        return not isinstance(node, parts) and type(node).__name__ != "TemplatedString"


def _labels(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The names directly in a node that are no expressions: those of attributes, keywords, definitions, imports."""
    if isinstance(node, cst.ImportAlias | cst.ImportFrom):
        yield from node.children
    elif isinstance(node, cst.Attribute):
        yield node.attr
    elif isinstance(node, cst.Arg) and node.keyword is not None:
        yield node.keyword
    elif isinstance(
        node, cst.Param | cst.FunctionDef | cst.ClassDef | cst.NameItem | cst.TypeVar | cst.TypeVarTuple | cst.ParamSpec
    ):
        yield node.name


def _is_other(node: cst.CSTNode) -> bool:
    """Whether `ast` has something else in the place of a name or a string: a constant, an f-string, bytes."""
    if isinstance(node, cst.Name):
        return node.value in _CONSTANTS
    if isinstance(node, cst.ConcatenatedString):
        return _is_other(node.left) or _is_other(node.right)
    if isinstance(node, cst.SimpleString):
        return "b" in node.prefix.lower()
    return isinstance(node, cst.FormattedString)
