"""The durable queue stays fast: however much is pending, no query reads the whole of it."""

from __future__ import annotations

import re

import pytest

from pulse_router.domain.queue_marks import FROM_THE_START
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries import burials, looks, settlement, work
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.roles import Role
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.matches import note_matched
from tests.support.delivery.queue import enqueue
from tests.support.servers.postgres import PostgresForTests

START = looks.arguments(FROM_THE_START, in_order=False)
START_IN_ORDER = looks.arguments(FROM_THE_START, in_order=True)

SORTING = (looks.DUE, looks.DUE_IN_ORDER, burials.FIND, work.FROM_MARKS)

pytestmark = pytest.mark.usefixtures("matches_balance")


async def test_the_depth_is_counted_while_it_is_small(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    assert await store.queue_depth() == 0
    await enqueue(database, *map(make_delivery, range(1, 8)))
    assert await store.queue_depth() == 7


@pytest.fixture
def backlog(postgres_server: PostgresForTests, database_name: str) -> None:
    """100,000 deliveries of 1,000 routes, half of them in one route, some in the future."""
    postgres_server.psql(
        database_name,
        note_matched(100_000)
        + """;
        INSERT INTO route_deliveries
          (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time,
           next_attempt_at)
        SELECT n, 'T', CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 999 END, 'D', 't', '{}', n, now(),
               now() + (n % 100 - 80) * interval '1 minute'
        FROM generate_series(1, 100000) AS n;
        ANALYZE route_deliveries;
        """,
    )


@pytest.mark.parametrize(
    ("sql", "args"),
    [
        (looks.DUE, (1, list(range(200)), 200, 2**62, *START)),
        (looks.DUE, (77, [], 16, 100_000, *START)),
        (looks.DUE_IN_ORDER, (1, list(range(200)), 200, 2**62, *START_IN_ORDER)),
        (looks.DUE_IN_ORDER, (77, [], 16, 100_000, *START_IN_ORDER)),
        (work._ALL, ()),
        (work.FROM_MARKS, ()),
        (work.NEW, ("0", ["0"])),
        (burials.FIND, (5, 200, *burials.arguments(burials.Cursor()))),
        (burials.BURY, ([5, 6], "webhook", "{}", "gone")),
        (
            settlement._BURY,
            ([1, 2], [1, 1], ["webhook"] * 2, ["{}"] * 2, ["x"] * 2, ["{}"] * 2),
        ),
    ],
)
@pytest.mark.usefixtures("backlog")
async def test_no_query_reads_the_whole_backlog(
    database: Database, sql: str, args: tuple[object, ...]
) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        rows = await transaction.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT TEXT) {sql}", *args)
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan on route_deliveries" not in plan, plan
    # What is sorted at all is a window's worth of each kind.
    sorted_rows = [int(found) for found in re.findall(r"Sort .*actual .*?rows=(\d+)", plan)]
    assert all(rows <= 400 for rows in sorted_rows), plan
    assert bool(sorted_rows) is (sql in SORTING), plan


@pytest.mark.usefixtures("backlog")
async def test_a_deep_backlog_is_estimated(database: Database) -> None:
    assert await PostgresDeliveryStore(database).queue_depth() == pytest.approx(100_000, rel=0.1)
