"""The whole way on a real application: broken as its users saw it, found, rewritten, working, undone.

The yardstick for the rewritten application is the meant program: the same sources with a `get_session` that hands
over the session itself, as the authors of the endpoints believed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError

from monitoring_client import POOL_REQUESTS, STATUS_REQUESTS, Client, Json, Request, client_of, pushed_statuses
from monitoring_server import (
    BROKEN_APPLICATION,
    Server,
    run_init_script,
    run_sessionfix,
    serving,
)
from monitoring_sources import copy_sources, meant_sources, read_sources, repaired_sources, write_sources

BROKEN_CALL = "session = db_manager.get_session()"
AS_USERS_SAW_IT = "AttributeError: '_GeneratorContextManager' object has no attribute"
FACTORY_CALL = "db_manager.get_session()"
FACTORY_MODULE = "database/db_manager.py"
SITES_OF_FILES = {
    "api/pool_endpoints.py": 11,
    "backend/routers/realtime_monitoring_api.py": 2,
    "scripts/init_source_pools.py": 1,
}


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A copy of the broken application, in a folder of its own."""
    return copy_sources(BROKEN_APPLICATION, tmp_path / "monitoring_api")


def test_check_finds_the_fourteen_broken_places_and_the_annotation_that_hides_them(application: Path) -> None:
    result = run_sessionfix(application, "--check", "--output-format", "json")

    assert result.returncode == 1, result.stderr
    found = json.loads(result.stdout)
    findings = [finding for finding in found if finding["code"] != "SF502"]
    assert {finding["code"] for finding in findings} == {"SF101"}
    assert {finding["certainty"] for finding in findings} == {"certain"}
    assert {finding["fix"]["applicability"] for finding in findings} == {"safe"}
    assert [place_of(finding) for finding in findings] == broken_places(application)
    (annotation,) = (finding for finding in found if finding["code"] == "SF502")
    assert (Path(annotation["filename"]).as_posix(), annotation["fix"]["applicability"]) == (FACTORY_MODULE, "safe")
    assert read_sources(application) == read_sources(BROKEN_APPLICATION)


def test_write_makes_the_expected_files_and_touches_no_other(application: Path) -> None:
    result = run_sessionfix(application, "--write", ".")

    assert result.returncode == 0, result.stdout + result.stderr
    assert read_sources(application) == repaired_sources()


def test_second_write_finds_nothing_and_changes_nothing(application: Path) -> None:
    run_sessionfix(application, "--write", ".")
    once_written = read_sources(application)

    check = run_sessionfix(application, "--check", "--output-format", "json")
    second = run_sessionfix(application, "--write", ".")

    assert json.loads(check.stdout) == []
    assert (check.returncode, second.returncode) == (0, 0)
    assert read_sources(application) == once_written


def test_undo_brings_back_the_broken_bytes(application: Path) -> None:
    run_sessionfix(application, "--write", ".")
    assert read_sources(application) != read_sources(BROKEN_APPLICATION)

    result = run_sessionfix(application, "--undo")

    assert result.returncode == 0, result.stdout + result.stderr
    assert read_sources(application) == read_sources(BROKEN_APPLICATION)


@pytest.mark.slow
def test_init_script_crashes_before_and_fills_the_database_after(application: Path, tmp_path: Path) -> None:
    database = tmp_path / "monitoring.db"

    before = run_init_script(application, database)
    run_sessionfix(application, "--write", ".")
    after = run_init_script(application, database)
    again = run_init_script(application, database)

    assert before.returncode != 0
    assert AS_USERS_SAW_IT in before.stderr
    assert after.returncode == 0, after.stderr
    assert len(after.stdout.splitlines()) == 10  # seven providers, three pools
    assert (again.returncode, again.stdout) == (0, "")


