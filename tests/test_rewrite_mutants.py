"""No mutant survives the proof: neither of the rewritten texts of many programs, nor of the code that rewrites them.

A mutant that means the same as the right text is none: a blank line or a blank within a rewrite, for instance.
"""

from __future__ import annotations

import ast
import dataclasses
import io
import itertools
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
import pytest

from conftest import BROKEN, DATABASE, SmallProject
from differential import programs
from differential.factories import ASYNC, SYNC
from differential.tool import write_project
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rewrite import edit, orders, pairing, suites, trivia
from sessionfix.rewrite.context import Context
from sessionfix.rewrite.plan import Plan
from sessionfix.rewrite.planning import plan_of
from sessionfix.rewrite.proof import ProofError, prove
from sessionfix.rewrite.scopes import Tree

EXAMPLES = {
    **{name: (SYNC[0], text) for name, text in (programs.ROWS | programs.HARD).items()},
    **{f"async {name}": (ASYNC[0], text) for name, text in (programs.ASYNC_ROWS | programs.ASYNC_HARD).items()},
}
SOME = [*list(EXAMPLES)[::2], *(name for name, (_, text) in EXAMPLES.items() if "; " in text or "one-line" in name)]
REMARKED = """
# above
X = 1  # beside


"""


@dataclass(frozen=True)
class Planned:
    """A text with what is to be done to it. Only the last site is: a text goes through rounds."""

    text: str
    tree: Tree
    plans: Sequence[Plan]

    def edited(self) -> str:
        return edit.apply(self.text, self.tree, self.plans)

    def refusal(self, after: str) -> str:
        """Why the proof refuses a text; nothing, where it does not."""
        try:
            prove(self.text, self.tree.module, after, self.plans)
        except ProofError as error:
            return str(error).partition(":")[0]
        return ""


def remarked(text: str) -> str:
    """The program with a comment beside every line that ends a statement, or begins a clause."""
    head, _, body = text.partition("\n\n\n")
    lines = [
        f"{line}  # {row}" if line.endswith((")", ":", "return", "pass")) else line
        for row, line in enumerate(body.splitlines())
    ]
    try:
        ast.parse("\n".join(lines))
    except SyntaxError:
        lines = body.splitlines()
    return f"{head}\n{REMARKED}" + "\n".join(lines) + "\n\n\ndef after():\n    # the last\n    return '''a\n    b'''\n"


def planned(folder: Path, name: str) -> Planned | None:
    variant, text = EXAMPLES[name]
    program = variant.program(remarked(text))
    path = write_project(folder, program)
    project = Project(Setup(folder, sorted(folder.glob("*.py"))))
    sites = project.sites(path, program.text)
    calls = project.calls(path)
    tree = Tree(calls.target.tree, calls.target.parents)
    context = Context.of(tree, calls, sites)
    plans = [plan for site in sites if isinstance(plan := plan_of(site, context), Plan)]
    return Planned(program.text, tree, plans[-1:]) if plans else None


@pytest.fixture(scope="module")
def some_plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Planned]:
    folder = tmp_path_factory.mktemp("project")
    made = {name: planned(folder, name) for name in SOME}
    return {name: plan for name, plan in made.items() if plan is not None}


# Mutants of the text


