"""A tenant has as much as it may: what is new above a bound is refused, and told how to go on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import msgspec
import pytest
import trio

from pulse_router.domain.budgets import Budget, Budgets, NoShareLeft
from pulse_router.postgres.database import Database
from pulse_router.postgres.shares import Share
from pulse_router.runtime.shares import Shares
from pulse_router.stores.roles import Role
from tests.support.api.server import ROUTE, ApiForTests, make_token, open_api

AT_ONCE = 20
BOUND = 3


@pytest.fixture
async def bounded(database: Database, nursery: trio.Nursery) -> AsyncIterator[ApiForTests]:
    """TENANT1 may have three of each kind, everybody else as much as by default."""
    own = Budget(routes=BOUND, devices=BOUND, groups=BOUND, open_alerts=BOUND)
    async with open_api(database, nursery, budgets=Budgets(own={"TENANT1": own})) as running:
        yield running


def _route(number: int) -> tuple[str, Any]:
    return "/customer/message-routes", ROUTE | {"name": f"R{number}"}


def _device(number: int) -> tuple[str, Any]:
    return "/customer/devices", {"device_id": f"D{number}"}


def _group(number: int) -> tuple[str, Any]:
    return "/customer/device-groups", {"name": f"G{number}"}


def _alert(number: int) -> tuple[str, Any]:
    return "/customer/alerts", {"device_id": "DEV", "key": f"K{number}", "title": "Hot"}


KINDS = {
    "routes": (_route, "message_routes"),
    "devices": (_device, "devices"),
    "groups": (_group, "device_groups"),
    "open_alerts": (_alert, "alerts"),
}


async def insert_device(database: Database, tenant_id: str = "TENANT1", name: str = "DEV") -> None:
    async with database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
        await transaction.execute(
            "INSERT INTO devices (tenant_id, device_id) VALUES ($1, $2)", tenant_id, name
        )


async def count(database: Database, table: str) -> int:
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return int(
            await transaction.fetch_value(
                f"SELECT count(*) FROM {table} WHERE tenant_id = 'TENANT1'"
            )
        )


def assert_refused(answer: httpx2.Response, bound: str, limit: float, usage: float) -> None:
    assert answer.status_code in {409, 429}, answer.text
    problem = answer.json()
    assert (problem["bound"], problem["limit"]) == (f"limits.{bound}", limit)
    assert problem["usage"] >= usage
    assert problem["way_out"]
    assert f"limits.{bound}" in problem["detail"]


@pytest.mark.parametrize("bound", KINDS)
async def test_of_twenty_that_are_made_at_once_as_many_are_as_fit(
    bounded: ApiForTests, database: Database, bound: str
) -> None:
    make, table = KINDS[bound]
    await insert_device(database)
    fit = BOUND - (bound == "devices")  # the device that is there counts
    answers: list[httpx2.Response] = []

    async def create(client: httpx2.AsyncClient, number: int) -> None:
        path, body = make(number)
        answers.append(await client.post(path, json=body))

    async with bounded.client() as client, trio.open_nursery() as nursery:
        for number in range(AT_ONCE):
            nursery.start_soon(create, client, number)
    made = [answer for answer in answers if answer.status_code == 201]
    assert len(made) == fit
    assert await count(database, table) == BOUND
    for answer in answers:
        if answer not in made:
            assert answer.status_code == 409
            assert_refused(answer, bound, BOUND, BOUND)
    assert bounded.budgets.refusals[bound] == AT_ONCE - fit

    other = make_token("TENANT2")
    await insert_device(database, "TENANT2")
    async with bounded.client(other) as client:
        for number in range(BOUND + 1):
            path, body = make(number)
            assert (await client.post(path, json=body)).status_code == 201


async def test_what_is_above_a_bound_stays_is_changed_and_removed(
    bounded: ApiForTests, database: Database
) -> None:
    for number in range(BOUND + 2):
        await insert_device(database, name=f"OLD-{number}")
    generous = Budget()
    bounded.budgets.change(generous, {})
    async with bounded.client() as client:
        for number in range(BOUND + 2):
            for make in (_route, _group):
                path, body = make(number)
                assert (await client.post(path, json=body)).status_code == 201
        raised = []
        for number in range(BOUND + 2):
            body = {"device_id": "OLD-0", "key": f"K{number}", "title": "Hot"}
            raised.append((await client.post("/customer/alerts", json=body)).json()["id"])
        tight = Budget(routes=BOUND, devices=BOUND, groups=BOUND, open_alerts=BOUND)
        bounded.budgets.change(generous, {"TENANT1": tight})

        routes = (await client.get("/customer/message-routes")).json()["routes"]
        groups = (await client.get("/customer/device-groups")).json()["groups"]
        for bound, (make, _) in KINDS.items():
            path, body = make(99)
            if bound == "open_alerts":
                body["device_id"] = "OLD-0"
            assert_refused(await client.post(path, json=body), bound, BOUND, BOUND + 2)
        one = f"/customer/message-routes/{routes[-1]['id']}"
        assert (await client.put(one, json=ROUTE | {"name": "again"})).status_code == 200
        assert (await client.patch(one, json={"is_enabled": False})).status_code == 200
        assert (await client.delete(one)).status_code == 204
        group = f"/customer/device-groups/{groups[0]['id']}"
        assert (await client.put(group, json={"name": "again"})).status_code == 200
        assert (await client.put(f"{group}/devices/OLD-4")).status_code == 204
        assert (await client.delete(group)).status_code == 204
        device = "/customer/devices/OLD-4"
        assert (await client.patch(device, json={"site_id": "S"})).status_code == 200
        assert (await client.post(f"{device}/rotate-token")).status_code == 200
        again = {"device_id": "OLD-0", "key": "K0", "title": "Hotter"}
        assert (await client.post("/customer/alerts", json=again)).json()["title"] == "Hotter"
        closed = await client.patch(f"/customer/alerts/{raised[0]}", json={"status": "CLOSED"})
        assert closed.status_code == 200
        assert (await client.delete(device)).status_code == 204
        # There are still as many as may be, or more.
        for make in (_route, _device, _group):
            path, body = make(99)
            assert (await client.post(path, json=body)).status_code == 409


async def test_a_place_that_is_given_back_can_be_taken(bounded: ApiForTests) -> None:
    async with bounded.client() as client:
        for number in range(BOUND):
            path, body = _device(number)
            assert (await client.post(path, json=body)).status_code == 201
        path, body = _device(0)
        taken = await client.post(path, json=body)
        assert "bound" not in taken.json()  # it is there already, which no bound has to do with
        path, body = _device(99)
        assert (await client.post(path, json=body)).status_code == 409
        assert (await client.delete("/customer/devices/D0")).status_code == 204
        assert (await client.post(path, json=body)).status_code == 201


async def test_many_at_once_are_registered_in_order_as_far_as_there_is_room(
    bounded: ApiForTests, database: Database
) -> None:
    await insert_device(database, name="D9")
    lines = "".join(f'{{"device_id": "D{number}"}}\n' for number in (9, 4, 3, 2, 1))
    async with bounded.client() as client:
        answer = await client.post("/customer/devices/bulk", content=lines)
    told = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert [line["result"] for line in told[:-1]] == [
        *("EXISTS", "CREATED", "CREATED", "REFUSED", "REFUSED")
    ]
    assert "limits.devices" in told[3]["errors"][0]["message"]
    assert (told[-1]["created"], told[-1]["existing"], told[-1]["refused"]) == (2, 1, 2)
    assert told[-1]["is_complete"]
    assert await count(database, "devices") == BOUND
    assert bounded.budgets.refusals_of("TENANT1") == {"devices": 2}


async def test_who_asks_too_often_is_told_when_to_ask_again_and_others_are_not(
    database: Database, nursery: trio.Nursery
) -> None:
    budgets = Budgets(own={"TENANT1": Budget(requests_per_second=1)})
    async with open_api(database, nursery, budgets=budgets) as api:
        async with api.client() as client:
            answers = [await client.get("/customer/devices") for _ in range(20)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 10 <= len(refused) <= 15
        assert_refused(refused[0], "requests_per_second", 1, 0)
        assert 1 <= int(refused[0].headers["Retry-After"]) <= 2
        async with api.client(make_token("TENANT2")) as client:
            answers = [await client.get("/customer/devices") for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200}
        async with api.client(make_token("TENANT1", "operator")) as client:
            answers = [await client.get("/operator/tenants") for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200}


async def test_a_tenant_whose_clients_take_nothing_asks_for_no_more(
    database: Database, nursery: trio.Nursery
) -> None:
    budgets = Budgets(Budget(answer_bytes=1000))
    async with open_api(database, nursery, budgets=budgets) as api:
        unsent = api.gate.unsent
        cut: Callable[[], None] = list[int]().clear
        unsent.hold(cut, 1000, "TENANT1")
        async with api.client() as client:
            refused = await client.get("/customer/devices")
            assert refused.status_code == 429
            assert_refused(refused, "answer_bytes", 1000, 1000)
            async with api.client(make_token("TENANT2")) as other:
                assert (await other.get("/customer/devices")).status_code == 200
            unsent.release(cut)
            assert (await client.get("/customer/devices")).status_code == 200


async def test_who_finds_no_connection_in_its_tenants_share_is_told_and_others_have_theirs(
    database: Database, nursery: trio.Nursery
) -> None:
    def refuse(_tenant_id: str, most: int) -> Exception:
        return NoShareLeft("database_connections", limit=most, usage=most)

    shares = Shares(lambda _tenant_id: 1, patience_seconds=0.2, refuse=refuse)
    shared = database.share(Share(5, shares.hold))
    async with (
        open_api(shared, nursery) as api,
        api.client() as client,
        api.client(make_token("TENANT2")) as other,
    ):
        async with shared.transaction(Role.APP, tenant_id="TENANT1"):
            refused = await client.get("/customer/devices")
            assert refused.status_code == 429
            assert_refused(refused, "database_connections", 1, 1)
            assert (await other.get("/customer/devices")).status_code == 200
        assert (await client.get("/customer/devices")).status_code == 200