@pytest.mark.slow
def test_broken_application_is_repaired_and_works(application: Path, tmp_path: Path) -> None:
    database = tmp_path / "monitoring.db"

    with serving(application, database, tmp_path / "broken.log") as server:
        see_every_endpoint_fail(server)
        see_the_socket_drop(server)
    see_the_failures_in(server.log)
    see_the_failures_in((tmp_path / "logs" / "app.log").read_text(encoding="utf-8"))

    assert run_sessionfix(application, "--write", ".").returncode == 0

    use_it_all(application, database, tmp_path / "repaired.log")

    assert run_sessionfix(application, "--undo").returncode == 0
    assert read_sources(application) == read_sources(BROKEN_APPLICATION)


@pytest.mark.slow
def test_expected_files_answer_as_the_meant_program_does(tmp_path: Path) -> None:
    expected = write_sources(repaired_sources(), tmp_path / "expected")
    meant = write_sources(meant_sources(), tmp_path / "meant")

    of_expected = use_it_all(expected, tmp_path / "expected.db", tmp_path / "expected.log")
    of_meant = use_it_all(meant, tmp_path / "meant.db", tmp_path / "meant.log")

    assert of_expected == of_meant


# --- the sources


def broken_places(application: Path) -> list[tuple[str, int, int, int]]:
    """Give file, row, first column and end column of each broken call, in the order of a report."""
    places = [
        (name, row, line.index(FACTORY_CALL) + 1, line.index(FACTORY_CALL) + 1 + len(FACTORY_CALL))
        for name in SITES_OF_FILES
        for row, line in enumerate((application / name).read_text(encoding="utf-8").splitlines(), start=1)
        if line.strip() == BROKEN_CALL
    ]
    assert len(places) == sum(SITES_OF_FILES.values())
    return places


def place_of(finding: dict[str, dict[str, int]]) -> tuple[str, int, int, int]:
    start, end = finding["location"], finding["end_location"]
    return Path(str(finding["filename"])).as_posix(), start["row"], start["column"], end["column"]


# --- the broken application


def see_every_endpoint_fail(server: Server) -> None:
    with client_of(server) as client:
        for method, path, body in (STATUS_REQUESTS | POOL_REQUESTS).values():
            assert client.send(method, path, body)[0] == 500, (method, path)


def see_the_socket_drop(server: Server) -> None:
    with pytest.raises(ConnectionClosedError):
        pushed_statuses(server, 1)


def see_the_failures_in(log: str) -> None:
    # Each of the fourteen requests ends in a traceback of its own: thirteen over HTTP, one over the WebSocket.
    assert log.count(AS_USERS_SAW_IT) >= len(STATUS_REQUESTS | POOL_REQUESTS) + 1
    for function in STATUS_REQUESTS | POOL_REQUESTS:
        assert f", in {function}\n" in log.replace("\r\n", "\n"), function


# --- the working application


def use_it_all(application: Path, database: Path, log_file: Path) -> list[tuple[str, int, Json]]:
    """Fill the database, do with the application all that it is for, and give what it answered."""
    filled = run_init_script(application, database)
    assert filled.returncode == 0, filled.stderr

    with serving(application, database, log_file) as server, client_of(server) as client:
        pool_path = create_a_pool(client)
        manage_members(client, pool_path)
        rotate_and_fail_over(client, pool_path)
        see_status(server, client)
        delete_the_pool(client, pool_path)
        ask_for_what_is_not_there(client, pool_path)
    assert "AttributeError" not in server.log
    return client.transcript


def create_a_pool(client: Client) -> str:
    pool: Json = {"name": "Spare", "category": "market_data", "rotation_strategy": "round_robin"}
    created = client.succeed("POST", "/api/pools", pool)
    assert created["rotation_strategy"] == "round_robin"
    assert client.send("POST", "/api/pools", pool)[0] == 409

    pool_path = f"/api/pools/{created['pool_id']}"
    assert client.send("PUT", pool_path, {"name": "News"})[0] == 409
    updated = client.succeed("PUT", pool_path, {"description": "for bad days"})
    read_back = client.succeed("GET", pool_path)
    listed = client.succeed("GET", "/api/pools")
    assert updated["description"] == read_back["description"] == "for bad days"
    assert (listed["total"], read_back in as_list(listed["pools"])) == (4, True)
    return pool_path


