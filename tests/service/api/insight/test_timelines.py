"""What came of a device, in one order, over HTTP, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.messages import Reason, Rejection
from pulse_router.postgres.database import Database
from tests.support.api.server import ApiForTests, make_token
from tests.support.ingest.outcomes import add_dead_letter, add_pending, add_rejection
from tests.support.ingest.telemetry import message, store

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
PATH = "/customer/devices/DEV-001/timeline"
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def event(seconds: float) -> int:
    return first_id_at(at(seconds).timestamp())


def refusal(seconds: float) -> Rejection:
    return Rejection(at(seconds), "TENANT1", "DEV-001", TOPIC, Reason.BAD_JSON, "not JSON", b"{")


async def timeline(api: ApiForTests, **query: Any) -> Any:
    async with api.client() as client:
        answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_messages_refusals_and_deliveries_come_in_one_order(
    api: ApiForTests, database: Database
) -> None:
    await store(
        database,
        [
            message(event(0), at(0)),
            message(event(2), at(2), msg_type="status"),
            message(event(3), at(3), device_id="OTHER"),
        ],
    )
    await add_rejection(database, refusal(1))
    await add_pending(database, event(0), at=at(0), route_id=1)
    await add_dead_letter(database, event(0), at=at(0), route_id=2, place=2)
    entries = (await timeline(api))["entries"]
    assert [(each["kind"], each["text"]) for each in entries] == [
        ("message", "status"),
        ("refusal", "refused, BAD_JSON: not JSON"),
        ("message", "telemetry"),
    ]
    assert [(each["route_id"], each["state"]) for each in entries[2]["deliveries"]] == [
        (1, "pending"),
        (2, "failed"),
    ]
    assert [each["deliveries"] for each in entries[:2]] == [[], []]


async def test_pages_go_on_where_they_end_also_among_what_has_one_time(
    api: ApiForTests, database: Database
) -> None:
    await store(database, [message(event(n // 4) + n, at(n // 4)) for n in range(12)])
    for number in range(8):
        await add_rejection(database, refusal(number // 3))
    whole = [(each["kind"], each["id"]) for each in (await timeline(api))["entries"]]
    assert len(set(whole)) == 20
    for limit in (1, 3, 7):
        seen: list[tuple[str, str]] = []
        query: dict[str, Any] = {"limit": limit}
        while True:
            page = await timeline(api, **query)
            seen += [(each["kind"], each["id"]) for each in page["entries"]]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert seen == whole, limit
    some = await timeline(api, **{"from": "2026-02-16T12:00:01Z", "to": "2026-02-16T12:00:02Z"})
    assert len(some["entries"]) == 4 + 3


async def test_a_device_of_another_tenant_has_no_timeline(
    api: ApiForTests, database: Database
) -> None:
    await store(database, [message(event(0), at(0))])
    async with api.client(make_token("TENANT2")) as other, api.client() as client:
        assert (await other.get(PATH)).status_code == 404
        assert (await client.get(PATH.replace("DEV-001", "NOBODY"))).status_code == 404
        assert (await client.get(PATH, params={"after": "x"})).status_code == 400
