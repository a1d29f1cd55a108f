"""One file: its sites become findings, the findings rewrites, and the rewrites are proved.

Rewrites are made in rounds. A round plans every site that is left and carries out those plans that do not overlap; the
new text is analysed afresh for the next one, until nothing more can be done. So each plan is made on the text that it
changes, and two sessions that share a suite come out nested.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sessionfix.diagnostics import Applicability, FileResult, Finding, Fix, Position, Span
from sessionfix.edits import Edits
from sessionfix.files import CANNOT_BE_PARSED
from sessionfix.lines import character_column, split_lines
from sessionfix.project import Project
from sessionfix.project.sites import AstSpan, Site, Use
from sessionfix.rewrite.depth import SHALLOW, levels
from sessionfix.room import with_room
from sessionfix.rules import RULE_OF_USE, uses_of
from sessionfix.suppressions import Suppressions

if TYPE_CHECKING:
    from sessionfix.rewrite.plan import Plan, Refusal
    from sessionfix.rewrite.scopes import Tree

TOO_DEEP = "the file is nested too deeply to be analysed"


def check_file(project: Project, path: Path, text: str, *, codes: frozenset[str], unsafe: bool) -> FileResult:
    """What is wrong in `text`, the content of `path`, and its rewrite.

    Findings are those of `codes` that no ignore comment covers. `unsafe` lets unsafe rewrites into `fixed_text`.
    A text that cannot be parsed, or a rewrite that fails its proof, is told by `error`; this raises nothing for them.
    """
    try:
        return _checked_in_room(project, path, text, codes, unsafe)
    except SyntaxError as error:
        return FileResult(path, text, error=f"{CANNOT_BE_PARSED}{error.msg} (line {error.lineno})")
    except ValueError as error:
        return FileResult(path, text, error=f"{CANNOT_BE_PARSED}{error}")
    except (RecursionError, MemoryError):
        project.forget()
        return FileResult(path, text, error=TOO_DEEP)


def _checked_in_room(project: Project, path: Path, text: str, codes: frozenset[str], unsafe: bool) -> FileResult:
    try:
        return _checked(project, path, text, codes, unsafe, most=SHALLOW)
    except RecursionError:
        project.forget()
        return with_room(lambda: _checked(project, path, text, codes, unsafe))


def _checked(
    project: Project, path: Path, text: str, codes: frozenset[str], unsafe: bool, most: float = math.inf
) -> FileResult:
    """Raises RecursionError for a text with sites that has more than `most` levels."""
    uses = uses_of(codes)
    sites = project.sites(path, text, uses)
    if not sites:
        return FileResult(path, text)
    if levels(project.calls(path).target.parents, text) > most:
        raise RecursionError
    suppressions = Suppressions.from_text(text)
    last_rows = _last_rows(project.calls(path).target.tree, sites)  # the tree is large, and goes with the first round
    wanted = [
        (code := RULE_OF_USE[site.use].code) in codes and not suppressions.covers(code, site.place.lineno, last_row)
        for site, last_row in zip(sites, last_rows, strict=True)
    ]
    if not any(wanted):
        return FileResult(path, text)
    made = _Rounds(project, path, uses, wanted, Applicability.UNSAFE if unsafe else Applicability.SAFE).run(text, sites)
    if made.fault is not None:  # a file that fails is left as it was
        made.applied.clear()
    shown = made
    if not unsafe and any(isinstance(answer, Fix) for answer in made.left()):
        shown = _Rounds(project, path, uses, wanted, Applicability.UNSAFE).run(text, project.sites(path, text, uses))
    lines = split_lines(text)
    edits = Edits(text, shown.text)
    findings = tuple(
        _finding(path, site, lines, last_rows[index], made.answers[index], edits, fixed=index in made.applied)
        for index, site in enumerate(sites)
        if wanted[index]
    )
    return FileResult(path, text, findings, made.text if made.applied else None, made.fault)


def _finding(
    path: Path, site: Site, lines: Sequence[str], last_row: int, answer: Fix | str, edits: Edits, *, fixed: bool
) -> Finding:
    rule = RULE_OF_USE[site.use]
    return Finding(
        code=rule.code,
        message=rule.message(site),
        path=path,
        span=_span(site, lines),
        last_row=last_row,
        chain=site.chain,
        certainty=site.certainty,
        fix=replace(answer, edits=edits.of_fix(site.place.lineno, answer)) if isinstance(answer, Fix) else None,
        refusal=answer if isinstance(answer, str) else None,
        fixed=fixed,
        commits_at_exit=site.factory.qualname if rule.revives and site.factory.exit.commits else None,
    )


def _span(site: Site, lines: Sequence[str]) -> Span:
    row, offset, end_row, end_offset = site.place
    return Span(
        Position(row, character_column(lines[row - 1], offset)),
        Position(end_row, character_column(lines[end_row - 1], end_offset)),
    )


def _last_rows(module: ast.Module, sites: Sequence[Site]) -> list[int]:
    """The last row of the statement that holds each call; of a compound statement, of the call."""
    statement_ends: dict[int, int] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.stmt) and not isinstance(getattr(node, "body", None), list):
            end = node.end_lineno or node.lineno
            statement_ends.update((row, end) for row in range(node.lineno, end + 1))
    return [statement_ends.get(site.place.end_lineno, site.place.end_lineno) for site in sites]


@dataclass
class _Made:
    """What the rounds came to: the text, and for each site its fix or its refusal."""

    text: str
    answers: list[Fix | str]
    applied: set[int]
    fault: str | None = None

    def answer(self, index: int, answer: Fix | str) -> None:
        """Keep a site's answer: the first of its kind, since later rounds name the rows of a changed text."""
        before = self.answers[index]
        if not before or isinstance(before, Fix) is not isinstance(answer, Fix):
            self.answers[index] = answer

    def left(self) -> Iterator[Fix | str]:
        return (answer for index, answer in enumerate(self.answers) if index not in self.applied)