def statements(text: str) -> Iterator[tuple[ast.stmt, int, int]]:
    """Every statement, with the half-open range of its lines, from 0."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt):
            decorators = getattr(node, "decorator_list", [])
            yield node, min([node.lineno, *(part.lineno for part in decorators)]) - 1, node.end_lineno or 0


def replaced(text: str, start: int, end: int, new: Sequence[str]) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:start], *new, *lines[end:]])


def dropped(text: str) -> Iterator[str]:
    for _, start, end in statements(text):
        yield replaced(text, start, end, [])
        indentation = re.match(r"\s*", text.splitlines()[start])
        yield replaced(text, start, end, [f"{indentation[0] if indentation else ''}pass\n"])


def doubled(text: str) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    for _, start, end in statements(text):
        yield replaced(text, end, end, lines[start:end])


def swapped(text: str) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    spans = sorted((start, end) for _, start, end in statements(text))
    for start, end in spans:
        for after, last in spans:
            if after == end:
                yield replaced(text, start, last, [*lines[after:last], *lines[start:end]])


def moved_over_the_edge(text: str) -> Iterator[str]:
    """Blocks that end early or late, and begin late."""
    lines = text.splitlines(keepends=True)
    for node, start, end in statements(text):
        if isinstance(node, ast.With | ast.AsyncWith):
            last = node.body[-1]
            yield replaced(
                text, last.lineno - 1, end, [line.removeprefix("    ") for line in lines[last.lineno - 1 : end]]
            )
            first = node.body[0]
            first_end = first.end_lineno or 0
            body = [line.removeprefix("    ") for line in lines[first.lineno - 1 : first_end]]
            yield replaced(text, start, first_end, [*body, *lines[start : first.lineno - 1]])
            yield replaced(text, start, end, [line.removeprefix("    ") for line in lines[first.lineno - 1 : end]])
            following = next((stop for _, begin, stop in statements(text) if begin == end), None)
            if following is not None:
                yield replaced(text, end, following, [f"    {line}" for line in lines[end:following]])


def comments_changed(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            line = text.splitlines(keepends=True)[row - 1]
            rest = f"{line[:column].rstrip()}\n"
            yield replaced(text, row - 1, row, [rest] if rest.strip() else [])
            yield replaced(text, row - 1, row, [line.replace("#", "# type:")])
            yield replaced(text, row - 1, row, [line, f"{token.string}\n"])


def clauses_lost(text: str) -> Iterator[str]:
    """Else, finally, handlers, cases and decorators that are not there, but for their comments."""
    for node in ast.walk(ast.parse(text)):
        for field in ("orelse", "finalbody", "handlers", "cases", "decorator_list"):
            if isinstance(parts := getattr(node, field, None), list) and parts:
                tree = ast.parse(text)
                twin = next(other for other in ast.walk(tree) if where(other) == where(node))
                setattr(twin, field, parts[1:])
                yield with_comments_of(text, ast.unparse(tree))


def where(node: ast.AST) -> tuple[type, int, int]:
    return type(node), getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def with_comments_of(text: str, code: str) -> str:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "".join([f"{code}\n", *(f"{token.string}\n" for token in tokens if token.type == tokenize.COMMENT)])


def words_changed(text: str) -> Iterator[str]:
    """Another factory, another name, another value, no await, no async."""
    for pattern, new in (
        (r"\bget_session\(", "get_sessions("),
        (r"\bget_session\(", "other.get_session("),
        (r"\bget_session\(", "get_session(1, "),
        (r"\bget_session\(\)", "get_session"),
        (r" as (\w+):", r" as \1_:"),
        (r" as (\w+):", r":"),
        (r" as (\w+):", r" as (\1, x):"),
        (r"\bawait ", ""),
        (r"\basync ", ""),
        (r"(?<!async )\bwith ", "async with "),
        (r"'''a\n    b'''", "'''a\n        b'''"),
        (r'"(\w*)"', r'"\1 "'),
        (r"\b(\d+)\b(?=\))", r"1\1"),
        (r"\breturn\b", "yield"),
        (r"\bs\.", "t."),
        (r"\bcommit\b", "flush"),
        (r"\bif \b", "if not "),
        (r"\bexcept ValueError\b", "except KeyError"),
        (r"  # (\d+)\n", r"\n"),
    ):
        for found in re.finditer(pattern, text):
            yield text[: found.start()] + found.expand(new) + text[found.end() :]


def elsewhere_changed(text: str) -> Iterator[str]:
    """Changes of layout in lines that no plan touches, at the head and at the end."""
    for old, new in (
        ("X = 1 ", "X = (1) "),
        ("X = 1 ", "X  = 1 "),
        ("# above\nX", "# above\n\nX"),
        ("    # the last\n", "# the last\n"),
        ("return '''a", "return  '''a"),
        ("def after():\n", "def after() :\n"),
        ("\n\n\ndef after", "\n\ndef after"),
        ("from db import get_session\n", "from db import (get_session)\n"),
        ("b'''\n", "b'''\r\n"),
        ("b'''\n", "b'''"),
    ):
        assert old in text
        yield text.replace(old, new, 1)


UNPARSED = "the rewritten text does not parse"
UNPLANNED = "the rewritten text is not what was planned"
COMMENT = "a comment was lost or doubled"
OUTSIDE = "a line outside the rewrite changed"

TEXT_MUTANTS: dict[Callable[[str], Iterator[str]], set[str]] = {
    dropped: {UNPARSED, UNPLANNED, COMMENT},
    doubled: {UNPARSED, UNPLANNED, COMMENT},
    swapped: {UNPARSED, UNPLANNED},
    moved_over_the_edge: {UNPARSED, UNPLANNED},
    comments_changed: {COMMENT, UNPLANNED},  # the blanks before one are shown by `{x =}`
    clauses_lost: {UNPARSED, UNPLANNED},
    words_changed: {UNPARSED, UNPLANNED, COMMENT},
    elsewhere_changed: {OUTSIDE},
}


@pytest.mark.slow
@pytest.mark.parametrize("mutants", TEXT_MUTANTS, ids=lambda mutants: mutants.__name__)
def test_no_mutant_of_a_text_survives(some_plans: dict[str, Planned], mutants: Callable[[str], Iterator[str]]) -> None:
    refused: Counter[str] = Counter()
    for name, plan in some_plans.items():
        after = plan.edited()
        assert plan.refusal(after) == "", name
        for mutant in mutants(after):
            if mutant != after:
                refusal = plan.refusal(mutant)
                assert refusal, f"{name}\n{after}\n--- and the mutant that survives\n{mutant}"
                refused[refusal] += 1
    assert set(refused) <= TEXT_MUTANTS[mutants]
    assert refused.total() > 20


# Mutants of the code that rewrites

Code = Callable[..., Any]


def last_lost(real: Code) -> Code:
    return lambda *arguments: real(*arguments)[:-1]


def reversed_result(real: Code) -> Code:
    return lambda *arguments: real(*arguments)[::-1]


def doubled_result(real: Code) -> Code:
    return lambda *arguments: (*real(*arguments), *real(*arguments))


def nothing(real: Code) -> Code:
    return lambda *arguments: ()


def none(real: Code) -> Code:
    return lambda *arguments: None


def updated_node(real: Code) -> Code:
    return lambda editor, original, updated: updated


def twice(real: Code) -> Code:
    def put_twice(*arguments: Any) -> None:
        real(*arguments)
        real(*arguments)

    return put_twice


def every_other(real: Code) -> Code:
    calls = itertools.count()
    return lambda *arguments: real(*arguments) if next(calls) % 2 else None


def one_late(real: Code) -> Code:
    """Each statement is put where the next one should be, and the last one nowhere."""
    waiting: list[tuple[Any, ...]] = []

    def late(*arguments: Any) -> None:
        if waiting:
            real(*waiting.pop())
        waiting.append(arguments)

    return late


def with_orders(**changes: Callable[[Any], Any]) -> Callable[[Code], Code]:
    """Blocks are made with other parts, each a function of the right order."""

    def mutate(real: Code) -> Code:
        def take_block(block: Any, tree: Any, pairs: Any, orders: Any) -> None:
            real(block, tree, pairs, orders)
            for first, order in list(orders.blocks.items()):
                changed = {name: change(order) for name, change in changes.items()}
                orders.blocks[first] = dataclasses.replace(order, **changed)

        return take_block

    return mutate


def with_block(**changes: Callable[[Any], Any]) -> Callable[[Code], Code]:
    def changed(order: Any) -> Any:
        return dataclasses.replace(order.block, **{name: change(order.block) for name, change in changes.items()})

    return with_orders(block=changed)


def begun_late(real: Code) -> Code:
    def take_block(block: Any, tree: Any, pairs: Any, orders: Any) -> None:
        real(block, tree, pairs, orders)
        for first, order in list(orders.blocks.items()):
            del orders.blocks[first]
            orders.blocks[order.last] = order

    return take_block


def reindented(real: Code) -> Code:
    """Strings over several lines are indented with their block."""
    return lambda *arguments: real(*arguments).replace("\n    b'''", "\n        b'''")


CODE_MUTANTS: dict[str, tuple[Any, str, Callable[[Code], Code]]] = {
    "statements stand one place late": (suites.SuiteBuilder, "put", one_late),
    "every other statement is lost": (suites.SuiteBuilder, "put", every_other),
    "statements are doubled": (suites.SuiteBuilder, "put", twice),
    "the comments of what goes are lost": (suites.SuiteBuilder, "drop", none),
    "a block is not put in its place": (suites.SuiteBuilder, "end", none),
    "a try loses its body with its finally": (suites.SuiteBuilder, "splice", none),
    "the last of a line is lost": (suites, "left_of", last_lost),
    "the statements of a line are swapped": (suites, "left_of", reversed_result),
    "an emptied finally stays": (suites, "lost_finally", none),
    "nothing is left of what goes": (suites, "_remains", nothing),
    "the last line of what goes is lost": (suites, "_remains", last_lost),
    "what goes leaves everything twice": (suites, "_remains", doubled_result),
    "comments in an assignment are lost": (trivia, "remains_without", nothing),
    "left-over lines are lost": (trivia, "as_footer", nothing),
    "left-over lines are doubled": (trivia, "as_footer", doubled_result),
    "lines that meet are lost": (trivia, "joined", nothing),
    "nothing is named": (edit._Editor, "named", updated_node),
    "the item of a with stays": (edit._Editor, "leave_With", updated_node),
    "a block ends early": (orders, "_take_block", with_orders(last=lambda order: order.replaces or order.last)),
    "a block begins late": (orders, "_take_block", begun_late),
    "another factory is called": (orders, "_take_block", with_orders(item=lambda order: cst.Name("other"))),
    "no factory is called": (orders, "_take_block", with_orders(item=lambda order: order.item.func)),
    "another name is bound": (orders, "_take_block", with_block(name=lambda block: "other")),
    "the wrong with is made": (orders, "_take_block", with_block(is_async=lambda block: not block.is_async)),
    "strings move with their block": (edit, "joined", reindented),
}


@pytest.mark.slow
@pytest.mark.parametrize("mutation", CODE_MUTANTS)
def test_no_mutant_of_the_code_survives(
    some_plans: dict[str, Planned], mutation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, function, mutate = CODE_MUTANTS[mutation]
    refused = 0
    for name, plan in some_plans.items():
        right = plan.edited()
        with monkeypatch.context() as patch:
            patch.setattr(owner, function, mutate(getattr(owner, function)))
            mutant = edited_if_at_all(plan)
        if mutant is not None and not is_equal(mutant, right):
            assert plan.refusal(mutant), f"{name}\n{right}\n--- and the mutant that survives\n{mutant}"
            refused += 1
    assert refused


def edited_if_at_all(plan: Planned) -> str | None:
    """What a mutant makes of a text; None where it breaks down."""
    try:
        return plan.edited()
    except (edit.LayoutError, pairing.PairingError, AssertionError, AttributeError, TypeError, cst.CSTValidationError):
        return None


def is_equal(mutant: str, right: str) -> bool:
    """Whether the mutant is the same program with the same comments in the same order, but for blanks."""
    try:
        is_same = ast.dump(ast.parse(mutant)) == ast.dump(ast.parse(right))
    except SyntaxError:
        return False
    return is_same and mutant.split() == right.split()


# What the user sees of a refused rewrite

FINE = BROKEN.replace(b"session.add(name)", b"session.add_all(name)")


@pytest.mark.parametrize("option", ["--write", "--diff", "--check"])
def test_a_rewrite_without_proof_is_told_and_not_written(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    project.write({"db.py": DATABASE, "app.py": BROKEN, "fine.py": FINE})
    real = edit._edited
    monkeypatch.setattr(edit, "_edited", lambda *arguments: real(*arguments).replace("session.add(name)", "pass"))

    completed = project.run(option, "--jobs=1", ".")

    assert completed.code == 2
    assert project.read("app.py") == BROKEN
    assert (project.read("fine.py") != FINE) is (option == "--write")
    told = "fault of sessionfix: the rewritten text is not what was planned; the file was left as it was"
    assert told in completed.stdout + completed.stderr
