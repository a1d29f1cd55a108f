"""sessionfix as the differential tests call it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from differential.factories import Variant
from differential.run import RUNS, Difference, Program, differences
from sessionfix.diagnostics import FileResult, Fix
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rules import RULES

CODES = frozenset(rule.code for rule in RULES)


@dataclass(frozen=True)
class Verdict:
    """What the tool made of one program, and what is wrong with that."""

    rewritten: str | None
    result: FileResult
    faults: tuple[str, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether every site was rewritten."""
        return self.rewritten is not None and all(finding.fixed for finding in self.result.findings)

    @property
    def is_right(self) -> bool:
        """Whether nothing speaks against what the tool did."""
        return not self.faults and not self.differences

    @property
    def broken(self) -> frozenset[str]:
        """Which promises are broken: rules of the comparison, and the first words of other faults."""
        return frozenset([difference.rule for difference in self.differences] + [fault[:20] for fault in self.faults])

    @property
    def fixes(self) -> list[Fix]:
        return [finding.fix for finding in self.result.findings if finding.fix and finding.fixed]

    @property
    def refusals(self) -> list[str]:
        return [finding.refusal for finding in self.result.findings if finding.refusal]

    def report(self) -> str:
        """All that is wrong, with the rewritten program."""
        shown = [str(difference) for difference in self.differences[:2]]
        return "\n".join(
            [*self.faults, *shown, "--- original", self.result.text, "--- rewritten", self.rewritten or ""]
        )


def write_project(folder: Path, program: Program) -> Path:
    """Put the program's project into `folder`; the path of its module under test."""
    for name, text in {**program.modules, "prog": program.text}.items():
        path = folder / f"{name}.py"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="")
    return folder / "prog.py"


def apply_tool(folder: Path, program: Program, *, unsafe: bool = False) -> FileResult:
    """What sessionfix answers for the program's module."""
    path = write_project(folder, program)
    project = Project(Setup(folder, sorted(folder.glob("*.py"))))
    return check_file(project, path, program.text, codes=CODES, unsafe=unsafe)


def judge(folder: Path, program: Program, *, unsafe: bool = False, limit: int = RUNS) -> Verdict:
    """Rewrite the program, and compare the rewritten program with the meant one."""
    result = apply_tool(folder, program, unsafe=unsafe)
    rewritten = result.fixed_text
    if rewritten is None:
        return Verdict(None, result, tuple(result_faults(result)))
    faults = [*result_faults(result), *text_faults(program.text, rewritten)]
    again = apply_tool(folder, program.with_text(rewritten), unsafe=unsafe)
    if again.fixed_text not in (None, rewritten):
        faults.append(f"a second run changes the file again:\n{again.fixed_text}")
    if is_python(rewritten):
        has_left = any(not finding.fixed for finding in result.findings)
        found = differences(program, rewritten, left_sites=has_left or has_left_sites(rewritten), limit=limit)
    else:
        found = []
    return Verdict(rewritten, result, tuple(faults), tuple(found))


def wrong_with(folder: Path, variants: Iterable[Variant], text: str, *, steps: int | None = None) -> list[str]:
    """The reports on a program's rewrites that are wrong, among those with each of several factories."""
    verdicts = [(variant.name, judge(folder, variant.program(text, steps=steps))) for variant in variants]
    return [f"{name}\n{verdict.report()}" for name, verdict in verdicts if not verdict.is_right]


def result_faults(result: FileResult) -> Iterator[str]:
    """What is wrong with an answer in itself."""
    if result.error:
        yield f"error: {result.error}"
    for finding in result.findings:
        if (finding.fix is None) == (finding.refusal is None):
            yield f"neither fixed nor refused, or both: {finding}"
        if finding.fixed and result.fixed_text is None:
            yield f"fixed, but there is no text: {finding}"


def text_faults(original: str, rewritten: str) -> Iterator[str]:
    """What is wrong with a rewritten text, before it is run."""
    if not is_python(rewritten):
        yield "the rewritten program does not parse"
        return
    lost = comments(original) - comments(rewritten)
    if lost:
        yield f"comments are lost: {sorted(lost)}"
    lost_strings = long_strings(original) - long_strings(rewritten)
    if lost_strings:
        yield f"strings are changed: {sorted(lost_strings)}"
    outside = [line for line in rewritten.splitlines() if line != line.rstrip() and line not in original.splitlines()]
    if outside:
        yield f"trailing blanks: {outside}"


def has_left_sites(text: str) -> bool:
    """Whether a factory is called elsewhere than as the item of a `with`."""
    tree = ast.parse(text)
    calls = {node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_factory_call(node)}
    return bool(calls - {node.context_expr for node in ast.walk(tree) if isinstance(node, ast.withitem)})


def is_factory_call(call: ast.Call) -> bool:
    return ast.unparse(call.func).rpartition(".")[2] == "get_session"


def is_python(text: str) -> bool:
    try:
        compile(text, "prog.py", "exec")
    except SyntaxError:
        return False
    return True


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def long_strings(text: str) -> Counter[str]:
    """The values of string literals that hold a line break."""
    values = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return Counter(value for value in values if isinstance(value, str) and "\n" in value)
