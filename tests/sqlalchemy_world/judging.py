"""Is a program, once rewritten, what its author meant? Both are run, and what they showed is compared.

Equal are: how `main` ended, with all that a caller can read of what it gave back; what was logged; the rows that stay.
Accepted beside that:

- Where the meant program asked an object for a session that it no longer had (DetachedInstanceError, MissingGreenlet),
  the rewritten one may go on: its block reaches over the place.
- Where the program commits nothing itself, its work may be committed by a factory that commits. Not so where it catches
  exceptions that may have made it lose work, unless it marks that work: what is marked as lost must not be kept.
- The rewritten program leaves no connection checked out; the meant one may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from sessionfix.diagnostics import Applicability, FileResult
from sessionfix.fixer import check_file
from sessionfix.project import Project
from sessionfix.project.setup import Setup
from sessionfix.rules import RULES
from sqlalchemy_world.described import UNREADABLE
from sqlalchemy_world.factories import Variant
from sqlalchemy_world.programs import HEAD
from sqlalchemy_world.world import PROJECT, SHARED, Run, run

LOST = 'Tag(word="lost")'
"""How a program marks the work that it loses to an exception."""
CODES = frozenset(rule.code for rule in RULES)
OPENING = "from db import get_session\n\nsession = get_session()\nsession.close()\n"


@dataclass(frozen=True)
class Verdict:
    """What the tool made of a program, and how the rewritten one differs from the meant one."""

    result: FileResult
    differences: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """`safe`, `unsafe` or `refused`: the most careful word that holds for its sites; `silent` without any."""
        findings = self.result.findings
        if not findings:
            return "silent"
        if any(finding.fix is None for finding in findings):
            return "refused"
        is_safe = all(finding.fix and finding.fix.applicability is Applicability.SAFE for finding in findings)
        return "safe" if is_safe else "unsafe"

    def report(self) -> str:
        words = [finding.refusal or (finding.fix.message if finding.fix else "") for finding in self.result.findings]
        return "\n".join(
            [*self.differences, *words, "--- original", self.result.text, "--- rewritten", self.result.fixed_text or ""]
        )


@cache
def module_texts() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(PROJECT.glob("*.py"))}


def texts(variant: Variant) -> dict[str, str]:
    """The modules around a program, as they are written."""
    own = {name: text for name, text in module_texts().items() if name != "meant"}
    return {**own, **variant.others, "db": variant.source}


def written(folder: Path, variant: Variant, text: str) -> Project:
    """The project around a program, in a folder that has no other files."""
    folder.mkdir(exist_ok=True)
    for name, module in {**texts(variant), "prog": text}.items():
        path = folder / f"{name}.py"
        if not path.exists() or path.read_text(encoding="utf-8") != module:
            path.write_text(module, encoding="utf-8", newline="")
    return Project(Setup(folder, sorted(folder.glob("*.py"))))


def apply_tool(folder: Path, variant: Variant, text: str, *, unsafe: bool = False) -> FileResult:
    """What sessionfix answers for a program."""
    return check_file(written(folder, variant, text), folder / "prog.py", text, codes=CODES, unsafe=unsafe)


def readings(folder: Path, variants: Iterable[Variant]) -> dict[str, object]:
    """What sessionfix reads of each factory, by the factory's name."""
    found = {}
    for variant in variants:
        own = folder / variant.name
        (site,) = written(own, variant, OPENING).sites(own / "prog.py", OPENING)
        found[variant.name] = replace(site.factory, path=Path(), row=0)
    return found


def judge(folder: Path, variant: Variant, text: str) -> Verdict:
    """Rewrite a program as `--write` does, and compare it with what was meant."""
    return compared(variant, text, apply_tool(folder, variant, text))


def compared(variant: Variant, text: str, result: FileResult) -> Verdict:
    """The verdict on what sessionfix answered for a program."""
    rewritten = result.fixed_text
    if result.error:
        return Verdict(result, (result.error,))
    if rewritten is None or not all(finding.fixed for finding in result.findings):
        return Verdict(result, ())
    return Verdict(result, tuple(differences(variant, text, rewritten)))


def run_meant(variant: Variant, text: str, *, commits: bool = False) -> Run:
    return run_with(variant.meant, text, is_async=variant.is_async, commits=commits)


@lru_cache(maxsize=8)  # few of the factories differ in what they are meant to be
def run_with(db: str, text: str, *, is_async: bool, commits: bool) -> Run:
    return run(importable({**module_texts(), "db": db, "prog": text}), is_async=is_async, commits=commits)


def run_rewritten(variant: Variant, text: str) -> Run:
    return run(importable({**texts(variant), "prog": text}), is_async=variant.is_async)


def importable(modules: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in modules.items() if name not in SHARED}


def differences(variant: Variant, text: str, rewritten: str) -> Iterator[str]:
    """In what the rewritten program is not what was meant, in words."""
    now = run_rewritten(variant, rewritten)
    if now.checked_out:
        yield f"{now.checked_out} connections are left open"
    found = list(differences_from(run_meant(variant, text), now))
    if found and is_left_to_factory(variant, text) and not keeps_lost(now):
        found = list(differences_from(run_meant(variant, text, commits=True), now)) and found
    yield from found


def differences_from(meant: Run, now: Run) -> Iterator[str]:
    if meant.outcome == UNREADABLE:
        if meant.log != now.log[: len(meant.log)]:
            yield f"log: {meant.log} became {now.log}"
        return
    if not is_as_good(meant.outcome, now.outcome):
        yield f"outcome: {meant.outcome}\n became: {now.outcome}"
    if meant.log != now.log:
        yield f"log: {meant.log} became {now.log}"
    if meant.rows != now.rows:
        yield f"rows: {meant.rows}\n became: {now.rows}"


def is_as_good(meant: object, now: object) -> bool:
    """Whether two descriptions are the same, but for what could not be read and now can."""
    if meant == UNREADABLE:
        return True
    if isinstance(meant, dict) and isinstance(now, dict):
        return meant.keys() == now.keys() and all(is_as_good(part, now[key]) for key, part in meant.items())
    if isinstance(meant, list | tuple) and isinstance(now, list | tuple):
        return len(meant) == len(now) and all(map(is_as_good, meant, now))
    return meant == now


def is_left_to_factory(variant: Variant, text: str) -> bool:
    """Whether a program may mean the factory to commit."""
    text = text.removeprefix(HEAD)
    settles = any(word in text for word in (".commit(", "save(", ".begin("))
    catches = any(word in text for word in ("except ValueError", "except Exception", "suppress"))
    return variant.commits and not settles and (not catches or LOST in text)


def keeps_lost(now: Run) -> bool:
    """Whether a row was kept that the program had lost to an exception which it caught."""
    return any("lost" in row for row in now.rows["tags"])
