"""Which readings of a name does a binding of it reach?"""

from __future__ import annotations

import ast
from textwrap import dedent, indent

import pytest

from sessionfix.project.flow import flow_of

# In each body `s = 1` is the binding asked about; `s.yes` are the readings it reaches, `s.no` those that it does not.
BODIES = {
    "straight": "s = 1\ns.yes",
    "before": "s.no\ns = 1",
    "rebound": "s = 1\ns.yes\ns = 2\ns.no",
    "from its own value": "s = 1\ns = s.yes\ns.no",
    "augmented": "s = 1\ns += 2\ns.no",
    "deleted": "s = 1\ndel s\ns.no",
    "bare annotation": "s = 1\ns: int\ns.yes",
    "if": "s = 2\nif x:\n    s = 1\n    s.yes\nelse:\n    s.no\ns.yes",
    "if that leaves": "if x:\n    s = 1\n    return s.yes\ns.no",
    "if that raises": "if x:\n    s = 1\n    raise s.yes\ns.no",
    "both branches rebind": "s = 1\nif x:\n    s = 2\nelse:\n    s = 3\ns.no",
    "while": "while x:\n    s.yes\n    s = 1\ns.yes",
    "while true": "while True:\n    s = 1\n    if x:\n        break\n    s = 2\ns.yes",
    "endless": "s = 1\nwhile True:\n    s.yes\ns.no",
    "for": "for i in x:\n    s.yes\n    s = 1\nelse:\n    s.yes\ns.yes",
    "for rebinds": "s = 1\nfor s in s.yes:\n    s.no\ns.yes",
    "break": "for i in x:\n    s = 1\n    break\nelse:\n    s.no\ns.yes",
    "continue": "for i in x:\n    s.yes\n    if i:\n        s = 1\n        continue\n    s = 2\ns.yes",
    "try": "try:\n    s = 1\n    s.yes\nexcept E:\n    s.yes\nelse:\n    s.yes\nfinally:\n    s.yes\ns.yes",
    "try, handler rebinds": "s = 2\ntry:\n    s = 1\nexcept E:\n    s = 3\n    s.no\ns.yes",
    "handler after a later statement": "try:\n    s = 1\n    s = 2\nexcept E:\n    s.yes\n    raise\ns.no",
    "raised before the binding": "try:\n    work()\nexcept E:\n    s = 1\n    raise\ns.no",
    "finally that rebinds": "try:\n    s = 1\nfinally:\n    s.yes\n    s = 2\ns.no",
    "return through a finally": "try:\n    s = 1\n    return\nfinally:\n    s.yes\ns.no",
    "handler's own name": "s = 1\ntry:\n    pass\nexcept E as s:\n    s.no\ns.yes",
    "with": "with a as s:\n    s.no\n    s = 1\n    s.yes\ns.yes",
    "with rebinds": "s = 1\nwith s.yes as s:\n    s.no\ns.no",
    "suppress": "s = 2\nwith suppress(E):\n    s = 1\n    s = 3\ns.yes",
    "match": """
        s = 1
        match s.yes:
            case {'a': 1, **s}:
                s.no
            case [s]:
                s.no
            case _:
                s.yes
        s.yes
    """,
    "walrus": "s = 1\nif (s := s.yes):\n    s.no\ns.no",
    "walrus that may not run": "s = 1\nif x and (s := 2):\n    pass\ns.yes",
    "conditional walrus": "s = 1\n(s := 2) if x else s.yes\ns.yes",
    "comprehension": "s = 1\n[s.yes for i in s.yes if s.yes]\n[s.no for s in s.yes]",
    "class body": "s = 1\nclass C:\n    s.yes\ns.yes",
    "class with its own": "s = 1\nclass C:\n    s = 2\ns.yes",
    "import": "s = 1\nimport s.x\ns.no",
    "from import": "s = 1\nfrom x import y as s\ns.no",
    "def": "s = 1\n@s.yes\ndef s(a=s.yes): ...\ns.no",
    "async": "async for i in x:\n    s = 1\nasync with a:\n    s.yes",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_reach(body: str) -> None:
    tree = ast.parse("async def f(x):\n" + indent(dedent(body), "    "))
    function = tree.body[0]
    (binding,) = (
        node.targets[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value == 1
    )
    reached = set(flow_of(function, "s").reached(binding))
    marked = {
        node.value: node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr in ("yes", "no") and isinstance(node.value, ast.Name)
    }
    wrong = [(node.lineno, attr) for node, attr in marked.items() if (node in reached) != (attr == "yes")]
    # a comprehension's own variable and a class's own one are no readings of the name at all
    assert wrong == []


def test_captured_and_rebound() -> None:
    source = """
        def f():
            s = 1
            def g():
                return s
            def h(s):
                return s
            def i():
                nonlocal s
                s = 2
            return lambda: [s for _ in x]
    """
    flow = flow_of(ast.parse(dedent(source)).body[0], "s")
    assert sorted(use.lineno for use in flow.captured) == [5, 11]
    assert len(flow.rebound) == 1


def test_parameter_is_a_binding() -> None:
    function = ast.parse("def f(s):\n    s.a\n    s = 1\n    s.b\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    reached = flow_of(function, "s").reached(function.args.args[0])
    assert [use.lineno for use in reached] == [2]


def test_a_binding_in_sixty_loops_reaches_the_next_round_of_all_but_the_outermost() -> None:
    loops = [f"{' ' * level}for i in s:" for level in range(1, 61)]
    function = ast.parse("\n".join(["def f():", *loops, f"{' ' * 61}s = i"])).body[0]
    flow = flow_of(function, "s")
    (binding,) = flow.bindings
    assert sorted(use.lineno for use in flow.reached(binding)) == list(range(3, 62))
