"""While somebody holds an old snapshot, the queue costs what it costs without.

Counted in buffers, not in time: what has ended stays in tables and indexes meanwhile, and whoever
passes it touches its pages.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import attrs
import pytest

from pulse_router.domain.deliveries import DueDeliveries
from pulse_router.domain.leases import LEASE_SECONDS
from pulse_router.domain.queue_marks import FROM_THE_START, HIGHEST_ID, QueueMark, WorkMark
from pulse_router.postgres.database import Database
from pulse_router.runtime.ledger import NOBODY, OTHERS
from pulse_router.stores.deliveries import leases, looks, settlement, work
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.deltas import merge_deltas
from pulse_router.stores.ingest import ledger
from pulse_router.stores.receipts.merging import BELOW, MERGE, merge_receipts
from pulse_router.stores.roles import Role
from tests.support.delivery.held_snapshot import buffers, held_snapshot
from tests.support.servers.postgres import PostgresForTests

ROUTES = 5
ORDERED = 5
"""The route that is ordered; nothing waits on it, or nothing would come and go."""
WAITING = 80
ROUND = 10_000
ROUNDS = 5
RENEWALS = 100
"""How often the leases are renewed in each round; in an hour, it is 2,900 times."""
ALLOWANCE = 30
"""Buffers that may come on top of twice as many: trees are a level higher."""

FILL = f"""
INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)
OVERRIDING SYSTEM VALUE SELECT n, 'T', 'r', '#', 'webhook' FROM generate_series(1, {ROUTES}) AS n;
INSERT INTO route_deliveries
  (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time, attempts,
   next_attempt_at)
SELECT n, 'T', 1 + n % {ORDERED - 1}, 'D', 't', '{{}}', n, now(), n % 2,
       now() - interval '1 hour'
FROM generate_series(1, {WAITING}) AS n;
"""
COME_AND_GO = """
INSERT INTO route_deliveries
  (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)
SELECT n, 'T', 1 + n % {routes}, 'D', 't', '{{}}', n, now()
FROM generate_series({first}, {first} + {count} - 1) AS n;
UPDATE route_deliveries SET attempts = 1, next_attempt_at = now() - interval '1 minute'
WHERE id >= {first} AND id % 3 = 0;
DELETE FROM route_deliveries WHERE id >= {first};
"""
SETTLE = """
DO $$ BEGIN
  FOR n IN 1..500 LOOP
    INSERT INTO ledger_deltas (tenant_id, name, value) VALUES ('T', 'delivered', 4);
    INSERT INTO route_deltas (route_id, tenant_id, delivered) VALUES (1, 'T', 4);
    INSERT INTO receipt_deltas
      (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
       first_settled_at, settled_at, event_ids, delivery_ids, attempts, milliseconds,
       run_settled_at, run_statuses, run_counts)
    VALUES ('T', 1, n, n, n, n, now(), now(), ARRAY[n], ARRAY[n], '{1}', '{3}', ARRAY[now()],
            '{200}', '{1}');
  END LOOP;
END $$;
"""


@attrs.define
class Queue:
    """A queue, with all that is remembered of it."""

    postgres: PostgresForTests
    name: str
    database: Database
    store: PostgresDeliveryStore
    leases: PostgresLeaseStore
    epochs: Mapping[int, int]
    marks: dict[int, QueueMark] = attrs.field(factory=dict)
    work: WorkMark | None = None
    first: int = 1_000_000

    async def look(self) -> None:
        """Do what every lane does now and then."""
        for route_id in range(1, ROUTES + 1):
            found = await self.due(route_id)
            assert found.mark is not None
            lowest = min((delivery.id for delivery in found.deliveries), default=HIGHEST_ID)
            self.marks[route_id] = attrs.evolve(found.mark, attempted_from=lowest)
        self.work = (await self.store.routes_with_work(self.work)).mark

    async def due(self, route_id: int) -> DueDeliveries:
        return await self.store.due(
            route_id,
            exclude=[],
            limit=200,
            in_order=route_id == ORDERED,
            since=self.marks.get(route_id, FROM_THE_START),
        )

    async def live(self) -> None:
        """Let deliveries come and go, and merge what they add to the totals."""
        self.postgres.psql(
            self.name, COME_AND_GO.format(routes=ROUTES, first=self.first, count=ROUND) + SETTLE
        )
        self.first += ROUND
        for _ in range(RENEWALS):
            self.epochs = (await self.leases.renew(self.epochs)).epochs
        await merge_deltas(self.database, Role.OPERATOR)
        await merge_receipts(self.database)

    async def costs(self) -> dict[str, int]:
        """Count the buffers that each of the hot queries touches."""
        assert self.work is not None
        since = (str(self.work.entered), looks.list_in_doubt(self.work.in_doubt))
        cost = functools.partial(buffers, self.database)
        [(below,)] = await self.database.query(Role.OPERATOR, BELOW, read_only=True)
        held = (list(self.epochs), list(self.epochs.values()))
        ours = ("one", self.leases._life)
        return {
            "due": await cost(looks.DUE, *self._wanted(1)),
            "due in order": await cost(looks.DUE_IN_ORDER, *self._wanted(ORDERED)),
            "new work": await cost(work.NEW, *since),
            "depth": await cost(ledger._PENDING),
            "books": await cost(ledger._AUDIT, 100, 1000, OTHERS, NOBODY),
            "adding to the books": await cost(ledger._ADD, ["T"], ["buried"], [0]),
            "settling": await cost(settlement._SETTLE_DELIVERED, [], [], [], False, *held),
            "putting receipts together": await cost(MERGE, 2_000, below),
            "receipts not put together": await cost("SELECT * FROM pulse_unmerged_receipts('T')"),
            "renewing leases": await cost(leases._RENEW, *ours, *held),
            "saying that it lives": await cost(leases._SAY_ALIVE, *ours, False, [], LEASE_SECONDS),
            "who else lives": await cost(leases._OTHERS, *ours),
            "free lanes": await cost(leases._FIND_FREE, 32, []),
        }

    def _wanted(self, route_id: int) -> list[object]:
        in_order = route_id == ORDERED
        mark = self.marks[route_id]
        return [route_id, [], 200, 2**40, *looks.arguments(mark, in_order=in_order)]


@pytest.fixture
async def queue(postgres_server: PostgresForTests, database_name: str, database: Database) -> Queue:
    postgres_server.psql(database_name, FILL)
    postgres_server.psql(database_name, "VACUUM ANALYZE")
    store, holder = PostgresDeliveryStore(database), PostgresLeaseStore(database, "one")
    epochs = (await holder.take_back()).epochs
    queue = Queue(postgres_server, database_name, database, store, holder, epochs)
    await queue.look()
    return queue


async def test_no_hot_query_begins_where_the_dead_are(queue: Queue, database: Database) -> None:
    without = await queue.costs()
    async with held_snapshot(database):
        for _ in range(ROUNDS):
            await queue.live()
            await queue.look()
        costs = await queue.costs()
        whole = await buffers(
            database,
            looks.DUE,
            *[1, [], 200, 2**40, *looks.arguments(FROM_THE_START, in_order=False)],
        )
        # While pages are cleared of the dead by whoever reads them, this would prove nothing.
        assert whole > 5 * (2 * without["due"] + ALLOWANCE), (whole, without)
    for name, cost in costs.items():
        assert cost <= 2 * without[name] + ALLOWANCE, (name, without, costs)
