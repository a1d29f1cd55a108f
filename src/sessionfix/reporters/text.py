"""For people: each finding with its source line, chain and remedy; after `--write` the diffs and what was done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sessionfix.diagnostics import Finding
from sessionfix.files import printed_path, shown_path
from sessionfix.lines import split_lines
from sessionfix.outcomes import Mode, Report
from sessionfix.reporters.diff import shown_diff
from sessionfix.reporters.style import Style, styled
from sessionfix.reporters.wording import chain_line, headline, remedy, revived, summary


def render(report: Report) -> str:
    """The whole report; it ends with the summary line unless it is to be quiet."""
    if report.quiet or report.mode is not Mode.WRITE or not report.rewritten:
        return render_findings(report)
    done = (*_diffs(report), _table(report), revived(report))
    parts = (*done, *_findings(report), *_backups(report), _summary(report))
    return "\n".join(part for part in parts if part)


def render_findings(report: Report) -> str:
    """The findings, and the summary line unless it is to be quiet."""
    parts = _findings(report) if report.quiet else (*_findings(report), _summary(report))
    return "\n".join(parts)


def _findings(report: Report) -> tuple[str, ...]:
    lines = {each.result.path: split_lines(each.result.text) for each in report.outcomes if each.result.findings}
    return tuple(_finding(lines[outcome.result.path], finding, report) for outcome, finding in report.findings)


def _summary(report: Report) -> str:
    return f"{summary(report)}\n"


def _finding(lines: Sequence[str], finding: Finding, report: Report) -> str:
    row = finding.span.start.row
    margin = " " * len(str(row))
    line, carets = _excerpt(lines, finding)
    shown = [
        headline(finding, report),
        f"{margin} |",
        f"{row} | {line}",
        f"{margin} | {styled(carets, Style.RED, on=report.color)}",
        *_known_by(finding, report, margin),
        f"{margin} = {remedy(finding)}",
    ]
    return "".join(f"{each}\n" for each in shown)


def _known_by(finding: Finding, report: Report, margin: str) -> Iterator[str]:
    if finding.chain:
        yield f"{margin} = {finding.certainty.value}: {chain_line(finding.chain, report.cwd)}"


def _excerpt(lines: Sequence[str], finding: Finding) -> tuple[str, str]:
    """The line on which the call begins, and carets below the call."""
    start, end = finding.span.start, finding.span.end
    line = lines[start.row - 1].rstrip("\r\n") if start.row <= len(lines) else ""
    until = end.column if end.row == start.row else len(line) + 1
    indent = re.sub(r"[^\t]", " ", line[: start.column - 1])
    return line, indent + "^" * max(1, until - start.column)


def _diffs(report: Report) -> Iterator[str]:
    for outcome in report.rewritten:
        diff = shown_diff(outcome, shown_path(outcome.result.path, report.cwd))
        yield "\n".join(_colored(line, on=report.color) for line in diff.split("\n"))


def _colored(line: str, *, on: bool) -> str:
    styles = {"+": Style.GREEN, "-": Style.REMOVED, "@": Style.CYAN}
    style = Style.BOLD if line.startswith(("--- ", "+++ ")) else styles.get(line[:1])
    return styled(line, style, on=on) if style else line


def _table(report: Report) -> str:
    rows = [
        (printed_path(outcome.result.path, report.cwd), str(len(outcome.mended)), str(len(outcome.left)))
        for outcome in report.outcomes
        if outcome.result.findings
    ]
    rows = [("file", "rewritten", "left"), *rows]
    width = max(len(name) for name, _, _ in rows)
    return "".join(f"{name:<{width}}  {mended:>9}  {left:>4}\n" for name, mended, left in rows)


def _backups(report: Report) -> Iterator[str]:
    for backup in report.backups:
        yield f"backups  {printed_path(backup.folder, report.cwd)}\nundo     {backup.undo_command}\n"
