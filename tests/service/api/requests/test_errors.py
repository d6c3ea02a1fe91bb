"""What every error looks like, on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import trio
from structlog.testing import capture_logs

from tests.support.api.server import ROUTE, ApiForTests
from tests.support.servers.postgres import PostgresForTests

ROUTES = "/customer/message-routes"


async def test_every_error_is_a_problem(api: ApiForTests) -> None:
    async with api.client() as client:
        answers = [
            (404, await client.get("/nowhere?token=hidden")),
            (405, await client.delete(ROUTES)),
            (405, await client.options(ROUTES)),
            (413, await client.post(ROUTES, content=b"x" * 65_537)),
            (426, await client.get("/customer/telemetry/stream")),
            (404, await client.get(f"{ROUTES}/")),
            (404, await client.get(f"/{ROUTES}")),
        ]
    for status, answer in answers:
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        assert "hidden" not in answer.text
    assert "GET" in answers[1][1].headers["Allow"]


async def test_a_body_that_is_too_large_and_of_unknown_length_is_refused(api: ApiForTests) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            await trio.lowlevel.checkpoint()
            yield b"x" * 10_000

    async with api.client() as client:
        answer = await client.post(ROUTES, content=chunks())
    assert answer.status_code == 413
    assert answer.json()["detail"] == (
        "The body is larger than the 65536 bytes that http.max_body_bytes allows."
    )


async def test_a_bug_is_a_500_in_the_log_and_hides_what_it_was(api: ApiForTests) -> None:
    api.route_fault = ZeroDivisionError("a secret detail")
    with capture_logs() as logged:
        async with api.client() as client:
            answer = await client.post(f"{ROUTES}?token=hidden", json=ROUTE)
            assert (await client.get(ROUTES)).status_code == 200
    assert answer.status_code == 500
    assert "secret" not in answer.text
    (entry,) = [entry for entry in logged if entry["log_level"] != "debug"]
    assert (entry["log_level"], entry["exc_info"]) == ("error", api.route_fault)
    assert "hidden" not in str(logged)


async def test_an_outage_of_the_database_is_a_503_that_says_when_to_come_back(
    api: ApiForTests, postgres_server: PostgresForTests
) -> None:
    postgres_server.stop()
    try:
        async with api.client() as client:
            answer = await client.get(ROUTES)
            assert (await client.get("/health")).status_code == 200
    finally:
        postgres_server.start()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert msgspec.json.decode(answer.content)["status"] == 503


async def test_what_is_sent_does_not_come_back_many_times_as_long(api: ApiForTests) -> None:
    body = {f"{'x' * 300}{number}": number for number in range(150)}
    async with api.client() as client:
        answer = await client.post(ROUTES, json=body)
    problem = answer.json()
    assert answer.status_code == 422
    assert len(problem["errors"]) == 50
    assert problem["detail"].endswith("These are the first 50 faults.")
    assert max(len(fault["field"]) for fault in problem["errors"]) == 200
    assert len(answer.content) < 20_000
