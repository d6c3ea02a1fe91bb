"""A running router and a real issuer: requests, sockets and the operators' view, in outages too."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import trio
from trio_websocket import ConnectionClosed, wrap_client_stream

from tests.support.commands.process import COMMAND, clean_environment
from tests.support.commands.router import World, make_token
from tests.support.servers.issuer import AUDIENCE, Issuer
from tests.support.waiting import wait_for

ROUTES = "/api/v1/customer/message-routes"


@pytest.fixture
def issuer() -> Issuer:
    made = Issuer()
    made.add_key("ES256", "first")
    return made


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=world.router.url, trust_env=False) as made:
        yield made


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def close_code(world: World, token: str) -> int | None:
    """What a live stream is closed with at once; None when it is served."""
    address = f"127.0.0.1:{world.router.http_port}"
    # trio-websocket leaves its socket open when the server closes first, so it is ours.
    tcp = await trio.open_tcp_stream("127.0.0.1", world.router.http_port)
    async with tcp, trio.open_nursery() as nursery:
        socket = await wrap_client_stream(
            nursery,
            tcp,
            address,
            "/api/v1/customer/telemetry/stream",
            extra_headers=[(b"authorization", f"Bearer {token}".encode())],
        )
        code = None
        try:
            await socket.get_message()
        except ConnectionClosed as closed:
            code = closed.reason.code if closed.reason else 0
        nursery.cancel_scope.cancel()
    return code


async def test_an_issuer_that_comes_late_and_goes_away_is_outlasted(
    world: World, issuer: Issuer, client: httpx2.AsyncClient
) -> None:
    world.router.environment |= {
        "PULSE_AUTH_ISSUER": issuer.url,
        "PULSE_AUTH_AUDIENCE": AUDIENCE,
    }
    await world.router.start_and_wait()
    first = issuer.sign("first")

    answer = await client.get(ROUTES, headers=bearer(first))
    assert answer.status_code == 503
    assert "issuer" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert await close_code(world, first) == 1013
    assert world.router.missing == {}  # devices are served all the same
    own = make_token(issuer=issuer.url, audience=AUDIENCE)
    assert (await client.get(ROUTES, headers=bearer(own))).status_code == 200

    async def taken(token: str) -> bool:
        return (await client.get(ROUTES, headers=bearer(token))).status_code == 200

    async with issuer.serving():
        await wait_for(lambda: taken(first))
        assert await close_code(world, first) is None
        for refused in (
            issuer.sign("first", aud="others"),
            issuer.sign("first", header={"kid": "made-up"}),
            f"{first[:-8]}AAAAAAAA",
        ):
            answer = await client.get(ROUTES, headers=bearer(refused))
            assert answer.status_code == 401
            assert await close_code(world, refused) == 4001
    assert await taken(issuer.sign("first"))  # its keys are known
    assert first not in world.router.text
    assert first.split(".")[1] not in world.router.text


async def test_an_operator_of_the_issuer_sees_what_the_router_has_done(
    world: World, issuer: Issuer, client: httpx2.AsyncClient
) -> None:
    world.router.environment |= {"PULSE_AUTH_ISSUER": issuer.url, "PULSE_AUTH_AUDIENCE": AUDIENCE}
    roles = {"roles": ["operator"]}
    async with issuer.serving():
        await world.router.start_and_wait()
        world.add_webhook("http://127.0.0.1:9/hook")
        token = issuer.sign("first", realm_access=roles, organization=None, tenant_id=None)

        async def overview() -> dict[str, Any] | None:
            answer = await client.get("/api/v1/operator/overview", headers=bearer(token))
            return dict(answer.json()) if answer.status_code == 200 else None

        shown = await wait_for(overview)
        forbidden = await client.get(ROUTES, headers=bearer(token))
    assert shown is not None
    assert shown["totals"] | {"rejected": 0} == {
        "tenants": 1,
        "devices": 10,
        "routes": 1,
        "pending": 0,
        "dead_letters": 0,
        "rejected": 0,
    }
    assert shown["ledger"]["balanced"] is True
    assert {"received", "stored", "pending", "dead_lettered", "rejected"} <= set(shown["ledger"])
    assert (shown["mqtt"], shown["database"]) == ("ok", "ok")
    assert forbidden.status_code == 403


async def test_check_says_whether_the_issuer_answers(world: World, issuer: Issuer) -> None:
    settings = {
        **world.router.environment,
        "PULSE_AUTH_ISSUER": issuer.url,
        "PULSE_AUTH_AUDIENCE": AUDIENCE,
    }

    async def check() -> tuple[int, dict[str, Any]]:
        ended = await trio.run_process(
            [*COMMAND, "check", "--connect", "--json"],
            env={**clean_environment(), **settings},
            capture_stdout=True,
            check=False,
        )
        return ended.returncode, json.loads(ended.stdout)

    async with issuer.serving():
        status, report = await check()
        assert (status, report["connections"]["issuer"]) == (0, None)
        assert any("auth.issuer is not https://" in risk for risk in report["warnings"])
    status, report = await check()
    assert status == 1
    assert f"localhost:{issuer.port}" in report["connections"]["issuer"]
    assert report["connections"]["database"] is None