def manage_members(client: Client, pool_path: str) -> None:
    members_path = f"{pool_path}/members"
    members = [client.succeed("POST", members_path, {"provider_id": id_, "weight": 2}) for id_ in (1, 2, 3)]
    assert [(member["provider_name"], member["weight"]) for member in members] == [
        ("CoinGecko", 2),
        ("CoinMarketCap", 2),
        ("Binance", 2),
    ]
    assert client.send("POST", members_path, {"provider_id": 3})[0] == 409

    member_path = f"{members_path}/{members[-1]['member_id']}"
    assert client.succeed("PUT", member_path, {"priority": 9})["priority"] == 9
    assert member_names(client, pool_path) == ["Binance", "CoinGecko", "CoinMarketCap"]
    assert client.succeed("DELETE", member_path)["provider_id"] == 3
    assert member_names(client, pool_path) == ["CoinGecko", "CoinMarketCap"]


def rotate_and_fail_over(client: Client, pool_path: str) -> None:
    rotated = [client.succeed("POST", f"{pool_path}/rotate", {"reason": "test"}) for _ in range(3)]
    assert [answer["provider_name"] for answer in rotated] == ["CoinGecko", "CoinMarketCap", "CoinGecko"]

    failed_over = client.succeed("POST", f"{pool_path}/failover", {"failed_provider_id": 1, "reason": "timeout"})
    assert failed_over["provider_name"] == "CoinMarketCap"
    assert client.succeed("GET", pool_path)["current_provider"] == "CoinMarketCap"

    rotations = as_list(client.succeed("GET", f"{pool_path}/history?limit=2")["history"])
    assert [(r["from_provider"], r["to_provider"], r["reason"]) for r in rotations if isinstance(r, dict)] == [
        ("CoinGecko", "CoinMarketCap", "timeout"),
        ("CoinMarketCap", "CoinGecko", "test"),
    ]

    client.succeed("PUT", pool_path, {"enabled": False})
    assert client.send("POST", f"{pool_path}/rotate", {})[0] == 409
    assert client.send("POST", f"{pool_path}/failover", {"failed_provider_id": 1})[0] == 409


def see_status(server: Server, client: Client) -> None:
    status = client.succeed("GET", "/api/monitoring/status")
    assert status["providers"] == 7
    assert status["pools"] == {"total": 4, "enabled": 3}
    assert client.succeed("GET", "/api/monitoring/sources/detailed")["total"] == 7

    for pushed in pushed_statuses(server, 2):
        assert without_clock(pushed) == without_clock(status)


def delete_the_pool(client: Client, pool_path: str) -> None:
    assert client.succeed("DELETE", pool_path)["deleted"] is True
    assert client.send("GET", pool_path)[0] == 404
    assert client.succeed("GET", "/api/pools")["total"] == 3


def ask_for_what_is_not_there(client: Client, gone: str) -> None:
    of_no_pool: list[Request] = [
        (method, path.replace("/api/pools/1", gone), body)
        for method, path, body in POOL_REQUESTS.values()
        if path != "/api/pools"
    ]
    of_no_member: list[Request] = [
        ("PUT", "/api/pools/1/members/99", {"priority": 1}),
        ("DELETE", "/api/pools/1/members/99", None),
    ]
    of_no_provider: list[Request] = [("POST", "/api/pools/1/members", {"provider_id": 99})]
    assert len(of_no_pool) == 9
    for method, path, body in [*of_no_pool, *of_no_member, *of_no_provider]:
        assert client.send(method, path, body)[0] == 404, (method, path)


def member_names(client: Client, pool_path: str) -> list[Json]:
    members = as_list(client.succeed("GET", pool_path)["members"])
    return [member["provider_name"] for member in members if isinstance(member, dict)]


def without_clock(status: Json) -> Json:
    assert isinstance(status, dict)
    return {key: value for key, value in status.items() if key != "checked_at"}


def as_list(value: Json) -> list[Json]:
    assert isinstance(value, list)
    return value
