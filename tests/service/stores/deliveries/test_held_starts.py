"""Under a held snapshot, starts, people's pages and burials begin where the dead are not.

Counted in buffers. Each route's deliveries come and go, and where they have ended is written down
now and then, as a router that runs does.
"""

from __future__ import annotations

import functools

import attrs
import pytest

from pulse_router.domain.queue_marks import FROM_THE_START, QueueMark
from pulse_router.postgres.database import Database
from pulse_router.stores import operators
from pulse_router.stores.deliveries import burials, looks, pending, work
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.pending_rows import ALONG_INDEXES
from pulse_router.stores.roles import Role
from pulse_router.stores.routes import stats
from tests.support.delivery.held_snapshot import buffers, held_snapshot
from tests.support.servers.postgres import PostgresForTests

BUSY = range(1, 6)
PAUSED = 6
"""Something waits on it all the while."""
DELETED = 7
ROUTES = 7
WAITING = 40
ROUND = 5_000
ROUNDS = 4
BACKLOG = 3_000
PIECE = 100
ALLOWANCE = 30
"""Buffers that may come on top of twice as many: trees are a level higher."""

FILL = f"""
INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)
OVERRIDING SYSTEM VALUE SELECT n, 'T', 'r', '#', 'webhook' FROM generate_series(1, {ROUTES}) AS n;
"""
COME = """
INSERT INTO route_deliveries
  (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)
SELECT n, 'T', {route}, 'D', 't', '{{}}', n, now()
FROM generate_series({first}, {first} + {count} - 1) AS n;
"""
GO = "DELETE FROM route_deliveries WHERE id >= {first};"


@attrs.define
class Router:
    """What one does to the queue in an hour."""

    postgres: PostgresForTests
    name: str
    database: Database
    store: PostgresDeliveryStore
    marks: dict[int, QueueMark] = attrs.field(factory=dict)
    first: int = 1_000_000

    def run(self, sql: str) -> None:
        self.postgres.psql(self.name, sql)

    async def look(self) -> None:
        for route_id in BUSY:
            since = self.marks.get(route_id, FROM_THE_START)
            found = await self.store.due(route_id, exclude=[], limit=200, since=since)
            assert found.mark is not None
            assert not found.deliveries
            self.marks[route_id] = found.mark

    async def live(self) -> None:
        came = COME.format(
            route=f"{BUSY[0]} + n % {len(BUSY)}", first=self.first, count=ROUND
        ) + GO.format(first=self.first)
        self.run(came)
        self.first += ROUND
        await self.look()
        await self.store.keep_marks(self.marks)

    async def costs(self) -> dict[str, int]:
        """Count what a router that begins now, and people who look, would touch."""
        begun = PostgresDeliveryStore(self.database)
        await begun.routes_with_work()
        cost = functools.partial(buffers, self.database)
        page = (20, 0, 10_001)
        of_route = pending._OF_ROUTE.ask(2, is_bounded=True)
        of_tenant = pending._OF_TENANT.ask(1, is_bounded=True)
        of_all = pending._OF_ALL_ROUTES.ask(0, is_bounded=True)
        from_mark = ("0", ["0"])
        return {
            "the first search": await cost(work.FROM_MARKS, before=ALONG_INDEXES),
            "a first look": await cost(looks.DUE, *_wanted(begun, in_order=False)),
            "a first look in order": await cost(looks.DUE_IN_ORDER, *_wanted(begun, in_order=True)),
            "what a route has pending": await cost(
                of_route, 1, "T", *page, tenant_id="T", before=ALONG_INDEXES
            ),
            "what a tenant has pending": await cost(of_tenant, "T", *page, before=ALONG_INDEXES),
            "what is pending": await cost(of_all, *page, before=ALONG_INDEXES),
            "how a route does": await cost(stats._STATS, "T", 1, 10_001, *from_mark, tenant_id="T"),
            "the tenants": await cost(
                operators._FIGURES, 20, 0, 10_000, None, before=operators._ALONG_INDEXES
            ),
        }


def _wanted(store: PostgresDeliveryStore, *, in_order: bool) -> list[object]:
    mark = store._kept.begin(1, FROM_THE_START)
    return [1, [], 200, 2**40, *looks.arguments(mark, in_order=in_order)]


@pytest.fixture
async def router(
    postgres_server: PostgresForTests, database_name: str, database: Database
) -> Router:
    router = Router(postgres_server, database_name, database, PostgresDeliveryStore(database))
    router.run(FILL + COME.format(route=PAUSED, first=1, count=WAITING))
    await router.look()
    await router.store.keep_marks(router.marks)
    router.run("VACUUM ANALYZE")
    return router


async def test_starts_and_pages_cost_what_they_cost_without(
    router: Router, database: Database
) -> None:
    without = await router.costs()
    async with held_snapshot(database):
        for _ in range(ROUNDS):
            await router.live()
        costs = await router.costs()
        thorough = await buffers(database, work._ALL)
        assert thorough > 5 * (2 * without["the first search"] + ALLOWANCE), (thorough, without)
        begun = PostgresDeliveryStore(database)
        assert list((await begun.routes_with_work()).route_ids) == [PAUSED]
        found = await begun.due(PAUSED, exclude=[], limit=200)
        assert len(found.deliveries) == WAITING
    dear = {
        name: (without[name], cost)
        for name, cost in costs.items()
        if cost > 2 * without[name] + ALLOWANCE
    }
    assert not dear, (dear, costs)


async def test_each_piece_of_a_burial_costs_what_the_first_has_cost(
    router: Router, database: Database
) -> None:
    router.run(COME.format(route=DELETED, first=router.first, count=2 * BACKLOG))
    router.run("UPDATE route_deliveries SET attempts = 1 WHERE route_id = 7 AND id % 2 = 0")
    router.run("DELETE FROM message_routes WHERE id = 7")
    router.run("VACUUM ANALYZE")
    store = router.store

    async def cost_of_next() -> int:
        cursor = store._cursors.get(DELETED, burials.Cursor())
        return await buffers(database, burials.FIND, DELETED, PIECE, *burials.arguments(cursor))

    async with held_snapshot(database):
        costs = [await cost_of_next()]
        while await store.bury_route(DELETED, None, limit=PIECE) == PIECE:
            costs.append(await cost_of_next())
        anew = burials.arguments(burials.Cursor())
        assert await buffers(database, burials.FIND, DELETED, PIECE, *anew) > 5 * costs[0]
        assert len(costs) == 2 * BACKLOG // PIECE + 1
        assert max(costs) <= 2 * costs[0] + ALLOWANCE, costs
        # Whoever comes next, for something that has committed since, begins there as well.
        begun = PostgresDeliveryStore(database)
        assert list((await begun.routes_with_work()).route_ids) == [PAUSED]
        assert await begun.bury_route(DELETED, None, limit=PIECE) == 0
    async with database.transaction(Role.OPERATOR) as transaction:
        assert await transaction.fetch_value("SELECT count(*) FROM deleted_routes") == 0
        buried = await transaction.fetch_value("SELECT count(*) FROM dead_letter_messages")
    assert buried == 2 * BACKLOG
