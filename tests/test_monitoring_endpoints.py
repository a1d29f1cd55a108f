"""The endpoints of the monitoring application that need no database, over the sources that a real server plays."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from monitoring_modules import importable
from source_server import RETRY_AFTER_SECONDS, SourceServer, serving_sources

with importable():
    from backend.application import create_app
    from backend.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI


@dataclass(frozen=True)
class Served:
    """An application, and the server of its sources: `first` and `second` for news, none for the rest."""

    app: FastAPI
    sources: SourceServer

    def answers(self, *requests: tuple[str, str], address: str = "10.0.0.1", **body: object) -> list[httpx.Response]:
        """Give the answers to requests (method, path) from an address, one after the other."""
        transport = httpx.ASGITransport(self.app, client=(address, 1))

        async def main() -> list[httpx.Response]:
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return [await client.request(method, path, json=body or None) for method, path in requests]

        return asyncio.run(main())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving_sources() as server:
        of_news = {
            tier: [{"name": name, "url": server.url(name), "requests_per_minute": 30}]
            for tier, name in (("primary", "first"), ("secondary", "second"))
        }
        configuration = {"defaults": {"fresh_seconds": 600, "timeout_seconds": 60}, "data_types": {"news": of_news}}
        path = tmp_path / "sources.json"
        path.write_text(json.dumps(configuration), encoding="utf-8")
        yield Served(create_app(read_settings({"MONITORING_SOURCES_FILE": str(path)})), server)


def test_data_come_from_the_first_source_that_has_them(served: Served) -> None:
    served.sources.behaviours["first"] = "missing"

    fetched, raced = served.answers(("GET", "/api/data/news"), ("GET", "/api/data/news?race=true"))

    expected = {"data_type": "news", "source": "second", "data": {"from": "second"}, "stale": False, "age_seconds": 0}
    assert (fetched.status_code, fetched.json()) == (200, expected)
    assert raced.json() == expected
    assert served.sources.requested == ["first", "second", "second"]


def test_data_that_no_source_has_are_503_with_the_time_to_come_back(served: Served) -> None:
    served.sources.behaviours.update(first="missing", second="busy")

    failed, unknown = served.answers(("GET", "/api/data/news"), ("GET", "/api/data/weather"))

    assert (failed.status_code, failed.headers["Retry-After"]) == (503, str(RETRY_AFTER_SECONDS))
    assert failed.json() == {"detail": "No source of news is available"}
    assert unknown.status_code == 422


def test_client_over_its_limit_is_refused_and_others_are_not(served: Served) -> None:
    # On the slowest machine the limit a minute stops it, where the burst does not.
    answers = served.answers(*[("GET", "/api/data/news")] * 400, address="10.0.0.2")
    (other,) = served.answers(("GET", "/api/data/news"), address="10.0.0.3")
    (limits,) = served.answers(("GET", "/api/limits"), address="10.0.0.3")

    assert {answer.status_code for answer in answers[:20]} == {200}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert "Rate limit exceeded" in refused[0].json()["detail"]
    assert other.status_code == 200
    assert limits.json()["remaining"]["minute"] == 299


def test_requests_are_logged_whoever_made_them(served: Served) -> None:
    served.sources.behaviours["first"] = "missing"
    served.answers(("GET", "/api/data/news"), ("GET", "/nowhere"), address="10.0.0.4")
    (logged,) = served.answers(
        ("POST", "/api/monitoring/requests/log"), origin="a script", path="/x", status=500, duration_ms=7
    )
    (wrong,) = served.answers(("POST", "/api/monitoring/requests/log"), origin="", path="/x", duration_ms=-1)
    (recent,) = served.answers(("GET", "/api/monitoring/requests/recent?limit=7"))

    assert (logged.status_code, wrong.status_code) == (201, 422)
    assert [(r["origin"], r["method"], r["path"], r["status"]) for r in recent.json()["requests"]] == [
        ("served", "POST", "/api/monitoring/requests/log", 422),
        ("served", "POST", "/api/monitoring/requests/log", 201),
        ("a script", "GET", "/x", 500),
        ("served", "GET", "/nowhere", 404),
        ("served", "GET", "/api/data/news", 200),
        ("source", "GET", "second", 200),
        ("source", "GET", "first", 404),
    ]
    assert recent.json()["total"] == 7


def test_dashboard_is_one_page_that_needs_nothing_from_elsewhere(served: Served) -> None:
    page, root = served.answers(("GET", "/system-monitor"), ("GET", "/"))

    assert page.headers["content-type"].startswith("text/html")
    assert "<title>System monitor</title>" in page.text
    assert re.findall(r"""(?:src|href)=["']([^"']*)""", page.text) == ["data:,"]
    assert not re.findall(r"@import|url\(|fetch\(|import ", page.text)
    assert root.json()["dashboard"] == "/system-monitor"
