"""An expression put in the place of another: in the text, and in the proof."""

from __future__ import annotations

import ast

import pytest

from sessionfix.diagnostics import Applicability
from sessionfix.parsing import parse, parse_expression
from sessionfix.project.walk import parents_of
from sessionfix.rewrite import edit, proof
from sessionfix.rewrite.plan import Plan, Swap
from sessionfix.rewrite.scopes import Tree


class Hole(ast.NodeTransformer):
    """Puts an expression where `_` stands."""

    def __init__(self, part: ast.expr) -> None:
        self.part = part

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.part if node.id == "_" else node


def plan_for(text: str, tree: Tree, old: str, new: str) -> Plan:
    """A plan that puts `new` in the place of the last expression that reads `old`; `_` stands for that in `new`."""
    found = [
        node
        for node in ast.walk(tree.module)
        if isinstance(node, ast.expr) and ast.get_source_segment(text, node) == old
    ]
    place = max(found, key=lambda node: (node.lineno, node.col_offset))
    swap = Swap(place, Hole(place).visit(parse_expression(new)))
    return Plan(Applicability.SAFE, "", (place.lineno, place.end_lineno or place.lineno), swaps=(swap,))


def swapped(text: str, *swaps: tuple[str, str]) -> str:
    module = parse(text)
    tree = Tree(module, parents_of(module))
    plans = [plan_for(text, tree, old, new) for old, new in swaps]
    after = edit.apply(text, tree, plans)
    proof.prove(text, module, after, plans)
    return after


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("def f(a: x) -> y: pass\n", "y", "Iterator[_]", "def f(a: x) -> Iterator[y]: pass\n"),
        ("def f(y: x.y) -> y: pass\n", "y", "z", "def f(y: x.y) -> z: pass\n"),
        ("def f() -> 'y': pass\n", "'y'", "Iterator[_]", "def f() -> Iterator['y']: pass\n"),
        ("def f(y=b'y') -> r'y': pass\n", "r'y'", "Iterator[_]", "def f(y=b'y') -> Iterator[r'y']: pass\n"),
        ("def f() -> ('a' 'b'): pass\n", "'a' 'b'", "Iterator[_]", "def f() -> (Iterator['a' 'b']): pass\n"),
        ("def f() -> a.b[c]: pass\n", "a.b[c]", "t.Iterator[_]", "def f() -> t.Iterator[a.b[c]]: pass\n"),
        ("def f() -> a|None: pass\n", "a|None", "Iterator[_]", "def f() -> Iterator[a|None]: pass\n"),
        ("def f() -> a|None: pass\n", "a|None", "_.b", "def f() -> (a|None).b: pass\n"),
        ("def f() ->(y): pass\n", "y", "Iterator[_]", "def f() ->(Iterator[y]): pass\n"),
        ("@d(y)\nclass C(y): y: y = y\n", "y", "z", "@d(y)\nclass C(y): y: y = z\n"),
        ("if a: pass\nelif f(a): pass\n", "f(a)", "g(_)", "if a: pass\nelif g(f(a)): pass\n"),
        ("x = [a for a in b if (yes := a)]\n", "b", "c.d()", "x = [a for a in c.d() if (yes := a)]\n"),
        ("x = f'{a}' + a\n", "a", "b", "x = f'{a}' + b\n"),
        ("x = y(y=y, *z)\n", "z", "u", "x = y(y=y, *u)\n"),
        ("import z\nfrom a import z\nf(None, z)\n", "z", "u", "import z\nfrom a import z\nf(None, u)\n"),
        ("with f(a) as a, g() as b: pass\n", "g()", "h(_)", "with f(a) as a, h(g()) as b: pass\n"),
        ("def f():\n    global z\n    try: pass\n    except z as z: use(z)\n", "z", "u",
         "def f():\n    global z\n    try: pass\n    except z as z: use(u)\n"),
    ],
)  # fmt: skip
def test_puts_one_expression_in_the_place_of_another(text: str, old: str, new: str, expected: str) -> None:
    assert swapped(text, (old, new)) == expected


def test_keeps_the_layout_and_comments_of_the_old_expression() -> None:
    text = "def f() -> (  # why\n    Union[\n        A,  # one\n        B,\n    ]  # last\n):  # here\n    pass\n"
    old = text[text.index("Union") : text.index("  # last")]

    after = swapped(text, (old, "Iterator[_]"))

    assert after == text.replace(old, f"Iterator[{old}]")


def test_changes_several_of_a_statement() -> None:
    text = "def f(a: x, b: y) -> z:\n    return a  # x\n"

    assert swapped(text, ("x", "u"), ("z", "v[_]")) == "def f(a: u, b: y) -> v[z]:\n    return a  # x\n"


def test_does_not_lose_a_comment() -> None:
    with pytest.raises(edit.LayoutError, match="a comment stands inside"):
        swapped("x = f(\n    a,  # first\n)\n", ("f(\n    a,  # first\n)", "g()"))


def test_the_proof_misses_a_swap_that_was_not_made() -> None:
    text = "x = f(a)\n"
    module = parse(text)
    plan = plan_for(text, Tree(module, parents_of(module)), "f(a)", "g(_)")

    with pytest.raises(proof.ProofError):
        proof.prove(text, module, text, [plan])
