"""One line for each finding."""

from __future__ import annotations

from sessionfix.outcomes import Report
from sessionfix.reporters.wording import headline, summary


def render(report: Report) -> str:
    """The findings, a line each, and the summary."""
    lines = [headline(finding, report) for _, finding in report.findings]
    if not report.quiet:
        lines.append(summary(report))
    return "".join(f"{line}\n" for line in lines)