class _Rounds:
    def __init__(
        self, project: Project, path: Path, uses: frozenset[Use], wanted: Sequence[bool], level: Applicability
    ) -> None:
        self.project = project
        self.path = path
        self.uses = uses
        self.wanted = wanted
        self.level = level
        self.refused: dict[int, str] = {}

    def run(self, text: str, sites: list[Site]) -> _Made:
        """What becomes of `text`, which is what the project has looked at last, and where it found `sites`."""
        made = _Made(text, ["" for _ in sites], set())
        open_sites = list(range(len(sites)))
        while open_sites:
            refused = len(self.refused)
            step = self.step(made, open_sites, sites)
            if step is None and len(self.refused) > refused and made.fault is None:
                continue
            if step is None:
                break
            new_text, done = step
            left = [(index, site) for index, site in zip(open_sites, sites, strict=True) if index not in done]
            new_sites = self.sites(new_text)
            still_there = _found_again(left, new_sites)
            if still_there is None:
                self.refuse(made, done)
                self.sites(made.text)
                continue
            made.text, open_sites, sites = new_text, still_there, new_sites
            made.applied |= done
        return made

    def sites(self, text: str) -> list[Site]:
        return self.project.sites(self.path, text, self.uses)

    def refuse(self, made: _Made, indexes: set[int]) -> None:
        """Leave sites whose rewrite brings about a new finding, which one in unreachable code can do."""
        from sessionfix.rewrite import reasons

        for index in indexes:
            made.answers[index] = self.refused[index] = reasons.OTHER_CALL

    def step(self, made: _Made, open_sites: list[int], sites: Sequence[Site]) -> tuple[str, set[int]] | None:
        """One round: the new text, and which sites are done; None if there is nothing to do."""
        # Only a file with sites needs LibCST, whose import costs more than a whole clean check.
        from sessionfix.rewrite.context import Context
        from sessionfix.rewrite.plan import Refusal
        from sessionfix.rewrite.planning import plan_of
        from sessionfix.rewrite.scopes import Tree

        calls = self.project.calls(self.path)
        tree = Tree(calls.target.tree, calls.target.parents)
        context = Context.of(tree, calls, sites)
        plans: dict[int, Plan] = {}
        pairs = list(zip(open_sites, sites, strict=True))
        for index, site in pairs:
            if not self.wanted[index]:
                continue
            answer = plan_of(site, context)
            made.answer(index, self.refused.get(index) or _worded(answer))
            if index not in self.refused and not isinstance(answer, Refusal) and self.allows(answer):
                plans[index] = answer
        return self.mended(made, tree, plans, {site.place: i for i, site in pairs})

    def mended(
        self, made: _Made, tree: Tree, plans: dict[int, Plan], index_of: Mapping[AstSpan, int]
    ) -> tuple[str, set[int]] | None:
        """Carry out what can be carried out of the plans; several sites can have one plan, and are done together."""
        from sessionfix.rewrite import reasons

        together = {index: {index, *(index_of[place] for place in plan.mends)} for index, plan in plans.items()}
        for index, others in together.items():
            if not others <= plans.keys():
                made.answers[index] = self.refused[index] = reasons.TOGETHER
        chosen = _without_overlap({index: plan for index, plan in plans.items() if together[index] <= plans.keys()})
        step = self.carried_out(made, tree, chosen) if chosen else None
        return None if step is None else (step[0], set().union(*(together[index] for index in step[1])))

    def allows(self, plan: Plan) -> bool:
        return plan.applicability is Applicability.SAFE or self.level is Applicability.UNSAFE

    def carried_out(self, made: _Made, tree: Tree, plans: dict[int, Plan]) -> tuple[str, set[int]] | None:
        """The text with the plans carried out and proved, less those that the layout does not allow."""
        from sessionfix.rewrite.edit import LayoutError, apply
        from sessionfix.rewrite.imports import ImportPlaceError, with_import
        from sessionfix.rewrite.pairing import PairingError
        from sessionfix.rewrite.proof import ProofError, prove, prove_import

        try:
            text = apply(made.text, tree, list(plans.values()))
            prove(made.text, tree.module, text, list(plans.values()))
            for wanted in dict.fromkeys(plan.needs for plan in plans.values() if plan.needs is not None):
                before, text = text, with_import(text, wanted)
                prove_import(before, text, wanted)
        except (LayoutError, ImportPlaceError) as error:
            if len(plans) > 1:
                return self.carried_out_singly(made, tree, plans)
            (index,) = plans
            made.answers[index] = self.refused[index] = str(error)
        except (ProofError, PairingError) as error:
            made.fault = f"fault of sessionfix: {error}; the file was left as it was"
        else:
            return text, set(plans)
        return None

    def carried_out_singly(self, made: _Made, tree: Tree, plans: dict[int, Plan]) -> tuple[str, set[int]] | None:
        """The first plan that can be carried out alone; the next round takes care of the others."""
        for index, plan in plans.items():
            done = self.carried_out(made, tree, {index: plan})
            if done is not None or made.fault is not None:
                return done
        return None


