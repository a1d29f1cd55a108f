"""The limiters of the monitoring application keep every client within its limits, and let none wait in vain."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring_modules import FakeClock, importable

with importable():
    from monitoring.rate_limiter import ProviderLimit, ProviderRateLimiter
    from utils import rate_limiter_enhanced, rate_limiter_simple
    from utils.rate_limiter_enhanced import HOUR, MINUTE, ClientLimits, EnhancedRateLimiter
    from utils.rate_limiter_simple import SimpleRateLimiter

NEGLIGIBLE = 1e-6

by_property = settings(max_examples=80, deadline=None, derandomize=True)

# Many calls at once, some within seconds, few after minutes.
GAPS = st.lists(st.sampled_from([0, 0, 0, 0.25, 0.5, 1, 2, 7, 30, 59.5, 61, 600, 1800]), max_size=60)
ANY_GAPS = st.lists(st.floats(0, 100), max_size=60)
LIMITS = st.builds(
    ClientLimits,
    per_second=st.sampled_from([0.1, 0.5, 1, 3, 10]),
    per_minute=st.integers(1, 12),
    per_hour=st.integers(1, 20),
    burst=st.integers(1, 8),
)


def allowed_times(limiter: Any, clock: FakeClock, gaps: list[float], client: str = "client") -> list[float]:
    times = []
    for gap in gaps:
        clock.now += gap
        if limiter.check(client).allowed:
            times.append(clock.now)
    return times


def most_in_any_window(times: list[float], seconds: float) -> int:
    """Count the calls in the fullest window that ends with one of them, without its very beginning."""
    return max((sum(end - seconds < time <= end for time in times) for end in times), default=0)


@by_property
@given(LIMITS, GAPS | ANY_GAPS)
def test_no_window_ever_holds_more_than_the_limits_allow(limits: ClientLimits, gaps: list[float]) -> None:
    clock = FakeClock()
    times = allowed_times(EnhancedRateLimiter(limits, clock=clock), clock, gaps)

    for first, start in enumerate(times):
        for last, end in enumerate(times[first:], start=first):
            assert last - first + 1 <= limits.burst + limits.per_second * (end - start) + NEGLIGIBLE
    assert most_in_any_window(times, MINUTE - NEGLIGIBLE) <= limits.per_minute
    assert most_in_any_window(times, HOUR - NEGLIGIBLE) <= limits.per_hour


@by_property
@given(LIMITS, GAPS | ANY_GAPS)
def test_who_waits_as_long_as_told_is_allowed(limits: ClientLimits, gaps: list[float]) -> None:
    clock = FakeClock()
    limiter = EnhancedRateLimiter(limits, clock=clock)
    for gap in gaps:
        clock.now += gap
        decision = limiter.check("client")
        if not decision.allowed:
            assert 0 < decision.retry_after <= max(1 / limits.per_second, HOUR + HOUR / 60)
            clock.now += decision.retry_after + NEGLIGIBLE
            assert limiter.check("client").allowed


@by_property
@given(LIMITS, st.integers(1, 100))
def test_who_keeps_to_the_rates_is_never_refused(limits: ClientLimits, calls: int) -> None:
    clock = FakeClock()
    pause = max(1 / limits.per_second, (MINUTE + 1) / limits.per_minute, (HOUR + 60) / limits.per_hour)

    times = allowed_times(EnhancedRateLimiter(limits, clock=clock), clock, [pause + NEGLIGIBLE] * calls)

    assert len(times) == calls


@by_property
@given(st.integers(1, 8), st.sampled_from([0.5, 1, 60]), GAPS | ANY_GAPS)
def test_simple_limiter_never_allows_more_in_any_window_nor_lets_wait_in_vain(
    most: int, window: float, gaps: list[float]
) -> None:
    clock = FakeClock()
    limiter = SimpleRateLimiter(most, window, clock=clock)

    assert most_in_any_window(allowed_times(limiter, clock, gaps), window - NEGLIGIBLE) <= most

    decision = limiter.check("client")
    clock.now += decision.retry_after + NEGLIGIBLE
    assert decision.allowed or limiter.check("client").allowed


@by_property
@given(st.lists(st.tuples(st.sampled_from([0, 0, 0.5, 5, 70, 4000]), st.integers(0, 9)), max_size=80))
def test_clients_beyond_those_remembered_keep_within_the_limits(calls: list[tuple[float, int]]) -> None:
    clock = FakeClock()
    limits = ClientLimits(per_second=0.5, per_minute=5, per_hour=7, burst=3)
    limiter = EnhancedRateLimiter(limits, max_clients=2, clock=clock)
    times: dict[int, list[float]] = {}
    for gap, client in calls:
        clock.now += gap
        if limiter.check(str(client)).allowed:
            times.setdefault(client, []).append(clock.now)
        assert limiter.get_stats()["clients"] <= 2

    for of_client in times.values():
        assert most_in_any_window(of_client, MINUTE - NEGLIGIBLE) <= 5
        assert most_in_any_window(of_client, HOUR - NEGLIGIBLE) <= 7
        assert most_in_any_window(of_client, NEGLIGIBLE) <= 3


@pytest.mark.parametrize("module", [rate_limiter_enhanced, rate_limiter_simple])
def test_global_limiter_allows_a_burst_of_a_hundred_calls_and_says_why_not_all(module: Any) -> None:
    client = f"client of {module.__name__}"

    answers = [module.global_rate_limiter.check_rate_limit(client) for _ in range(100)]

    allowed = [allowed for allowed, _ in answers]
    assert allowed[0] is True
    assert allowed[-1] is False
    assert answers[0][1] == "Allowed"
    assert answers[-1][1].startswith("Rate limit exceeded: at most ")
    module.global_rate_limiter.reset(client)
    assert module.global_rate_limiter.check_rate_limit(client)[0]


def test_burst_then_blocked_then_allowed_again_after_the_refill() -> None:
    clock = FakeClock()
    limiter = EnhancedRateLimiter(ClientLimits(per_second=2, burst=5), clock=clock)

    first = [limiter.check_rate_limit("a")[0] for _ in range(100)]
    told = limiter.check_rate_limit("a")
    clock.now += 1
    second = [limiter.check_rate_limit("a")[0] for _ in range(100)]

    assert (sum(first), sum(second)) == (5, 2)
    assert first[:5] == [True] * 5
    assert told == (False, "Rate limit exceeded: at most 5 at once and 2 a second. Try again in 0.5 s.")


def test_minute_and_hour_are_named_where_they_are_what_blocks() -> None:
    clock = FakeClock()
    by_minute = EnhancedRateLimiter(ClientLimits(per_second=100, burst=100, per_minute=3), clock=clock)
    by_hour = EnhancedRateLimiter(ClientLimits(per_second=100, burst=100, per_hour=3), clock=clock)

    messages = [[limiter.check_rate_limit("a")[1] for _ in range(4)][-1] for limiter in (by_minute, by_hour)]

    assert "at most 3 a minute" in messages[0]
    assert "at most 3 an hour" in messages[1]


def test_clients_do_not_use_up_each_others_limits() -> None:
    limiter = EnhancedRateLimiter(ClientLimits(burst=1), clock=FakeClock())

    assert [limiter.check(client).allowed for client in ("a", "a", "b", "b")] == [True, False, True, False]


def test_info_tells_what_is_left_and_uses_up_nothing() -> None:
    limiter = EnhancedRateLimiter(ClientLimits(burst=2, per_minute=10, per_hour=20), clock=FakeClock())
    limiter.check("a")

    infos = [limiter.get_limits_info("a") for _ in range(5)]

    assert infos[-1]["remaining"] == {"burst": 1, "minute": 9, "hour": 19}
    assert infos[-1]["limits"] == {"per_second": 10.0, "per_minute": 10, "per_hour": 20, "burst": 2}
    assert infos[-1]["retry_after"] == 0
    limiter.check("a")
    assert limiter.get_limits_info("a")["retry_after"] == pytest.approx(0.1)
    assert limiter.get_limits_info("who never called")["remaining"]["burst"] == 2
    assert limiter.get_stats()["clients"] == 1


def test_simple_info_and_reset() -> None:
    limiter = SimpleRateLimiter(3, 60, clock=FakeClock())
    for _ in range(3):
        limiter.check("a")

    assert limiter.get_limits_info("a")["remaining"] == 0
    assert limiter.get_limits_info("a")["retry_after"] == 60
    limiter.reset("a")
    assert limiter.get_limits_info("a")["remaining"] == 3


def test_idle_clients_are_forgotten() -> None:
    clock = FakeClock()
    limiter = EnhancedRateLimiter(clock=clock)
    for number in range(1000):
        limiter.check(f"client {number}")
    assert limiter.get_stats()["clients"] == 1000

    clock.now += 2 * HOUR
    limiter.check("one more")

    assert limiter.get_stats()["clients"] == 1


@pytest.mark.parametrize(
    "limiter", [EnhancedRateLimiter(ClientLimits(burst=50), clock=FakeClock()), SimpleRateLimiter(50)]
)
def test_threads_together_get_no_more_than_one(limiter: Any) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: limiter.check("client").allowed, range(400)))

    assert sum(answers) == 50


@pytest.mark.parametrize("wrong", [{"burst": 0}, {"per_second": -1}, {"per_hour": 0}])
def test_limits_must_be_positive(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        ClientLimits(**wrong)


# --- before endpoints


def get(app: FastAPI, path: str) -> httpx.Response:
    async def request() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.get(path)

    return asyncio.run(request())


def application_with(limiter: EnhancedRateLimiter) -> FastAPI:
    app = FastAPI()

    @app.get("/plain")
    @rate_limiter_enhanced.rate_limit(limiter)
    def plain(request: Request) -> dict[str, str]:
        return {"kind": "plain"}

    @app.get("/awaited/{item}")
    @rate_limiter_enhanced.rate_limit(limiter)
    async def awaited(item: int, request: Request) -> dict[str, int]:
        return {"item": item}

    return app


def test_decorated_endpoints_answer_429_and_say_when_to_come_back() -> None:
    clock = FakeClock()
    limiter = EnhancedRateLimiter(ClientLimits(per_second=0.4, burst=2), clock=clock)
    app = application_with(limiter)

    assert get(app, "/plain").json() == {"kind": "plain"}
    assert get(app, "/awaited/7").json() == {"item": 7}
    refused = [get(app, path) for path in ("/plain", "/awaited/7")]

    assert [(response.status_code, response.headers["Retry-After"]) for response in refused] == [(429, "3")] * 2
    assert "Rate limit exceeded" in refused[0].json()["detail"]
    clock.now += 3
    assert get(app, "/plain").status_code == 200


def test_simple_limiter_stands_before_endpoints_likewise() -> None:
    app = FastAPI()

    @app.get("/")
    @rate_limiter_simple.rate_limit(SimpleRateLimiter(1, 10, clock=FakeClock()))
    def root(request: Request) -> None:
        """Answer nothing."""

    assert [get(app, "/").status_code for _ in range(2)] == [200, 429]


def test_endpoint_that_does_not_take_the_request_cannot_be_limited() -> None:
    with pytest.raises(TypeError, match="Request"):

        @rate_limiter_enhanced.rate_limit()
        def endpoint(number: int) -> None:
            """Answer nothing."""


# --- of providers


@by_property
@given(st.integers(1, 8), GAPS | ANY_GAPS)
def test_providers_are_never_asked_more_often_than_they_allow(most: int, gaps: list[float]) -> None:
    clock = FakeClock()
    limiter = ProviderRateLimiter({"A": ProviderLimit(most)}, clock=clock)
    times = []
    for gap in gaps:
        clock.now += gap
        if limiter.try_acquire("A"):
            times.append(clock.now)
        assert limiter.try_acquire("without a limit")

    assert most_in_any_window(times, MINUTE - NEGLIGIBLE) <= most


def test_provider_near_its_limit_is_told_of_once_on_the_way_up() -> None:
    clock = FakeClock()
    limiter = ProviderRateLimiter({"A": ProviderLimit(10)}, clock=clock)

    levels = []
    for _ in range(12):
        limiter.try_acquire("A")
        (status,) = limiter.get_all_statuses()
        levels.append(status["level"])

    assert levels == ["ok"] * 7 + ["warning"] * 2 + ["blocked"] * 3
    assert [(alert.level, alert.used) for alert in limiter.get_alerts()] == [("blocked", 10), ("warning", 8)]
    clock.now += 2 * MINUTE
    limiter.try_acquire("A")
    status = limiter.get_status("A")
    assert status is not None
    assert (status.level, status.remaining) == ("ok", 9)
    assert limiter.get_status("without a limit") is None
