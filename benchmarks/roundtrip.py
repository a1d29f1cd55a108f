"""Breaks the sessions of working code, lets sessionfix repair them, and compares the result with the original.

    python benchmarks/roundtrip.py FOLDER... [--unsafe-fixes]
    python benchmarks/roundtrip.py FOLDER... --recall [--show-missed]

The folders are copied; nothing in them is changed. benchmarks/README.md says what the numbers mean.
"""

from __future__ import annotations

import ast
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from resolution import MANAGER_DECORATORS, Reader
from running import JsonFinding, run_sessionfix

from sessionfix.discovery import DEFAULT_EXCLUDE

_MISSED = ("unknown", "no factory", "of another package", "a factory, and silent all the same", "unreadable")


class Place(NamedTuple):
    """A row of a file that was taken apart."""

    path: Path
    row: int


@dataclass(frozen=True)
class BrokenFile:
    """A file before and after its `with` statements were taken apart; `rows` are those of the bare calls."""

    path: Path
    original: bytes
    broken: bytes
    rows: tuple[int, ...]


class Nest(cst.CSTTransformer):
    """Makes a `with` of several items, one of which calls a factory, a `with` in a `with`."""

    def __init__(self, is_session: Callable[[cst.WithItem], bool]) -> None:
        super().__init__()
        self.is_session = is_session

    def leave_With(
        self,
        original_node: cst.With,  # noqa: ARG002 (LibCST's signature)
        updated_node: cst.With,
    ) -> cst.With | cst.FlattenSentinel[cst.BaseStatement]:
        if not any(map(self.is_session, updated_node.items)):
            return updated_node
        body = updated_node.body
        statements: Sequence[cst.BaseStatement] = ()
        for item in reversed(updated_node.items):
            alone = item.with_changes(comma=cst.MaybeSentinel.DEFAULT)
            statements = self.one(updated_node.with_changes(items=[alone], body=body, leading_lines=()))
            body = cst.IndentedBlock(statements)
        first, *others = statements
        return cst.FlattenSentinel([first.with_changes(leading_lines=updated_node.leading_lines), *others])

    def one(self, block: cst.With) -> Sequence[cst.BaseStatement]:
        """What becomes of a `with` of one item."""
        return [block]


class TakeApart(Nest):
    """Takes each `with` apart that enters a factory's call.

    `with factory(...) as name: BODY` becomes `name = factory(...)` and `try: BODY finally: name.close()`; where there
    is no name, `factory(...)` and BODY.
    """

    def __init__(self, is_session: Callable[[cst.WithItem], bool]) -> None:
        super().__init__(is_session)
        self.bare_calls: list[cst.BaseSmallStatement] = []

    def one(self, block: cst.With) -> Sequence[cst.BaseStatement]:
        item = block.items[0]
        if not self.is_session(item):
            return [block]
        match item:
            case cst.WithItem(item=cst.Call() as call, asname=cst.AsName(name=cst.Name(value=name))):
                binding = cst.Assign([cst.AssignTarget(cst.Name(name))], _joined(call, block))
                closing = _closing(name, is_async=block.asynchronous is not None)
                return [self._bare(binding), cst.Try(body=block.body, finalbody=cst.Finally(closing))]
            case cst.WithItem(item=cst.Call() as call):
                return [self._bare(cst.Expr(_joined(call, block))), *_statements(block.body)]
        return [block]

    def _bare(self, statement: cst.BaseSmallStatement) -> cst.SimpleStatementLine:
        self.bare_calls.append(statement)
        return cst.SimpleStatementLine([statement])


def _statements(suite: cst.BaseSuite) -> Sequence[cst.BaseStatement]:
    if isinstance(suite, cst.SimpleStatementSuite):
        return [cst.SimpleStatementLine(suite.body)]
    assert isinstance(suite, cst.IndentedBlock)
    return suite.body


def _joined(call: cst.Call, block: cst.With) -> cst.Call:
    """The call with the parentheses of the `with`, which alone may join its lines."""
    if isinstance(block.lpar, cst.LeftParen):
        return call.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return call


def _closing(name: str, *, is_async: bool) -> cst.IndentedBlock:
    close: cst.BaseExpression = cst.Call(cst.Attribute(cst.Name(name), cst.Name("close")))
    return cst.IndentedBlock([cst.SimpleStatementLine([cst.Expr(cst.Await(close) if is_async else close)])])


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--unsafe-fixes", is_flag=True, help="Let --write apply unsafe rewrites too.")
@click.option("--recall", is_flag=True, help="Take `with` without a name apart too; only look, and rewrite nothing.")
@click.option("--show-missed", is_flag=True, help="List the sites that are not found.")
def main(folders: tuple[Path, ...], *, unsafe_fixes: bool, recall: bool, show_missed: bool) -> None:
    """Break a copy of each of FOLDERS, repair it with sessionfix, and compare the result with the folder."""
    for folder in folders:
        with tempfile.TemporaryDirectory(prefix="roundtrip-") as temporary:
            _say("", folder.name)
            workplace = Path(temporary).resolve()
            copy = copied(folder.resolve(), workplace)
            files = break_all(sorted(copy.rglob("*.py")), all_of_them=recall)
            check = run_sessionfix(workplace, "--check", "--jobs", "1", "--output-format", "json", str(copy))
            _say("--check: exit code, seconds", f"{check.exit_code}, {check.seconds:.1f}")
            _say_findings(json.loads(check.stdout), files, workplace, show_missed=show_missed)
            if not recall:
                unsafe = ["--unsafe-fixes"] * unsafe_fixes
                write = run_sessionfix(workplace, "--write", "--jobs", "1", "--no-backup", *unsafe, str(copy))
                _say("--write: exit code, seconds", f"{write.exit_code}, {write.seconds:.1f}")
                _say_functions(files)


