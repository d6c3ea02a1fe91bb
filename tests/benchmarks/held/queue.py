"""What the queue costs after an hour under a held snapshot, beside what it cost before.

In milliseconds and in buffers: these do not depend on what else the machine does.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Final

import trio
import trio_asyncio

from pulse_router.domain.deliveries import Settlement
from pulse_router.domain.leases import LEASE_SECONDS
from pulse_router.domain.queue_marks import FROM_THE_START, QueueMark, WorkMark
from pulse_router.postgres.database import Database, open_database
from pulse_router.runtime.ledger import NOBODY, OTHERS
from pulse_router.stores import operators
from pulse_router.stores.deliveries import burials, leases, looks, pending, settlement, work
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.deltas import merge_deltas
from pulse_router.stores.ingest import ledger
from pulse_router.stores.pending_rows import ALONG_INDEXES
from pulse_router.stores.roles import Role
from pulse_router.stores.routes import stats
from tests.benchmarks.held import fleet
from tests.benchmarks.held.queries import Query, median, show
from tests.benchmarks.stage import Stage
from tests.support.delivery.held_snapshot import buffers, held_snapshot

ROUTES: Final = 50
CHUNK: Final = 20_000
"""How many come and go between two looks of the lanes and two mergings."""
RENEWALS: Final = 2_900
"""How often a router renews its leases in an hour."""
BURIED: Final = 100_000
BURIED_AT_ONCE: Final = 500

FILL: Final = f"""
INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)
OVERRIDING SYSTEM VALUE SELECT n, 'T', 'r', '#', 'webhook' FROM generate_series(1, {ROUTES}) AS n;
"""
PENDING: Final = """
INSERT INTO route_deliveries
  (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)
