"""Every rewrite that the rules and the tests show as an example is run beside the program that was meant."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import rewrite_examples
from differential.modules import is_session_factory_name
from differential.run import Program, differences
from sessionfix.project.sites import Use
from sessionfix.rules import RULES, Invalid
from sessionfix.rules.base import TARGET


def examples() -> Iterator[tuple[str, Invalid]]:
    """All examples with a rewrite that is called safe, by name.

    `with` on a generator means nothing yet: its rewrites are run by test_rewrite_generators.
    """
    for rule in (rule for rule in RULES if rule.use is not Use.GENERATOR):
        for number, example in enumerate(rule.invalid):
            yield f"{rule.code} {number}", example
    for found in pkgutil.iter_modules(rewrite_examples.__path__):
        shown = importlib.import_module(f"rewrite_examples.{found.name}").EXAMPLES
        yield from ((f"{found.name}: {name}", example) for name, example in shown.items())


REWRITTEN = {name: example for name, example in examples() if getattr(example, "expected", None) and not example.unsafe}


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def entries(text: str) -> Iterator[str]:
    """The functions of a module and the methods of its classes, but for factories; else the module itself."""
    tree = ast.parse(text)
    names = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names.append(node.name)
        elif isinstance(node, ast.ClassDef):
            methods = (each for each in node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)))
            names.extend(f"{node.name}.{each.name}" for each in methods if not each.name.startswith("__"))
    yield from [name for name in names if not is_session_factory_name(name)] or ["no function"]


@pytest.mark.parametrize("name", REWRITTEN)
def test_the_shown_rewrite_does_what_was_meant(name: str) -> None:
    example = REWRITTEN[name]
    expected = example.expected_text
    assert expected is not None
    modules = {module_name(path): text for path, text in example.files.items()}
    text = modules.pop(module_name(TARGET))
    for entry in entries(text):
        found = differences(Program(text, modules, name="app", entry=entry), expected)
        assert found == [], f"{entry}\n{found[0]}"
