"""How a route does, as its stats tell."""

from __future__ import annotations

from datetime import UTC, datetime

from pulse_router.domain.route_stats import LaneStats, Latency
from tests.support.api.server import ROUTE, ApiForTests
from tests.support.servers.postgres import PostgresForTests

PATH = "/customer/message-routes"

TOTALS_AND_BACKLOG = """
INSERT INTO route_totals VALUES
  ({number}, 'TENANT1', 7, 3, 1, 'HTTP 500', '2026-02-16 12:00Z');
INSERT INTO route_deliveries
  (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time,
   created_at, next_attempt_at)
SELECT n, 'TENANT1', {number}, 'D', 't', '{{}}', n, now(),
       timestamptz '2026-02-16 12:00Z' + n * interval '1 s',
       now() - n * interval '1 s'
FROM generate_series(1, 12000) AS n
"""


async def test_stats_tell_how_a_route_does(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    async with api.client() as client:
        answer = await client.post(PATH, json=ROUTE)
        route = f"{PATH}/{answer.json()['id']}"
        fresh = (await client.get(f"{route}/stats")).json()
        number = fresh["route_id"]
        postgres_server.psql(database_name, TOTALS_AND_BACKLOG.format(number=number))
        api.lane_stats[number] = LaneStats(
            True,
            3,
            Latency(9, 0.01, 0.02, 0.05),
            held_until=datetime(2026, 2, 16, 12, tzinfo=UTC),
            per_second=0.123456,
        )
        busy = (await client.get(f"{route}/stats")).json()
        postgres_server.psql(database_name, "DELETE FROM route_deliveries WHERE id > 3")
        calm = (await client.get(f"{route}/stats")).json()
        shown = (await client.get(route)).json()
    assert fresh == {
        "route_id": number,
        "since": shown["created_at"],
        "delivered": 0,
        "failed": 0,
        "dead_lettered": 0,
        "pending": 0,
        "pending_is_exact": True,
        "oldest_pending_at": None,
        "unjudged": 0,
        "last_error": None,
        "last_error_at": None,
        "breaker": None,
        "concurrency": None,
        "held_until": None,
        "requests_per_second": None,
        "latency": None,
    }
    assert (busy["pending"], busy["pending_is_exact"]) == (10_000, False)
    assert calm == fresh | {
        "delivered": 7,
        "failed": 3,
        "dead_lettered": 1,
        "pending": 3,
        "oldest_pending_at": "2026-02-16T12:00:01Z",
        "last_error": "HTTP 500",
        "last_error_at": "2026-02-16T12:00:00Z",
        "breaker": "open",
        "concurrency": 3,
        "held_until": "2026-02-16T12:00:00Z",
        "requests_per_second": 0.123,
        "latency": {"attempts": 9, "p50_seconds": 0.01, "p95_seconds": 0.02, "p99_seconds": 0.05},
    }
