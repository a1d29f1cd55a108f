"""The grammar of random programs reaches everything that a rewrite has to cope with."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from differential.factories import ASYNC, SYNC
from differential.grammar import Grammar
from differential.helpers import DETOURS, HELPERS
from differential.tool import is_factory_call, is_python

PROGRAMS = 500
Test = Callable[[ast.AST], bool]


@dataclass(frozen=True)
class Generated:
    """One program of the grammar; `tree` is that of the part that is not the same in all programs."""

    text: str
    is_async: bool
    tree: ast.Module

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)


def generated(number: int) -> Generated:
    choose = random.Random(number).randrange
    is_async = bool(number % 2)
    grammar = Grammar(choose, is_async=is_async)
    text = grammar.program()
    own = text
    for common in (DETOURS, HELPERS):
        own = own.replace(grammar._asynced(common), "")
    return Generated(own, is_async, ast.parse(own))


@pytest.fixture(scope="module")
def programs() -> list[Generated]:
    made = [generated(number) for number in range(PROGRAMS)]
    return [each for each in made if is_python(each.text)]


def method_calls(node: ast.AST, *names: str) -> bool:
    """Whether this is the call of a method of one of these names."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names


def holds(node: ast.AST, test: Test) -> bool:
    return any(test(each) for each in ast.walk(node))


def calls_factory(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and is_factory_call(node)


def binds_session(node: ast.AST) -> bool:
    return isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None and calls_factory_first(node.value)


def calls_factory_first(value: ast.expr) -> bool:
    return calls_factory(value.value if isinstance(value, ast.Await) else value)


def closes(node: ast.AST) -> bool:
    return method_calls(node, "close")


def nests(node: ast.AST, levels: int) -> bool:
    """Whether compound statements stand in one another that deep."""
    compound = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)
    here = isinstance(node, compound)
    if here and levels == 1:
        return True
    return any(nests(child, levels - here) for child in ast.iter_child_nodes(node))


def sessions_in_one_suite(node: ast.AST) -> bool:
    return sum(map(binds_session, suite if isinstance(suite := getattr(node, "body", []), list) else [])) > 1


def is_loop(node: ast.AST) -> bool:
    return isinstance(node, (ast.For, ast.AsyncFor, ast.While))


def is_try(node: ast.AST) -> bool:
    return isinstance(node, ast.Try)


def is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def any_of(parts: list[ast.stmt], test: Test) -> bool:
    return any(holds(part, test) for part in parts)


def opens_at_top(tree: ast.AST) -> bool:
    return isinstance(tree, ast.Module) and any(map(binds_session, tree.body))


def is_inner_function(node: ast.AST) -> bool:
    return is_function(node) and any(is_function(each) and each is not node for each in ast.walk(node))