def copied(folder: Path, workplace: Path) -> Path:
    """A copy of what sessionfix would read of `folder`; one level down, so that its name hides no module of Python."""
    copy = workplace / "roundtrip_copy" / folder.name
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(*DEFAULT_EXCLUDE), ignore_dangling_symlinks=True)
    return copy


def break_all(paths: Iterable[Path], *, all_of_them: bool) -> list[BrokenFile]:
    """Take apart, on disk, what can be; the files that were changed."""
    sources = {path: path.read_bytes() for path in paths}
    names = frozenset(name for path, source in sources.items() for name in _factories(path, source))
    sessions = _Sessions(names, all_of_them)
    files = [_broken(path, source, sessions) for path, source in sources.items() if sessions.may_be_in(source)]
    changed = [file for file in files if file.rows]
    for file in changed:
        file.path.write_bytes(file.broken)
    return changed


def _factories(path: Path, source: bytes) -> Iterator[str]:
    """The names of all functions under contextlib's decorators."""
    if b"contextmanager" not in source:
        return
    try:
        functions = _functions(ast.parse(source))
    except (SyntaxError, ValueError) as error:
        click.echo(f"left alone: {path.name}: {error}", err=True)
        return
    for function in functions:
        if any(ast.unparse(decorator).split(".")[-1] in MANAGER_DECORATORS for decorator in function.decorator_list):
            yield function.name


@dataclass(frozen=True)
class _Sessions:
    """Tells which items of a `with` are taken apart: those with a name for the session, or all of them."""

    factories: frozenset[str]
    all_of_them: bool

    def may_be_in(self, source: bytes) -> bool:
        """Spares LibCST most files."""
        return b"with" in source and any(name.encode() in source for name in self.factories)

    def is_session(self, item: cst.WithItem) -> bool:
        match item:
            case cst.WithItem(item=cst.Call(func=callee), asname=None) if self.all_of_them:
                return _last_name(callee) in self.factories
            case cst.WithItem(item=cst.Call(func=callee), asname=cst.AsName(name=cst.Name())):
                return _last_name(callee) in self.factories
        return False


def _broken(path: Path, source: bytes, sessions: _Sessions) -> BrokenFile:
    transformer = TakeApart(sessions.is_session)
    try:
        original = cst.parse_module(source)
    except cst.ParserSyntaxError:
        return BrokenFile(path, source, source, ())
    module = original.visit(transformer)
    if not transformer.bare_calls:
        return BrokenFile(path, source, source, ())
    # without the copy, the nodes are those that the transformer made
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    rows = (positions[bare_call].start.line for bare_call in transformer.bare_calls)
    nested = original.visit(Nest(sessions.is_session))
    return BrokenFile(path, nested.bytes, module.bytes, tuple(sorted(rows)))


def _last_name(callee: cst.BaseExpression) -> str | None:
    match callee:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
    return None


def _say_findings(findings: list[JsonFinding], files: list[BrokenFile], cwd: Path, *, show_missed: bool) -> None:
    sites = {Place(file.path, row) for file in files for row in file.rows}
    at = {Place(cwd / finding["filename"], finding["location"]["row"]): finding for finding in findings}
    found = [at[place] for place in sorted(sites) if place in at]
    verdicts = Counter(map(_verdict, found))
    certainties = Counter(finding["certainty"] for finding in found)
    _say("sites taken apart", len(sites))
    _say("found", len(found))
    _say("certain, probable", f"{certainties['certain']}, {certainties['probable']}")
    _say_missed(sorted(sites - at.keys()), cwd, show_them=show_missed)
    for verdict, label in (("safe", "rewritten as safe"), ("unsafe", "rewritten as unsafe"), ("refused", "refused")):
        _say(label, verdicts[verdict])
    _say("findings elsewhere", len(at.keys() - sites))


def _say_missed(missed: Sequence[Place], cwd: Path, *, show_them: bool) -> None:
    reader = Reader(next((cwd / "roundtrip_copy").iterdir()))
    meanings = {place: reader.meaning(place.path, place.row) for place in missed}
    counts = Counter(meanings.values())
    for meaning in _MISSED:
        _say(f"missed: {meaning}", counts[meaning])
    for place, meaning in meanings.items() if show_them else ():
        text = place.path.read_text(encoding="utf-8").splitlines()[place.row - 1].strip()
        click.echo(f"    {place.path.relative_to(cwd / 'roundtrip_copy')}:{place.row}: {meaning}: {text}")


def _verdict(finding: JsonFinding) -> str:
    return "refused" if finding["fix"] is None else finding["fix"]["applicability"]


def _say_functions(files: list[BrokenFile]) -> None:
    same = Counter(is_same for file in files for is_same in _comparisons(file))
    _say("functions identical after --write", same[True])
    _say("functions that differ", same[False])


def _comparisons(file: BrokenFile) -> Iterator[bool]:
    """For each function that --write changed: whether its syntax tree is that of the original."""
    sources = (file.original, file.broken, file.path.read_bytes())
    originals, broken, repaired = ([ast.dump(node) for node in _functions(ast.parse(source))] for source in sources)
    for original, between, after in zip(originals, broken, repaired, strict=True):
        if between != after:
            yield original == after


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions, in the order in which they stand in the file: no rewrite changes that."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return sorted(found, key=lambda function: (function.lineno, function.col_offset))


def _say(label: str, value: int | str) -> None:
    click.echo(f"{label:<36}{value:>12}")


if __name__ == "__main__":
    main()
