"""Stored messages across devices, over HTTP, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pulse_router.domain.event_ids import first_id_at
from pulse_router.postgres.database import Database
from pulse_router.stores.insight import messages
from tests.support.api.server import ApiForTests, make_token
from tests.support.ingest.telemetry import message, store

PATH = "/customer/messages"
NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)


def at(seconds: float) -> int:
    """An event's id that was given so many seconds after noon."""
    return first_id_at(NOON.timestamp() + seconds) + 5


async def listed(api: ApiForTests, **query: Any) -> dict[str, Any]:
    async with api.client() as client:
        answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    page["ids"] = [int(each["id"]) for each in page["messages"]]
    return page


async def test_messages_of_all_devices_and_types_come_newest_first(
    api: ApiForTests, database: Database
) -> None:
    days = [NOON - timedelta(days=1), NOON]
    await store(
        database,
        [
            message(at(0), days[0], device_id="A", site_id="S1"),
            message(
                at(1), days[1], device_id="B", msg_type="status", metrics=None, extra='{"x":1}'
            ),
            message(at(2), days[0], device_id="A", metrics='{"t":1,"rh":2}'),
            message(at(3), days[1], device_id="B", msg_type="event"),
            message(at(4), days[1], tenant_id="TENANT2"),
        ],
    )
    page = await listed(api)
    assert page["ids"] == [at(3), at(2), at(1), at(0)]
    assert (page["total"], page["total_is_exact"], page["next"]) == (4, True, None)
    assert page["messages"][2] == {
        "id": str(at(1)),
        "timestamp": "2026-02-16T12:00:00Z",
        "received_at": "2026-02-16T12:00:00Z",
        "device_id": "B",
        "site_id": "SITE-1",
        "msg_type": "status",
        "metrics": None,
        "extra": {"x": 1},
        "topic": "tenant/TENANT1/device/B/status",
        "payload_bytes": 8,
    }
    found = {
        ("device_id", "A"): [2, 0],
        ("site_id", "S1"): [0],
        ("msg_type", "status"): [1],
        ("msg_type", "telemetry"): [2, 0],
        ("metric", "rh"): [2],
        ("topic", "tenant/+/device/B/+"): [3, 1],
        ("topic", "tenant/TENANT1/device/#"): [3, 2, 1, 0],
        ("topic", "+/+/+/A/telemetry"): [2, 0],
        ("topic", "tenant/TENANT2/device/+/+"): [],
        ("topic", "tenant/+/device/+"): [],
        ("from", "2026-02-16T12:00:02Z"): [3, 2],
        ("to", "2026-02-16T12:00:02Z"): [1, 0],
    }
    for (name, value), seconds in found.items():
        page = await listed(api, **{name: value})
        assert page["ids"] == [at(each) for each in seconds], (name, value)
        assert page["total"] == len(seconds), (name, value)


async def test_pages_go_on_where_they_end_also_where_looking_was_given_up(
    api: ApiForTests, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "LOOKED_AT_MOST", 20)
    kinds = ["telemetry", "status", "event"]
    await store(
        database,
        [
            message(at(n), NOON, msg_type=kinds[n % 3], device_id="RARE" if n % 37 == 5 else "D")
            for n in range(100)
        ],
    )
    for query in (
        {"limit": 7},
        {"limit": 3, "device_id": "RARE"},
        {"limit": 9, "msg_type": "event"},
    ):
        seen: list[int] = []
        after: dict[str, str] = {}
        while True:
            page = await listed(api, **query, **after)
            seen += page["ids"]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        wanted = [
            n
            for n in range(99, -1, -1)
            if query.get("device_id") in (None, "RARE" if n % 37 == 5 else "D")
            and query.get("msg_type") in (None, kinds[n % 3])
        ]
        assert seen == [at(n) for n in wanted], query
    by_offset = await listed(api, limit=5, offset=10)
    assert by_offset["ids"] == [at(n) for n in range(89, 84, -1)]


async def test_heavy_pages_end_by_weight_and_summaries_have_no_payload(
    api: ApiForTests, database: Database
) -> None:
    heavy = '{"text":"' + "x" * 60_000 + '"}'
    await store(database, [message(at(n), NOON, metrics=heavy) for n in range(40)])
    first = await listed(api, limit=40)
    assert len(first["ids"]) == 40
    shown = [each["metrics"] is not None for each in first["messages"]]
    assert 15 < shown.index(False) < 25
    assert first["messages"][-1]["payload_bytes"] > 60_000
    second = await listed(api, limit=40, after=(await listed(api, limit=1))["next"])
    assert 15 < len(second["ids"]) < 25
    assert second["next"] is not None
    summary = await listed(api, limit=40, fields="summary")
    assert {each["metrics"] for each in summary["messages"]} == {None}


async def test_one_message_is_its_tenants_only(api: ApiForTests, database: Database) -> None:
    await store(database, [message(at(0), NOON, msg_type="status")])
    path = f"{PATH}/{at(0)}"
    async with api.client() as client, api.client(make_token("TENANT2")) as other:
        assert (await client.get(path)).json()["topic"] == "tenant/TENANT1/device/DEV-001/status"
        assert (await other.get(path)).status_code == 404
        assert (await client.get(f"{PATH}/7")).status_code == 404
        assert (await client.get(f"{PATH}/x")).status_code == 400
        assert (await client.get(PATH, params={"topic": "a/#/b"})).status_code == 400
