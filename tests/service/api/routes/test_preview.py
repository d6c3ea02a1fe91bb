"""Previews over HTTP: what a draft, or a change, would have done with messages that are stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import trio

from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.messages import Message
from pulse_router.domain.route_stats import LaneStats, Latency
from pulse_router.domain.telemetry import MessageRange, StoredMessage
from pulse_router.postgres.database import Database
from tests.support.api.server import ROUTE, ApiForTests, make_token, open_api
from tests.support.ingest.telemetry import message, store
from tests.support.waiting import wait_until

PATH = "/api/v1/customer/message-routes/preview"
ROUTES = "/api/v1/customer/message-routes"
NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=2)


def stored(number: int, metrics: dict[str, Any] | None, **changes: Any) -> Message:
    at = changes.pop("at", NOW + timedelta(seconds=number))
    text = None if metrics is None else json.dumps(metrics)
    return message(first_id_at(at.timestamp()) + number, at, metrics=text, **changes)


async def preview(api: ApiForTests, **body: Any) -> list[dict[str, Any]]:
    async with api.client() as client:
        answer = await client.post(PATH, json={"route": ROUTE} | body, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def result(api: ApiForTests, **body: Any) -> dict[str, Any]:
    last: dict[str, Any] = (await preview(api, **body))[-1]["result"]
    return last


async def test_a_draft_is_tried_on_what_is_stored(api: ApiForTests, database: Database) -> None:
    temperatures = [70, 79, 79.5, 81, 82]
    await store(
        database,
        [
            *(stored(n, {"temperature": t}) for n, t in enumerate(temperatures)),
            stored(10, {"temp": 90}, device_id="DEV-002"),
            stored(11, {"temperature": "hot"}, device_id="DEV-002"),
            stored(12, {"temperature": 99}, tenant_id="TENANT2"),
            stored(13, {"temperature": 99}, at=NOW - timedelta(days=2)),
        ],
    )
    told = await result(api)
    assert (told["looked_at"], told["topic_matched"], told["filter_passed"]) == (7, 7, 2)
    assert told["is_complete"]
    assert told["stopped_by"] is None
    assert "added" not in told
    assert "added" not in told["examples"]
    assert told["coverage"] == {"temperature": {"present": 5, "missing": 1, "wrong_type": 1}}
    [clause] = told["clauses"]
    assert (clause["path"], clause["operator"], clause["operand"]) == ("temperature", "$gt", 80)
    assert (clause["holds"], clause["fails"], clause["fails_alone"]) == (2, 5, 5)
    assert [(each["value"], each["short_by"]) for each in clause["closest"]] == [
        (79.5, 0.5),
        (79, 1.0),
        (70, 10.0),
    ]
    assert told["devices"] == [
        {"device_id": "DEV-001", "looked_at": 5, "passed": 2},
        {"device_id": "DEV-002", "looked_at": 2, "passed": 0},
    ]
    assert [(hour["looked_at"], hour["passed"]) for hour in told["by_hour"]] == [(7, 2)]
    assert told["peak"]["messages"] == 1
    assert told["peak"]["latency"] is None
    newest = told["examples"]["passed"][0]
    assert (newest["verdict"], newest["reason"]) == ("true", "temperature 82 > 80 holds")
    assert newest["clauses"][0]["found"]["value"] == 82
    assert [each["reason"] for each in told["examples"]["failed"]][:2] == [
        'temperature is the string "hot", not number: > 80 does not hold',
        "temperature is missing: > 80 does not hold",
    ]


async def test_a_change_says_what_it_adds_and_loses(api: ApiForTests, database: Database) -> None:
    await store(database, [stored(n, {"temperature": t}) for n, t in enumerate([75, 78, 85, 120])])
    async with api.client() as client:
        route = (await client.post(ROUTES, json=ROUTE)).json()
    api.lane_stats[route["id"]] = LaneStats(False, 4, Latency(100, 0.25, 0.5, 1.0))
    change = ROUTE | {"payload_filter": {"temperature": {"$gt": 77, "$lt": 100}}}
    told = await result(api, route=change, route_id=route["id"])
    assert (told["filter_passed"], told["added"], told["lost"]) == (2, 1, 1)
    assert told["devices"] == [
        {"device_id": "DEV-001", "looked_at": 4, "passed": 2, "added": 1, "lost": 1}
    ]
    [added], [lost] = told["examples"]["added"], told["examples"]["lost"]
    assert added["clauses"][0]["found"]["value"] == 78
    assert lost["reason"] == "temperature 120 < 100 does not hold"
    assert told["peak"]["latency"]["p50_seconds"] == 0.25
    assert told["peak"]["attempts_at_once"] == 0.25


async def test_what_is_looked_at_is_what_was_asked_for(
    api: ApiForTests, database: Database
) -> None:
    await store(database, [stored(n, {"temperature": n}) for n in range(1_200)])
    assert (await result(api, last=700))["looked_at"] == 700
    assert (await result(api, last=1_200))["is_complete"]
    start, end = NOW + timedelta(seconds=100), NOW + timedelta(seconds=900)
    told = await result(api, **{"from": start.isoformat(), "to": end.isoformat()})
    assert told["looked_at"] == 800
    assert told["first_at"] == start.isoformat().replace("+00:00", "Z")
    assert told["filter_passed"] == 800
    future = {"from": (NOW + timedelta(days=1)).isoformat()}
    told = await result(api, **future)
    assert (told["looked_at"], told["peak"], told["clauses"]) == (0, None, [])
    assert told["is_complete"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"last": 0}, "last"),
        ({"last": 100_001}, "last"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"route": ROUTE | {"payload_filter": {"a": {"$no": 1}}}}, "payload_filter.a.$no"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_a_bad_body_is_refused_before_anything_is_looked_at(
    api: ApiForTests, body: dict[str, Any], field: str
) -> None:
    async with api.client() as client:
        answer = await client.post(PATH, json={"route": ROUTE} | body)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


class SlowMessages:
    """A source that gives a page of one message each time that it is let."""

    def __init__(self) -> None:
        self.may_go_on = trio.Event()
        self.asked: set[str] = set()
        self.cancelled: set[str] = set()

    async def find_range(
        self, tenant_id: str, *, after: int, up_to: int, most: int
    ) -> MessageRange | None:
        await trio.lowlevel.checkpoint()
        assert tenant_id
        assert after < up_to
        return MessageRange(0, min(10, most), has_more=True)

    async def load_page(self, tenant_id: str, *, after: int, up_to: int) -> Sequence[StoredMessage]:
        self.asked.add(tenant_id)
        try:
            await self.may_go_on.wait()
        except trio.Cancelled:
            self.cancelled.add(tenant_id)
            raise
        one = StoredMessage(after + 1, NOW, NOW, "DEV-001", None, "telemetry", "{}", None)
        return [one] if after < up_to else []


@pytest.fixture
async def slow(
    database: Database, nursery: trio.Nursery
) -> AsyncIterator[tuple[ApiForTests, SlowMessages]]:
    messages = SlowMessages()
    async with open_api(database, nursery, preview_messages=messages) as running:
        yield running, messages


async def begin(client: httpx2.AsyncClient, seen: list[int], stays: trio.CancelScope) -> None:
    with stays:
        answer = await client.post(PATH, json={"route": ROUTE}, timeout=60)
        seen.append(answer.status_code)


async def test_one_a_tenant_and_two_at_once_and_a_client_that_leaves_makes_room(
    slow: tuple[ApiForTests, SlowMessages],
) -> None:
    api, messages = slow
    seen: list[int] = []
    async with (
        api.client() as first,
        api.client(make_token("TENANT2")) as second,
        api.client(make_token("TENANT3")) as third,
        trio.open_nursery() as nursery,
    ):
        scope = trio.CancelScope()
        nursery.start_soon(begin, first, seen, scope)
        await wait_until(lambda: "TENANT1" in messages.asked)
        answer = await first.post(PATH, json={"route": ROUTE})
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "5"
        nursery.start_soon(begin, second, seen, trio.CancelScope())
        await wait_until(lambda: "TENANT2" in messages.asked)
        assert (await third.post(PATH, json={"route": ROUTE})).status_code == 429
        scope.cancel()
        await wait_until(lambda: messages.cancelled == {"TENANT1"})
        messages.may_go_on.set()
        assert (await third.post(PATH, json={"route": ROUTE}, timeout=60)).status_code == 200
    assert seen == [200]


async def test_it_waits_while_ingest_is_busy_and_says_so(
    database: Database, nursery: trio.Nursery
) -> None:
    await store(database, [stored(1, {"temperature": 90})])
    is_busy = [True]
    async with open_api(database, nursery, is_ingest_busy=lambda: is_busy[0]) as api:
        lines = []
        async with (
            api.client() as client,
            client.stream("POST", PATH, json={"route": ROUTE}, timeout=60) as answer,
        ):
            async for line in answer.aiter_lines():
                lines.append(json.loads(line))
                is_busy[0] = False
    progress, last = lines[0]["progress"], lines[-1]["result"]
    assert (progress["looked_at"], progress["is_waiting"]) == (0, True)
    assert progress["seconds"] >= 1
    assert (last["looked_at"], last["is_complete"]) == (1, True)


async def test_a_router_that_stops_ends_it_with_what_was_seen(
    slow: tuple[ApiForTests, SlowMessages],
) -> None:
    api, messages = slow
    api.stopping.set()
    messages.may_go_on.set()
    told = await result(api)
    assert (told["stopped_by"], told["is_complete"]) == ("router", False)
