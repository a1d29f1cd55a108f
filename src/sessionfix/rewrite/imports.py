"""How a function of the standard library is named in a file, and the import that has to be added for it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sessionfix.lines import character_column, split_lines
from sessionfix.parsing import parse
from sessionfix.project.history import checker_branches
from sessionfix.rewrite import reasons
from sessionfix.rewrite.plan import Import
from sessionfix.rewrite.scopes import Scope, Tree, bound_names, is_shared, stored_names, walk_scope


@dataclass(frozen=True)
class Reach:
    """The expression that names something, and the import without which it does not."""

    expression: ast.expr
    needs: Import | None = None


def reach(tree: Tree, statement: ast.stmt, module: str, name: str) -> Reach | None:
    """How `statement` can name `name` of `module`; None if every way is taken by other things of that name."""
    return reach_imported(tree, statement, module, name) or reach_by_import(tree, module, name)


def reach_imported(
    tree: Tree, statement: ast.stmt, module: str, name: str, *, for_checkers: bool = False
) -> Reach | None:
    """The same without a new import. `for_checkers`: what only type checkers see imported will do."""
    for found in _imported_above(tree, statement, for_checkers=for_checkers):
        expression = found.expression_for(module, name)
        if expression is not None and _is_seen(tree, statement, found.bound):
            return Reach(expression)
    return None


def reach_by_import(tree: Tree, module: str, name: str) -> Reach | None:
    """The same by a new import."""
    words = _words(tree.module)
    if name not in words:
        return Reach(ast.Name(name, ast.Load()), Import(module, name))
    if module.partition(".")[0] not in words:
        return Reach(ast.Attribute(_dotted(module), name, ast.Load()), Import(module))
    return None


def _dotted(name: str) -> ast.expr:
    owner, _, last = name.rpartition(".")
    return ast.Attribute(_dotted(owner), last, ast.Load()) if owner else ast.Name(last, ast.Load())


@dataclass(frozen=True)
class _Imported:
    statement: ast.Import | ast.ImportFrom
    alias: ast.alias

    @property
    def bound(self) -> str:
        return next(bound_names(self.alias))

    def expression_for(self, module: str, name: str) -> ast.expr | None:
        """What names `name` of `module` by this import, if anything does."""
        if _is_from(self.statement, module) and self.alias.name == name:
            return ast.Name(self.bound, ast.Load())
        if self.is_module(module):
            return ast.Attribute(_dotted(self.alias.asname or self.alias.name), name, ast.Load())
        return None

    def is_module(self, module: str) -> bool:
        """`import a.b`, `import a.b as c`, `from a import b`"""
        if isinstance(self.statement, ast.Import):
            return self.alias.name == module
        return not self.statement.level and f"{self.statement.module}.{self.alias.name}" == module


def _is_from(statement: ast.stmt, module: str) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == module and not statement.level


def _imported_above(tree: Tree, statement: ast.stmt, *, for_checkers: bool) -> Iterator[_Imported]:
    """What the imports at the module's top bind, as far as they stand above `statement`."""
    for line in _top_lines(tree.module, for_checkers=for_checkers):
        if isinstance(line, ast.Import | ast.ImportFrom) and line.lineno < statement.lineno:
            yield from (_Imported(line, alias) for alias in line.names)


def _is_seen(tree: Tree, statement: ast.stmt, name: str) -> bool:
    """Whether `statement` sees an import's name: it is bound nowhere else, and hidden by no function's own."""
    scopes = (node for node in tree.ancestors(statement) if isinstance(node, Scope) and node is not tree.module)
    return _is_bound_once(tree.module, name) and not any(name in stored_names(scope) for scope in scopes)


def _top_lines(module: ast.Module, *, for_checkers: bool) -> Iterator[ast.stmt]:
    """The statements at a module's top, and those under its `if TYPE_CHECKING`."""
    for line in module.body:
        yield line
        branches = checker_branches(line) if for_checkers and isinstance(line, ast.If) else None
        yield from branches[0] if branches is not None else ()


def _is_bound_once(module: ast.Module, name: str) -> bool:
    return sum(name in bound_names(node) for node in walk_scope(module)) == 1 and not is_shared(module, name)


def _words(module: ast.Module) -> set[str]:
    """Every name that is bound or read anywhere in a file."""
    words: set[str] = set()
    for node in ast.walk(module):
        words.update(bound_names(node))
        if isinstance(node, ast.Name):
            words.add(node.id)
        elif isinstance(node, ast.arg):
            words.add(node.arg)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            words.update(node.names)
    return words


# Adding an import


