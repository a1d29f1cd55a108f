"""The words that the readable formats share."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sessionfix.diagnostics import Applicability, ChainStep, Finding
from sessionfix.files import printed_path
from sessionfix.outcomes import Mode, Report, applicability_of
from sessionfix.reporters.style import Style, styled


def headline(finding: Finding, report: Report) -> str:
    """`path:line:column: CODE message`."""
    start = finding.span.start
    path = styled(printed_path(finding.path, report.cwd), Style.BOLD, on=report.color)
    code = styled(finding.code, Style.RED, on=report.color)
    return f"{path}:{start.row}:{start.column}: {code} {finding.message}"


def remedy(finding: Finding) -> str:
    """The fix, or why there is none."""
    if finding.fix is None:
        return f"no fix: {finding.refusal or 'this is for its author to decide'}"
    if finding.fix.applicability is Applicability.UNSAFE:
        return f"unsafe fix (--unsafe-fixes applies it): {finding.fix.message}"
    return f"fix: {finding.fix.message}"


def chain_line(chain: tuple[ChainStep, ...], cwd: Path) -> str:
    """How it is known: the steps from the call to the factory."""
    return " -> ".join(f"{step.text} ({printed_path(step.path, cwd)}:{step.row})" for step in chain)


def summary(report: Report) -> str:
    """One line on the whole run."""
    words = {Mode.CHECK: _checked, Mode.WRITE: _written, Mode.DIFF: _would_write}[report.mode](report)
    return f"{words} {_errors(report)}".strip()


def revived(report: Report) -> str:
    """What a rewrite means for code that never ran: once for each factory that commits."""
    places = Counter(finding.commits_at_exit for finding in report.mended if finding.commits_at_exit)
    return "".join(
        f"`{factory}` commits at exit: the code at {counted(number, 'place')} crashed until now, or did nothing; "
        "once rewritten it runs, and what it writes is kept.\n"
        for factory, number in sorted(places.items())
    )


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _checked(report: Report) -> str:
    findings = [finding for _, finding in report.findings]
    if not findings:
        return f"Nothing found in {counted(report.checked, 'file')}."
    paths = {finding.path for finding in findings}
    return f"Found {counted(len(findings), 'finding')} in {counted(len(paths), 'file')}: {_by_remedy(findings)}."


def _by_remedy(findings: list[Finding]) -> str:
    remedies = [applicability_of(finding) for finding in findings]
    parts = (
        (remedies.count(Applicability.SAFE), "mended by --write"),
        (remedies.count(Applicability.UNSAFE), "by --write --unsafe-fixes"),
        (remedies.count(None), "by hand"),
    )
    return ", ".join(f"{number} {words}" for number, words in parts if number)


def _written(report: Report) -> str:
    mended = f"Rewrote {counted(len(report.mended), 'site')} in {counted(len(report.rewritten), 'file')}"
    return f"{mended}, {len(report.findings)} left."


def _would_write(report: Report) -> str:
    mended = f"Would rewrite {counted(len(report.mended), 'site')} in {counted(len(report.rewritten), 'file')}"
    return f"{mended}, {len(report.findings)} left."


def _errors(report: Report) -> str:
    return f"{counted(len(report.errors), 'error')}." if report.errors else ""
