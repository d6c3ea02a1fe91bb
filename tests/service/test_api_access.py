"""Who may call what, and what every error looks like, on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
import trio
from structlog.testing import capture_logs

from tests.support.api import ROUTE, ApiForTests, make_token
from tests.support.postgres import PostgresForTests

ROUTES = "/customer/message-routes"
GUARDED = [
    ("GET", ROUTES),
    ("POST", ROUTES),
    ("GET", f"{ROUTES}/1"),
    ("PUT", f"{ROUTES}/1"),
    ("PATCH", f"{ROUTES}/1"),
    ("DELETE", f"{ROUTES}/1"),
    ("GET", "/customer/dead-letter"),
    ("GET", "/customer/dead-letter/1"),
    ("DELETE", "/customer/dead-letter/1"),
    ("DELETE", "/customer/dead-letter/purge"),
    ("POST", "/customer/dead-letter/1/replay"),
    ("POST", "/customer/dead-letter/replay-batch"),
    ("GET", "/customer/devices"),
    ("POST", "/customer/devices"),
]


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_no_path_answers_without_a_valid_token(api: ApiForTests, prefix: str) -> None:
    async with api.client(None) as client:
        for method, path in GUARDED:
            for token, challenge in ((None, "Bearer realm="), ("x.y.z", 'error="invalid_token"')):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                answer = await client.request(method, prefix + path, headers=headers)
                assert answer.status_code == 401, (method, path)
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert challenge in answer.headers["WWW-Authenticate"]


async def test_a_token_without_tenant_or_role_is_forbidden_everything(api: ApiForTests) -> None:
    for token, detail in (
        (make_token(None, "customer"), "No tenant_id in token."),
        (make_token(None, "operator-admin"), "No tenant_id in token."),
    ):
        async with api.client(token) as client:
            for method, path in GUARDED:
                answer = await client.request(method, path)
                assert (answer.status_code, answer.json()["detail"]) == (403, detail)


@pytest.mark.parametrize("role", ["customer_viewer", "operator", "operator-admin"])
async def test_who_may_only_read_cannot_write(api: ApiForTests, role: str) -> None:
    async with api.client(make_token("TENANT1", role)) as client:
        for method, path in GUARDED:
            answer = await client.request(method, path)
            if method == "GET":
                assert answer.status_code in {200, 404}
            else:
                assert answer.status_code == 403
                assert answer.json()["detail"] == "Unauthorized role."
    assert api.route_changes == 0


async def test_every_error_is_a_problem(api: ApiForTests) -> None:
    async with api.client() as client:
        answers = [
            (404, await client.get("/nowhere?token=hidden")),
            (405, await client.delete(ROUTES)),
            (405, await client.options(ROUTES)),
            (413, await client.post(ROUTES, content=b"x" * 65_537)),
            (400, await client.get("/customer/telemetry/stream")),
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