class ImportPlaceError(Exception):
    """There is no line of its own on which an import could stand; says so in words for the user."""


def with_import(text: str, wanted: Import) -> str:
    """`text`, a module's source, with the import added. Raises ImportPlaceError."""
    module = parse(text)
    lines = split_lines(text)
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break  # what is imported further down may not be there when it is needed
        if wanted.name is not None and isinstance(statement, ast.ImportFrom) and _takes(statement, wanted):
            return _joined(lines, statement.names, wanted.name)
    return _on_its_own(lines, module, wanted)


def _takes(statement: ast.ImportFrom, wanted: Import) -> bool:
    return _is_from(statement, wanted.module) and statement.names[0].name != "*"


def _joined(lines: list[str], names: Sequence[ast.alias], name: str) -> str:
    """The lines with `name` among the names of a `from` import: by the alphabet, and laid out as the others are."""
    later = [alias for alias in names if alias.name.casefold() > name.casefold()]
    at = later[0] if later else names[-1]
    row = at.lineno - 1
    line = lines[row]
    start = character_column(line, at.col_offset) - 1
    end = character_column(lines[(at.end_lineno or at.lineno) - 1], at.end_col_offset or 0) - 1
    has_own_line = not line[:start].strip()
    newline = line[len(line.rstrip("\r\n")) :]
    follows = re.match(r"\s*,", line[end:])
    if has_own_line and not later and follows:
        lines.insert(row + 1, f"{line[:start]}{name},{newline}")
    elif has_own_line:
        lines.insert(row, f"{line[:start]}{name},{newline}")
    elif later:
        lines[row] = f"{line[:start]}{name}, {line[start:]}"
    else:
        lines[row] = f"{line[:end]}, {name}{line[end:]}"
    return "".join(lines)


def _on_its_own(lines: list[str], module: ast.Module, wanted: Import) -> str:
    """The lines with a new import: among those of the standard library in their order, or above all others."""
    imports = _first_imports(module)
    standard = [line for line in imports if _root(line) in sys.stdlib_module_names]
    newline = next((line[len(line.rstrip("\r\n")) :] for line in lines if line.endswith(("\r", "\n"))), "\n")
    before = [line for line in standard if _order(line) < _order(wanted.as_statement())]
    text = wanted.text + newline
    if before:
        lines.insert(_row_after(module, before[-1]), text)
    elif imports:
        gap = [] if standard else [newline]
        row = _above_comments(lines, _row_of(module, imports[0]))
        lines[row:row] = [text, *gap]
    else:
        head = _head(module)
        row = _row_after(module, head[-1]) if head else _row_of(module, module.body[0])
        before_it = [newline] if head else []
        lines[row:row] = [*before_it, text, *([] if row < len(lines) and not lines[row].strip() else [newline])]
    return "".join(lines)


def _above_comments(lines: list[str], row: int) -> int:
    """The index above the comments that belong to a line; those at the file's top belong to the file."""
    first = row
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first or row


def _head(module: ast.Module) -> list[ast.stmt]:
    """The docstring and the imports from `__future__`."""
    head = module.body[: 1 if ast.get_docstring(module, clean=False) is not None else 0]
    return head + [line for line in module.body if _is_from(line, "__future__")]


def _first_imports(module: ast.Module) -> list[ast.stmt]:
    """The imports that the module begins with, below its head."""
    found: list[ast.stmt] = []
    for statement in module.body[len(_head(module)) :]:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        found.append(statement)
    return found


def _root(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ImportFrom):
        return "" if statement.level else (statement.module or "").partition(".")[0]
    assert isinstance(statement, ast.Import)
    return statement.names[0].name.partition(".")[0]


def _order(statement: ast.stmt) -> tuple[bool, str]:
    """How imports are sorted within their section: `import x` before `from x import y`."""
    if isinstance(statement, ast.ImportFrom):
        return True, statement.module or ""
    assert isinstance(statement, ast.Import)
    return False, statement.names[0].name


def _row_of(module: ast.Module, statement: ast.stmt) -> int:
    """The index of the line on which a statement begins, if it is the first there."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    row = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    if any(other is not statement and (other.end_lineno or 0) >= row and other.lineno <= row for other in module.body):
        raise ImportPlaceError(reasons.NO_IMPORT_LINE.format(row=row))
    return row - 1


def _row_after(module: ast.Module, statement: ast.stmt) -> int:
    """The index of the line below a statement, if nothing else begins on its last one."""
    row = statement.end_lineno or statement.lineno
    if any(other is not statement and other.lineno == row for other in module.body):
        raise ImportPlaceError(reasons.NO_IMPORT_LINE.format(row=row))
    return row