SELECT $1 + n, 'T', {route_id}, 'D', 't', '{{"metrics":{{"temperature":21.5}}}}', n, now()
FROM generate_series(1, $2::bigint) AS n
"""


class Hour:
    """An hour of a queue."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = PostgresDeliveryStore(database)
        self.leases = PostgresLeaseStore(database, "bench")
        self.epochs: dict[int, int] = {}
        self.marks: dict[int, QueueMark] = {}
        self.work: WorkMark | None = None
        self.next_id = 1

    async def add(self, count: int, *, route_id: str = f"1 + n % {ROUTES}") -> list[int]:
        first, self.next_id = self.next_id, self.next_id + count
        async with self.database.transaction(Role.INGEST) as transaction:
            await transaction.execute(PENDING.format(route_id=route_id), first - 1, count)
        return list(range(first, first + count))

    async def live(self, count: int, *, renewals: int = 0) -> None:
        """Let deliveries come and go, as their lanes would, and leases be renewed."""
        for _ in range(count // CHUNK):
            ids = await self.add(CHUNK)
            for at in range(0, CHUNK, 500):
                await self.settle(ids[at : at + 500])
            for _ in range(renewals * CHUNK // count):
                await self.leases.renew(self.epochs)
            await merge_deltas(self.database, Role.OPERATOR)
            await self.look()

    async def look(self) -> None:
        for route_id in range(1, ROUTES + 1):
            since = self.marks.get(route_id, FROM_THE_START)
            found = await self.store.due(route_id, exclude=[], limit=200, since=since)
            self.marks[route_id] = found.mark or since
        self.work = (await self.store.routes_with_work(self.work)).mark
        await self.store.keep_marks(self.marks)

    async def settle(self, ids: list[int]) -> None:
        await self.store.settle(Settlement(delivered=ids, epochs=self.epochs))

    async def settle_some(self) -> None:
        await self.settle(await self.add(100))

    async def queries(self) -> dict[str, Query]:
        """Give what a router asks while it runs, what one asks that begins, and what people do."""
        begun = PostgresDeliveryStore(self.database)
        await begun.routes_with_work()
        assert self.work is not None
        since = (str(self.work.entered), looks.list_in_doubt(self.work.in_doubt))
        held = (list(self.epochs), list(self.epochs.values()))
        ours = ("bench", self.leases._life)
        page = (20, 0, 10_001)
        of_route = pending._OF_ROUTE.ask(2, is_bounded=True)
        of_tenant = pending._OF_TENANT.ask(1, is_bounded=True)
        of_all = pending._OF_ALL_ROUTES.ask(0, is_bounded=True)
        return {
            "fetch of one route": Query(looks.DUE, _look(self.marks[1])),
            "search for new work": Query(work.NEW, since),
            "settle nothing, 32 leases": Query(
                settlement._SETTLE_DELIVERED, ([], [], [], False, *held)
            ),
            "renew 32 leases": Query(leases._RENEW, (*ours, *held)),
            "a heartbeat": Query("SELECT pulse_beat($1, $2)", (ours[1], LEASE_SECONDS)),
            "look who else lives": Query(leases._OTHERS, ours),
            "add to the books": Query(ledger._ADD, (["T"], ["discarded"], [1])),
            "draw up the books": Query(ledger._AUDIT, (100, 100_000, OTHERS, NOBODY)),
            "start: the first search": Query(work.FROM_MARKS, before=ALONG_INDEXES),
            "start: a first look": Query(looks.DUE, _look(begun._kept.begin(1, FROM_THE_START))),
            "page: pending of a route": Query(of_route, (1, "T", *page), "T", ALONG_INDEXES),
            "page: pending of a tenant": Query(of_tenant, ("T", *page), before=ALONG_INDEXES),
            "page: pending of all": Query(of_all, page, before=ALONG_INDEXES),
            "page: how a route does": Query(stats._STATS, ("T", 1, 10_001, *since), "T"),
            "page: the tenants": Query(
                operators._FIGURES, (20, 0, 10_000, None), before=operators._ALONG_INDEXES
            ),
        }

    async def costs(self) -> dict[str, tuple[float, int | None]]:
        """Give the median of each in milliseconds, and its buffers where it is one question."""
        found: dict[str, tuple[float, int | None]] = {
            "depth of the queue": (await median(self.store.queue_depth), None),
            "store and settle 100": (await median(self.settle_some), None),
        }
        await self.look()  # a lane does so after 1,000 deliveries, or sooner
        for name, query in (await self.queries()).items():
            milliseconds = await median(partial(query.ask, self.database))
            found[name] = (milliseconds, await query.count(self.database))
        return found

    async def bury(self, count: int) -> tuple[int, int, float]:
        """Bury a route's backlog: the buffers of the first and the last piece, and the seconds."""
        await self.add(count, route_id=str(ROUTES + 1))
        began_at = time.perf_counter()
        first = await self._cost_of_piece()
        last = first
        left = count
        while left > BURIED_AT_ONCE:
            left -= await self.store.bury_route(ROUTES + 1, None, limit=BURIED_AT_ONCE)
        last = await self._cost_of_piece()
        await self.store.bury_route(ROUTES + 1, None, limit=BURIED_AT_ONCE)
        return first, last, time.perf_counter() - began_at

    async def _cost_of_piece(self) -> int:
        cursor = self.store._cursors.get(ROUTES + 1, burials.Cursor())
        values = burials.arguments(cursor)
        return await buffers(self.database, burials.FIND, ROUTES + 1, BURIED_AT_ONCE, *values)


def _look(mark: QueueMark) -> tuple[object, ...]:
    return (1, [], 200, 2**40, *looks.arguments(mark, in_order=False))


async def _start(database: Database) -> tuple[float, float]:
    """Be a router that begins: how long the first search takes, and all first looks."""
    store = PostgresDeliveryStore(database)
    began_at = time.perf_counter()
    await store.routes_with_work()
    found_at = time.perf_counter()
    for route_id in range(1, ROUTES + 1):
        await store.due(route_id, exclude=[], limit=200)
    return found_at - began_at, time.perf_counter() - found_at


async def _measure(url: str, deliveries: int) -> None:
    async with trio_asyncio.open_loop(), open_database(url) as database:
        hour = Hour(database)
        hour.epochs = dict((await hour.leases.take_back()).epochs)
        await hour.live(CHUNK)
        without = await hour.costs()
        async with held_snapshot(database):
            await hour.live(deliveries, renewals=RENEWALS * deliveries // 2_000_000)
            held = await hour.costs()
            search, first_looks = await _start(database)
            first, last, seconds = await hour.bury(BURIED)
            began_at = time.perf_counter()
            await hour.store.routes_with_work(thoroughly=True)
            thorough = time.perf_counter() - began_at
    show(without, held)
    print(
        f"  a start: {1000 * search:.0f} ms to search, {1000 * first_looks:.0f} ms to look at all"
    )
    print(f"  a search whatever marks say, each 10 minutes at most: {1000 * thorough:.0f} ms")
    print(f"  to bury {BURIED:,} of a route: {seconds:.1f} s, a piece {first} to {last} buffers")


def run(stage: Stage, *, deliveries: int) -> None:
    """Measure before, and under a snapshot that is held while deliveries come and go."""
    print(f"\nHeld snapshot: before, and after {deliveries:,} deliveries, {ROUTES} routes")
    name = stage.create_database()
    stage.postgres.psql(name, FILL)
    trio.run(_measure, stage.login_url(name), deliveries)
    stage.drop_database(name)
    fleet.run(stage, rounds=max(1, fleet.ROUNDS * deliveries // 2_000_000))
