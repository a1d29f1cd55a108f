"""Breaks the sessions of working code, lets sessionfix repair them, and compares the result with the original.

    python benchmarks/roundtrip.py FOLDER [--unsafe-fixes]

FOLDER is copied; nothing in it is changed. benchmarks/README.md says what the numbers mean.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypedDict

import click
import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from sessionfix.discovery import DEFAULT_EXCLUDE
from sessionfix.outcomes import ExitCode

MANAGER_DECORATORS = frozenset({"contextmanager", "asynccontextmanager"})


class Place(NamedTuple):
    """A row of a file that was taken apart."""

    path: Path
    row: int


class JsonFix(TypedDict):
    """The part of a fix that is read here."""

    applicability: str


class JsonLocation(TypedDict):
    """The part of a location that is read here."""

    row: int


class JsonFinding(TypedDict):
    """The part of a finding in sessionfix's JSON that is read here."""

    filename: str
    location: JsonLocation
    certainty: str
    fix: JsonFix | None


@dataclass(frozen=True)
class BrokenFile:
    """A file before and after its `with` statements were taken apart; `rows` are those of the bare calls."""

    path: Path
    original: bytes
    broken: bytes
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Run:
    """How a run of sessionfix ended."""

    stdout: str
    exit_code: int
    seconds: float


class TakeApart(cst.CSTTransformer):
    """Turns `with factory(...) as name: BODY` into `name = factory(...)` and `try: BODY finally: name.close()`."""

    def __init__(self, factories: frozenset[str]) -> None:
        super().__init__()
        self.factories = factories
        self.bare_calls: list[cst.SimpleStatementLine] = []

    def leave_With(
        self,
        original_node: cst.With,  # noqa: ARG002 (LibCST's signature)
        updated_node: cst.With,
    ) -> cst.With | cst.FlattenSentinel[cst.BaseStatement]:
        first, *others = updated_node.items
        match first:
            case cst.WithItem(item=cst.Call() as call, asname=cst.AsName(name=cst.Name(value=name))) if not others:
                if _last_name(call.func) in self.factories:
                    return self._taken_apart(updated_node, call, name)
        return updated_node

    def _taken_apart(self, block: cst.With, call: cst.Call, name: str) -> cst.FlattenSentinel[cst.BaseStatement]:
        if isinstance(block.lpar, cst.LeftParen):  # the call may go over lines that only these parentheses join
            call = call.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        binding = cst.Assign([cst.AssignTarget(cst.Name(name))], call)
        bare_call = cst.SimpleStatementLine([binding], leading_lines=block.leading_lines)
        self.bare_calls.append(bare_call)
        close: cst.BaseExpression = cst.Call(cst.Attribute(cst.Name(name), cst.Name("close")))
        if block.asynchronous is not None:
            close = cst.Await(close)
        closing = cst.IndentedBlock([cst.SimpleStatementLine([cst.Expr(close)])])
        return cst.FlattenSentinel([bare_call, cst.Try(body=block.body, finalbody=cst.Finally(closing))])


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--unsafe-fixes", is_flag=True, help="Let --write apply unsafe rewrites too.")
def main(folder: Path, *, unsafe_fixes: bool) -> None:
    """Break a copy of FOLDER, repair it with sessionfix, and compare the result with FOLDER."""
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as temporary:
        workplace = Path(temporary).resolve()
        copy = _copied(folder.resolve(), workplace)
        files = _break_all(sorted(copy.rglob("*.py")))
        check = _sessionfix(workplace, "--check", "--output-format", "json", str(copy))
        _say_findings(json.loads(check.stdout), files, workplace)
        write = _sessionfix(workplace, "--write", "--no-backup", *["--unsafe-fixes"] * unsafe_fixes, str(copy))
        _say_functions(files)
        for name, run in (("--check", check), ("--write", write)):
            _say(f"{name}: exit code, seconds", f"{run.exit_code}, {run.seconds:.1f}")


def _copied(folder: Path, workplace: Path) -> Path:
    """A copy of what sessionfix would read of `folder`; one level down, so that its name hides no module of Python."""
    copy = workplace / "roundtrip_copy" / folder.name
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(*DEFAULT_EXCLUDE), ignore_dangling_symlinks=True)
    return copy


def _break_all(paths: Iterable[Path]) -> list[BrokenFile]:
    """Take apart, on disk, what can be; the files that were changed."""
    sources = {path: path.read_bytes() for path in paths}
    trees = {path: tree for path, source in sources.items() if (tree := _parsed(path, source)) is not None}
    factories = frozenset(name for tree in trees.values() for name in _factories(tree))
    files = [_broken(path, sources[path], factories) for path in trees]
    changed = [file for file in files if file.rows]
    for file in changed:
        file.path.write_bytes(file.broken)
    return changed


def _parsed(path: Path, source: bytes) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError) as error:
        click.echo(f"left alone: {path.name}: {error}", err=True)
        return None


def _factories(tree: ast.Module) -> Iterator[str]:
    """The names of all functions under contextlib's decorators."""
    for function in _functions(tree):
        if any(ast.unparse(decorator).split(".")[-1] in MANAGER_DECORATORS for decorator in function.decorator_list):
            yield function.name


def _broken(path: Path, source: bytes, factories: frozenset[str]) -> BrokenFile:
    if not any(name.encode() in source for name in factories):  # spares LibCST most files
        return BrokenFile(path, source, source, ())
    transformer = TakeApart(factories)
    module = cst.parse_module(source).visit(transformer)
    if not transformer.bare_calls:
        return BrokenFile(path, source, source, ())
    # without the copy, the nodes are those that the transformer made
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    rows = (positions[bare_call].start.line for bare_call in transformer.bare_calls)
    return BrokenFile(path, source, module.bytes, tuple(sorted(rows)))


def _last_name(callee: cst.BaseExpression) -> str | None:
    match callee:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
    return None


def _sessionfix(cwd: Path, *arguments: str) -> Run:
    """Run the command in `cwd`, and pass on what it says of errors; ends the benchmark if there is no report."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "sessionfix", "--quiet", *arguments],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    seconds = time.perf_counter() - start
    click.echo(done.stderr, nl=False, err=True)
    if done.returncode == ExitCode.ERROR and not done.stdout:
        raise click.ClickException("sessionfix made no report")
    return Run(done.stdout, done.returncode, seconds)


def _say_findings(findings: list[JsonFinding], files: list[BrokenFile], cwd: Path) -> None:
    sites = {Place(file.path, row) for file in files for row in file.rows}
    found = [finding for finding in findings if Place(cwd / finding["filename"], finding["location"]["row"]) in sites]
    verdicts = Counter(_verdict(finding) for finding in found)
    _say("sites taken apart", len(sites))
    _say("found", len(found))
    _say("certain", sum(finding["certainty"] == "certain" for finding in found))
    for verdict, label in (("safe", "rewritten as safe"), ("unsafe", "rewritten as unsafe"), ("refused", "refused")):
        _say(label, verdicts[verdict])
    _say("findings elsewhere", len(findings) - len(found))


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
