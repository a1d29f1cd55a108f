"""JSON with ruff's keys, so that what reads ruff's output reads ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sessionfix.diagnostics import Finding, Fix, Position
from sessionfix.files import shown_path
from sessionfix.outcomes import Report

Json = Mapping[str, object]


def render(report: Report) -> str:
    """A list with one object for each finding, by path and place."""
    import json  # only this format needs it

    return json.dumps([_finding(finding, report.cwd) for _, finding in report.findings], indent=2) + "\n"


def _finding(finding: Finding, cwd: Path) -> Json:
    return {
        "code": finding.code,
        "message": finding.message,
        "filename": shown_path(finding.path, cwd),
        "location": _position(finding.span.start),
        "end_location": _position(finding.span.end),
        "fix": _fix(finding.fix) if finding.fix else None,
        "url": None,
        "certainty": finding.certainty.value,
        "chain": [
            {"filename": shown_path(step.path, cwd), "row": step.row, "text": step.text} for step in finding.chain
        ],
        "refusal": finding.refusal,
    }


def _position(position: Position) -> Json:
    return {"row": position.row, "column": position.column}


def _fix(fix: Fix) -> Json:
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [
            {
                "content": edit.content,
                "location": _position(edit.span.start),
                "end_location": _position(edit.span.end),
            }
            for edit in fix.edits
        ],
    }
