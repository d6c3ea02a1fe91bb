"""How a route does, as its stats tell."""

from __future__ import annotations

from datetime import UTC, datetime

from pulse_router.domain.route_stats import LaneStats, Latency
from pulse_router.domain.routes import RouteFault
from tests.support.api.server import ROUTE, ApiForTests, make_token
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


RECEIPTS = """
INSERT INTO {table}
  (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
   first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
   run_settled_at, run_statuses, run_counts)
SELECT 'TENANT1', {number}, 1, 3, 1, 3, now() - interval '{age}' - interval '2 minutes',
       now() - interval '{age}', {left_out}, '{{1,2,3}}', '{{1,2,3}}', '{{1,1,1}}', '{{5,5,5}}',
       ARRAY[now() - interval '{age}' - interval '2 minutes', now() - interval '{age}'],
       '{{204,200}}', '{{1,2}}'
"""


async def test_a_list_with_stats_says_of_each_what_its_own_stats_say(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    async with api.client() as client:
        ids = [
            (await client.post(PATH, json=ROUTE | {"name": name})).json()["id"]
            for name in ("busy", "calm", "new")
        ]
        async with api.client(make_token("TENANT2")) as other:
            foreign = (await other.post(PATH, json=ROUTE)).json()["id"]
        busy, calm, _ = ids
        postgres_server.psql(
            database_name,
            f"""
            {TOTALS_AND_BACKLOG.format(number=busy)};
            DELETE FROM route_deliveries WHERE id > 30;
            UPDATE route_deliveries SET attempts = 1 WHERE id % 2 = 0;
            INSERT INTO route_deltas (route_id, tenant_id, delivered, failed) VALUES
              ({busy}, 'TENANT1', 5, 1), ({calm}, 'TENANT1', 2, 0), ({foreign}, 'TENANT2', 9, 0);
            {RECEIPTS.format(table="delivery_receipts", number=busy, age="30 s", left_out=0)};
            {RECEIPTS.format(table="receipt_deltas", number=busy, age="10 minutes", left_out=7)};
            {RECEIPTS.format(table="delivery_receipts", number=calm, age="61 minutes", left_out=0)};
            """,
        )
        api.lane_stats[busy] = LaneStats(True, 3, None)
        api.filter_faults[calm] = RouteFault("its filter fails", datetime(2026, 2, 16, tzinfo=UTC))
        listed = (await client.get(PATH, params={"with": "stats"})).json()["routes"]
        plain = (await client.get(PATH)).json()["routes"]
        assert [route["id"] for route in listed] == ids
        rates = []
        for route, bare in zip(listed, plain, strict=True):
            stats = route.pop("stats")
            assert route == bare
            rates.append((stats.pop("delivered_last_minute"), stats.pop("delivered_last_hour")))
            assert stats == (await client.get(f"{PATH}/{route['id']}/stats")).json()
        assert rates == [(2, 13), (0, 0), (0, 0)]
        page = (await client.get(PATH, params={"with": "stats", "q": "cal"})).json()
        assert [route["stats"]["delivered"] for route in page["routes"]] == [2]
        assert (await client.get(PATH, params={"with": "love"})).status_code == 400
