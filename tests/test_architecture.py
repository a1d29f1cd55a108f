"""What no single module can hold: imports run downward, and only the command prints."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import sessionfix
from conftest import SmallProject

PACKAGE = Path(sessionfix.__file__).parent
LAYERS = (
    ("__main__",),
    ("start",),
    ("cli",),
    ("options",),
    ("incremental",),
    ("runner", "again", "answers"),
    ("workers",),
    ("width",),
    ("checking",),
    ("reporters",),
    ("outcomes", "backup", "targets"),
    ("fixer", "selection", "explaining", "cache"),
    ("rules", "rewrite", "suppressions"),
    ("project",),
    ("settings",),
    ("discovery", "environment"),
    ("files", "editable"),
    ("edits", "roots"),
    ("parsing",),
    ("syntax",),
    ("collector", "diagnostics", "errors", "lines", "room"),
    ("__init__",),
)
LEVEL_OF = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def unit(path: Path) -> str:
    """The module or package directly below the package that `path` belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_bytes())))


def imports(path: Path) -> Iterator[str]:
    """The dotted names that `path` imports, also within functions."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def upward_imports(path: Path) -> Iterator[str]:
    here = unit(path)
    for name in imports(path):
        package, _, rest = name.partition(".")
        imported = rest.split(".")[0]
        target = imported if imported in LEVEL_OF else "__init__"
        if package == "sessionfix" and target != here and LEVEL_OF[here] >= LEVEL_OF[target]:
            yield f"{path.relative_to(PACKAGE)} imports {name}"


def importers(package: str) -> set[str]:
    return {unit(path) for path in MODULES if package in {name.split(".")[0] for name in imports(path)}}


def test_imports_run_downward() -> None:
    assert [found for path in MODULES for found in upward_imports(path)] == []


def test_every_module_has_a_layer() -> None:
    assert {unit(path) for path in MODULES} == set(LEVEL_OF)


def test_only_what_edits_knows_libcst_and_only_the_command_knows_click() -> None:
    assert importers("libcst") <= {"rewrite", "fixer"}
    assert importers("click") <= {"cli", "options"}


def prints(path: Path) -> bool:
    """Whether a module names `print`, or a stream as an attribute."""
    return any(
        (isinstance(node, ast.Name) and node.id == "print")
        or (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr"))
        for node in nodes(path)
    )


def test_only_the_command_prints() -> None:
    assert {unit(path) for path in MODULES if prints(path)} == {"start", "cli"}


IMPORTED = """
import sys
from sessionfix.cli import main
try:
    main(sys.argv[1:])
except SystemExit as exit:
    assert exit.code == 0, exit.code
print(sorted({*sys.modules, *(name.split(".")[0] for name in sys.modules)}), file=sys.stderr)
"""


def imported_by(*arguments: str) -> set[str]:
    """The modules that a run of the command in a process of its own imports."""
    command = [sys.executable, "-c", IMPORTED, *arguments]
    completed = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(ast.literal_eval(completed.stderr.splitlines()[-1]))


@pytest.mark.parametrize("argument", ["--version", "--help", "."])
def test_what_only_a_rewrite_needs_is_not_imported_before(project: SmallProject, argument: str) -> None:
    project.write({"app.py": "from db import get_session\n\nwith get_session() as session:\n    session.query(1)\n"})
    project.write(
        {"db.py": "from contextlib import contextmanager\n\n\n@contextmanager\ndef get_session():\n    yield 1\n"}
    )

    assert not imported_by(argument) & {"libcst", "yaml", "tempfile", "multiprocessing", "asyncio"}


def test_clean_check_of_a_larger_tree_imports_nothing_that_analyses(project: SmallProject) -> None:
    plain = "".join(f"def function_{number}(value):\n    return value\n\n\n" for number in range(500))
    project.write({f"module_{number}.py": plain for number in range(6)})
    project.write({"db.py": "from contextlib import contextmanager\n\n\n@contextmanager\ndef scope():\n    yield 1\n"})
    project.write({"app.py": "from db import scope\n\nwith scope() as session:\n    session.query(1)\n"})

    imported = imported_by("--no-cache", ".")

    assert "sessionfix.project.sieve.sieve" in imported
    assert not imported & {"sessionfix.fixer", "sessionfix.project.project", "sessionfix.project.resolve"}
    own = imported - imported_by("--version")  # click takes subprocess along under Python 3.10
    assert not own & {"libcst", "concurrent", "difflib", "asyncio", "logging", "multiprocessing", "subprocess"}


def test_version_and_help_read_no_project(project: SmallProject) -> None:
    for argument in ("--version", "--help"):
        assert not imported_by(argument) & {"pathspec", "tomllib", "tomli", "json"}
