"""Operators read as any tenant, change nothing so, and the log says it; others read their own."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from pulse_router.api.openapi.audiences import Audience
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.api.walks import call_of
from tests.support.streams.websocket import make_event, read, refused

PATH = "/api/v1/customer/message-routes"
STREAM = "/api/v1/customer/telemetry/stream"
OPERATOR = make_token(None, "operator")
HEADER = "X-Pulse-Tenant"


async def make_route(api: ApiForTests, tenant: str) -> int:
    async with api.client(make_token(tenant)) as client:
        made = await client.post(PATH, json=ROUTE | {"name": f"of {tenant}"})
    return int(made.json()["id"])


async def test_an_operator_reads_what_the_tenant_would_and_the_log_says_so(
    api: ApiForTests,
) -> None:
    for tenant in ("TENANT1", "TENANT2"):
        await make_route(api, tenant)
    for token in (OPERATOR, make_token("TENANT2", "operator-admin")):
        async with api.client(token) as client:
            with capture_logs() as logs:
                shown = (await client.get(PATH, headers={HEADER: "TENANT1"})).json()
        assert [each["name"] for each in shown["routes"]] == ["of TENANT1"]
        [told] = [each for each in logs if each["event"] == "an operator reads as a tenant"]
        assert (told["tenant_id"], told["operation"]) == ("TENANT1", "list_routes")
        assert told["subject"] == "pulse-router token"
    async with api.client(make_token("TENANT2", "operator")) as client:
        own = (await client.get(PATH)).json()
    assert [each["name"] for each in own["routes"]] == ["of TENANT2"]


async def test_every_path_that_reads_takes_it_and_none_that_writes(api: ApiForTests) -> None:
    own = [each for each in api.registered if not each.takes_query_token]
    async with api.client(make_token("TENANT2", "operator-admin", "customer")) as client:
        for each in own:
            if each.audience not in {Audience.CUSTOMER_READER, Audience.CUSTOMER_WRITER}:
                continue
            call = call_of(each, body=None if each.method == "GET" else {})
            answer = await client.request(
                call.method, call.path, json=call.json, headers={HEADER: "TENANT1"}
            )
            if each.method == "GET":
                assert answer.status_code not in {401, 403, 500}, (call.name, answer.text)
            else:
                assert answer.status_code == 403, call.name
                assert "read only" in answer.text
            names = {parameter.name for parameter in each.operation.parameters}
            assert (HEADER in names) == (each.method == "GET"), call.name


@pytest.mark.parametrize("role", ["customer", "customer_viewer", "tenant-admin"])
async def test_a_customer_reads_as_nobody_else(api: ApiForTests, role: str) -> None:
    route = await make_route(api, "TENANT2")
    async with api.client(make_token("TENANT1", role)) as client:
        assert (await client.get(PATH, headers={HEADER: "TENANT1"})).status_code == 200
        for path in (PATH, f"{PATH}/{route}"):
            answer = await client.get(path, headers={HEADER: "TENANT2"})
            assert (answer.status_code, "for operators" in answer.text) == (403, True)
        answer = await client.get(f"{STREAM}/sse", params={"tenant_id": "TENANT2"})
        assert answer.status_code == 403
    async with refused(api, query="tenant_id=TENANT2", token=make_token("TENANT1", role)) as ended:
        assert (ended[0], "for operators" in str(ended[1])) == (4003, True)


async def test_what_is_no_tenants_id_is_refused(api: ApiForTests) -> None:
    async with api.client(OPERATOR) as client:
        for named in ("a b", "x" * 129, "*", ""):
            answer = await client.get(PATH, headers={HEADER: named})
            assert answer.status_code == 400, named
    async with refused(api, query="tenant_id=a%20b", token=OPERATOR) as ended:
        assert ended[0] == 1008


async def test_sockets_read_as_a_tenant(api: ApiForTests) -> None:
    query = "tenant_id=TENANT1"
    async with api.stream(query, token=OPERATOR) as stream:
        assert (await read(stream))["tenant_id"] == "TENANT1"
        api.broadcaster.publish([make_event(1)])
        assert (await read(stream))["device_id"] == "DEV-1"
    async with api.stream(query, token=OPERATOR, path="/api/v2/ws") as stream:
        await stream.send_message('{"action":"subscribe","type":"device","device_id":"DEV-1"}')
        assert (await read(stream))["type"] == "subscribed"
        api.broadcaster.publish([make_event(2)])
        assert (await read(stream))["type"] == "telemetry"
    async with refused(api, token=OPERATOR) as ended:
        assert ended == (4003, "No tenant_id in token")


async def test_an_operator_takes_nothing_of_what_the_tenant_may_ask_for(api: ApiForTests) -> None:
    async with api.client(OPERATOR) as client:
        for _ in range(3):
            await client.get(PATH, headers={HEADER: "TENANT1"})
    assert api.gate.requests_per_second("TENANT1") == 0