def _found_again(left: Sequence[tuple[int, Site]], found: Sequence[Site]) -> list[int] | None:
    """The indexes of the sites in `left` that `found` shows again, in the same order; None if it shows others.

    A site can be gone: one whose only uses were those of another session of the same name.
    """
    indexes = []
    before = iter(left)
    for site in found:
        index = next((index for index, old in before if _kind(old) == _kind(site)), None)
        if index is None:
            return None
        indexes.append(index)
    return indexes


def _kind(site: Site) -> tuple[Use, Path, str]:
    """What stays of a site while the text changes; the rows of a factory in the same file do not."""
    return site.use, site.factory.path, site.factory.qualname


def _worded(answer: Plan | Refusal) -> Fix | str:
    from sessionfix.rewrite.plan import Refusal

    if isinstance(answer, Refusal):
        return answer.reason
    needs, decoration = answer.needs, answer.decoration
    return Fix(
        answer.applicability,
        answer.message,
        imports=(needs.name or needs.module) if needs else None,
        decorates=decoration.function.lineno if decoration else None,
    )


def _without_overlap(plans: dict[int, Plan]) -> dict[int, Plan]:
    """The plans that can be carried out together: from the last site up, since an earlier session surrounds a later."""
    chosen: dict[int, Plan] = {}
    taken_from = math.inf  # no plan lies below one whose site stands further down
    for index in sorted(plans, reverse=True):
        first, last = plans[index].rows
        if last < taken_from:
            chosen[index] = plans[index]
            taken_from = first
    return chosen
