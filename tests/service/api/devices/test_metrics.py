"""A device's metrics over HTTP: their names, and their numbers in buckets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trio

from pulse_router.postgres.database import Database
from pulse_router.stores.telemetry.metrics import PostgresMetricStore
from tests.support.api.server import ApiForTests, make_token, open_api
from tests.support.ingest.telemetry import message, store

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
PATH = "/api/v1/customer/devices/DEV-001/metrics"
HOUR = "from=2026-02-16T12:00:00Z&to=2026-02-16T13:00:00Z"


async def get(api: ApiForTests, query: str = HOUR, *, token: str = "", status: int = 200) -> Any:
    async with api.client(token) as client:
        answer = await client.get(f"{PATH}?{query}")
    assert answer.status_code == status, answer.text
    return answer.json()


async def put(database: Database, *sent: tuple[int, dict[str, Any] | None], **changes: Any) -> None:
    await store(
        database,
        [
            message(
                1_000 * number + minute,
                NOON + timedelta(minutes=minute),
                metrics=None if values is None else json.dumps(values),
                **changes,
            )
            for number, (minute, values) in enumerate(sent)
        ],
    )


async def test_the_names_are_those_that_the_device_has_sent(
    api: ApiForTests, database: Database
) -> None:
    await put(database, (1, {"t": 1, "on": True}), (2, {"t": "ERR"}), (3, None), (70, {"late": 1}))
    await put(database, (1, {"other": 1}), device_id="DEV-002")
    await put(database, (1, {"foreign": 1}), tenant_id="TENANT2")
    told = await get(api)
    assert (told["from"], told["to"]) == ("2026-02-16T12:00:00Z", "2026-02-16T13:00:00Z")
    assert told["metrics"] == [
        {"name": "on", "messages": 1, "numbers": 0, "last_at": "2026-02-16T12:01:00Z"},
        {"name": "t", "messages": 2, "numbers": 1, "last_at": "2026-02-16T12:02:00Z"},
    ]
    assert "buckets" not in told


async def test_numbers_are_told_by_bucket_and_nothing_else_counts(
    api: ApiForTests, database: Database
) -> None:
    await put(
        database,
        (0, {"t": 1}),
        (5, {"t": 2.5}),
        (9, {"t": "ERR"}),
        (10, {"t": -4}),
        (35, {"t": None}),
        (59, {"t": 10**20}),
        (60, {"t": 99}),
    )
    told = await get(api, f"{HOUR}&metric=t&buckets=6")
    assert told["bucket_seconds"] == 600
    assert told["complete_from"] is None
    assert told["buckets"] == [
        {"at": "2026-02-16T12:00:00Z", "numbers": 2, "min": 1.0, "mean": 1.75, "max": 2.5},
        {"at": "2026-02-16T12:10:00Z", "numbers": 1, "min": -4.0, "mean": -4.0, "max": -4.0},
        {"at": "2026-02-16T12:50:00Z", "numbers": 1, "min": 1e20, "mean": 1e20, "max": 1e20},
    ]
    assert (await get(api, f"{HOUR}&metric=nothing"))["buckets"] == []
    for query in (f"{HOUR}&metric=t", HOUR):
        await get(api, query, token=make_token("TENANT2"), status=404)


async def test_a_number_that_nobody_can_have_sent_spoils_none(
    api: ApiForTests, database: Database
) -> None:
    await put(database, (1, {"t": 1}))
    written = message(7, NOON + timedelta(minutes=2), metrics='{"t":1' + "0" * 400 + "}")
    scalar = message(8, NOON + timedelta(minutes=3), metrics="5")
    await store(database, [written, scalar])
    told = await get(api, f"{HOUR}&metric=t&buckets=1")
    assert [(each["numbers"], each["max"]) for each in told["buckets"]] == [(1, 1.0)]
    assert [each["name"] for each in (await get(api))["metrics"]] == ["t"]


async def test_where_more_is_stored_than_is_looked_at_it_says_since_when_it_is_complete(
    database: Database, nursery: trio.Nursery
) -> None:
    await put(database, *((minute, {"t": minute}) for minute in range(10)))
    metrics = PostgresMetricStore(database, looked_at=3)
    async with open_api(database, nursery, metrics=metrics) as api:
        told = await get(api, f"{HOUR}&metric=t&buckets=60")
    assert told["complete_from"] == "2026-02-16T12:07:00Z"
    assert [each["max"] for each in told["buckets"]] == [7.0, 8.0, 9.0]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-02-16T12:00:00Z&to=2026-02-16T12:00:00Z", "to"),
        ("from=2999-01-01T00:00:00Z", "from"),
        ("to=0001-01-01T00:00:00Z", "to"),
        (f"{HOUR}&metric=t&buckets=2001", "buckets"),
        (f"{HOUR}&metric=", "metric"),
        (f"{HOUR}&metric={'x' * 129}", "metric"),
    ],
)
async def test_a_bad_question_is_refused(api: ApiForTests, query: str, field: str) -> None:
    problem = await get(api, query, status=400)
    assert [fault["field"] for fault in problem["errors"]] == [field]
