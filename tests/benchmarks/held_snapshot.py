"""What the queue costs after an hour under a held snapshot, beside what it cost before."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import trio
import trio_asyncio

from pulse_router.domain.deliveries import Settlement
from pulse_router.domain.queue_marks import FROM_THE_START, QueueMark, WorkMark
from pulse_router.postgres.database import Database, open_database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.deltas import merge_deltas
from pulse_router.stores.ingest.ledger import PostgresLedgerStore, add_to_totals
from pulse_router.stores.roles import Role
from tests.benchmarks.stage import Stage

ROUTES: Final = 50
CHUNK: Final = 20_000
"""How many come and go between two looks of the lanes and two mergings."""
RENEWALS: Final = 2_900
"""How often a router renews its leases in an hour."""
TIMES: Final = 50

FILL: Final = f"""
INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)
OVERRIDING SYSTEM VALUE SELECT n, 'T', 'r', '#', 'webhook' FROM generate_series(1, {ROUTES}) AS n;
"""
PENDING: Final = f"""
INSERT INTO route_deliveries
  (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)
SELECT $1 + n, 'T', 1 + n % {ROUTES}, 'D', 't', '{{"metrics":{{"temperature":21.5}}}}', n, now()
FROM generate_series(1, $2::bigint) AS n
"""


class Hour:
    """An hour of a queue."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = PostgresDeliveryStore(database)
        self.books = PostgresLedgerStore(database)
        self.leases = PostgresLeaseStore(database, "bench")
        self.epochs: dict[int, int] = {}
        self.marks: dict[int, QueueMark] = {}
        self.work: WorkMark | None = None
        self.next_id = 1

    async def add(self, count: int) -> list[int]:
        first, self.next_id = self.next_id, self.next_id + count
        async with self.database.transaction(Role.INGEST) as transaction:
            await transaction.execute(PENDING, first - 1, count)
        return list(range(first, first + count))

    async def live(self, count: int) -> None:
        """Let deliveries come and go, as their lanes would."""
        for _ in range(count // CHUNK):
            ids = await self.add(CHUNK)
            for at in range(0, CHUNK, 500):
                await self.settle(ids[at : at + 500])
            await merge_deltas(self.database, Role.OPERATOR)
            await self.look()

    async def look(self) -> None:
        for route_id in range(1, ROUTES + 1):
            await self.due(route_id)
        await self.find_work()

    async def due(self, route_id: int = 1) -> None:
        since = self.marks.get(route_id, FROM_THE_START)
        found = await self.store.due(route_id, exclude=[], limit=200, since=since)
        self.marks[route_id] = found.mark or since

    async def find_work(self) -> None:
        self.work = (await self.store.routes_with_work(self.work)).mark

    async def settle(self, ids: list[int]) -> None:
        await self.store.settle(Settlement(delivered=ids, epochs=self.epochs))

    async def settle_some(self) -> None:
        await self.settle(await self.add(100))

    async def add_to_books(self) -> None:
        async with self.database.transaction(Role.OPERATOR) as transaction:
            await add_to_totals(transaction, {("T", "discarded"): 1})

    async def costs(self) -> dict[str, float]:
        """Give the median of each in milliseconds."""
        return {
            "fetch of one route": await median(self.due),
            "search for new work": await median(self.find_work),
            "depth of the queue": await median(self.store.queue_depth),
            "store and settle 100": await median(self.settle_some),
            "add to the books": await median(self.add_to_books),
            "draw up the books": await median(self.books.audit),
        }


async def median(do: Callable[[], Awaitable[object]]) -> float:
    times: list[float] = []
    for _ in range(TIMES):
        began_at = time.perf_counter()
        await do()
        times.append(1000 * (time.perf_counter() - began_at))
    return statistics.median(times)


@asynccontextmanager
async def held_snapshot(database: Database) -> AsyncIterator[None]:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await transaction.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await transaction.fetch("SELECT 1 FROM message_routes")
        yield


async def _measure(url: str, deliveries: int) -> None:
    async with trio_asyncio.open_loop(), open_database(url) as database:
        hour = Hour(database)
        hour.epochs = dict((await hour.leases.take_back()).epochs)
        await hour.live(CHUNK)
        without = await hour.costs()
        async with held_snapshot(database):
            for _ in range(RENEWALS * deliveries // 2_000_000):
                await hour.leases.renew(hour.epochs)
            await hour.live(deliveries)
            held = await hour.costs()
            began_at = time.perf_counter()
            await hour.store.routes_with_work()
            whole = time.perf_counter() - began_at
    for name, before in without.items():
        print(f"  {name:24} {before:8.2f} ms {held[name]:8.2f} ms  x {held[name] / before:.2f}")
    print(f"  search for all work, at a start or when a lease is won: {1000 * whole:.0f} ms")


def run(stage: Stage, *, deliveries: int) -> None:
    """Measure before, and under a snapshot that is held while deliveries come and go."""
    print(f"\nHeld snapshot: before, and after {deliveries:,} deliveries, {ROUTES} routes")
    name = stage.create_database()
    stage.postgres.psql(name, FILL)
    trio.run(_measure, stage.login_url(name), deliveries)
    stage.drop_database(name)
