"""Texts in the syntax of newer Pythons: the trees that those would make of them, whatever Python runs the tests."""

from __future__ import annotations

import ast
import sys
import tokenize
from pathlib import Path
from typing import Any

import pytest

import sessionfix
from sessionfix.parsing import parse, parse_expression
from sessionfix.syntax.newer import parse_newer
from sessionfix.syntax.tokens import tokens

SAME_AS = {
    "the same quotes inside": ('x = f"{a["b"]}"', "x = f\"{a['b']}\""),
    "lines and comments inside": ('x = f"{\n    a  # one }\n    + b\n}c"', 'x = f"{a + b}c"'),
    "strings beside it": ("x = 'a' f'{b['c']}' \"d\" rf'\\e{g}'", "x = f'a{b[\"c\"]}d\\\\e{g}'"),
    "strings below it": ("x = (\n  'a'  # one\n  f'{b['c']}'  # two\n  ''\n)", "x = f'a{b[\"c\"]}'"),
    "strings behind a backslash": ("x = '' \\\n  f'{b['c']}' \\\n  'd'", "x = f'{b[\"c\"]}d'"),
    "f-strings in f-strings": ('f"{f"{f"{1}"}"}"', "f\"\"\"{f'''{f'{1}'}'''}\"\"\""),
    "doubled braces": ('f"{{{a["b"]}}}{{"', "f\"{{{a['b']}}}{{\""),
    "formats": ('f"{a["b"]!r:>{w["c"]}.{p}f}{d:%H:%M}"', "f\"{a['b']!r:>{w['c']}.{p}f}{d:%H:%M}\""),
    "operators": ('f"{a["b"] == c != d}{(n := 1)}{e[g:h]}"', "f\"{a['b'] == c != d}{(n := 1)}{e[g:h]}\""),
    "lambdas": ('f"{(lambda: a["b"])()}"', "f\"{(lambda: a['b'])()}\""),
    "dictionaries": ("f'{ {'a': {'b'}}['a'] }'", 'f\'{ {"a": {"b"}}["a"] }\''),
    "tuples": ('f"{*a["b"], c}{d, e}{g,}"', "f\"{(*a['b'], c)}{(d, e)}{(g,)}\""),
    "yield": ('def f():\n    f"{yield a["b"]}"', "def f():\n    f\"{(yield a['b'])}\""),
    "escapes": ('f"\\x41{a["b"]}\\N{DIGIT ONE}\\\\{c}\\\nd\'"', "f\"A{a['b']}1\\\\{c}d'\""),
    "raw strings": ("rf'\\N{a['b']}\\''", "rf'\\N{a[\"b\"]}\\''"),
    "triple quotes": ('f"""\n{a["b"]}"\n"""', 'f"""\n{a[\'b\']}"\n"""'),
    "no value": ("f'' f'{''}' f''", "f'{\"\"}'"),
    "exceptions without parentheses": (
        "try:\n    pass\nexcept A, b.C:\n    pass\nexcept D(1, 2), E:\n    pass",
        "try:\n    pass\nexcept (A, b.C):\n    pass\nexcept (D(1, 2), E):\n    pass",
    ),
    "type parameters": (
        "@d\nasync def f[T: (int, str) = int, *Ts, **P](a: T, /, *b: int) -> T: return a",
        "@d\nasync def f(a: T, /, *b: int) -> T: return a",
    ),
    "type parameters over lines": ("def f[\n    T,  # one\n\n](\n    a, b\n): pass", "def f(a, b): pass"),
    "type parameters of classes": (
        "class A[T](B[T], c=1): x = 1\nclass D[\n    T\n]: pass",
        "class A(B[T], c=1): x = 1\nclass D: pass",
    ),
    "lazy imports": ("if a:\n    lazy import b.c; lazy from d import e", "if a:\n    import b.c; from d import e"),
    "words that are no keywords": ("type = lazy = f'{a}'; type[b]; type (c)", "type = lazy = f'{a}'; type[b]; type(c)"),
    "patterns": ("match [*a]:\n    case [*b, f.C()] if f'{b}': pass",) * 2,
}
NEWER = {
    **{name: newer for name, (newer, _) in SAME_AS.items()},
    "type aliases": "type X = int\ntype Y[T: (int, str) = int, *Ts, **P] = dict[T, Ts]\ntype Z[\n    A\n] = A\n",
    "defaults of type parameters": "class A[T: a = b, *Ts = *tuple[int, ...], **P = [int]]: pass",
    "exception groups": "try:\n    pass\nexcept* (A, B) as e:\n    pass\nexcept* C:\n    pass\nfinally:\n    pass",
    "exception groups without parentheses": "try:\n    pass\nexcept* A, B:\n    pass",
    "starred subscripts": "a[*b | c, 1:2] = [*a, b][0][*(c)], f(a)[*b]",
    "starred annotations": "def f(*a: *tuple[int, *b], c: int): pass",
    "shown expressions": 'f"{a["b"] = }{ c=!s:>3}{d = :x}{e\n  =  # one\n}"',
    "templates": "t'a{b['c']!r:>{w}}{{' t'{ d  # one\n}{e=}'",
    "starred comprehensions": "[*a for a in b], {*a for a in b}, f(*a for a in b), {**a for a in b}",
    "other letters": "type É[é: 'ü'] = int; ä = f'é{ü['ä']}' f'ü{[*é]}', ä[*é, é]",
    "other letters in a handler": "try: pass\nexcept É, ü: é",
    "line ends of Windows": "x = f'{\r\n  a['b']\r\n}'\r\ny = z\r\n",
}
WRONG = {
    "an f-string that does not end": ("a = 1\nx = f'{a", 2),
    "no expression": ("a = 1\nx = f'{}'", 2),
    "a single brace": ("x = f'a}b'", 1),
    "a wrong conversion": ("x = f'{a!z}'", 1),
    "brackets that do not match": ("x = f'{a),(b}'", 1),
    "an expression that is none": ("a = 1\nx = f'{\na b}'", 2),
    "a name before an f-string": ("x = f'{a}'\nprint f'{a}'", 2),
    "bytes beside an f-string": ("x = b'a' f'b'", 1),
    "a string beside a template": ("x = t'a' 'b'", 1),
    "two kinds of handlers": ("try:\n    pass\nexcept* A:\n    pass\nexcept B:\n    pass", 1),
    "a name for several exceptions": ("try:\n    pass\nexcept A, B as e:\n    pass", 3),
    "two values of a type": ("type X = a = b", 1),
    "two types": ("type X = a, b", 1),
    "type parameters without parameters": ("def f[T]: pass", 1),
    "a type parameter that is no name": ("a = 1\ndef f[1](): pass", 2),
    "an error elsewhere": ("type X = int\nx = = 1", 2),
}


