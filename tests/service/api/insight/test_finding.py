"""What an id or a name is that somebody holds in hand, over HTTP, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.messages import Reason, Rejection
from pulse_router.postgres.database import Database
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.ingest.outcomes import add_dead_letter, add_pending, add_rejection
from tests.support.ingest.telemetry import message, store

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
EVENT = first_id_at(NOON.timestamp())
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


async def found(api: ApiForTests, q: str, token: str = "") -> list[tuple[str, str]]:
    async with api.client(token) as client:
        answer = await client.get("/customer/find", params={"q": q})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        for each in body["found"]:
            if each["path"] is not None:
                there = await client.get(each["path"])
                assert there.status_code == 200, each
    return [(each["kind"], each["id"]) for each in body["found"]]


async def test_whatever_a_person_holds_leads_to_what_it_is(
    api: ApiForTests, database: Database
) -> None:
    await store(database, [message(EVENT, NOON)])
    pending = await add_pending(database, EVENT, at=NOON)
    letter = await add_dead_letter(database, EVENT, at=NOON, place=2)
    refused = await add_rejection(
        database, Rejection(NOON, "TENANT1", "D", TOPIC, Reason.EMPTY, "d", b"")
    )
    given_up = EVENT + 2 * (pending - EVENT)
    async with api.client() as client:
        made = await client.post(
            "/customer/message-routes", json=ROUTE, headers={"X-Request-Id": "by-me-7"}
        )
        route = str(made.json()["id"])
        await client.post("/customer/devices", json={"device_id": "DEV-001"})
        await client.post("/customer/devices", json={"device_id": "pump-dev-001"})

    assert await found(api, str(EVENT)) == [("message", str(EVENT))]
    assert await found(api, str(pending)) == [("delivery", str(pending))]
    assert await found(api, str(given_up)) == [("delivery", str(given_up))]
    assert ("dead_letter", str(letter)) in await found(api, str(letter))
    assert ("rejected_message", str(refused)) in await found(api, str(refused))
    assert ("route", route) in await found(api, route)
    assert await found(api, "HIGH-temp") == [("route", route)]
    assert await found(api, "DEV-001") == [("device", "DEV-001"), ("device", "pump-dev-001")]
    assert (await found(api, TOPIC))[0] == ("device", "DEV-001")
    assert await found(api, "by-me-7") == [("request", "by-me-7")]
    async with api.client() as client:
        await client.delete("/customer/devices/DEV-001")
    assert await found(api, "DEV-001") == [("device", "DEV-001"), ("device", "pump-dev-001")]
    for q in (EVENT, pending, given_up, "HIGH-temp", "DEV-001", "by-me-7"):
        assert await found(api, str(q), make_token("TENANT2")) == [], q


async def test_what_is_nowhere_says_why_it_may_be_so(api: ApiForTests) -> None:
    async with api.client() as client:
        test = (await client.get("/customer/find", params={"q": "test_12"})).json()
        nothing = (await client.get("/customer/find", params={"q": str(2**64)})).json()
        assert (await client.get("/customer/find")).status_code == 400
        assert (await client.get("/customer/find", params={"q": " "})).status_code == 400
    assert (test["total"], "test of a route" in test["note"]) == (0, True)
    assert (nothing["total"], "no longer kept" in nothing["note"]) == (0, True)
