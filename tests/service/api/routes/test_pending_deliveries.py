"""Pending deliveries over HTTP: listed with what was tried, counted up to a bound, kept apart."""

from __future__ import annotations

from typing import Any

import pytest

from pulse_router.domain.deliveries import AttemptRecord, Reschedule, Settlement
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries import pending as pending_store
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.pending import PostgresPendingStore
from tests.support.api.routes import make_route
from tests.support.api.server import ApiForTests, make_token
from tests.support.delivery.deliveries import NOON, PAYLOAD, TOPIC, make_delivery
from tests.support.delivery.queue import enqueue

pytestmark = pytest.mark.usefixtures("matches_balance")

BIG = 2**61


def path_of(route_id: int) -> str:
    return f"/api/v1/customer/message-routes/{route_id}/deliveries"


async def fail(database: Database, number: int, attempts: int) -> None:
    record = AttemptRecord(NOON, 503, 0.25, "HTTP 503", "busy")
    again = Reschedule(number, attempts, 3600.0, "HTTP 503", record)
    await PostgresDeliveryStore(database).settle(Settlement(rescheduled=[again]))


async def test_a_pending_delivery_is_shown_with_its_history(
    api: ApiForTests, database: Database
) -> None:
    route_id = await make_route(api)
    await enqueue(
        database,
        *(make_delivery(number, route_id=route_id) for number in (BIG, BIG + 1, BIG + 2)),
        make_delivery(5, route_id=route_id + 1),
    )
    await fail(database, BIG, 1)
    await fail(database, BIG, 2)
    async with api.client() as client:
        answer: dict[str, Any] = (await client.get(path_of(route_id))).json()
        assert (answer["total"], answer["total_is_exact"]) == (3, True)
        ids = [int(delivery["id"]) for delivery in answer["deliveries"]]
        assert ids == [BIG + 1, BIG + 2, BIG], "the longest due first"
        waiting = answer["deliveries"][-1]
        assert waiting["created_at"].endswith("Z")
        assert waiting["next_attempt_at"] > waiting["created_at"]
        attempt = {
            "at": "2026-02-16T12:00:00Z",
            "status": 503,
            "duration_seconds": 0.25,
            "error": "HTTP 503",
            "response": "busy",
            "pushbacks": 0,
        }
        shown = {name: waiting[name] for name in waiting if not name.endswith("_at")}
        assert shown == {
            "id": str(BIG),
            "tenant_id": "TENANT1",
            "route_id": route_id,
            "device_id": "DEV-001",
            "event_id": str(BIG),
            "topic": TOPIC,
            "attempts": 2,
            "pushbacks": 0,
            "last_error": "HTTP 503",
            "history": [attempt, attempt],
        }
        one = await client.get(f"{path_of(route_id)}/{BIG}")
        assert one.json() == waiting | {"payload": one.json()["payload"]}
        assert PAYLOAD in one.text
        page = (await client.get(f"{path_of(route_id)}?limit=1&offset=1")).json()
        assert [delivery["id"] for delivery in page["deliveries"]] == [str(BIG + 2)]


async def test_what_is_not_pending_and_what_is_anothers_does_not_exist(
    api: ApiForTests, database: Database
) -> None:
    route_id, other = await make_route(api), await make_route(api)
    await enqueue(database, make_delivery(BIG, route_id=route_id))
    async with api.client() as client:
        missing = (f"{path_of(route_id)}/7", f"{path_of(other)}/{BIG}", path_of(10**9))
        for path in missing:
            assert (await client.get(path)).status_code == 404
        for path in (f"{path_of(route_id)}/x", f"{path_of(route_id)}?offset=10001"):
            assert (await client.get(path)).status_code == 400
        assert (await client.get(path_of(other))).json()["deliveries"] == []
    async with api.client(make_token("TENANT2")) as stranger:
        for path in (path_of(route_id), f"{path_of(route_id)}/{BIG}"):
            assert (await stranger.get(path)).status_code == 404


async def test_the_operator_sees_all_tenants_or_one(api: ApiForTests, database: Database) -> None:
    first, second = await make_route(api), await make_route(api)
    await enqueue(
        database,
        make_delivery(3, route_id=first),
        make_delivery(2, route_id=second),
        make_delivery(1, route_id=999, tenant_id="TENANT2"),
    )
    store = PostgresPendingStore(database)

    async def listed(tenant_id: str | None, route_id: int | None, **page: int) -> list[int]:
        wanted = {"limit": 10, "offset": 0} | page
        found = await store.list_all_pending(tenant_id=tenant_id, route_id=route_id, **wanted)
        assert found.is_exact
        assert page or found.total == len(found.deliveries)
        return [delivery.id for delivery in found.deliveries]

    assert await listed(None, None) == [1, 2, 3]
    assert await listed("TENANT1", None) == [2, 3]
    assert await listed("TENANT1", None, limit=1, offset=1) == [3]
    assert await listed(None, 999) == [1]
    assert await listed("TENANT1", 999) == []
    assert await store.load_pending(None, 1) is not None
    assert await store.load_pending("TENANT1", 1) is None


async def test_a_deep_backlog_is_counted_up_to_a_bound(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending_store, "COUNTED_AT_MOST", 20)
    await enqueue(database, *map(make_delivery, range(30)))
    found = await PostgresPendingStore(database).list_pending("TENANT1", 1, limit=5, offset=2)
    assert (len(found.deliveries), found.total, found.is_exact) == (5, 20, False)