def tree_of(text: str) -> ast.Module:
    """The tree that is made without the parser of the running Python knowing the syntax."""
    tree = parse_newer(text)
    assert tree is not None
    return tree


def dump(tree: ast.AST) -> str:
    """The dump of a tree without type parameters, which no older text has."""
    for node in ast.walk(tree):
        if getattr(node, "type_params", None):
            node.type_params = []  # type: ignore[attr-defined]
    return ast.dump(tree).replace(", type_params=[]", "")


@pytest.mark.parametrize("name", SAME_AS)
def test_newer_syntax_means_what_older_syntax_says(name: str) -> None:
    newer, older = SAME_AS[name]

    assert dump(tree_of(newer)) == dump(ast.parse(older))


@pytest.mark.parametrize("name", NEWER)
def test_every_name_is_where_it_is_written(name: str) -> None:
    text = f"{NEWER[name]}\n{{f'{{é['ü']}}'}}; a[b]\n"
    lines = text.replace("\r\n", "\n").split("\n")
    names = [node for node in ast.walk(tree_of(text)) if isinstance(node, ast.Name)]

    assert len(names) >= 3
    for node in names:
        assert lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode() == node.id


def natively(text: str) -> ast.Module | None:
    """The running Python's own tree, less what only some releases have.

    The first ones of 3.12 have empty strings in formats, later ones of 3.14 the blanks behind what a template shows.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if getattr(part, "value", None) != ""]
        elif type(node).__name__ == "Interpolation":
            node.str = node.str.rstrip()  # type: ignore[attr-defined]
    return tree


def test_where_the_running_python_reads_a_text_the_tree_is_the_same() -> None:
    knows_places = sys.version_info >= (3, 12)  # of what is in an f-string
    paths = sorted(Path(sessionfix.__file__).parent.rglob("*.py"))[::4]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    pairs = [(natively(text), parse_newer(text)) for text in (*NEWER.values(), *sources)]
    known = [(own, newer) for own, newer in pairs if own is not None and newer is not None]

    assert len(known) > 12
    for own, newer in known:
        assert ast.dump(newer, include_attributes=knows_places) == ast.dump(own, include_attributes=knows_places)


@pytest.mark.parametrize("text", ["x = 1", "x = 'a' 'b'  # f'", "a[b]\nmatch = [*a]\nprint(*a, **b)", ""])
def test_a_text_without_newer_syntax_has_no_other_tree(text: str) -> None:
    assert parse_newer(text) is None


@pytest.mark.parametrize("name", WRONG)
def test_what_no_python_reads_is_an_error_in_its_row(name: str) -> None:
    text, row = WRONG[name]

    with pytest.raises(SyntaxError) as raised:
        parse_newer(text)
    assert raised.value.lineno == row
    with pytest.raises(SyntaxError):
        parse(text)


@pytest.mark.parametrize("text", ["type X = int\nx = (1\n", "type X = int\nx = a)\n"])
def test_a_bracket_without_its_other_is_an_error_in_its_row(text: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        parse(text)
    assert raised.value.lineno == 2


def only(text: str, kind: str) -> Any:
    (found,) = (node for node in ast.walk(tree_of(text)) if type(node).__name__ == kind)
    return found


def test_a_type_alias_has_its_name_its_parameters_and_its_value() -> None:
    alias = only("type X[T: int = str, *Ts = *A, **P] = dict[T]", "TypeAlias")

    assert (ast.unparse(alias.name), ast.unparse(alias.value)) == ("X", "dict[T]")
    assert [type(node).__name__ for node in alias.type_params] == ["TypeVar", "TypeVarTuple", "ParamSpec"]
    assert ast.unparse(alias.type_params[0].bound) == "int"
    assert ast.unparse(alias.type_params[1].default_value) == "*A"


def test_handlers_of_exception_groups_are_those_of_a_starred_try() -> None:
    attempt = only("try:\n    a\nexcept* (A, B) as e:\n    b\nelse:\n    c\nfinally:\n    d", "TryStar")

    assert [handler.name for handler in attempt.handlers] == ["e"]
    assert {node.id for node in ast.walk(attempt) if isinstance(node, ast.Name)} == set("ABabcd")


def test_a_template_keeps_its_values_and_how_they_are_written() -> None:
    values = only("t'a{b['c']!r:>{w}}{ d }'", "TemplateStr").values

    assert [type(value).__name__ for value in values] == ["Constant", "Interpolation", "Interpolation"]
    assert [(value.str, value.conversion) for value in values[1:]] == [("b['c']", ord("r")), (" d", -1)]


def test_a_starred_dictionary_comprehension_has_a_key_and_no_value() -> None:
    made = only("{**a for a in b}", "DictComp")

    assert (ast.unparse(made.key), made.value) == ("a", None)


def test_a_single_expression_is_read_too() -> None:
    assert ast.dump(parse_expression('f"{a["b"]}"')) == ast.dump(parse_expression("f\"{a['b']}\""))
    with pytest.raises(SyntaxError):
        parse_expression('f"{a["b"]" c')


COMMENTS = [
    ("x = f'{a['#']}'  # one", ["# one"]),
    ("x = f'{\n  a  # one\n}# none'  # two", ["# one", "# two"]),
    ("x = f'''{a}\n# none\n'''\n# one", ["# one"]),
    ("x = f'{a:#x}' f'{b!r:{c}#}'", []),
    ("x = f'{a =  # one\n}' t'{b['#']}'", ["# one"]),
    ("x = '# none' rf'\\# none' b'#'", []),
    ("def f[\n  T,  # one\n](): pass  # two", ["# one", "# two"]),
]


@pytest.mark.parametrize(("text", "found"), COMMENTS)
def test_comments_are_found_in_formatted_strings_and_nothing_else_there(text: str, found: list[str]) -> None:
    assert [token.string for token in tokens(text) if token.type == tokenize.COMMENT] == found


def test_tokens_are_where_they_are_written() -> None:
    text = "é = f'{ é['ü'] }ö'; ä = 1\n"

    names = [token for token in tokens(text) if token.type == tokenize.NAME]

    assert [token.string for token in names] == ["é", "é", "ä"]
    assert [text[token.start[1] : token.end[1]] for token in names] == ["é", "é", "ä"]
