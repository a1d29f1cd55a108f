"""The dashboard of the monitoring application in a real browser: broken, repaired, cut off, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from chromium import NAMES, Page, found_chromium, opened_page
from monitoring_server import BROKEN_APPLICATION, run_init_script, serving
from monitoring_sources import copy_sources, repaired_sources, write_sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = found_chromium()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason=f"NOT TESTED: there is no Chromium; none of {', '.join(NAMES)} is on the path, and CHROMIUM names none",
    ),
]

QUICK = {"MONITORING_PUSH_SECONDS": "0.2"}
IS_LIVE = "document.body.dataset.state === 'live'"
IS_LOST = "document.body.dataset.state === 'lost'"
BANNER = "!document.getElementById('banner').hidden && document.getElementById('banner').textContent"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    assert CHROMIUM is not None
    with opened_page(CHROMIUM, tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


def test_broken_application_has_nothing_to_show(page: Page, tmp_path: Path) -> None:
    application = copy_sources(BROKEN_APPLICATION, tmp_path / "broken")

    with serving(application, tmp_path / "broken.db", tmp_path / "broken.log", settings=QUICK) as server:
        page.go_to(f"{server.http_url}/system-monitor")

        assert "Connection lost" in page.wait_for(BANNER)
        assert "There are no numbers yet" in page.text("banner")
        assert not any(character.isdigit() for character in page.text("providers"))


def test_repaired_application_shows_live_numbers_the_drop_and_the_recovery(page: Page, tmp_path: Path) -> None:
    application = write_sources(repaired_sources(), tmp_path / "repaired")
    database, log = tmp_path / "repaired.db", tmp_path / "repaired.log"
    assert run_init_script(application, database).returncode == 0

    with serving(application, database, log, settings=QUICK) as server:
        page.go_to(f"{server.http_url}/system-monitor")
        page.wait_for(IS_LIVE)
        see_numbers(page)
        see_them_change(page, server.http_url)
    see_the_drop(page)

    with serving(application, database, log, port=server.port, settings=QUICK) as again:
        page.wait_for(IS_LIVE)
        assert page.wait_for(BANNER) == "Connected again."
        see_numbers(page)
        see_them_change(page, again.http_url)


def see_numbers(page: Page) -> None:
    assert (page.text("providers"), page.text("pools-total"), page.text("pools-enabled")) == ("7", "3", "3")
    assert page.text("clients") == "1"
    assert page.evaluate("document.querySelectorAll('#sources tr').length") == 7
    assert page.evaluate("document.querySelectorAll('.pool').length") == 3
    assert page.evaluate("document.querySelectorAll('#chart path').length") == 2


def see_them_change(page: Page, url: str) -> None:
    """Rotate a pool and make requests: the dashboard tells of it without being loaded again."""
    before = int(page.text("per-minute"))
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        rotated = client.post("/api/pools/1/rotate", json={"reason": "manual"}).json()["provider_name"]
        for _ in range(10):
            client.get("/api/pools")

    page.wait_for(f"Number(document.getElementById('per-minute').textContent) >= {before + 11}")
    page.wait_for(f"document.getElementById('pools').textContent.includes('now {rotated}')")


def see_the_drop(page: Page) -> None:
    page.wait_for(IS_LOST)
    assert page.text("connection-text") == "Connection lost"
    assert "Trying again" in page.wait_for(BANNER)
    assert page.text("providers") == "7"  # the last numbers stay, and the banner says of when they are
