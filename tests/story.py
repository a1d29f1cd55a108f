"""The pictures of docs/story.md: `python tests/story.py docs/images` makes them anew, from the real thing.

It starts the bundled application broken, lets sessionfix report and rewrite, starts it again, and takes pictures of the
dashboard in a headless Chromium. The exit code is 1 where there is none.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from chromium import Page, found_chromium, opened_page
from monitoring_server import BROKEN_APPLICATION, Server, run_init_script, run_sessionfix, serving
from monitoring_sources import copy_sources
from source_server import SourceServer, serving_sources

WIDTH, HEIGHT = 1120, 1070
BUSY_SOURCE = "CoinMarketCap"
SHOWN_FINDINGS = 2
REQUESTS_BETWEEN_UPDATES = (3, 9, 5, 14, 11, 20, 16, 25)
LINE_HEIGHT, LETTER_WIDTH = 18, 7.8


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the pictures of the story.")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder: Path = parser.parse_args(arguments).folder
    program = found_chromium()
    if program is None:
        sys.stderr.write("there is no Chromium to take pictures with\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, opened_page(program, Path(scratch) / "profile") as page:
        page.use_screen(WIDTH, HEIGHT)
        tell(page, Path(scratch), folder)
    return 0


def tell(page: Page, scratch: Path, folder: Path) -> None:
    """Make the pictures in the order of the story."""
    application = copy_sources(BROKEN_APPLICATION, scratch / "monitoring_api")
    database = scratch / "monitoring.db"
    with serving(application, database, scratch / "broken.log") as server:
        page.go_to(f"{server.http_url}/system-monitor")
        page.wait_for("document.body.dataset.state === 'lost'")
        (folder / "dashboard-before.png").write_bytes(page.screenshot())

    found = run_sessionfix(application, "--check", "--no-cache").stdout
    written = run_sessionfix(application, "--write", "--quiet", "--no-cache")
    assert written.returncode == 0, written.stdout + written.stderr
    (folder / "report.svg").write_text(terminal("$ sessionfix --check", report_lines(found)), encoding="utf-8")

    assert run_init_script(application, database).returncode == 0
    with serving_sources() as sources:
        settings = {
            "MONITORING_SOURCES_FILE": str(local_sources(scratch / "sources.json", sources)),
            "MONITORING_HEALTH_SECONDS": "0.5",
        }
        with serving(application, database, scratch / "repaired.log", settings=settings) as server:
            page.go_to(f"{server.http_url}/system-monitor")
            use(page, server)
            (folder / "dashboard-after.png").write_bytes(page.screenshot())


def local_sources(path: Path, sources: SourceServer) -> Path:
    """Write the application's own configuration with sources on this machine, one of which is too busy."""
    configuration = json.loads((BROKEN_APPLICATION / "config" / "sources.json").read_text(encoding="utf-8"))
    for tiers in configuration["data_types"].values():
        for source in (each for tier in tiers.values() if isinstance(tier, list) for each in tier):
            source["url"] = sources.url(source["name"])
    sources.behaviours[BUSY_SOURCE] = "busy"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    return path


def use(page: Page, server: Server) -> None:
    """Give the dashboard something to show."""
    page.wait_for("document.body.dataset.state === 'live'")
    with httpx.Client(base_url=server.http_url, trust_env=False, timeout=60) as client:
        for count in REQUESTS_BETWEEN_UPDATES:
            shown = page.evaluate("document.getElementById('chart').innerHTML")
            for pool in (1, 2, 3):
                client.post(f"/api/pools/{pool}/rotate", json={"reason": "manual"})
            for _ in range(count):
                client.get("/api/data/market_data")
                client.get("/api/data/explorer")
            page.wait_for(f"document.getElementById('chart').innerHTML !== {shown!r}")


def report_lines(report: str) -> Iterator[str]:
    """The report with its first findings only; what is left out is counted."""
    *findings, summary = report.strip().split("\n\n")
    yield from "\n\n".join(findings[:SHOWN_FINDINGS]).splitlines()
    yield from ("", f"… {len(findings) - SHOWN_FINDINGS} more", "", summary)


def terminal(command: str, lines: Iterator[str]) -> str:
    """A picture of a terminal's text."""
    shown = [command, "", *lines]
    width = round(max(map(len, shown)) * LETTER_WIDTH) + 32
    height = len(shown) * LINE_HEIGHT + 32
    rows = "\n".join(
        f'<text x="16" y="{28 + number * LINE_HEIGHT}" class="{tone(line)}">{html.escape(line)}</text>'
        for number, line in enumerate(shown)
        if line
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<style>
text {{ font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #d7dce2; white-space: pre; }}
.code {{ fill: #ff8f85; }} .caret {{ fill: #ffc66b; }} .note {{ fill: #8fb8ff; }} .command {{ fill: #8fe3a3; }}
</style>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
{rows}
</svg>
"""


def tone(line: str) -> str:
    """The class of a line of the report."""
    if line.startswith("$"):
        return "command"
    if line.lstrip(" |").startswith("^"):
        return "caret"
    if line.lstrip().startswith("= "):
        return "note"
    return "code" if ": SF" in line else "plain"


if __name__ == "__main__":
    sys.exit(main())
