"""Live telemetry over a real WebSocket: the ways in, every close code, filters and the end."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
import trio

from pulse_router.api.access.tokens import SharedSecretVerifier
from pulse_router.domain.errors import Unavailable
from tests.support.api.server import ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests
from tests.support.streams.websocket import closed_with, make_event, read, refused
from tests.support.waiting import wait_until


async def test_a_client_sees_its_tenants_telemetry_as_it_is_published(api: ApiForTests) -> None:
    async with api.stream() as stream:
        assert await read(stream) == {
            "type": "connected",
            "tenant_id": "TENANT1",
            "filters": {"device_ids": [], "group_ids": [], "metric_names": []},
        }
        assert api.broadcaster.wants("TENANT1")
        api.broadcaster.publish([make_event(1, tenant="TENANT2"), make_event(2)])
        assert await read(stream) == {
            "type": "telemetry",
            "id": "2",
            "device_id": "DEV-1",
            "tenant_id": "TENANT1",
            "site_id": "SITE-1",
            "metrics": {"temperature": 90, "humidity": 40},
            "timestamp": "2026-02-16T00:00:00Z",
            "topic": "tenant/TENANT1/device/DEV-1/telemetry",
        }
    await wait_until(lambda: not api.broadcaster.wants("TENANT1"))


async def test_a_token_comes_in_by_each_of_three_ways(api: ApiForTests) -> None:
    token = make_token()
    async with api.stream(token=token) as stream:
        assert (await read(stream))["type"] == "connected"
    bearer = [("Authorization", f"Bearer {token}")]
    async with api.stream(token=None, headers=bearer) as stream:
        assert (await read(stream))["type"] == "connected"
    async with api.stream(token=None, subprotocols=["bearer", token]) as stream:
        assert stream.subprotocol == "bearer"
        assert (await read(stream))["type"] == "connected"
    async with api.stream(path="/customer/telemetry/stream") as stream:
        assert (await read(stream))["type"] == "connected"


async def test_each_refusal_has_its_code_and_reason(api: ApiForTests) -> None:
    missing = (4001, "Missing token parameter")
    invalid = (4001, "Invalid or expired token")
    for options, expected in (
        ({"token": None}, missing),
        ({"token": None, "query": "token="}, missing),
        ({"token": None, "subprotocols": ["bearer"]}, missing),
        ({"token": "a.b.c"}, invalid),
        ({"token": make_token(expires_seconds=-600)}, invalid),
        ({"token": make_token(expires_seconds=-1)}, invalid),
        ({"token": None, "subprotocols": ["bearer", "a.b.c"]}, invalid),
        ({"token": make_token(None)}, (4003, "No tenant_id in token")),
        ({"token": make_token(None, "operator")}, (4003, "No tenant_id in token")),
    ):
        async with refused(api, **options) as ended:
            assert ended == expected
    assert api.broadcaster.total_connections == 0


async def test_an_issuer_that_cannot_be_asked_is_no_reason_to_give_up(
    api: ApiForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def verify(*_arguments: object) -> None:
        await trio.lowlevel.checkpoint()
        raise Unavailable("away")

    monkeypatch.setattr(SharedSecretVerifier, "verify", verify)
    async with refused(api) as (code, reason):
        assert (code, "try again" in str(reason)) == (1013, True)


async def test_a_role_that_may_not_read_is_refused(
    api: ApiForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse_router.api.access.tokens.ROLES", frozenset({"gardener"}))
    async with refused(api, token=make_token("TENANT1", "gardener")) as ended:
        assert ended == (4003, "Unauthorized role")


@pytest.mark.parametrize("path", ["/api/v1/customer/telemetry/stream", "/api/v2/ws"])
async def test_a_request_that_asks_for_no_websocket_is_told_of_it(
    api: ApiForTests, path: str
) -> None:
    async with api.client() as client:
        answer = await client.get(path)
    assert (answer.status_code, "ws://" in answer.json()["detail"]) == (426, True)
    assert answer.headers["upgrade"] == "websocket"


@pytest.mark.parametrize("role", ["customer_viewer", "operator", "operator-admin"])
async def test_who_may_read_may_stream(api: ApiForTests, role: str) -> None:
    async with api.stream(token=make_token("TENANT1", role)) as stream:
        assert (await read(stream))["type"] == "connected"


async def test_a_tenant_has_so_many_places_and_gets_them_back(api: ApiForTests) -> None:
    full = (4029, "Max streaming connections (3) reached for tenant")
    async with AsyncExitStack() as opened:
        streams = [await opened.enter_async_context(api.stream()) for _ in range(3)]
        for stream in streams:
            await read(stream)
        async with refused(api) as ended:
            assert ended == full
        async with api.stream(token=make_token("TENANT2")) as other:
            assert (await read(other))["type"] == "connected"
        await streams[0].aclose()
        await wait_until(lambda: api.broadcaster.total_connections == 2)
        async with api.stream() as stream:
            assert (await read(stream))["type"] == "connected"


async def test_the_stream_ends_when_its_token_expires(api: ApiForTests) -> None:
    async with api.stream(token=make_token(expires_seconds=4)) as stream:
        assert (await read(stream))["type"] == "connected"
        assert await closed_with(stream) == (4001, "Invalid or expired token")


async def test_stopping_closes_every_stream_with_going_away(api: ApiForTests) -> None:
    async with api.stream() as one, api.stream() as two:
        await read(one)
        await read(two)
        api.stopping.set()
        assert (await closed_with(one))[0] == 1001
        assert (await closed_with(two))[0] == 1001
        async with refused(api) as ended:
            assert ended[0] == 1001


async def test_a_bug_closes_the_stream_that_met_it_with_1011(
    api: ApiForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with api.stream() as other:
        await read(other)

        def broken(*_: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patched:
            patched.setattr("pulse_router.api.streams.v1.act", broken)
            async with api.stream() as stream:
                await read(stream)
                await stream.send_message("{}")
                assert (await closed_with(stream))[0] == 1011
        api.broadcaster.publish([make_event(1)])
        assert (await read(other))["id"] == "1"


async def test_an_outage_of_the_database_asks_to_try_again(
    api: ApiForTests, postgres_server: PostgresForTests
) -> None:
    postgres_server.stop()
    try:
        async with refused(api, query="group_id=1") as ended:
            assert ended[0] == 1013
        async with api.stream() as stream:
            await read(stream)
            api.broadcaster.publish([make_event(1)])
            assert (await read(stream))["id"] == "1"
    finally:
        postgres_server.start()
