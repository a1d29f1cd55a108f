"""The monitoring application gets data from sources that fail in every way, over real HTTP, and asks none too often."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest

from monitoring_modules import FakeClock, importable, no_sleep
from monitoring_server import BROKEN_APPLICATION
from source_server import RETRY_AFTER_SECONDS, Behaviour, SourceServer, serving_sources

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

with importable():
    from backend.services.multi_source_fallback_engine import (
        AllSourcesFailedError,
        Attempt,
        MultiSourceFallbackEngine,
    )
    from backend.services.source_configuration import DataType, Tier, load_sources
    from database import db_manager as database
    from database.models import Provider, SourcePool
    from monitoring import health_checker
    from monitoring.health_checker import HealthChecker, SourceHealth, record_health
    from monitoring.source_pool_manager import SourcePoolManager
    from utils.retry import retry_after_of, retrying

NEWS = DataType.NEWS
TIERS = ("primary", "secondary", "tertiary", "emergency")
FIRST_REST, LONGEST_REST, MISSING_REST = 30, 100, 3600

Result = TypeVar("Result")


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with serving_sources() as server:
        yield server


@dataclass
class World:
    """Sources for news, each with a behaviour, and an engine that asks them."""

    server: SourceServer
    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    attempts: list[Attempt] = field(default_factory=list)

    def run(
        self,
        tiers: list[dict[str, Behaviour]],
        use: Callable[[MultiSourceFallbackEngine], Awaitable[Result]],
        **more: Any,
    ) -> Result:
        """Give what `use` gives for an engine; `tiers` has the names of the sources, and how each behaves."""
        for tier in tiers:
            self.server.behaviours.update(tier)
        sources = load_sources(self.configuration(tiers, more))

        async def main() -> Result:
            async with httpx.AsyncClient(trust_env=False) as client:
                engine = MultiSourceFallbackEngine(
                    sources, client, clock=self.clock, sleep=no_sleep, on_attempt=self.attempts.append
                )
                return await use(engine)

        return asyncio.run(main())

    def configuration(self, tiers: list[dict[str, Behaviour]], more: dict[str, Any]) -> Path:
        path = self.folder / "sources.json"
        defaults = {"attempts": 1, "rest_seconds": FIRST_REST, "longest_rest_seconds": LONGEST_REST, **more}
        defaults["timeout_seconds"] = 60  # however busy the machine
        named = {
            tier_name: [self.source(name, behaviour) for name, behaviour in tier.items()]
            for tier_name, tier in zip(TIERS, tiers, strict=False)
        }
        path.write_text(json.dumps({"defaults": defaults, "data_types": {"news": named}}), encoding="utf-8")
        return path

    def source(self, name: str, behaviour: Behaviour) -> dict[str, Any]:
        source: dict[str, Any] = {"name": name, "url": self.server.url(name)}
        return source | ({"timeout_seconds": 0.05} if behaviour == "slow" else {})


@pytest.fixture
def world(server: SourceServer, tmp_path: Path) -> World:
    return World(server, tmp_path)


def states(engine: MultiSourceFallbackEngine) -> dict[str, Any]:
    return {state["name"]: state for state in engine.statistics()["sources"]}


# --- one after the other


def test_first_source_that_answers_is_the_one_of_the_best_tier(world: World) -> None:
    result = world.run([{"one": "ok"}, {"two": "ok"}], lambda engine: engine.fetch(NEWS))

    assert (result.source, result.data, result.stale) == ("one", {"from": "one"}, False)
    assert world.server.requested == ["one"]


@pytest.mark.parametrize(
    ("behaviour", "rest", "error"),
    [
        ("missing", MISSING_REST, "HTTP 404"),
        ("busy", RETRY_AFTER_SECONDS, "HTTP 429"),
        ("failing", FIRST_REST, "HTTP 503"),
        ("slow", FIRST_REST, "TimeoutError"),
        ("broken", FIRST_REST, "not JSON"),
        ("not a number", FIRST_REST, "not JSON"),
        ("busy for ever", 86_400, "HTTP 429"),
        ("reset", FIRST_REST, "ReadError"),
    ],
)
def test_source_that_fails_is_left_alone_for_a_while(
    world: World, behaviour: Behaviour, rest: float, error: str
) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> None:
        assert (await engine.fetch(NEWS)).source == "good"
        state = states(engine)["bad"]
        assert (state["state"], state["rest_left_seconds"], state["last_error"]) == ("resting", rest, error)

        world.clock.now += rest - 0.1
        await engine.fetch(NEWS)
        assert world.server.requested.count("bad") == 1
        world.clock.now += 0.1
        await engine.fetch(NEWS)
        assert world.server.requested.count("bad") == 2

    world.run([{"bad": behaviour}, {"good": "ok"}], use, fresh_seconds=0)


def test_source_is_used_again_when_it_has_recovered(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> None:
        assert (await engine.fetch(NEWS)).source == "good"
        world.server.behaviours["bad"] = "ok"
        world.clock.now += FIRST_REST
        assert (await engine.fetch(NEWS)).source == "bad"
        assert (states(engine)["bad"]["state"], states(engine)["bad"]["last_error"]) == ("ready", None)

    world.run([{"bad": "failing"}, {"good": "ok"}], use, fresh_seconds=0)


def test_all_tiers_are_tried_in_order(world: World) -> None:
    tiers: list[dict[str, Behaviour]] = [{"a": "missing"}, {"b": "reset"}, {"c": "broken"}, {"d": "ok"}]

    result = world.run(tiers, lambda engine: engine.fetch(NEWS))

    assert result.source == "d"
    assert world.server.requested == ["a", "b", "c", "d"]
    assert [(attempt.source.tier, attempt.status) for attempt in world.attempts] == [
        (Tier.PRIMARY, 404),
        (Tier.SECONDARY, None),
        (Tier.TERTIARY, None),
        (Tier.EMERGENCY, 200),
    ]


def test_rest_doubles_with_each_failure_up_to_the_longest(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> list[float]:
        rests = []
        for _ in range(4):
            with pytest.raises(AllSourcesFailedError) as failed:
                await engine.fetch(NEWS)
            rests.append(failed.value.retry_after)
            world.clock.now += failed.value.retry_after
        return rests

    assert world.run([{"a": "failing"}], use) == [30, 60, 100, 100]


def test_sources_of_a_tier_take_turns(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> list[str]:
        return [(await engine.fetch(NEWS)).source for _ in range(5)]

    assert world.run([{"a": "ok", "b": "ok"}, {"c": "ok"}], use, fresh_seconds=0) == ["a", "b", "a", "b", "a"]


def test_source_that_has_had_its_requests_is_passed_over_without_blame(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> tuple[list[str], Any]:
        return [(await engine.fetch(NEWS)).source for _ in range(2)], states(engine)["a"]

    sources, state = world.run([{"a": "ok"}, {"b": "ok"}], use, fresh_seconds=0, requests_per_minute=1)

    assert sources == ["a", "b"]
    assert (state["state"], state["failures"]) == ("ready", 0)


def test_passing_failure_is_tried_again_before_the_next_source(world: World) -> None:
    world.run([{"a": "failing"}, {"b": "ok"}], lambda engine: engine.fetch(NEWS), attempts=3)

    assert world.server.requested == ["a", "a", "a", "b"]


# --- the cache


def test_fresh_answer_is_given_again_without_a_request(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> None:
        await engine.fetch(NEWS)
        world.clock.now += 14
        again = await engine.fetch(NEWS)
        assert (again.age_seconds, again.stale, len(world.server.requested)) == (14, False, 1)
        world.clock.now += 1
        assert (await engine.fetch(NEWS)).age_seconds == 0

    world.run([{"a": "ok"}], use, fresh_seconds=15)
    assert len(world.server.requested) == 2


def test_stale_answer_is_the_last_resort_until_it_is_too_old(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> None:
        await engine.fetch(NEWS)
        world.server.behaviours.update(a="reset", b="missing")
        world.clock.now += 599
        stale = await engine.fetch(NEWS)
        assert (stale.source, stale.data, stale.stale, stale.age_seconds) == ("a", {"from": "a"}, True, 599)
        world.clock.now += 1
        with pytest.raises(AllSourcesFailedError):
            await engine.fetch(NEWS)
        assert engine.outcomes == {"primary": 1, "stale": 1, "failed": 1}

    world.run([{"a": "ok"}, {"b": "ok"}], use, fresh_seconds=15, stale_seconds=600)


def test_who_asks_at_the_same_time_shares_one_request(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> list[str]:
        return [result.source for result in await asyncio.gather(*(engine.fetch(NEWS) for _ in range(20)))]

    assert world.run([{"a": "ok"}], use) == ["a"] * 20
    assert world.server.requested == ["a"]


def test_data_without_sources_is_not_to_be_had(world: World) -> None:
    with pytest.raises(AllSourcesFailedError, match="No source of explorer is available"):
        world.run([{"a": "ok"}], lambda engine: engine.fetch(DataType.EXPLORER))


# --- the race


def test_fastest_source_wins_the_race_and_the_losers_are_not_to_blame(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> tuple[str, Any]:
        return (await engine.race(NEWS)).source, states(engine)

    # The slow one's time-out would come only after the fast one has answered; which other does so first is open.
    tiers: list[dict[str, Behaviour]] = [{"sleepy": "slow"}, {"bad": "missing"}, {"fast": "ok"}]
    world.source = lambda name, _: {"name": name, "url": world.server.url(name), "timeout_seconds": 60}  # type: ignore[method-assign]
    winner, known = world.run(tiers, use)

    assert winner == "fast"
    assert "fast" in world.server.requested
    assert [known[name]["failures"] for name in ("sleepy", "fast")] == [0, 0]
    assert known["bad"]["failures"] <= 1


def test_race_that_nobody_wins_ends_in_the_stale_answer_or_an_error(world: World) -> None:
    async def use(engine: MultiSourceFallbackEngine) -> bool:
        with pytest.raises(AllSourcesFailedError):
            await engine.race(NEWS)
        world.clock.now += MISSING_REST
        world.server.behaviours["b"] = "ok"
        await engine.race(NEWS)
        world.server.behaviours["b"] = "reset"
        world.clock.now += MISSING_REST - 1
        return (await engine.race(NEWS)).stale

    assert world.run([{"a": "missing"}, {"b": "reset"}], use, stale_seconds=MISSING_REST)


# --- health


def test_health_check_asks_all_but_those_that_rest_or_have_had_their_requests(world: World) -> None:
    records: list[list[SourceHealth]] = []

    async def use(engine: MultiSourceFallbackEngine) -> None:
        checker = HealthChecker(engine, lambda found: records.append(sorted(found, key=lambda health: health.name)))
        await checker.check_all()
        await checker.check_all()

    world.run([{"a": "ok"}, {"b": "missing"}, {"c": "slow"}], use, requests_per_minute=1)

    seen = [[(health.name, health.online, health.error) for health in found] for found in records]
    failing = [("b", False, "HTTP 404"), ("c", False, "TimeoutError")]
    assert seen == [[("a", True, None), *failing], failing]
    assert sorted(world.server.requested) == ["a", "b", "c"]


def test_pool_leaves_a_provider_that_is_offline_for_one_that_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = database.DatabaseManager(f"sqlite:///{(tmp_path / 'pools.db').as_posix()}")
    manager.init_database()
    monkeypatch.setattr(health_checker, "db_manager", manager)
    with manager.get_session() as session:
        pools = SourcePoolManager(session)
        pool_id = pools.create_pool("News", "news").id
        for priority, name in ((3, "a"), (2, "b"), (1, "c")):
            session.add(provider := Provider(name=name, category="news", endpoint_url="http://localhost"))
            session.flush()
            pools.add_member(pool_id, provider.id, priority=priority)
        pools.rotate(pool_id, "initial")

    def current_after(**online: bool) -> str:
        record_health([SourceHealth(name, is_online, None, None) for name, is_online in online.items()])
        with manager.get_session() as session:
            status = SourcePoolManager(session).get_pool_status(pool_id)
            assert status is not None
            assert {m["provider_name"]: m["provider_status"] == "online" for m in status["members"]} == online
            return str(status["current_provider"])

    assert current_after(a=True, b=True, c=True) == "a"
    assert current_after(a=False, b=False, c=True) == "c"
    assert current_after(a=True, b=True, c=True) == "c"
    assert current_after(a=False, b=False, c=False) == "c"
    with manager.get_session() as session:
        assert [rotation.reason for rotation in session.get_one(SourcePool, pool_id).rotations] == [
            "initial",
            "health check failed",
        ]
    manager.dispose()


# --- another try


def response(status: int, **headers: str) -> httpx.Response:
    request = httpx.Request("GET", "http://localhost")
    return httpx.Response(
        status, headers={name.replace("_", "-"): value for name, value in headers.items()}, request=request
    )


def waits_over(*answers: httpx.Response | Exception, **options: Any) -> list[float]:
    """Request until the answers are used up, and give the waits between; the last one must be a success."""
    waits: list[float] = []
    left = list(answers)

    async def request() -> httpx.Response:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer.raise_for_status()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    asyncio.run(retrying(request, sleep=sleep, **options))
    assert left == []
    return waits


def test_waits_grow_exponentially_and_vary() -> None:
    samples = [
        waits_over(*[httpx.ConnectError("refused")] * 5, response(200), attempts=6, first_wait=1, longest_wait=8)
        for _ in range(40)
    ]

    for bound, waits in zip((1, 2, 4, 8, 8), zip(*samples, strict=True), strict=True):
        assert all(0 <= wait <= bound for wait in waits)
        assert max(waits) > bound / 2
        assert len(set(waits)) > 1


@pytest.mark.parametrize("status", [429, 503])
def test_wait_is_never_shorter_than_the_server_asks(status: int) -> None:
    (wait,) = waits_over(response(status, Retry_After="7"), response(200), first_wait=0.001)

    assert wait == 7


def test_longer_wait_than_one_is_ready_for_is_no_reason_to_wait() -> None:
    with pytest.raises(httpx.HTTPStatusError):
        waits_over(response(429, Retry_After="31"), response(200), longest_wait=30)


@pytest.mark.parametrize("final", [response(404), response(403), ValueError("not JSON")])
def test_failure_that_does_not_pass_is_not_tried_again(final: httpx.Response | Exception) -> None:
    with pytest.raises((httpx.HTTPStatusError, ValueError)):
        waits_over(final, response(200))


def test_last_error_is_raised_when_the_tries_are_used_up() -> None:
    with pytest.raises(httpx.HTTPStatusError, match="503"):
        waits_over(response(500), response(502), response(503), response(200), attempts=3)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        (format_datetime(datetime.fromtimestamp(1060, timezone.utc), usegmt=True), 60),
        (format_datetime(datetime.fromtimestamp(900, timezone.utc)), 0),
        ("Thu, 01 Jan 1970 00:17:00", 20),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_of(httpx.Response(429, headers={"Retry-After": value.encode()}), now=lambda: 1000) == seconds


# --- the configuration


def written(tmp_path: Path, configuration: object) -> Path:
    path = tmp_path / "sources.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    return path


def test_settings_of_a_source_go_before_those_of_its_data_type_and_those_before_the_defaults(tmp_path: Path) -> None:
    source = {"name": "a", "url": "http://localhost/a"}
    configuration = {
        "defaults": {"timeout_seconds": 1, "fresh_seconds": 1, "stale_seconds": 1},
        "data_types": {
            "news": {
                "settings": {"fresh_seconds": 2, "stale_seconds": 2},
                "emergency": [{"name": "last", "url": "http://localhost/last"}],
                "primary": [{**source, "stale_seconds": 3}],
            }
        },
    }

    first, last = load_sources(written(tmp_path, configuration))[NEWS]

    assert (first.name, first.tier, last.name, last.tier) == ("a", Tier.PRIMARY, "last", Tier.EMERGENCY)
    assert (first.timeout_seconds, first.fresh_seconds, first.stale_seconds) == (1, 2, 3)
    assert last.stale_seconds == 2


@pytest.mark.parametrize(
    "of_news",
    [
        {"primary": [{"name": "a"}]},
        {"primary": [{"name": "a", "url": "not a URL"}]},
        {"primary": [{"name": "a", "url": "http://localhost", "time_out": 3}]},
        {"primary": [{"name": "a", "url": "http://localhost", "attempts": 0}]},
        {
            "primary": [{"name": "a", "url": "http://localhost"}],
            "secondary": [{"name": "a", "url": "http://localhost"}],
        },
        {"fifth": []},
    ],
)
def test_wrong_configuration_is_told_of(tmp_path: Path, of_news: object) -> None:
    with pytest.raises(ValueError, match=r"Field required|URL|[Ee]xtra|greater|twice"):
        load_sources(written(tmp_path, {"data_types": {"news": of_news}}))


def test_configuration_that_comes_with_the_application_has_sources_of_every_type() -> None:
    sources = load_sources(BROKEN_APPLICATION / "config" / "sources.json")

    assert set(sources) == set(DataType)
    assert {source.tier for source in sources[DataType.MARKET_DATA]} == set(Tier)