NODES: Mapping[str, Test] = {
    "three deep": lambda node: isinstance(node, ast.Module) and nests(node, 3),
    "break": lambda node: isinstance(node, ast.Break),
    "continue": lambda node: isinstance(node, ast.Continue),
    "else of a loop": lambda node: is_loop(node) and bool(node.orelse),
    "session in a loop": lambda node: is_loop(node) and any_of(node.body, binds_session),
    "several handlers": lambda node: is_try(node) and len(node.handlers) > 1,
    "bare except": lambda node: isinstance(node, ast.ExceptHandler) and node.type is None,
    "else of a try": lambda node: is_try(node) and bool(node.orelse),
    "finally": lambda node: is_try(node) and bool(node.finalbody),
    "close in finally": lambda node: is_try(node) and any_of(node.finalbody, closes),
    "close in a handler": lambda node: isinstance(node, ast.ExceptHandler) and any_of(node.body, closes),
    "rollback in a handler": lambda node: (
        isinstance(node, ast.ExceptHandler) and any_of(node.body, lambda each: method_calls(each, "rollback"))
    ),
    "session in a try": lambda node: is_try(node) and any_of(node.body, binds_session),
    "early return": lambda node: isinstance(node, ast.If) and any_of(node.body, lambda e: isinstance(e, ast.Return)),
    "early return after a close": lambda node: (
        isinstance(node, ast.If) and any_of(node.body, closes) and isinstance(node.body[-1], ast.Return)
    ),
    "raise in a branch": lambda node: (
        isinstance(node, ast.If) and any_of(node.body, lambda e: isinstance(e, ast.Raise))
    ),
    "closes in both branches": lambda node: (
        isinstance(node, ast.If) and any_of(node.body, closes) and any_of(node.orelse, closes)
    ),
    "sessions in both branches": lambda node: (
        isinstance(node, ast.If) and any(map(binds_session, node.body)) and any(map(binds_session, node.orelse))
    ),
    "sessions one after the other": sessions_in_one_suite,
    "session inside a with": lambda node: (
        isinstance(node, (ast.With, ast.AsyncWith)) and any_of(node.body, binds_session)
    ),
    "chained calls": lambda node: method_calls(node, "count", "all", "one", "first") and holds(node, calls_factory),
    "call as an argument": lambda node: isinstance(node, ast.Call) and any(map(calls_factory_first, node.args)),
    "call as a keyword argument": lambda node: (
        isinstance(node, ast.Call) and any(calls_factory_first(each.value) for each in node.keywords)
    ),
    "returned at once": lambda node: isinstance(node, ast.Return) and node.value is not None,
    "multi-line string": lambda node: (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value
    ),
    "f-string": lambda node: isinstance(node, ast.JoinedStr),
    "generator": lambda node: isinstance(node, ast.FunctionDef) and holds(node, lambda e: isinstance(e, ast.Yield)),
    "async generator": lambda node: (
        isinstance(node, ast.AsyncFunctionDef) and holds(node, lambda e: isinstance(e, ast.Yield))
    ),
    "async for": lambda node: isinstance(node, ast.AsyncFor),
    "async with": lambda node: isinstance(node, ast.AsyncWith),
    "async comprehension": lambda node: isinstance(node, ast.comprehension) and bool(node.is_async),
    "awaited factory": lambda node: isinstance(node, ast.Await) and calls_factory(node.value),
    "function in a function": is_inner_function,
    "session in an inner function": lambda node: (
        is_inner_function(node) and any(is_function(each) and any_of(each.body, binds_session) for each in node.body)
    ),
    "lambda": lambda node: isinstance(node, ast.Lambda),
    "match": lambda node: isinstance(node, ast.Match),
    "match with a session's value": lambda node: isinstance(node, ast.MatchSequence),
    "walrus": lambda node: isinstance(node, ast.NamedExpr),
    "session bound by a walrus": lambda node: isinstance(node, ast.NamedExpr) and calls_factory_first(node.value),
    "comprehension": lambda node: isinstance(node, ast.ListComp),
    "generator expression": lambda node: isinstance(node, ast.GeneratorExp),
    "dict comprehension": lambda node: isinstance(node, ast.DictComp),
    "decorator": lambda node: is_function(node) and bool(node.decorator_list),
    "class body": lambda node: isinstance(node, ast.ClassDef) and any_of(node.body, calls_factory),
    "method": lambda node: isinstance(node, ast.ClassDef) and any(map(is_function, node.body)),
    "module level": opens_at_top,
    "default argument": lambda node: is_function(node) and bool(node.args.defaults),
    "own or given session": lambda node: isinstance(node, ast.FunctionDef) and node.name.startswith("given"),
    "starred argument": lambda node: (
        isinstance(node, ast.Call) and any(isinstance(each, ast.Starred) for each in node.args)
    ),
    "keywords from a dict": lambda node: isinstance(node, ast.Call) and any(each.arg is None for each in node.keywords),
    "del": lambda node: isinstance(node, ast.Delete),
    "global": lambda node: isinstance(node, ast.Global),
    "closing": lambda node: isinstance(node, ast.Call) and ast.unparse(node.func) in ("closing", "aclosing"),
    "suppress": lambda node: isinstance(node, ast.Call) and ast.unparse(node.func) == "suppress",
    "commit": lambda node: method_calls(node, "commit"),
    "annotated session": lambda node: isinstance(node, ast.AnnAssign) and binds_session(node),
}
TEXTS: Mapping[str, str] = {
    "semicolon": r"^\s*\w.*; \w",
    "one-line suite": r"^\s*(if|for|while|try|finally|except|with|else|case)\b.*: \w",
    "comment on a line of its own": r"^\s*# ",
    "comment after a statement": r"\S  # remark",
    "comment in a header": r":  # header",
    "comment inside a call": r",  # \w+",
    "blank line in a suite": r"^    .*\n\n    ",
    "continuation": r"\\\n",
    "docstring": r'^\s+"""Does',
    "read after the close": r"^( *)(?:await )?(s\d+)\.close\(\)\n\1(?:n\d+ = p\d+\.\w+|log\(p\d+\.\w+\))",
    "read before the close": r"p\d+\.name",
    "guarded close": r"if s\d+( is not None)?:(\n| )\s*(await )?s\d+\.close\(\)",
    "none before": r"s\d+ = None\n",
}


@pytest.mark.parametrize("name", NODES)
def test_the_grammar_has(programs: list[Generated], name: str) -> None:
    assert any(NODES[name](node) for program in programs for node in program.nodes())


@pytest.mark.parametrize("name", TEXTS)
def test_the_grammar_writes(programs: list[Generated], name: str) -> None:
    assert any(re.search(TEXTS[name], program.text, re.MULTILINE) for program in programs)


def test_each_helper_is_used(programs: list[Generated]) -> None:
    helpers = re.findall(r"^(?:~?def|class) (\w+)", HELPERS + DETOURS, re.MULTILINE)
    used = Counter(word for program in programs for word in re.findall(r"\w+", program.text))
    assert [name for name in helpers if not used[name]] == []


def test_programs_differ(programs: list[Generated]) -> None:
    assert len({program.text for program in programs}) == len(programs) > PROGRAMS * 0.95


def test_the_same_choices_give_the_same_program() -> None:
    assert generated(1).text == generated(1).text


FACTORIES = (
    "commits",
    "closes",
    "rolls back",
    "swallows",
    "begins",
    "nests",
    "method",
    "shares",
    "locks",
    "wraps another",
    "expires",
)


@pytest.mark.parametrize("variants", [SYNC, ASYNC], ids=["sync", "async"])
@pytest.mark.parametrize("name", FACTORIES)
def test_there_is_a_factory_that(variants: tuple[object, ...], name: str) -> None:
    assert name in {variant.name for variant in variants}
